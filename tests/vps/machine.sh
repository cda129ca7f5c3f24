#!/usr/bin/env bash
# One VPS in an emulator, and the user's machine beside it. run.sh reads this.
# shellcheck disable=SC2034,SC2154 # Names are set in one of these files and used in another.

# The longest that anything may take, in seconds: an emulated processor on a busy machine.
patience=600

# The user's machine: a home folder with an ssh configuration that knows `vps`, and jkocr's own files.
home=$work/home

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# until_true WHAT COMMAND…: waits until the command does well.
until_true() {
  local what=$1 end=$((SECONDS + patience))
  shift
  until "$@"; do
    [ $SECONDS -lt $end ] || fail "in vain within $patience s: $what"
    sleep 0.3
  done
}

# emulate MEMORY DISK OPTION…: a VPS with so many MB and that disk, whose sshd can be reached on $port.
emulate() {
  local memory=$1 disk=$2
  shift 2
  port=$(free_port)
  rm -f "$work/monitor"
  # It ends with this script, however that ends.
  TMPDIR=$cache setpriv --pdeathsig KILL qemu-system-x86_64 -nodefaults -display none -no-reboot -accel "$accelerator" -cpu max \
    -smp 2 -m "$memory" -kernel "$image/kernel" -initrd "$image/initrd" \
    -append 'root=/dev/vda rw console=ttyS0 net.ifnames=0 quiet' -serial "file:$work/console.log" \
    -drive "file=$disk,format=qcow2,if=virtio,cache=unsafe" -device virtio-rng-pci -monitor "unix:$work/monitor,server,nowait" \
    -nic "user,model=virtio-net-pci,ipv6=off,hostfwd=tcp:127.0.0.1:$port-:22" "$@" 2>"$work/machine.log" &
  machine=$!
  furnish
  until_true "sshd of the VPS answers" answers
}

# lend MEMORY: the same in namespaces, with so many MB of disk.
lend() {
  local inside
  rm -rf "$work/machine"
  mkdir "$work/machine"
  port=$(free_port)
  setpriv --pdeathsig KILL tests/vps/namespaces.sh "$image/disk" "$work/machine" "$group" "$1" 2>"$work/machine.log" &
  machine=$!
  until_true "the namespaces are there" waits
  inside=$(cat "/proc/$machine/task/$machine/children")
  setpriv --pdeathsig KILL slirp4netns --configure --mtu=1500 --api-socket "$work/machine/network" "${inside% }" eth0 >"$work/network.log" 2>&1 &
  network=$!
  until_true "the network is there" test -S "$work/machine/network"
  printf '{"execute":"add_hostfwd","arguments":{"proto":"tcp","host_addr":"127.0.0.1","host_port":%s,"guest_port":22}}' "$port" |
    python3 -c 'import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); s.sendall(sys.stdin.buffer.read()); s.shutdown(1); print(s.recv(999))' \
      "$work/machine/network" >>"$work/network.log"
  furnish
  until_true "sshd of the VPS answers" answers
}

waits() {
  alive
  test -e "$work/machine/waits"
}

# boot MEMORY: a VPS as new, with so many MB, reached as `ssh vps`. It is booted once, and kept as it was then.
boot() {
  if [ "$accelerator" = namespaces ]; then
    lend "$1"
    until_true "it has booted" booted
    return
  fi
  local kept=$image/booted-$accelerator-$1
  if [ ! -f "$kept" ]; then
    qemu-img create -q -f qcow2 -F raw -b "$image/disk" "$kept.disk"
    emulate "$1" "$kept.disk"
    until_true "it has booted" booted
    guest sync
    tell_emulator "migrate \"exec:cat >'$kept.part'\"" quit
    wait "$machine" || :
    mv "$kept.part" "$kept"
  fi
  rm -f "$cache/overlay"
  qemu-img create -q -f qcow2 -F qcow2 -b "$kept.disk" "$cache/overlay"
  emulate "$1" "$cache/overlay" -incoming "exec:cat '$kept'"
  guest "date --set=@$(date +%s)" >/dev/null
  # What takes seconds to get ready takes an emulated processor as many minutes.
  # shellcheck disable=SC2016 # The shell of the VPS expands it.
  [ "$accelerator" != tcg ] ||
    guest 'd=/etc/systemd/system/jkocr.service.d; mkdir $d && printf "[Service]\nTimeoutStartSec=12min\n" >$d/patience.conf'
}
# Where it has no devices, some of its units fail.
booted() { guest systemctl is-system-running | grep -qxE 'running|degraded'; }
# tell_emulator COMMAND…: to its monitor, each when the one before is done.
tell_emulator() {
  python3 - "$work/monitor" "$@" <<'PYTHON'
import socket, sys

monitor = socket.socket(socket.AF_UNIX)
monitor.connect(sys.argv[1])
for command in ["", *sys.argv[2:]]:
    if command:
        monitor.sendall(command.encode() + b"\n")
    said = b""
    while not said.endswith(b"(qemu) "):
        more = monitor.recv(4096)
        if not more:
            break
        said += more
PYTHON
}

