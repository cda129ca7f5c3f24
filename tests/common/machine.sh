# Boots systemd in namespaces of its own, on a copy of this system that is thrown away: nothing it writes stays.
# $1: an empty folder. $2: the jkocr binary. $3: a folder with models. $4: the name of its control group.
# Called a second time, with `inside` before these, as the first process of the namespaces.
set -e

if [ "$1" != inside ]; then
  for hierarchy in $(awk '$3 ~ /^cgroup2?$/ { print $2 }' /proc/mounts); do
    mkdir "$hierarchy/$4" 2>/dev/null || continue
    # A cpuset that was just made takes no process; systemd does not need it.
    echo $$ 2>/dev/null > "$hierarchy/$4/cgroup.procs" || rmdir "$hierarchy/$4"
  done
  exec unshare --mount --pid --fork --uts --ipc --cgroup --kill-child sh "$0" inside "$@"
fi
shift

root=$1/root
mount --make-rprivate /
mount -t tmpfs tmpfs "$1"
mkdir "$1/upper" "$1/work" "$root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$root"
cp "$2" "$root/usr/local/bin/jkocr"
mkdir "$root/opt/models"
mount --bind "$3" "$root/opt/models"
awk '$3 ~ /^cgroup2?$/ { print $2, $3, $4 }' /proc/mounts > "$1/hierarchies"
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/tmp"

# The same hierarchies of control groups, each from the group of this test down.
[ -e /sys/fs/cgroup/cgroup.controllers ] || mount -t tmpfs cgroups "$root/sys/fs/cgroup"
while read -r hierarchy type options; do
  mkdir -p "$root$hierarchy"
  case $type,$options in
    cgroup2,*) mount -t cgroup2 cgroup2 "$root$hierarchy" ;;
    *name=systemd*) mount -t cgroup -o none,name=systemd cgroup "$root$hierarchy" ;;
    *) mount -t cgroup -o "${hierarchy##*/}" cgroup "$root$hierarchy" ;;
  esac
done < "$1/hierarchies"

# Only the units that this needs: nothing that touches the machine around it, such as sysctls.
mkdir -p "$root/run/old" "$root/run/units/sockets.target.wants"
for unit in basic.target sysinit.target multi-user.target network.target shutdown.target umount.target \
  paths.target slices.target sockets.target timers.target local-fs.target \
  dbus.service dbus.socket systemd-journald.service systemd-journald.socket systemd-journald-dev-log.socket; do
  [ ! -e "/usr/lib/systemd/system/$unit" ] || ln -s "/usr/lib/systemd/system/$unit" "$root/run/units/$unit"
  [ "${unit%.socket}" = "$unit" ] || ln -s "../$unit" "$root/run/units/sockets.target.wants/$unit"
done
rm -rf "$root"/etc/systemd/system/* "$root/var/lib/jkocr" "$root/var/lib/private/jkocr"

cd "$root"
pivot_root . run/old
umount -l /run/old
exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin \
  SYSTEMD_UNIT_PATH=/etc/systemd/system:/run/systemd/system:/run/systemd/transient:/run/units \
  /lib/systemd/systemd --system --unit=multi-user.target --show-status=no --log-target=null
