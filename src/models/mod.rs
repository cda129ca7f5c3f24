//! Models and the ONNX Runtime library: which exist, where they come from, which are here.
//!
//! [`Registry`] is the compiled-in list of files, each pinned by one SHA-256. [`Store`] is the folder they live in.
//! [`pull()`] and [`ensure()`] fetch over the network, [`import()`] takes files that are already here. Nothing
//! gets its final name before its digest was right. This module knows no command and no configuration file; what
//! happens is told to a [`Watch`].
//!
//! Everything here blocks: call it from a plain thread, or from `tokio::task::spawn_blocking`.

mod digest;
mod ensure;
mod error;
mod event;
mod file;
mod import;
mod index;
mod machine;
mod network;
mod part;
mod pull;
mod registry;
mod store;
mod transfer;
mod wheel;

pub use digest::Sha256;
pub use ensure::{Library, Ready, Wanted, ensure};
pub use error::{Error, Failure};
pub use event::{Event, Watch};
pub use file::{File, Kind, Size, Source, WheelMember};
pub use import::{Imported, import};
pub use machine::{Machine, System};
pub use network::{Access, Network};
pub use pull::pull;
pub use registry::{Accuracy, Choice, Registry, Runtime, Set};
pub use store::{Checked, Store};
