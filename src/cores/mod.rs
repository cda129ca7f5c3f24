//! How many cores of this machine are worth a thread that computes.
//!
//! Two hyper-threads share the units that matrix multiplication keeps busy, and an efficiency core holds up whoever waits
//! for it: neither counts.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod mac;

use std::num::NonZeroUsize;
use std::thread;

#[cfg(target_os = "linux")]
use linux::usable;
#[cfg(target_os = "macos")]
use mac::usable;

/// On Linux the physical cores that this process may use, by its affinity and by the quotas of its cgroups; on a Mac the
/// performance cores.
pub(crate) fn count() -> NonZeroUsize {
    usable().unwrap_or_else(|| thread::available_parallelism().unwrap_or(NonZeroUsize::MIN))
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn usable() -> Option<NonZeroUsize> {
    None
}
