//! The memory of this process, where the system has a file that says it (Linux).

use std::fs;

/// Resident memory now, in bytes.
#[must_use]
pub fn resident() -> Option<u64> {
    field("VmRSS:")
}

/// The most there was since the start, in bytes.
#[must_use]
pub fn peak() -> Option<u64> {
    field("VmHWM:")
}

fn field(name: &str) -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}
