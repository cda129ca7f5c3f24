#!/usr/bin/env bash
# The disk of a VPS as its provider hands it over: Debian with its own kernel, systemd, sshd and sudo. run.sh reads this.
# shellcheck disable=SC2034,SC2154 # Names are set in one of these files and used in another.

mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
declare -A suites=([11]=bullseye [12]=bookworm [13]=trixie)
contents=linux-image-cloud-amd64,initramfs-tools,systemd-sysv,udev,dbus,libpam-systemd,openssh-server,sudo
contents+=,ca-certificates,curl,iproute2,kmod,procps,python3
# The password of `admin`, who may do everything by sudo, and has to say it.
password=a-VPS-of-a-test

# image DEBIAN: the folder with `disk`, `kernel`, `initrd` and `host.pub` of that Debian, made unless it is there.
image() {
  local made
  made=$cache/debian-$1-$(cat tests/vps/image.sh "$cache/login.pub" | sha256sum | head -c 12)
  if [ ! -d "$made" ]; then
    echo "making Debian $1, once: $made.log" >&2
    rm -rf "$cache/debian-$1"-*
    (set -e; make_image "${suites[$1]}" "$made.part") >"$made.log" 2>&1 || { tail -n 20 "$made.log" >&2; return 1; }
    mv "$made.part" "$made"
  fi
  echo "$made"
}

# make_image SUITE FOLDER
make_image() {
  local suite=$1 folder=$2 root=$work/root
  mkdir -p "$folder" "$root"
  # In memory: dpkg waits for the disk after every file.
  mount -t tmpfs -o size=3g debian "$root"
  trap 'umount "$work/root"' EXIT
  debootstrap --variant=minbase --include="$contents" "$suite" "$root" "$mirror"
  settle "$root"
  cp "$root"/boot/vmlinuz-* "$folder/kernel"
  cp "$root"/boot/initrd.img-* "$folder/initrd"
  cp "$root/etc/ssh/ssh_host_ed25519_key.pub" "$folder/host.pub"
  rm -rf "$root"/var/cache/apt/archives/*.deb
  mkfs.ext4 -q -E root_owner=0:0 -d "$root" "$folder/disk" 8G
}

# settle ROOT: what a provider sets in it.
settle() {
  local root=$1 authority
  echo vps >"$root/etc/hostname"
  printf '127.0.0.1 localhost\n127.0.1.1 vps\n' >"$root/etc/hosts"
  echo '/dev/vda / ext4 errors=remount-ro 0 1' >"$root/etc/fstab"
  printf '[Match]\nName=eth0\n\n[Network]\nDHCP=ipv4\n' >"$root/etc/systemd/network/eth0.network"
  # QEMU's own, which asks that of this machine.
  echo 'nameserver 10.0.2.3' >"$root/etc/resolv.conf"
  # Whom this machine trusts besides Debian's authorities, for an index that is reached through a proxy.
  for authority in /usr/local/share/ca-certificates/*.crt; do
    [ ! -f "$authority" ] || cp "$authority" "$root/usr/local/share/ca-certificates/"
  done
  mkdir -p "$root/root/.ssh"
  chmod 700 "$root/root/.ssh"
  install -m 600 "$cache/login.pub" "$root/root/.ssh/authorized_keys"
  chroot "$root" /bin/sh -e <<SCRIPT
systemctl enable systemd-networkd
update-ca-certificates
useradd --create-home --shell /bin/bash --groups sudo admin
echo 'admin:$password' | chpasswd
install -d -m 700 -o admin -g admin ~admin/.ssh
install -m 600 -o admin -g admin /root/.ssh/authorized_keys ~admin/.ssh/
SCRIPT
  # Each machine has an identity of its own.
  : >"$root/etc/machine-id"
}
