# What this machine says of itself, for `jkocr doctor` on the other end. It only reads, and needs no more than a POSIX
# shell: what a system lacks is left out. AUTHORITY and SOCKET are set above: where the OCR server listens.
exec 2>/dev/null
LC_ALL=C
export LC_ALL
part() { printf '\n@@%s\n' "$1"; }

# A function, so that the whole script is read before anything in it can read from the same place.
survey() {
part jkocr-survey-1
part clock
date +%s
part stat
head -n 1 /proc/stat
part kernel
uname -srm
part system
sed -n 's/^PRETTY_NAME=//p' /etc/os-release
part libc
getconf GNU_LIBC_VERSION || ldd --version 2>&1 | head -n 1
part cores
getconf _NPROCESSORS_ONLN
part cpuinfo
grep -m 1 -E '^(flags|Features)' /proc/cpuinfo
grep -m 1 '^model name' /proc/cpuinfo
part meminfo
grep -E '^(MemTotal|MemAvailable|SwapTotal|SwapFree):' /proc/meminfo
part vmstat
grep '^oom_kill ' /proc/vmstat

part listening
for table in /proc/net/tcp /proc/net/tcp6; do
  [ -r "$table" ] || continue
  while read -r _ address _ state _; do
    if [ "$state" = 0A ]; then printf '%s\n' "$address"; fi
  done <"$table"
done

part program
for program in "$(command -v jkocr)" /usr/local/bin/jkocr /usr/bin/jkocr "$HOME/.local/bin/jkocr" "$HOME/.cargo/bin/jkocr"; do
  if [ -x "$program" ]; then
    printf '%s\n' "$program"
    "$program" --version
    break
  fi
done

properties=Id,ActiveState,SubState,Result,NRestarts,LoadState
part units
systemctl --no-pager show -p "$properties" jkocr.service 'jkocr@*.service'
part user-units
systemctl --no-pager --user show -p "$properties" jkocr.service 'jkocr@*.service'
part journal
systemctl --quiet is-active jkocr.service || journalctl --no-pager -q -n 8 -o cat -u jkocr.service
part user-journal
systemctl --quiet --user is-active jkocr.service || journalctl --no-pager -q -n 8 -o cat --user -u jkocr.service

part health
if command -v curl >/dev/null; then
  if [ -n "$SOCKET" ]; then set -- --unix-socket "$SOCKET"; else set --; fi
  answer=$(curl -q -s -i -m 5 --noproxy '*' "$@" "http://$AUTHORITY/healthz")
  printf 'asked %s\n' "$?"
  printf '%s\n' "$answer" | head -c 4096
elif [ -z "$SOCKET" ] && command -v wget >/dev/null; then
  answer=$(wget -q -S -O - --no-proxy -T 5 -t 1 "http://$AUTHORITY/healthz" 2>&1)
  printf 'asked %s\n' "$?"
  printf '%s\n' "$answer" | sed 's/^  HTTP/HTTP/' | head -c 4096
fi

sleep 1
part later
head -n 1 /proc/stat
part end
}
survey </dev/null
