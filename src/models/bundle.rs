//! The libraries of OpenVINO, which come as one.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{File, Sha256, WheelMember};

/// What the set of these files is called, wherever a name is taken.
pub const OPENVINO: &str = "openvino";

/// The OpenVINO for one platform: those of its libraries that an ONNX model on the processor needs.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LibraryBundle {
    /// As `std::env::consts::OS`.
    pub os: String,
    /// As `std::env::consts::ARCH`.
    pub arch: String,
    /// Of OpenVINO.
    pub version: String,
    /// Oldest glibc: major, minor.
    pub min_glibc: Option<(u32, u32)>,
    /// Oldest kernel of macOS: Darwin's major version.
    pub min_darwin: Option<(u32, u32)>,
    wheel: String,
    wheel_bytes: u64,
    wheel_sha256: Sha256,
    libraries: Vec<BundledLibrary>,
    /// The same as files of the store.
    #[serde(skip)]
    files: Vec<File>,
}

/// A library in the wheel.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct BundledLibrary {
    name: String,
    bytes: u64,
    packed: u64,
    sha256: Sha256,
    licence: String,
}

impl LibraryBundle {
    /// Its libraries: the one that programs load comes first.
    #[must_use]
    pub fn files(&self) -> &[File] {
        &self.files
    }

    /// Gives each library its place in a store, one folder for all: they look for each other there.
    pub(super) fn settle(&mut self) {
        let folder = Path::new("runtime").join(format!("{OPENVINO}-{}", self.version));
        self.files = self.libraries.iter().map(|library| self.file(library, folder.join(&library.name))).collect();
    }

    fn file(&self, library: &BundledLibrary, place: PathBuf) -> File {
        let source = WheelMember {
            project: OPENVINO.to_owned(),
            version: self.version.clone(),
            wheel: self.wheel.clone(),
            wheel_sha256: self.wheel_sha256,
            wheel_bytes: self.wheel_bytes,
            member: format!("openvino/libs/{}", library.name),
            packed: library.packed,
        };
        let BundledLibrary { name, bytes, sha256, licence, .. } = library.clone();
        File::library(name, bytes, (sha256, licence), source, place)
    }
}
