# The key for the tunnel, and for nothing else. KEY_LINE: of authorized_keys. KEY_MARK: ends it.
if [ "$WHOSE" = system ]; then
  if ! id "$TUNNEL_USER" >/dev/null 2>&1; then
    problem=$(useradd --system --no-create-home --home-dir "$TUNNEL_HOME" --shell /usr/sbin/nologin --password '*' \
      --comment 'the way to jkocr' "$TUNNEL_USER" 2>&1) || fail account "$problem"
  fi
  # All of it belongs to root: the account cannot give itself more.
  problem=$(mkdir -p "$TUNNEL_HOME/.ssh" 2>&1) || fail account "$problem"
  chmod 755 "$TUNNEL_HOME" "$TUNNEL_HOME/.ssh"
  keys=$TUNNEL_HOME/.ssh/authorized_keys
  printf '%s\n' "$KEY_LINE" >"$keys.new" && chmod 644 "$keys.new" && mv -f "$keys.new" "$keys" || fail account "$keys"
  say account "$TUNNEL_USER"
else
  keys=$HOME/.ssh/authorized_keys
  mkdir -p "$HOME/.ssh" && chmod 700 "$HOME/.ssh"
  umask 077
  if ! { keys_without_ours "$keys" && printf '%s\n' "$KEY_LINE" >>"$keys.jkocr" && mv -f "$keys.jkocr" "$keys"; }; then
    rm -f "$keys.jkocr"
    fail account "$keys"
  fi
  say account "$(id -un)"
fi
