#!/usr/bin/env bash
# Deploys to a real VPS: `tests/vps/run.sh [DEBIAN…] [SCENARIO…]`, on Linux as root; without a Debian on 12, without a
# scenario all of them. `tests/vps/run.sh 11 12 13` is everything, `tests/vps/run.sh 13 upgrade` one.
#
# A VPS is Debian with its own kernel, systemd and sshd, of 2 cores and 4 GB, in QEMU. It is new for each scenario: what it
# is made of, and how it was when it had booted, is kept in target/vps.
#
#   JKOCR           the program to deploy with (default: target/release/jkocr)
#   JKOCR_SERVER    that for the VPS, if it is another one
#   JKOCR_VPS       what it runs on: `tcg`, emulated processors (default); `kvm`, the processors of this machine, where that
#                   works; `namespaces`, its kernel as well, in seconds where the others take minutes
#   DEBIAN_MIRROR   where Debian comes from (default: http://deb.debian.org/debian)
#   JKOCR_VPS_KEEP  not empty: when a scenario fails, its VPS stays until Enter, and how to log in is said
set -euo pipefail
cd "$(dirname "$0")/../.."

missing=()
need() { command -v "$1" >/dev/null || missing+=("$1: apt install $2"); }
accelerator=${JKOCR_VPS:-tcg}
case $accelerator in
  tcg | kvm) need qemu-system-x86_64 qemu-system-x86; need qemu-img qemu-utils ;;
  namespaces) need slirp4netns slirp4netns ;;
  *) missing+=("JKOCR_VPS=$accelerator: it is tcg, kvm or namespaces") ;;
esac
need debootstrap debootstrap
need mkfs.ext4 e2fsprogs
need ssh openssh-client
need curl curl
need python3 python3
need setpriv util-linux
[ "$(id -u)" -eq 0 ] || missing+=("root: debootstrap wants it")
[ "$(uname -sm)" = 'Linux x86_64' ] || missing+=("Linux on x86-64")
program=$(realpath -m "${JKOCR:-target/release/jkocr}")
server=$(realpath -m "${JKOCR_SERVER:-$program}")
[ -x "$program" ] || missing+=("$program: cargo build --release")
if [ ${#missing[@]} -gt 0 ]; then
  echo "$0: this is missing:" >&2
  printf '  %s\n' "${missing[@]}" >&2
  exit 1
fi

# Namespaces of its own: what is mounted here is seen by nobody else, and what is started here ends with this script.
group=${JKOCR_VPS_GROUP:-jkocr-vps-$$}
# empty_group NAME: removes a control group, whose processes have ended.
empty_group() {
  local root
  root=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
  [ ! -d "$root/$1" ] || find "$root/$1" -depth -type d -exec rmdir {} + 2>/dev/null || :
}
if [ -z "${JKOCR_VPS_GROUP:-}" ]; then
  # Also when this one is killed.
  JKOCR_VPS_GROUP=$group setpriv --pdeathsig KILL \
    unshare --mount --pid --fork --kill-child --mount-proc "$0" "$@" <&0 &
  alone=$!
  trap 'kill -KILL "$alone" 2>/dev/null || :; empty_group "$group"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  wait "$alone"
  exit
fi

cache=$PWD/target/vps work=/mnt
mkdir -p "$cache"
exec 9>"$cache/lock-$accelerator"
flock --nonblock 9 || { echo "$0: another one runs" >&2; exit 1; }
# In memory, short, and gone with this script.
mount -t tmpfs -o size=6g,mode=755 jkocr-vps "$work"
account_home=$(getent passwd root | cut -d: -f6)
mkdir -p "$account_home/.ssh" "$work/ssh"
mount --bind "$work/ssh" "$account_home/.ssh"
[ -f "$cache/login" ] || ssh-keygen -q -t ed25519 -N '' -C the-user -f "$cache/login"

version=$("$server" --version | cut -d' ' -f2)

fail() { echo "FAILED: $*" >&2; exit 1; }
# shellcheck source=tests/vps/image.sh
. tests/vps/image.sh
# shellcheck source=tests/vps/machine.sh
. tests/vps/machine.sh
# shellcheck source=tests/vps/scenarios.sh
. tests/vps/scenarios.sh

debians=() scenarios=()
for word in "$@"; do
  if [ -n "${suites[$word]:-}" ]; then
    debians+=("$word")
  elif [[ " ${all[*]} record " == *" $word "* ]]; then
    scenarios+=("$word")
  else
    fail "there is no Debian and no scenario $word; there are ${!suites[*]}, ${all[*]}"
  fi
done
[ ${#debians[@]} -gt 0 ] || debians=(12)
[ ${#scenarios[@]} -gt 0 ] || scenarios=("${all[@]}")

failed=()
for debian in "${debians[@]}"; do
  exec 8>"$cache/lock"
  flock 8
  image=$(image "$debian")
  flock --unlock 8
  for scenario in "${scenarios[@]}"; do
    echo "== Debian $debian: $scenario"
    began=$SECONDS
    # Not as the left side of `||`, where bash would go on after an error.
    set +e
    (
      set -euo pipefail
      trap 'ended $?' EXIT
      boot "${memory[$scenario]:-4096}"
      echo "   a VPS after $((SECONDS - began)) s, its processor by $accelerator"
      "${scenario//-/_}"
    )
    status=$?
    set -e
    if [ $status = 0 ]; then
      echo "== Debian $debian: $scenario: well, $((SECONDS - began)) s"
    else
      failed+=("$debian $scenario")
      echo "== Debian $debian: $scenario: FAILED, $((SECONDS - began)) s"
    fi
  done
done
[ ${#failed[@]} -eq 0 ] || { printf 'FAILED: %s\n' "${failed[@]}" >&2; exit 1; }
echo "all is well: ${debians[*]}: ${scenarios[*]}"
