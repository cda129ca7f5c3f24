//! Machines as folders of the files that a kernel shows.

use super::*;

/// A machine without quotas whose cores have two threads each, numbered as Linux does: 0 to 3, then again.
struct Machine(tempfile::TempDir);

impl Machine {
    fn new() -> Self {
        let machine = Self(tempfile::tempdir().unwrap());
        for processor in 0..8 {
            let siblings = format!("{},{}\n", processor % 4, processor % 4 + 4);
            machine.file(&format!("sys/devices/system/cpu/cpu{processor}/topology/core_cpus_list"), &siblings);
        }
        machine
    }

    fn file(&self, name: &str, text: &str) {
        let file = self.0.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    /// Cgroups of version 2 as systemd has them; a process in `path`.
    fn version_2(&self, path: &str) {
        self.file("proc/self/cgroup", &format!("0::{path}\n"));
        let mounts = "25 30 0:23 / /sys rw - sysfs sysfs rw\n\
                      29 25 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";
        self.file("proc/self/mountinfo", mounts);
    }

    /// A process in `path` of version 1, where `root` is mounted.
    fn version_1(&self, path: &str, root: &str) {
        self.file("proc/self/cgroup", &format!("9:cpuset:/x\n4:cpu,cpuacct:{path}\n1:name=systemd:{path}\n0::/\n"));
        let mounts = format!(
            "31 30 0:27 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n\
             32 30 0:28 {root} /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup rw,cpu,cpuacct\n\
             33 30 0:29 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
        );
        self.file("proc/self/mountinfo", &mounts);
    }

    fn quota_1(&self, cgroup: &str, quota: &str) {
        self.file(&format!("sys/fs/cgroup/cpu,cpuacct/{cgroup}cpu.cfs_quota_us"), quota);
        self.file(&format!("sys/fs/cgroup/cpu,cpuacct/{cgroup}cpu.cfs_period_us"), "100000\n");
    }

    fn cores(&self, processors: &[usize]) -> usize {
        within(self.0.path(), processors).unwrap().get()
    }
}

const ALL: [usize; 8] = [0, 1, 2, 3, 4, 5, 6, 7];

#[test]
fn two_threads_of_a_core_count_once_and_only_allowed_ones_count() {
    let machine = Machine::new();
    assert_eq!(machine.cores(&ALL), 4);
    assert_eq!(machine.cores(&[0, 4]), 1);
    assert_eq!(machine.cores(&[1, 2, 6]), 2);
}

#[test]
fn an_older_kernel_has_another_name_for_the_list() {
    let machine = Machine(tempfile::tempdir().unwrap());
    for processor in 0..4 {
        let siblings = format!("{}-{}\n", processor / 2 * 2, processor / 2 * 2 + 1);
        machine.file(&format!("sys/devices/system/cpu/cpu{processor}/topology/thread_siblings_list"), &siblings);
    }
    assert_eq!(machine.cores(&[0, 1, 2, 3]), 2);
}

#[test]
fn without_a_description_each_processor_is_a_core() {
    let machine = Machine(tempfile::tempdir().unwrap());
    assert_eq!(machine.cores(&[0, 1, 2]), 3);
    assert_eq!(within(machine.0.path(), &[]), None);
}

#[test]
fn the_least_quota_on_the_way_up_counts() {
    let machine = Machine::new();
    machine.version_2("/system.slice/jkocr.service");
    machine.file("sys/fs/cgroup/system.slice/jkocr.service/cpu.max", "max 100000\n");
    assert_eq!(machine.cores(&ALL), 4, "no quota");
    machine.file("sys/fs/cgroup/system.slice/cpu.max", "200000 100000\n");
    assert_eq!(machine.cores(&ALL), 2, "that of the slice");
    machine.file("sys/fs/cgroup/system.slice/jkocr.service/cpu.max", "100000 100000\n");
    assert_eq!(machine.cores(&ALL), 1, "that of the service");
    machine.file("sys/fs/cgroup/other.slice/cpu.max", "1000 100000\n");
    machine.file("sys/fs/cgroup/system.slice/jkocr.service/cpu.max", "600000 100000\n");
    assert_eq!(machine.cores(&ALL), 2, "that of others is none of ours");
    assert_eq!(machine.cores(&[0]), 1, "the affinity is a limit, too");
}

#[test]
fn a_part_of_a_processor_is_worth_a_thread() {
    let machine = Machine::new();
    machine.version_2("/");
    for (quota, cores) in [("150000", 2), ("110000", 2), ("50000", 1), ("1000", 1), ("900000", 4)] {
        machine.file("sys/fs/cgroup/cpu.max", &format!("{quota} 100000\n"));
        assert_eq!(machine.cores(&ALL), cores, "{quota}");
    }
}

#[test]
fn version_1_has_its_quota_in_two_files() {
    let machine = Machine::new();
    machine.version_1("/docker/1", "/");
    machine.quota_1("docker/1/", "-1\n");
    assert_eq!(machine.cores(&ALL), 4);
    machine.quota_1("docker/", "300000\n");
    assert_eq!(machine.cores(&ALL), 3);
    machine.quota_1("docker/1/", "150000\n");
    assert_eq!(machine.cores(&ALL), 2);
}

/// Its own cgroup is mounted where the host has all of them.
#[test]
fn a_container_sees_its_own_quota() {
    let machine = Machine::new();
    machine.quota_1("", "200000\n");
    for others in ["docker/1/", "../2/"] {
        machine.quota_1(others, "100000\n");
    }
    for (path, root) in [("/docker/1", "/docker/1"), ("/", "/docker/1"), ("/../2", "/"), ("/../2", "/docker/1")] {
        machine.version_1(path, root);
        assert_eq!(machine.cores(&ALL), 2, "{path} {root}");
    }
}

#[test]
fn what_cannot_be_read_is_no_limit() {
    let machine = Machine::new();
    machine.version_2("/a");
    for odd in ["", "max\n", "100000\n", "0 100000\n", "100000 0\n", "-1 100000\n", "x y\n"] {
        machine.file("sys/fs/cgroup/a/cpu.max", odd);
        assert_eq!(machine.cores(&ALL), 4, "{odd:?}");
    }
    machine.file("proc/self/cgroup", "nonsense\n::\n0:\n");
    machine.file("proc/self/mountinfo", "nonsense\n - cgroup2\n1 2 3 - cgroup2 a b\n");
    assert_eq!(machine.cores(&ALL), 4);
}

/// This machine's own files.
#[test]
fn this_machine_has_no_more_cores_than_processors() {
    let allowed = std::thread::available_parallelism().unwrap();
    // A part of a processor counts here, and does not there.
    assert!(usable().unwrap().get() <= allowed.get() + 1);
}
