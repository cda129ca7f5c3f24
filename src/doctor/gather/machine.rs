//! This machine: memory, disk, processor.

use std::path::Path;
use std::thread;

use crate::doctor::facts::{Cpu, Machine, Memory};

/// Looks at this machine; models are kept in `data`.
pub(super) async fn look(data: &Path) -> Machine {
    Machine { memory: memory().await, disk_free: disk_free(data), data: data.to_owned(), cpu: cpu().await }
}

/// Bytes that may still be written in `folder`, or in the nearest folder above it that exists.
fn disk_free(folder: &Path) -> Option<u64> {
    let existing = folder.ancestors().find(|folder| folder.exists())?;
    let disk = rustix::fs::statvfs(existing).ok()?;
    disk.f_bavail.checked_mul(disk.f_frsize)
}

#[cfg(target_os = "linux")]
async fn memory() -> Option<Memory> {
    crate::doctor::survey::memory(&tokio::fs::read_to_string("/proc/meminfo").await.ok()?)
}

#[cfg(target_os = "linux")]
async fn cpu() -> Cpu {
    let text = tokio::fs::read_to_string("/proc/cpuinfo").await.unwrap_or_default();
    let cores = thread::available_parallelism().map_or(0, std::num::NonZero::get);
    crate::doctor::survey::cpu(&text, std::env::consts::ARCH, cores)
}

#[cfg(not(target_os = "linux"))]
async fn memory() -> Option<Memory> {
    let total = sysctl("hw.memsize").await?.parse().ok()?;
    // What is free means little where caches and compression fill everything.
    Some(Memory { total, available: None, swap_total: 0, swap_free: 0 })
}

#[cfg(not(target_os = "linux"))]
async fn cpu() -> Cpu {
    let model = sysctl("machdep.cpu.brand_string").await.map(Into::into);
    let cores = thread::available_parallelism().map_or(0, std::num::NonZero::get);
    Cpu { arch: std::env::consts::ARCH.into(), model, cores, features: features() }
}

#[cfg(all(not(target_os = "linux"), target_arch = "x86_64"))]
fn features() -> Vec<String> {
    let found = [
        ("avx", is_x86_feature_detected!("avx")),
        ("avx2", is_x86_feature_detected!("avx2")),
        ("fma", is_x86_feature_detected!("fma")),
    ];
    found.into_iter().filter(|(_, is_there)| *is_there).map(|(name, _)| name.to_owned()).collect()
}

#[cfg(all(not(target_os = "linux"), not(target_arch = "x86_64")))]
fn features() -> Vec<String> {
    // Every Mac without an Intel processor has it.
    vec!["asimd".to_owned()]
}

#[cfg(not(target_os = "linux"))]
async fn sysctl(name: &str) -> Option<String> {
    let mut command = tokio::process::Command::new("/usr/sbin/sysctl");
    command.args(["-n", name]);
    let said = super::run::run(command, "", std::time::Duration::from_secs(5)).await.success()?;
    Some(said.trim().to_owned())
}
