# The new program takes the place of the old one, and if it does not get ready, the old one comes back. Whatever becomes
# of the connection, this goes on to one end or the other.
keep_lock
stay
# What there was before the first try, which a second one must not take for what there was.
if [ ! -e "$BASE/.unproved" ]; then
  rm -rf "$BASE/.before"
  mkdir "$BASE/.before" || fail place "$BASE"
  readlink "$BASE/current" >"$BASE/.before/release" 2>/dev/null
  cp -p "$UNITS/jkocr.service" "$BASE/.before/" 2>/dev/null
  cp -p "$BASE/settings" "$BASE/.before/" 2>/dev/null
  control is-active jkocr.service >"$BASE/.before/active" 2>/dev/null
  if [ -n "$OLD_SERVER" ]; then
    systemctl is-active "$OLD_SERVER" >"$BASE/.before/old-active" 2>/dev/null
    systemctl is-enabled "$OLD_SERVER" >"$BASE/.before/old-enabled" 2>/dev/null
  fi
  printf '' >"$BASE/.unproved" || fail space "$BASE"
fi
began=$(date '+%Y-%m-%d %H:%M:%S')
lead_to "versions/$RELEASE" || fail place "$BASE/current"
if [ -n "$OLD_SERVER" ]; then systemctl disable --now "$OLD_SERVER" >/dev/null 2>&1; fi
words=$(install_service "$BASE/current/jkocr")
ended=$?
if [ "$ended" = 0 ]; then
  say switched yes
else
  if [ "$WHOSE" = user ]; then
    journal=$(journalctl --no-pager -q -n 3 -o cat _SYSTEMD_USER_UNIT=jkocr.service _UID="$(id -u)" --since "$began" 2>/dev/null)
  else
    # Of its last run alone, not the farewell of the one before.
    run=$(systemctl show --property=InvocationID --value jkocr.service 2>/dev/null)
    journal=$(journalctl --no-pager -q -n 3 -o cat "_SYSTEMD_INVOCATION_ID=$run" --since "$began" 2>/dev/null)
  fi
  [ -n "$journal" ] || journal=$(sentence "$words")
  switch_back
  leave
  fail service "$journal"
fi
leave