alive() { kill -0 "$machine" 2>/dev/null || { cat "$work"/*.log >&2; fail "the machine has ended"; }; }
answers() {
  alive
  guest true 2>/dev/null
}

# ended STATUS: the end of a scenario, on any way out.
ended() {
  if [ "$1" != 0 ]; then
    tail -n 5 "$work/console.log" >&2 2>/dev/null || :
    if [ -n "${JKOCR_VPS_KEEP:-}" ]; then
      echo "the VPS stays until Enter: ssh -i $cache/login -p $port root@127.0.0.1" >&2
      read -r || :
    fi
  fi
  power_off
  return "$1"
}

# power_off: ends it by its id.
power_off() {
  local process
  for process in ${machine:-} ${network:-}; do
    kill -KILL "$process" 2>/dev/null || :
    wait "$process" 2>/dev/null || :
  done
  machine='' network=''
  empty_group "$group"
}

# furnish: the user's machine as new. ssh finds its ~/.ssh by the account, which run.sh has laid there.
furnish() {
  rm -rf "$home" "$work"/ssh/*
  mkdir -p "$home/jkocr"
  ln -s "$account_home/.ssh" "$home/.ssh"
  chmod 700 "$work/ssh"
  install -m 600 "$cache/login" "$home/.ssh/id_ed25519"
  printf 'Host vps\n  HostName 127.0.0.1\n  Port %s\n  HostKeyAlias vps\n  User root\n' "$port" >"$home/.ssh/config"
  printf 'vps %s\n' "$(cat "$image/host.pub")" >"$home/.ssh/known_hosts"
  up_port=$(free_port)
  # Whatever is read is read by the VPS.
  printf 'listen = ["127.0.0.1:%s"]\n[fallback]\nmode = "off"\n' "$up_port" >"$home/jkocr/config.toml"
}

# guest COMMAND: what root does there, by a shell of its own.
guest() { ssh -l root -o BatchMode=yes -o ConnectTimeout=20 -o LogLevel=ERROR vps "$@"; }

# What the user types is run as this, with the user's home.
mine=(env -i "HOME=$home" "JKOCR_HOME=$home/jkocr" "PATH=$PATH" LANG=C.UTF-8)
for name in PIP_INDEX_URL HTTPS_PROXY https_proxy NO_PROXY no_proxy; do
  [ -z "${!name:-}" ] || mine+=("$name=${!name}")
done
# jkocr ARGUMENT…
jkocr() { "${mine[@]}" "$program" --lang en "$@"; }
# timed COMMAND…: what it says, each line with the seconds until then, and kept in $work/said.
timed() {
  local began=${EPOCHREALTIME/./} line passed
  "$@" 2>&1 | while IFS= read -r line || [ -n "$line" ]; do
    passed=$(((${EPOCHREALTIME/./} - began) / 100000))
    printf '   %4d.%d s  %s\n' $((passed / 10)) $((passed % 10)) "$line"
  done | tee "$work/said"
}

# limit MEGABITS: the link of the VPS in both directions, and what goes over it is counted from now on.
limit() {
  guest sh -e <<SCRIPT
ip link add ifb0 type ifb
ip link set ifb0 up
# Room in its queue for what is under way: the emulator's TCP is slow to recover from a loss.
tc qdisc add dev eth0 root tbf rate ${1}mbit burst 32kb limit 4mb
tc qdisc add dev ifb0 root tbf rate ${1}mbit burst 32kb limit 4mb
tc qdisc add dev eth0 handle ffff: ingress
tc filter add dev eth0 parent ffff: protocol ip prio 1 u32 match ip dport 22 0xffff action mirred egress redirect dev ifb0
tc filter add dev eth0 parent ffff: protocol ip prio 2 u32 match u32 0 0 action mirred egress redirect dev ifb0
SCRIPT
}
# received: bytes that came to the VPS over the link since `limit`: "SSH OTHERS".
received() {
  guest tc -s filter show dev eth0 parent ffff: | awk '/pref 1 /{kind=1} /pref 2 /{kind=2} /Sent/{bytes[kind]=$2} END {print bytes[1]+0, bytes[2]+0}'
}
# weigh: bytes that ssh sends to the VPS, without the headers of packets, until /run/weighed is gone: the most of each connection.
weigh() {
  guest 'touch /run/weighed; while [ -e /run/weighed ]; do ss -tinH state established sport = :22; sleep 0.3; done' |
    awk '/:22 / {peer = $NF} match($0, /bytes_received:[0-9]+/) {bytes[peer] = substr($0, RSTART + 15, RLENGTH - 15)} END {for (peer in bytes) all += bytes[peer]; print all}'
}

# ask PORT [guest]: what is answered there, here or on the VPS, to a picture of the word OK, asked as Bob does.
ask() {
  printf '{"file":"%s","fileType":1,"visualize":false,"textRecScoreThresh":0}' "$(base64 -w 0 tests/data/word_ok.png)" |
    ${2:-} curl -sS --noproxy 127.0.0.1 --max-time 120 -H Content-Type:application/json --data @- "http://127.0.0.1:$1/ocr"
}
# reads PORT [guest]: whether that answer has the word.
reads() { ask "$@" 2>/dev/null | grep -qF '"rec_texts":["OK"]'; }

# start_up: `jkocr up`, which Bob can ask at $up_port. stop_up ends it.
start_up() {
  "${mine[@]}" "$program" --lang en up >"$work/up.log" 2>&1 &
  up=$!
  until_true "a picture is read through jkocr up" reads "$up_port" || { cat "$work/up.log" >&2; return 1; }
}
stop_up() {
  kill "$up"
  wait "$up" || :
}
