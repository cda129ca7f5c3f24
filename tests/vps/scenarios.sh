#!/usr/bin/env bash
# What is done to a VPS that is new, and what has to be true afterwards. run.sh reads this.
# shellcheck disable=SC2016,SC2034,SC2154 # Names are set in one of these files and used in another. What is quoted is for the shell of the VPS.

all=(fresh upgrade broken restricted remove old-guide with-sudo account without-index little-memory cuts)
# Of the VPS, in MB, where a scenario is about it.
declare -A memory=([little-memory]=1024)

# The most that ssh may send to the VPS without the models, in bytes, and the seconds that all may take over 10 Mbit/s.
most_bytes=12000000
most_seconds=180

# The program for the VPS, if it is not the one that comes with the user's.
ours=()
[ -z "${JKOCR_SERVER:-}" ] || ours=(--program "$server")
# deploy FLAG…
deploy() {
  case " $* " in
    *' --program '*) timed jkocr deploy vps --yes "$@" ;;
    *) timed jkocr deploy vps --yes "${ours[@]}" "$@" ;;
  esac
}
healthy() { [ "$(guest curl -fsS --max-time 10 http://127.0.0.1:8080/healthz 2>/dev/null)" = '{"status":"ok"}' ]; }
# runs VERSION: whether that is the program of the process that has the port.
runs() { guest 'exec $(readlink /proc/$(systemctl show --property=MainPID --value jkocr)/exe) --version' | grep -qF "jkocr $1"; }
said() { grep -qF -e "$1" "$work/said" || fail "not said: $1"; }
# other_program VERSION [WORD OTHER]: the program under another version, and with one of its texts changed to another of the
# same length. Its path.
other_program() {
  local file=$work/jkocr-$1
  LC_ALL=C sed -e "s/${version//./\\.}/$1/g" ${2:+-e "s/$2/$3/g"} "$server" >"$file"
  chmod 755 "$file"
  "$file" --version | grep -qF "jkocr $1" || fail "the program does not say version $1"
  echo "$file"
}
# files: everything on its disk by name, owner and mode, and by content where settings and programs are. What a running
# system changes by itself is left out.
files() {
  guest sh -s <<'SCRIPT'
find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /run -o -path /var/log/journal \
  -o -path /var/lib/systemd/timers -o -name 'systemd-private-*' \) -prune -o -printf '%M %U:%G %p\n' | sort -k 3
find /etc /root /home /opt /srv /usr/local /var/lib -xdev -type f ! -path /var/lib/systemd/random-seed ! -name '*-' -exec sha256sum {} + | sort -k 2
# The copies that useradd leaves of these are Debian's own.
cat /etc/passwd /etc/group
find /run /tmp /var/tmp -iname '*jkocr*'
SCRIPT
}
# Nothing of jkocr's runs or is known to systemd.
gone() {
  guest 'systemctl list-units --all --plain --no-legend | grep -i jkocr; pgrep -l jkocr; getent passwd | grep -i jkocr' | grep . || return 0
  fail "that stays"
}

# From a bare VPS to the first text.
fresh() {
  local before after seconds sent link others
  limit 10
  weigh >"$work/weighed" &
  read -r -a before <<<"$(received)"
  seconds=$SECONDS
  deploy
  seconds=$((SECONDS - seconds))
  read -r -a after <<<"$(received)"
  guest rm /run/weighed
  wait $!
  link=$((after[0] - before[0])) others=$((after[1] - before[1])) sent=$(cat "$work/weighed")
  echo "   $seconds s over 10 Mbit/s; ssh sent $sent bytes, which are $link with the headers of TCP and IP; $others fetched by the VPS itself"
  healthy || fail "it does not answer"
  start_up
  timed ask "$up_port" >"$work/asked"
  echo "   read through jkocr up: $(grep -o '"rec_texts":\[[^]]*\]' "$work/asked")"
  stop_up
  deploy
  said 'Nothing to do'
  [ "$sent" -le $most_bytes ] || fail "more than $most_bytes bytes"
  # What an emulated processor takes says nothing of that.
  [ "$accelerator" = tcg ] || [ $seconds -le $most_seconds ] || fail "more than $most_seconds s"
}

# Requests go on while a newer version takes the place.
upgrade() {
  local newer asking watching
  newer=$(other_program 9.8.7)
  deploy
  start_up
  : >"$work/answers"
  touch "$work/go-on"
  (while [ -e "$work/go-on" ]; do ask "$up_port" >>"$work/answers" 2>&1 || :; echo >>"$work/answers"; done) &
  asking=$!
  watch >"$work/watched" &
  watching=$!
  deploy --program "$newer"
  runs 9.8.7 || fail "another version runs"
  guest rm /run/watched
  rm "$work/go-on"
  wait "$asking"
  wait "$watching"
  stop_up
  cat "$work/watched"
  echo "   $(grep -cF '"rec_texts":["OK"]' "$work/answers") read meanwhile, $(grep -cvF '"rec_texts":["OK"]' "$work/answers" || :) not"
  if grep -vF '"rec_texts":["OK"]' "$work/answers"; then fail "a request was not answered with its text"; fi
}

