# This run is over: whoever comes next need not wait, and what holds nothing goes.
if [ "$(cat "$BASE/.lock/owner" 2>/dev/null)" = "$OWNER" ]; then rm -rf "$BASE/.lock"; fi
if [ ! -L "$BASE/current" ]; then
  rm -rf "$BASE/models" "$BASE/state"
  rmdir "$BASE"/versions/* "$BASE/versions" "$BASE/incoming" "$BASE" 2>/dev/null
fi
