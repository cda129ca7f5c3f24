# What every script of `jkocr deploy` begins with, for any POSIX shell. MARK and the script's own values are set above.
LC_ALL=C
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
umask 022

# One fact, on one line.
say() { printf '%s=%s\n' "$1" "$(printf '%s' "$2" | tr '\000-\037\177' ' ' | cut -c 1-600)"; }
finish() { printf '\n@@%s end\n' "$MARK"; }
# What went wrong, by its name, with the words of the program that says so. Ends the script.
fail() {
  say failed "$1"
  say words "$2"
  finish
  exit 0
}

# Whoever changes anything has the lock, whose name is on it. A run that was cut by its link is followed by another one
# of the same machine, which takes over; of another machine's, after a quarter of an hour without a sign of life.
take_lock() {
  mkdir -p "$BASE" 2>/dev/null || fail place "$(mkdir -p "$BASE" 2>&1)"
  # In a folder of its own, nobody else's link can lead astray what is written.
  if [ -L "$BASE" ] || ! [ -O "$BASE" ]; then fail foreign "$(ls -ld "$BASE" 2>&1)"; fi
  if ! problem=$(mkdir "$BASE/.lock" 2>&1); then
    [ -d "$BASE/.lock" ] || fail place "$problem"
    if [ "$(cat "$BASE/.lock/owner" 2>/dev/null)" != "$OWNER" ] &&
      [ -z "$(find "$BASE/.lock" -prune -mmin +15 2>/dev/null)" ]; then
      fail busy "$(cat "$BASE/.lock/owner" 2>/dev/null)"
    fi
  fi
  # What an earlier run began on this machine goes on without it, and ends. Since a restart its number may be another's.
  waited=0
  while busy=$(cat "$BASE/.lock/busy" 2>/dev/null) && [ -n "$busy" ] &&
    [ "$(tr '\000' ' ' 2>/dev/null <"/proc/$busy/cmdline")" = 'sh -s ' ]; do
    waited=$((waited + 1))
    [ "$waited" -lt 300 ] || fail busy "$busy"
    sleep 1
  done
  rm -f "$BASE/.lock/busy"
  printf '%s\n' "$OWNER" 2>/dev/null >"$BASE/.lock/owner" || fail space "$(df -Pk "$BASE" | sed -n 2p)"
  touch "$BASE/.lock"
}
keep_lock() {
  [ "$(cat "$BASE/.lock/owner" 2>/dev/null)" = "$OWNER" ] || fail taken_over ""
  touch "$BASE/.lock"
}
# From here on, the end of the connection is not the end of the script.
stay() {
  trap '' HUP PIPE TERM INT
  echo "$$" >"$BASE/.lock/busy"
  (while kill -0 "$$" 2>/dev/null; do
    touch "$BASE/.lock" 2>/dev/null
    sleep 30
  done) >/dev/null 2>&1 &
  beat=$!
}
leave() {
  kill "$beat" 2>/dev/null
  rm -f "$BASE/.lock/busy"
}
# The one sentence in the words of a jkocr that failed: its error, or the last thing it said.
sentence() {
  first=$(printf '%s\n' "$1" | sed -n 's/^error: //p' | head -n 1)
  [ -n "$first" ] || first=$(printf '%s\n' "$1" | grep -v '^ *$' | tail -n 1)
  printf '%s' "$first"
}
# The systemd that the service belongs to.
control() { if [ "$WHOSE" = user ]; then systemctl --user "$@"; else systemctl "$@"; fi; }
# `service install` by the program $1, with what the service is told; the other arguments are further flags.
install_service() {
  program=$1
  shift
  set -- service install --systemd --program "$program" --memory-max "$MEMORY" "$@"
  [ "$WHOSE" = system ] || set -- "$@" --user
  [ -z "$FROM" ] || set -- "$@" --models-from "$FROM"
  # shellcheck disable=SC2086 # They are words of flags, which passed a grammar.
  "$program" "$@" -- $ARGUMENTS 2>&1
}
# A service of the account's own has all its files in one folder, which goes with it.
if [ "${WHOSE:-}" = user ]; then
  JKOCR_HOME=$BASE/state
  export JKOCR_HOME
fi
# The file of keys $1 without the lines that have KEY_MARK, in $1.jkocr; fails unless it is whole.
keys_without_ours() {
  if [ -e "$1" ]; then grep -v "$KEY_MARK" "$1" >"$1.jkocr"; else printf '' >"$1.jkocr"; fi
  # 1 means that no line is left.
  [ $? -le 1 ]
}
# The link CURRENT leads to $1 from one moment to the next.
lead_to() {
  ln -sfn "$1" "$BASE/.current.new" && mv -fT "$BASE/.current.new" "$BASE/current"
}

printf '\n@@%s begin\n' "$MARK"
