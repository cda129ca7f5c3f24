# What there is and what is in the way. Only reads. PLACES: folders that jkocr may be in, best first. PORT: where it is to
# listen. WHOSE: system, or user.
meminfo() { sed -n "s/^$1: *\([0-9]*\) kB.*/\1/p" /proc/meminfo 2>/dev/null; }
# Free KiB and mount point of the folder, or of the nearest one above it that exists.
above() {
  folder=$1
  while [ ! -d "$folder" ]; do
    folder=${folder%/*}
    [ -n "$folder" ] || folder=/
  done
}
space() { df -Pk "$1" 2>/dev/null | sed -n 2p | tr -s ' ' | cut -d ' ' -f "$2"; }

say memory "$(meminfo MemTotal)"
say available "$(meminfo MemAvailable)"
say swap "$(meminfo SwapFree)"
say cores "$(getconf _NPROCESSORS_ONLN 2>/dev/null)"
say cpu "$(grep -m 1 '^flags' /proc/cpuinfo 2>/dev/null | tr ' ' '\n' | grep -E -x 'avx512_bf16|amx_bf16' | tr '\n' ' ')"

for place in $PLACES; do
  above "$place"
  mount=$(space "$folder" 6)
  options=$(while read -r _ where _ options _; do [ "$where" != "$mount" ] || echo "$options"; done </proc/self/mounts | tail -n 1)
  write=rw
  case ",$options," in *,ro,*) write=ro ;; esac
  [ -w "$folder" ] || write=ro
  run=exec
  case ",$options," in *,noexec,*) run=noexec ;; esac
  say place "$place $(space "$folder" 4) $write $run"
  [ -x "$place/current/jkocr" ] || continue
  say installed "$place"
  say release "$(readlink "$place/current")"
  say digest "$(sha256sum <"$place/current/jkocr" | cut -c 1-64)"
  say settings "$(cat "$place/settings" 2>/dev/null)"
  [ ! -e "$place/.unproved" ] || say unproved yes
done
above "$STATE"
say state_free "$(space "$folder" 4)"
say unit "$(control is-active jkocr.service 2>/dev/null)"
say unit_program "$(control cat jkocr.service 2>/dev/null | sed -n 's/^ExecStart=//p' | head -n 1)"
if [ "$WHOSE" = system ]; then
  old=ppocrv5-http.service
  if systemctl cat "$old" >/dev/null 2>&1; then
    active=$(systemctl is-active "$old" 2>/dev/null)
    enabled=$(systemctl is-enabled "$old" 2>/dev/null)
    say old_server "$active $enabled"
  fi
else
  say linger "$(loginctl show-user --property=Linger --value "$(id -un)" 2>/dev/null)"
  control is-system-running >/dev/null 2>&1
  say manager "$(control is-system-running 2>&1 | head -n 1)"
fi

# Who listens on the port, whatever tools there are.
wanted=$(printf ':%04X' "$PORT")
inode=$(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | while read -r _ address _ state _ _ _ _ _ inode _; do
  [ "$state" = 0A ] || continue
  case $address in *"$wanted") echo "$inode" ;; esac
done | head -n 1)
if [ -n "$inode" ]; then
  found=$(find /proc/[0-9]*/fd -lname "socket:\[$inode\]" 2>/dev/null | head -n 1)
  process=${found#/proc/}
  process=${process%%/*}
  say holder "${process:-?} $(cat "/proc/$process/comm" 2>/dev/null) $(sed -n 's,.*/\([^/]*\.service\).*,\1,p' "/proc/$process/cgroup" 2>/dev/null | tail -n 1)"
fi
