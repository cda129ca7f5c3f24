# It was proved: what was before goes, and what was sent.
keep_lock
printf '%s\n' "$SETTINGS" >"$BASE/.settings.new" && mv -f "$BASE/.settings.new" "$BASE/settings" || fail space "$BASE/settings"
rm -rf "$BASE/.unproved" "$BASE/.before" "$BASE/incoming" "$BASE/models"
for other in "$BASE"/versions/*; do [ "$other" = "$BASE/versions/$RELEASE" ] || rm -rf "$other"; done
if [ "$WHOSE" = system ] && [ -d /usr/local/bin ] && [ -w /usr/local/bin ] && [ ! -e /usr/local/bin/jkocr ]; then
  ln -sfn "$BASE/current/jkocr" /usr/local/bin/jkocr
fi
rm -rf "$BASE/.lock"
