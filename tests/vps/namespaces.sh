#!/usr/bin/env bash
# A VPS without an emulator, for machines without KVM: the systemd, sshd and files of the Debian on DISK in namespaces, on
# this machine's kernel. `namespaces.sh DISK FOLDER GROUP MEMORY`; what it writes is in FOLDER, GROUP is its control group.
set -euo pipefail

if [ "$1" != inside ]; then
  group=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)/$3
  # That of the one before, whose processes may still be leaving it.
  mkdir -p "$group"
  echo $$ >"$group/cgroup.procs"
  exec unshare --mount --pid --fork --uts --ipc --net --cgroup --kill-child "$0" inside "$@"
fi
shift
disk=$1 folder=$2 memory=$4

mount --make-rprivate /
mkdir -p "$folder/disk" "$folder/new"
mount -t tmpfs -o "size=${memory}m" vps "$folder/new"
mkdir "$folder/new/upper" "$folder/new/work" "$folder/new/root"
root=$folder/new/root
mount -o loop,ro "$disk" "$folder/disk"
mount -t overlay overlay -o "lowerdir=$folder/disk,upperdir=$folder/new/upper,workdir=$folder/new/work" "$root"
hostname vps
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
mkdir "$root/dev/pts" "$root/dev/shm" "$root/run/old"
mount -t devpts -o newinstance,ptmxmode=666,gid=5,mode=620 devpts "$root/dev/pts"
mount -t tmpfs tmpfs "$root/dev/shm"
for device in null zero full random urandom tty; do
  : >"$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
# What would change the machine around it, waits for devices, or comes at times of its own.
mkdir -p "$root/run/systemd/system"
for unit in systemd-{sysctl,modules-load,random-seed,networkd,networkd-wait-online,hwclock-save,remount-fs,timesyncd,udevd,udev-trigger}.service \
  systemd-udevd-{kernel,control}.socket systemd-networkd.socket {apt-daily,apt-daily-upgrade,e2scrub_all,fstrim,dpkg-db-backup}.timer \
  e2scrub_reap.service getty.target getty-static.service console-getty.service; do
  ln -s /dev/null "$root/run/systemd/system/$unit"
done
: >"$root/etc/fstab"
# It says where it is, and waits until it has its network.
touch "$folder/waits"
until ip -brief link show eth0 2>/dev/null | grep -q .; do sleep 0.1; done
cd "$root"
pivot_root . run/old
umount -l /run/old
# The clock and the modules are those of this machine.
exec setpriv --bounding-set -sys_time,-sys_module,-sys_boot env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin \
  /lib/systemd/systemd --system --unit=multi-user.target --show-status=no --log-target=null
