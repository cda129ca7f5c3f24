//! Memory that the allocator keeps for later, and that the machine could use now.

/// From here on, blocks of a megabyte and more go back to the system as soon as they are freed.
///
/// For a process that is idle most of the day: without this, the C library learns from large blocks to keep them. Each
/// new large block costs page faults then, a quarter of a millisecond per megabyte.
pub fn return_large_blocks() {
    system::return_large_blocks();
}

/// Gives back what was freed in small pieces, of an engine for example.
///
/// It takes some milliseconds, in which other threads may have to wait for memory.
pub fn give_back() {
    system::give_back();
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod system {
    use std::ffi::c_int;

    #[expect(unsafe_code, reason = "the C library has this and no safe name for it; it touches no memory in use")]
    unsafe extern "C" {
        /// `malloc_trim(3)`.
        safe fn malloc_trim(pad: usize) -> c_int;
        /// `mallopt(3)`.
        safe fn mallopt(parameter: c_int, value: c_int) -> c_int;
    }

    /// `M_MMAP_THRESHOLD` of `malloc.h`.
    const MMAP_THRESHOLD: c_int = -3;

    pub fn return_large_blocks() {
        mallopt(MMAP_THRESHOLD, 1 << 20);
    }

    pub fn give_back() {
        malloc_trim(0);
    }
}

#[cfg(target_os = "macos")]
mod system {
    #[expect(unsafe_code, reason = "the C library has this and no safe name for it; it touches no memory in use")]
    unsafe extern "C" {
        /// `malloc_zone_pressure_relief(3)`; zone 0 stands for every zone, goal 0 for as much as there is.
        safe fn malloc_zone_pressure_relief(zone: usize, goal: usize) -> usize;
    }

    /// This system does so by itself.
    pub fn return_large_blocks() {}

    pub fn give_back() {
        malloc_zone_pressure_relief(0, 0);
    }
}

#[cfg(not(any(all(target_os = "linux", target_env = "gnu"), target_os = "macos")))]
mod system {
    pub fn return_large_blocks() {}

    pub fn give_back() {}
}
