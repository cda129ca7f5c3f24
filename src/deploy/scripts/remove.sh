# Takes away everything of ours.
take_lock
stay
program=$BASE/current/jkocr
set -- service uninstall --systemd
[ "$WHOSE" = system ] || set -- "$@" --user
if [ -x "$program" ]; then
  words=$("$program" "$@" 2>&1) || {
    leave
    rm -rf "$BASE/.lock"
    fail service "$(sentence "$words")"
  }
fi
if [ "$WHOSE" = system ]; then
  case $(readlink /usr/local/bin/jkocr 2>/dev/null) in "$BASE"/*) rm -f /usr/local/bin/jkocr ;; esac
  if id "$TUNNEL_USER" >/dev/null 2>&1; then
    # What still runs of it, a tunnel or what its login has started, keeps it.
    tries=0
    loginctl terminate-user "$TUNNEL_USER" >/dev/null 2>&1
    while pkill -KILL -u "$TUNNEL_USER" >/dev/null 2>&1; problem=$(userdel "$TUNNEL_USER" 2>&1); id "$TUNNEL_USER" >/dev/null 2>&1; do
      tries=$((tries + 1))
      if [ "$tries" -gt 30 ]; then
        leave
        rm -rf "$BASE/.lock"
        fail account "$problem"
      fi
      sleep 1
    done
    rm -rf "$TUNNEL_HOME"
    say user_removed yes
  fi
fi
keys=$HOME/.ssh/authorized_keys
if [ -f "$keys" ] && grep -q "$KEY_MARK" "$keys"; then
  if keys_without_ours "$keys" && chmod --reference="$keys" "$keys.jkocr" && mv -f "$keys.jkocr" "$keys"; then
    say key_removed yes
  else
    rm -f "$keys.jkocr"
    leave
    rm -rf "$BASE/.lock"
    fail account "$keys"
  fi
fi
leave
rm -rf "$BASE"
# The folders that were made for it go where they hold nothing else.
if [ "$WHOSE" = user ] && cd "$HOME" 2>/dev/null; then
  above=${BASE%/*}
  rmdir -p .config/systemd/user 2>/dev/null
  rmdir -p "${above#"$HOME/"}" 2>/dev/null
fi
say removed yes
