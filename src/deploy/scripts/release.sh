# This run is over: whoever comes next need not wait, and what holds nothing goes.
if [ "$(cat "$BASE/.lock/owner" 2>/dev/null)" = "$OWNER" ]; then
  [ -L "$BASE/current" ] || rm -rf "$BASE/models" "$BASE/state"
  rm -rf "$BASE/.lock"
  [ -L "$BASE/current" ] || rmdir "$BASE"/versions/* "$BASE/versions" "$BASE/incoming" "$BASE" 2>/dev/null
fi
