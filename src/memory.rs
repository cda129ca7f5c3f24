//! Memory that the allocator keeps for later, and that the machine could use now.

/// Gives back what was freed: after a large request or an engine, the allocator would keep it for good.
///
/// It takes some milliseconds, in which other threads may have to wait for memory.
pub fn give_back() {
    system::give_back();
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod system {
    #[expect(unsafe_code, reason = "the C library has this and no safe name for it; it touches no memory in use")]
    unsafe extern "C" {
        /// `malloc_trim(3)`.
        safe fn malloc_trim(pad: usize) -> std::ffi::c_int;
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

    pub fn give_back() {
        malloc_zone_pressure_relief(0, 0);
    }
}

#[cfg(not(any(all(target_os = "linux", target_env = "gnu"), target_os = "macos")))]
mod system {
    pub fn give_back() {}
}
