//! The cores of a Linux machine: its processors as the kernel describes them in `/sys`, those that this process may run
//! on, and the share of them that its cgroups leave it.

use std::collections::HashSet;
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Component, Path, PathBuf};

use rustix::thread::{CpuSet, sched_getaffinity};

/// The physical cores that this process may use; none if the kernel does not say.
pub(super) fn usable() -> Option<NonZeroUsize> {
    // More processors than the set holds are an error.
    let set = sched_getaffinity(None).ok()?;
    let processors: Vec<_> = (0..CpuSet::MAX_CPU).filter(|processor| set.is_set(*processor)).collect();
    within(Path::new("/"), &processors)
}

/// The same for the files below `root` and a process that may run on `processors`.
fn within(root: &Path, processors: &[usize]) -> Option<NonZeroUsize> {
    let cores: HashSet<_> = processors.iter().map(|processor| core(root, *processor)).collect();
    let cores = NonZeroUsize::new(cores.len())?;
    // What is left over of a quota is worth a thread, too: it computes until the quota of the period is used up.
    let share = share(root).map(|share| NonZeroUsize::new(share.ceil() as usize).unwrap_or(NonZeroUsize::MIN));
    Some(share.map_or(cores, |share| cores.min(share)))
}

/// What all hyper-threads of a core have in common: the list of them; the processor itself if the kernel has no such list.
fn core(root: &Path, processor: usize) -> String {
    let topology = root.join(format!("sys/devices/system/cpu/cpu{processor}/topology"));
    // The second is the first's name before Linux 5.3.
    let lists = ["core_cpus_list", "thread_siblings_list"].map(|name| topology.join(name));
    let list = lists.iter().find_map(|list| fs::read_to_string(list).ok());
    list.map_or_else(|| processor.to_string(), |list| list.trim().to_owned())
}

/// How many processors the cgroups of this process may keep busy: the least that one of them, or one above it, has as its
/// quota; none without a quota.
fn share(root: &Path) -> Option<f64> {
    let text = |name: &str| fs::read_to_string(root.join("proc/self").join(name)).unwrap_or_default();
    let (memberships, mounts) = (text("cgroup"), text("mountinfo"));
    let memberships = memberships.lines().filter_map(Membership::parse);
    let mounts: Vec<_> = mounts.lines().filter_map(Mount::parse).collect();
    let folders = memberships.filter_map(|membership| {
        let mount = mounts.iter().find(|mount| mount.version == membership.version)?;
        Some((membership.version, mount.folders(root, membership.path)))
    });
    let shares = folders.flat_map(|(version, folders)| folders.into_iter().filter_map(move |at| version.share(&at)));
    shares.min_by(f64::total_cmp)
}

/// How cgroups limit processors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    One,
    Two,
}

impl Version {
    /// The quota of one cgroup, in processors.
    fn share(self, cgroup: &Path) -> Option<f64> {
        let read = |name: &str| fs::read_to_string(cgroup.join(name)).ok();
        let (quota, period) = match self {
            Self::One => (read("cpu.cfs_quota_us")?, read("cpu.cfs_period_us")?),
            Self::Two => {
                let both = read("cpu.max")?;
                let (quota, period) = both.trim().split_once(' ')?;
                (quota.to_owned(), period.to_owned())
            }
        };
        // Without a quota there is -1 or "max".
        let (quota, period) = (quota.trim().parse::<u64>().ok()?, period.trim().parse::<u64>().ok()?);
        (quota > 0 && period > 0).then(|| quota as f64 / period as f64)
    }
}

/// A line of `/proc/self/cgroup` (`cgroups(7)`): `7:cpu,cpuacct:/path`, or `0::/path` for version 2.
struct Membership<'t> {
    version: Version,
    path: &'t Path,
}

impl<'t> Membership<'t> {
    fn parse(line: &'t str) -> Option<Self> {
        let mut parts = line.splitn(3, ':').skip(1);
        let (controllers, path) = (parts.next()?, Path::new(parts.next()?));
        let version = match controllers {
            "" => Version::Two,
            some if some.split(',').any(|controller| controller == "cpu") => Version::One,
            _ => return None,
        };
        Some(Self { version, path })
    }
}

/// A line of `/proc/self/mountinfo` (`proc(5)`) that mounts cgroups: `… ROOT POINT … - TYPE SOURCE OPTIONS`.
struct Mount {
    version: Version,
    /// Which cgroup is mounted.
    root: PathBuf,
    point: PathBuf,
}

impl Mount {
    fn parse(line: &str) -> Option<Self> {
        let (place, kind) = line.split_once(" - ")?;
        let mut place = place.split(' ').skip(3).map(|path| PathBuf::from(path.replace("\\040", " ")));
        let (root, point) = (place.next()?, place.next()?);
        let mut kind = kind.split(' ');
        let version = match (kind.next()?, kind.nth(1)?) {
            ("cgroup2", _) => Version::Two,
            ("cgroup", options) if options.split(',').any(|option| option == "cpu") => Version::One,
            _ => return None,
        };
        Some(Self { version, root, point })
    }

    /// The folders of the cgroup `path` and of all above it that can be seen here, below `files`.
    fn folders(&self, files: &Path, path: &Path) -> Vec<PathBuf> {
        let point = files.join(self.point.strip_prefix("/").unwrap_or(&self.point));
        // In a container the path may be that of the host, or lie beside what is mounted.
        let below = path.strip_prefix(&self.root).unwrap_or(Path::new(""));
        let is_plain = below.components().all(|component| matches!(component, Component::Normal(_)));
        let below = if is_plain { below } else { Path::new("") };
        below.ancestors().map(|below| point.join(below)).collect()
    }
}

#[cfg(test)]
mod tests;