# watch: asks the server on the VPS itself, without `jkocr up`, until /run/watched is gone; for how long it gave no 200.
watch() {
  guest 'touch /run/watched && exec python3 -' <<'PYTHON'
import collections, http.client, os, time

kinds, gaps, since = collections.Counter(), [], None
while os.path.exists("/run/watched"):
    asked = time.monotonic()
    try:
        connection = http.client.HTTPConnection("127.0.0.1", 8080, timeout=5)
        connection.request("GET", "/healthz")
        kind = str(connection.getresponse().status)
        connection.close()
    except OSError as error:
        kind = type(error).__name__
    kinds[kind] += 1
    if kind != "200":
        since = since or asked
    elif since:
        gaps.append(f"{time.monotonic() - since:.1f} s")
        since = None
    time.sleep(0.02)
print(f"   asked there: {dict(kinds)}; no 200 for {', '.join(gaps) or '0 s'}", flush=True)
PYTHON
}

# Versions that are broken in one way each: the one before runs again.
broken() {
  local bad
  deploy
  for bad in "$(other_program 9.8.1 rec_texts rec_textz)" "$(deaf)" "$(dead)"; do
    if deploy --program "$bad"; then fail "that went well"; fi
    until_true "the version from before answers" healthy
    runs "$version" || fail "another version runs"
    [ "$bad" != "$work/deaf" ] || said 'become ready: no such luck'
    guest 'test ! -e /opt/jkocr/.unproved && test ! -e /opt/jkocr/.lock' || fail "something is left undone"
  done
  deploy
  said 'Nothing to do'
}
# A program that does everything but serve, as far as the one before can.
deaf() {
  local before
  before=$(guest 'readlink -f /opt/jkocr/current')
  printf '#!/bin/sh\ncase $1 in\n  --version) echo jkocr 9.8.2 ;;\n  serve) echo "no such luck" >&2; exit 1 ;;\n  *) exec %s/jkocr "$@" ;;\nesac\n' \
    "$before" >"$work/deaf"
  chmod 755 "$work/deaf"
  echo "$work/deaf"
}
# A program that tells its version, and dies of everything else.
dead() {
  printf '#!/bin/sh\n[ "$1" = --version ] || kill -SEGV $$\necho jkocr 9.8.3\n' >"$work/dead"
  chmod 755 "$work/dead"
  echo "$work/dead"
}

# A key that can carry the tunnel and nothing else.
restricted() {
  local key login
  deploy --restricted
  key=$(find "$home/jkocr" -name '*_ed25519')
  [ "$(stat -c %a "$key")" = 600 ] || fail "others can read the key"
  login=(-o BatchMode=yes -o IdentitiesOnly=yes -o IdentityFile=none -i "$key" -o User=jkocr-tunnel)
  # The user's own key is away.
  mv "$home/.ssh/id_ed25519" "$work/id_ed25519"
  if ssh "${login[@]}" vps id 2>"$work/refused" | grep uid=; then fail "it gets a shell"; fi
  if ssh "${login[@]}" -W 127.0.0.1:22 vps </dev/null 2>>"$work/refused" | grep -a SSH; then fail "it reaches another port"; fi
  if scp -q "${login[@]}" vps:/etc/hostname "$work/" 2>>"$work/refused"; then fail "it gets a file"; fi
  if sftp -q "${login[@]}" -b /dev/null vps 2>>"$work/refused"; then fail "it gets files"; fi
  sed 's/^/   refused: /' "$work/refused"
  start_up
  stop_up
}

# Everything goes again.
remove() {
  files >"$work/before"
  deploy --restricted
  timed jkocr deploy vps --yes --remove
  files >"$work/after"
  diff "$work/before" "$work/after" || fail "files differ"
  gone
  echo "   $(wc -l <"$work/before") lines of files and digests, the same as before"
  timed jkocr deploy vps --yes --remove
  said 'There is nothing of jkocr'
}

# The Python server of the old guide has the port.
old_guide() {
  guest 'mkdir -p /opt/ppocrv5-http && cat >/opt/ppocrv5-http/server.py' <tests/vps/old_guide/server.py
  guest 'cat >/etc/systemd/system/ppocrv5-http.service && systemctl enable --now ppocrv5-http.service' <tests/vps/old_guide/ppocrv5-http.service
  until_true "the old server answers" healthy
  timed jkocr deploy vps --dry-run
  said 'systemctl disable --now ppocrv5-http.service'
  # A new one that is broken brings the old one back.
  if deploy --program "$(other_program 9.8.1 rec_texts rec_textz)"; then fail "that went well"; fi
  until_true "the old server answers again" healthy
  [ "$(guest systemctl is-enabled ppocrv5-http.service)" = enabled ] || fail "it would not start again"
  deploy
  runs "$version" || fail "another program has the port"
  if guest systemctl --quiet is-enabled ppocrv5-http.service; then fail "the old server starts again with the system"; fi
  timed jkocr deploy vps --yes --remove
  # As it is said: this takes it back.
  guest "$(sed -n 's/.*`\(sudo systemctl enable --now ppocrv5-http.service\)`.*/\1/p' "$work/said" | head -n 1)"
  until_true "the old server answers again" healthy
}

