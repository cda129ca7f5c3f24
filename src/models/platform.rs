//! What this machine is, as far as a shared library cares.

use super::Error;

/// A platform to run ONNX Runtime on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Platform {
    /// As `std::env::consts::OS`.
    pub os: String,
    /// As `std::env::consts::ARCH`.
    pub arch: String,
    /// What a library finds below it.
    pub system: System,
}

/// The layer that shared libraries are linked to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    /// GNU libc: major, minor.
    Glibc(u32, u32),
    /// The kernel of macOS: major, minor.
    Darwin(u32, u32),
    /// Anything else, such as musl.
    Other,
}

impl Platform {
    /// The machine this process runs on.
    #[must_use]
    pub(crate) fn here() -> Self {
        Self { os: std::env::consts::OS.to_owned(), arch: std::env::consts::ARCH.to_owned(), system: system() }
    }

    /// The complaint that there is no `library` for this system and processor.
    pub(super) fn without(&self, library: &'static str) -> Error {
        Error::Platform { library, os: self.os.clone(), arch: self.arch.clone() }
    }

    /// Does `library`, which is for this system and processor, find what it needs?
    pub(super) fn can_run(
        &self,
        library: &'static str,
        min_glibc: Option<(u32, u32)>,
        min_darwin: Option<(u32, u32)>,
    ) -> Result<(), Error> {
        match (self.system, min_glibc, min_darwin) {
            (System::Glibc(major, minor), Some(needed), _) if (major, minor) < needed => {
                let (found, needed) = (format!("{major}.{minor}"), format!("{}.{}", needed.0, needed.1));
                Err(Error::OldGlibc { library, found, needed })
            }
            (System::Darwin(..) | System::Other, Some(_), _) => Err(Error::NoGlibc { library }),
            (System::Darwin(major, minor), _, Some(needed)) if (major, minor) < needed => {
                Err(Error::OldMacos { library, found: macos((major, minor)), needed: macos(needed) })
            }
            _ => Ok(()),
        }
    }
}

/// The macOS that came with a Darwin: 20 is 11, 24 is 15, and from 25 on (macOS 26) the number is one ahead. The first
/// Darwin of macOS 13 was 22.1.
fn macos((major, minor): (u32, u32)) -> String {
    let macos = if major < 25 { major.saturating_sub(9) } else { major + 1 };
    let minor = if major == 22 { minor.saturating_sub(1) } else { minor };
    if minor == 0 { macos.to_string() } else { format!("{macos}.{minor}") }
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn system() -> System {
    version(glibc()).map_or(System::Other, |(major, minor)| System::Glibc(major, minor))
}

#[cfg(target_os = "macos")]
fn system() -> System {
    let name = rustix::system::uname();
    let release = name.release().to_str().unwrap_or_default();
    version(release).map_or(System::Other, |(major, minor)| System::Darwin(major, minor))
}

#[cfg(not(any(target_os = "macos", all(target_os = "linux", target_env = "gnu"))))]
fn system() -> System {
    System::Other
}

/// The first two numbers of a version.
#[cfg(any(target_os = "macos", target_os = "linux"))]
fn version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

/// The version of the C library that this process runs with, such as `2.36`.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "only glibc knows its version at run time, and it is C")]
fn glibc() -> &'static str {
    use std::ffi::{CStr, c_char};
    unsafe extern "C" {
        fn gnu_get_libc_version() -> *const c_char;
    }
    // SAFETY: it takes nothing and returns a static string that ends in NUL (gnu/libc-version.h).
    unsafe { CStr::from_ptr(gnu_get_libc_version()) }.to_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::Registry;

    fn machine(os: &str, arch: &str, system: System) -> Platform {
        Platform { os: os.to_owned(), arch: arch.to_owned(), system }
    }

    #[test]
    fn a_machine_gets_the_runtime_that_it_can_load() {
        let registry = Registry::embedded();
        let version = |machine: &Platform| registry.runtime(machine).map(|runtime| runtime.version.as_str());
        assert_eq!(version(&machine("linux", "x86_64", System::Glibc(2, 28))).unwrap(), "1.31.1");
        assert_eq!(version(&machine("linux", "aarch64", System::Glibc(3, 0))).unwrap(), "1.31.1");
        assert_eq!(version(&machine("macos", "aarch64", System::Darwin(25, 1))).unwrap(), "1.31.1");
        assert_eq!(version(&machine("macos", "x86_64", System::Darwin(22, 5))).unwrap(), "1.23.2");
    }

    #[test]
    fn a_machine_that_cannot_is_told_what_it_lacks() {
        let registry = Registry::embedded();
        let told = |machine: &Platform| registry.runtime(machine).unwrap_err().to_string();
        let old = told(&machine("linux", "x86_64", System::Glibc(2, 17)));
        assert!(old.contains("2.17") && old.contains("2.28"), "{old}");
        let musl = told(&machine("linux", "x86_64", System::Other));
        assert!(musl.contains("glibc"), "{musl}");
        let mac = told(&machine("macos", "aarch64", System::Darwin(22, 6)));
        assert!(mac.contains("13.5") && mac.contains("14"), "{mac}");
        let intel = told(&machine("macos", "x86_64", System::Darwin(22, 1)));
        assert!(intel.contains("macOS 13,") && intel.contains("13.4"), "{intel}");
        let jammy = registry.openvino(&machine("linux", "aarch64", System::Glibc(2, 31))).unwrap_err().to_string();
        assert!(jammy.contains("OpenVINO") && jammy.contains("2.31") && jammy.contains("2.35"), "{jammy}");
        let unknown = told(&machine("freebsd", "riscv64", System::Other));
        assert!(unknown.contains("freebsd") && unknown.contains("riscv64"), "{unknown}");
    }

    #[test]
    fn the_macos_of_a_kernel() {
        let table =
            [((20, 0), "11"), ((22, 1), "13"), ((22, 5), "13.4"), ((23, 0), "14"), ((24, 6), "15.6"), ((25, 0), "26")];
        for (darwin, name) in table {
            assert_eq!(macos(darwin), name);
        }
    }

    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[test]
    fn this_machine_has_a_glibc() {
        assert!(matches!(Platform::here().system, System::Glibc(2, minor) if minor > 16));
    }
}
