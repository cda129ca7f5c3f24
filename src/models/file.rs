//! One file that may be fetched, and the places that have it.

use std::fmt;
use std::path::PathBuf;

use serde::Deserialize;

use super::Sha256;

/// The largest file that is taken when the registry does not say how large the wanted one is, in bytes.
pub(super) const LARGEST: u64 = 1 << 30;

/// One file, whatever its name on a server.
#[derive(Debug, Deserialize)]
pub struct File {
    /// What people type, and the file's name in the store.
    pub id: String,
    /// What it is for.
    pub kind: Kind,
    bytes: Option<u64>,
    about_bytes: Option<u64>,
    /// Decides whether bytes are this file.
    pub sha256: Sha256,
    /// Whether a model's texts stay as they are when it computes in bf16 (see `models/README.md`).
    #[serde(default)]
    pub bf16: bool,
    /// SPDX expression.
    pub licence: String,
    /// Where to look, in this order.
    pub sources: Vec<FileSource>,
    /// Below the store's folder.
    #[serde(skip)]
    pub(super) place: PathBuf,
}

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Finds text on a page.
    Detection,
    /// Reads a line.
    Recognition,
    /// Which way up a page is.
    DocOrientation,
    /// Which way up a line is.
    TextlineOrientation,
    /// Flattens a photographed page.
    Unwarping,
    /// The ONNX Runtime library.
    Runtime,
    /// One of the libraries of OpenVINO.
    Library,
}

impl Kind {
    /// Does it look at a page before its text is read? It is loaded when a request asks for it.
    pub(super) fn is_of_document(self) -> bool {
        matches!(self, Self::DocOrientation | Self::TextlineOrientation | Self::Unwarping)
    }
}

/// How large a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileSize {
    /// Bytes.
    Exactly(u64),
    /// Bytes, more or less.
    About(u64),
    /// Only the server knows.
    Unknown,
}

/// One place that has a file.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum FileSource {
    /// A member of a wheel in the Python package index.
    Wheel(WheelMember),
    /// The file itself.
    Https {
        /// Absolute.
        url: String,
    },
}

/// A file inside a wheel, which is a zip archive.
#[derive(Debug, Deserialize)]
pub struct WheelMember {
    /// Normalized name (PEP 503).
    pub project: String,
    /// Of the project.
    pub version: String,
    /// File name of the wheel.
    pub wheel: String,
    /// Picks the wheel in the index; whether the member is right is decided by its own digest.
    pub wheel_sha256: Sha256,
    /// Bytes of the wheel: whatever a server says, no more are fetched.
    pub wheel_bytes: u64,
    /// Path inside the wheel.
    pub member: String,
    /// Bytes of the member inside the wheel, compressed.
    pub packed: u64,
}

impl File {
    /// One of several libraries that come in one wheel.
    pub(super) fn library(
        id: String,
        bytes: u64,
        (sha256, licence): (Sha256, String),
        source: WheelMember,
        place: PathBuf,
    ) -> Self {
        let sources = vec![FileSource::Wheel(source)];
        Self {
            id,
            kind: Kind::Library,
            bytes: Some(bytes),
            about_bytes: None,
            sha256,
            bf16: false,
            licence,
            sources,
            place,
        }
    }

    /// How large it is.
    #[must_use]
    pub(crate) fn size(&self) -> FileSize {
        match (self.bytes, self.about_bytes) {
            (Some(bytes), _) => FileSize::Exactly(bytes),
            (None, Some(bytes)) => FileSize::About(bytes),
            (None, None) => FileSize::Unknown,
        }
    }

    /// Could a file of this many bytes be this one?
    pub(super) fn may_have(&self, bytes: u64) -> bool {
        self.bytes.is_none_or(|expected| expected == bytes)
    }

    /// The most that it can have, in bytes: whatever a server says, no more are kept.
    pub(super) fn most(&self) -> u64 {
        match self.size() {
            FileSize::Exactly(bytes) => bytes,
            // "About" is rounded to the million.
            FileSize::About(bytes) => bytes + bytes / 10,
            FileSize::Unknown => LARGEST,
        }
    }

    /// Bytes that travel when the first source serves it, by what is known.
    #[must_use]
    pub(crate) fn travels(&self) -> FileSize {
        match self.sources.first() {
            Some(FileSource::Wheel(member)) => FileSize::Exactly(member.packed),
            _ => self.size(),
        }
    }
}

impl FileSize {
    /// The sum of sizes: as certain as the least certain of them, and what is unknown counts nothing.
    #[must_use]
    pub fn sum(sizes: impl IntoIterator<Item = Self>) -> Self {
        sizes.into_iter().fold(Self::Exactly(0), |sum, size| match (sum, size) {
            (Self::Exactly(a), Self::Exactly(b)) => Self::Exactly(a + b),
            (Self::Exactly(a) | Self::About(a), Self::Exactly(b) | Self::About(b)) => Self::About(a + b),
            (Self::Exactly(0) | Self::Unknown, Self::Unknown) => Self::Unknown,
            (Self::Exactly(a) | Self::About(a), Self::Unknown) | (Self::Unknown, Self::Exactly(a) | Self::About(a)) => {
                Self::About(a)
            }
        })
    }
}

impl fmt::Display for FileSource {
    /// The project in the index, or the server.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wheel(member) => member.fmt(formatter),
            Self::Https { url } => formatter.write_str(url.split('/').nth(2).unwrap_or(url)),
        }
    }
}

impl fmt::Display for WheelMember {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PyPI {} {}", self.project, self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_of_sizes_is_as_certain_as_its_parts() {
        use FileSize::{About, Exactly, Unknown};
        assert_eq!(FileSize::sum([Exactly(1), Exactly(2)]), Exactly(3));
        assert_eq!(FileSize::sum([Exactly(1), About(2)]), About(3));
        assert_eq!(FileSize::sum([Exactly(1), Unknown]), About(1));
        assert_eq!(FileSize::sum([Unknown, Unknown]), Unknown);
        assert_eq!(FileSize::sum([Unknown, Exactly(1)]), About(1));
    }
}
