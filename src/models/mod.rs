//! Models and the ONNX Runtime library: which exist, where they come from, which are here.
//!
//! [`Registry`] is the compiled-in list of files, each pinned by one SHA-256. [`Store`] is the folder they live in.
//! [`pull()`] and [`ensure()`] fetch over the network, [`import()`] takes files that are already here. Nothing
//! gets its final name before its digest was right. This module knows no command and no configuration file; what
//! happens is told to a [`Watch`].
//!
//! Everything here blocks: call it from a plain thread, or from `tokio::task::spawn_blocking`.

mod better;
mod bundle;
mod ensure;
mod error;
mod event;
mod faster;
mod file;
mod import;
mod index;
mod network;
mod part;
mod platform;
mod pull;
mod registry;
mod store;
mod transfer;
mod wheel;

/// What the fuzzer calls: bytes from servers, without the servers.
#[cfg(fuzzing)]
pub mod fuzz {
    use super::{FileSource, Registry};

    /// Any bytes as a page of the package index.
    pub fn index(page: &[u8]) {
        let files = Registry::embedded().files().iter();
        let members = files.flat_map(|file| &file.sources).filter_map(|source| match source {
            FileSource::Wheel(member) => Some(member),
            FileSource::Https { .. } => None,
        });
        for member in members.take(1) {
            super::index::fuzz(page, member);
        }
    }

    /// Any bytes as a wheel.
    pub fn wheel(bytes: &[u8]) {
        super::wheel::fuzz(bytes, 1 << 20);
    }
}

pub use crate::digest::Sha256;
pub(crate) use better::Better;
pub use bundle::{LibraryBundle, OPENVINO};
pub use ensure::{Library, Ready, Wanted, ensure};
pub use error::{Error, SourceFailure};
pub use event::{Event, Watch};
pub(crate) use faster::Faster;
pub(crate) use file::FileSize;
pub use file::{File, FileSource, Kind, WheelMember};
pub use import::{Imported, import};
pub(crate) use network::PYPI;
pub use network::{Access, Network};
pub use platform::{Platform, System};
pub use pull::pull;
pub(crate) use pull::pull_command;
pub use registry::{Accuracy, Choice, Registry, Runtime, ScreenScore, Set};
pub use store::{Checked, Store};
