//! The cores of a Mac.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::num::NonZeroUsize;
use std::ptr;

/// The cores of the first performance level, the fast ones (`sysctl(3)`, "hw.perflevelN"; Apple silicon only).
const FAST: &CStr = c"hw.perflevel0.physicalcpu";

/// All physical cores, which are alike in Intel's processors.
const PHYSICAL: &CStr = c"hw.physicalcpu";

/// The performance cores; none if the system does not say.
pub(super) fn usable() -> Option<NonZeroUsize> {
    number(FAST).or_else(|| number(PHYSICAL))
}

#[expect(unsafe_code, reason = "the system offers this to C only")]
unsafe extern "C" {
    /// `sysctlbyname(3)`: writes what is called `name` to `value`, at most `size` bytes, and to `size` how many it wrote.
    fn sysctlbyname(
        name: *const c_char,
        value: *mut c_void,
        size: *mut usize,
        new: *const c_void,
        new_size: usize,
    ) -> c_int;
}

/// An integer that the system knows by `name`, if it is positive.
fn number(name: &CStr) -> Option<NonZeroUsize> {
    let (mut value, mut size): (c_int, usize) = (0, size_of::<c_int>());
    #[expect(unsafe_code, reason = "`name` ends with a zero, and there is room for `size` bytes at `value`")]
    let result = unsafe { sysctlbyname(name.as_ptr(), (&raw mut value).cast(), &raw mut size, ptr::null(), 0) };
    let value = (result == 0 && size == size_of::<c_int>()).then_some(value)?;
    NonZeroUsize::new(usize::try_from(value).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mac_has_fast_cores_and_no_more_than_all() {
        let all = number(PHYSICAL).unwrap();
        assert!(usable().unwrap() <= all);
        assert_eq!(number(c"hw.no.such.thing"), None);
    }
}
