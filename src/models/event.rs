//! What whoever waits for a download may want to know.

use super::{Error, File, Set};

/// Something happened. Byte counts are of what travels, which for a compressed file is less than its size.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// Another process works on the same folder; this one waits until it is done.
    Waiting,
    /// Nothing was installed, so this set was taken; the others could be.
    Chosen {
        /// What is fetched.
        set: &'a Set,
        /// What else reads text.
        others: &'a [&'a Set],
    },
    /// These files will be fetched.
    Planned {
        /// In this order.
        files: &'a [&'a File],
    },
    /// The server sends no parts of files, so a whole wheel is fetched for the sake of its members.
    WholeWheel {
        /// Its file name.
        wheel: &'a str,
    },
    /// Bytes of a file or wheel begin to arrive.
    Started {
        /// Id of the file, or name of the wheel.
        what: &'a str,
        /// Where from: an address, or a project of the package index.
        from: &'a str,
        /// Bytes that an earlier attempt left here.
        done: u64,
        /// Bytes altogether, if the server said so.
        total: Option<u64>,
    },
    /// So many bytes of it are here.
    Advanced {
        /// Bytes, including those of earlier attempts.
        done: u64,
    },
    /// The connection failed and will be tried again.
    Retrying {
        /// Why it failed.
        error: &'a Error,
    },
    /// A source does not have the file; the next one is tried.
    SourceFailed {
        /// An entry of the registry.
        file: &'a File,
        /// Where from: an address, or a project of the package index.
        from: &'a str,
        /// Why not.
        error: &'a Error,
    },
    /// Something that was to be imported could not be read.
    Skipped {
        /// On this machine, as it was given or found in a folder.
        path: &'a std::path::Path,
        /// Why not.
        error: &'a Error,
    },
    /// A file passed its check and has its place.
    Installed {
        /// An entry of the registry.
        file: &'a File,
    },
}

/// Who is told.
pub type Watch<'w> = dyn FnMut(Event<'_>) + 'w;