# An account that becomes root by a password, which is asked for once.
with_sudo() {
  local typed=(timed tests/vps/typed.py 'for sudo: ')
  sed -i 's/User root/User admin/' "$home/.ssh/config"
  if deploy; then fail "nobody was asked for the password"; fi
  said 'nobody is there to type it'
  if "${typed[@]}" wrong "${mine[@]}" "$program" --lang en deploy vps --yes; then fail "a wrong password does"; fi
  [ "$(grep -cF 'sudo did not take' "$work/said")" -ge 3 ] || fail "it was not asked three times"
  "${typed[@]}" "$password" "${mine[@]}" "$program" --lang en deploy vps --yes "${ours[@]}"
  [ "$(grep -cF 'for sudo: ' "$work/said")" = 1 ] || fail "it was not asked once"
  ! grep -rqF "$password" "$home/jkocr" "$work/said" || fail "the password is written down"
  healthy || fail "it does not answer"
  start_up
  stop_up
}

# An account that never becomes root has a service of its own.
account() {
  sed -i 's/User root/User admin/' "$home/.ssh/config"
  files >"$work/before"
  deploy --user
  said 'enable-linger'
  # The login of the tunnel starts it, where it ended with that of the deployment.
  start_up
  stop_up
  deploy --user
  timed jkocr deploy vps --yes --user --remove
  files >"$work/after"
  diff "$work/before" "$work/after" || fail "files differ"
  gone
}

# A VPS that reaches nothing gets the models from here.
without_index() {
  guest ip route del default
  deploy
  said 'since the server does not reach'
  start_up
  stop_up
}

# A VPS of 1 GB.
little_memory() {
  deploy
  start_up
  stop_up
  guest 'free -m; systemctl show --property=MemoryCurrent,NRestarts jkocr'
}

# Cut at random moments, this side's process or its ssh: there is a version that works, and this side can be used.
cuts() {
  local newer sent=() deploying seed hits=0 span millis tried what since
  newer=$(other_program 9.8.7)
  deploy
  span=$SECONDS
  deploy --program "$newer"
  span=$(((SECONDS - span + 1) * 1000))
  seed=${JKOCR_VPS_SEED:-$((SRANDOM % 32768))}
  RANDOM=$seed
  echo "   JKOCR_VPS_SEED=$seed, within $span ms"
  for tried in {1..60}; do
    [ $hits -lt 20 ] || break
    # Always one that is not there.
    if runs 9.8.7; then sent=("${ours[@]}"); else sent=(--program "$newer"); fi
    setsid "${mine[@]}" "$program" --lang en deploy vps --yes "${sent[@]}" >"$work/cut.log" 2>&1 &
    deploying=$!
    millis=$((RANDOM * span / 32768))
    sleep "$((millis / 1000)).$(printf %03d $((millis % 1000)))"
    what=jkocr
    [ $((RANDOM % 2)) = 0 ] || what=ssh
    if kill -0 "$deploying" 2>/dev/null; then
      # The master has a session of its own; no other machine's ssh can be seen from these namespaces.
      if [ $what = jkocr ]; then kill -KILL "$deploying" || :; else pkill -KILL -x ssh || :; fi
      if { wait "$deploying"; } 2>/dev/null; then
        echo "   try $tried ended well"
      else
        hits=$((hits + 1))
        echo "   cut $hits, $what, after $millis ms: $(tr '\r' '\n' <"$work/cut.log" | grep -v '^hint' | tail -n 1 | head -c 120)"
      fi
    else
      wait "$deploying" || fail "$(cat "$work/cut.log")"
      echo "   try $tried had ended before $millis ms"
    fi
    since=$SECONDS
    until_true "the VPS reads after a cut" reads 8080 guest
    [ $((SECONDS - since)) -lt 3 ] || echo "   it read after $((SECONDS - since)) s"
    jkocr config show >"$work/config" || fail "this side is broken"
  done
  [ $hits = 20 ] || fail "only $hits were cut"
  deploy
  runs "$version" || fail "another version runs"
  start_up
  stop_up
}

# docs/images/deploy*.svg; no test, and not one of `all`.
record() {
  limit 10
  # A home folder like anybody's: its name can be seen in them.
  mount -t tmpfs -o mode=755 home /home
  mkdir /home/me
  ln -s "$account_home/.ssh" /home/me/.ssh
  env -i HOME=/home/me "PATH=$PATH" LANG=C.UTF-8 docs/images/record.py "$program" deploy
}
