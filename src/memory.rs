//! The memory of this process: how much is resident, and giving back what is free.

use std::fs;

/// Resident memory now, in bytes, where the system has a file that says it (Linux).
#[must_use]
pub(crate) fn resident() -> Option<u64> {
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

/// From here on, blocks of a megabyte and more go back to the system as soon as they are freed.
///
/// For a process that is idle most of the day: without this, glibc learns from large blocks to keep them. Each new large
/// block costs page faults then, a quarter of a millisecond per megabyte. Other allocators do this by themselves.
pub(crate) fn return_large_blocks() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    glibc::map_large_blocks();
}

/// Gives the pages that nothing is allocated in back to the system. glibc keeps them otherwise, for as long as something
/// above them lives; other allocators do this by themselves.
pub(crate) fn give_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    glibc::trim();
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod glibc {
    use std::ffi::c_int;

    #[expect(unsafe_code, reason = "glibc offers this to C only; they take numbers and may be called at any time")]
    unsafe extern "C" {
        /// `malloc_trim(3)`: of every arena, whole free pages; `pad` bytes are left at the top of the heap.
        safe fn malloc_trim(pad: usize) -> c_int;
        /// `mallopt(3)`: sets a parameter of the allocator for the whole process.
        safe fn mallopt(parameter: c_int, value: c_int) -> c_int;
    }

    /// `M_MMAP_THRESHOLD` of `malloc.h`: from which size on a block has a mapping of its own.
    const MMAP_THRESHOLD: c_int = -3;

    pub fn map_large_blocks() {
        mallopt(MMAP_THRESHOLD, 1 << 20);
    }

    pub fn trim() {
        malloc_trim(0);
    }
}

#[cfg(all(test, target_os = "linux", target_env = "gnu"))]
mod tests {
    use super::{give_back, resident};

    #[test]
    fn freed_memory_goes_back() {
        // Blocks too small for a mapping of their own; the last one keeps the heap from shrinking by itself.
        let mut blocks: Vec<Vec<u8>> = (0..4096).map(|_| vec![1; 16 * 1024]).collect();
        let last = blocks.pop();
        let full = resident().unwrap();
        drop(blocks);
        give_back();
        assert!(resident().unwrap() + (32 << 20) < full);
        drop(last);
    }
}
