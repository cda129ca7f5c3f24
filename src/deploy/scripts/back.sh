# What ran before runs again. Says in `after` what there is now.
switch_back() {
  release=$(cat "$BASE/.before/release" 2>/dev/null)
  if [ -n "$release" ]; then lead_to "$release"; else rm -f "$BASE/current"; fi
  if [ -e "$BASE/.before/settings" ]; then cp -p "$BASE/.before/settings" "$BASE/settings"; else rm -f "$BASE/settings"; fi
  if [ -e "$BASE/.before/jkocr.service" ]; then
    cp -p "$BASE/.before/jkocr.service" "$UNITS/.jkocr.service.new" &&
      mv -f "$UNITS/.jkocr.service.new" "$UNITS/jkocr.service"
    control daemon-reload >/dev/null 2>&1
    if [ "$(cat "$BASE/.before/active")" = active ]; then
      if control restart jkocr.service >/dev/null 2>&1; then say after old; else say after nothing; fi
    else
      control stop jkocr.service >/dev/null 2>&1
      say after none
    fi
  else
    control disable --now jkocr.service >/dev/null 2>&1
    control reset-failed jkocr.service >/dev/null 2>&1
    rm -f "$UNITS/jkocr.service"
    control daemon-reload >/dev/null 2>&1
    after=none
    if [ -n "$OLD_SERVER" ]; then
      if [ "$(cat "$BASE/.before/old-enabled" 2>/dev/null)" = enabled ]; then systemctl enable "$OLD_SERVER" >/dev/null 2>&1; fi
      if [ "$(cat "$BASE/.before/old-active" 2>/dev/null)" = active ]; then
        if systemctl start "$OLD_SERVER" >/dev/null 2>&1; then after=old_server; else after=nothing; fi
      fi
    fi
    say after "$after"
  fi
  rm -rf "$BASE/.unproved" "$BASE/.before"
}
