//! The record of our ssh process, for the jkocr that comes after a crash. One file, locked as long as we run.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use super::Cause;
use super::process::Process;
use crate::paths::{self, FolderError};

/// The file in the state folder.
const NAME: &str = "tunnel.pid";

/// Our own record. Dropping it removes the file.
///
/// The kernel releases the lock when the process ends, however it ends: whoever gets the lock knows that the process
/// recorded in the file is an orphan.
#[derive(Debug)]
pub(super) struct Record {
    path: PathBuf,
    file: File,
}

impl Record {
    /// Takes over the record in `folder`.
    ///
    /// # Errors
    /// [`Cause::InUse`] if a living process holds it, [`Cause::StateFolder`] if the file cannot be written.
    pub(super) fn take(folder: &Path) -> Result<Self, Cause> {
        let path = folder.join(NAME);
        loop {
            let file = open(&path).map_err(|error| unusable(&path, &error))?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(Cause::InUse),
                Err(TryLockError::Error(error)) => return Err(unusable(&path, &error)),
            }
            // Its last owner may have removed the file between our opening and our locking it.
            if is_at(&file, &path) {
                return Ok(Self { path, file });
            }
        }
    }

    /// The processes in the record, as far as they read as such: one a line.
    pub(super) fn read(&mut self) -> Vec<Process> {
        let mut text = String::new();
        if self.file.rewind().and_then(|()| self.file.read_to_string(&mut text)).is_err() {
            return Vec::new();
        }
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// Records `processes` and no others.
    ///
    /// # Errors
    /// [`Cause::StateFolder`] if the file cannot be written.
    pub(super) fn write(&mut self, processes: &[Process]) -> Result<(), Cause> {
        let lines: Result<Vec<_>, _> = processes.iter().map(serde_json::to_string).collect();
        let written = lines.map_err(io::Error::from).and_then(|lines| {
            self.file.set_len(0)?;
            self.file.rewind()?;
            self.file.write_all(lines.join("\n").as_bytes())
        });
        written.map_err(|error| unusable(&self.path, &error))
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::warn!(path = %self.path.display(), %error, "record-left");
        }
    }
}

/// [`paths::private_folder`], with a cause of its own.
///
/// # Errors
/// [`Cause::StateFolder`] or [`Cause::StateFolderShared`].
pub(super) fn private_folder(folder: &Path) -> Result<(), Cause> {
    paths::private_folder(folder).map_err(|error| match error {
        FolderError::Unusable { path, source } => unusable(&path, &source),
        FolderError::Shared { path } => Cause::StateFolderShared { path },
    })
}

/// Removes the socket at `path` that an ssh left behind; anything but a socket stays.
///
/// # Errors
/// [`Cause::StateFolder`] if something else is there, or it cannot be removed.
pub(super) fn remove_socket(path: &Path) -> Result<(), Cause> {
    let removed = match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.file_type().is_socket() => fs::remove_file(path),
        Ok(_) => Err(io::ErrorKind::AlreadyExists.into()),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(unusable(path, &error)),
        _ => Ok(()),
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}

fn is_at(file: &File, path: &Path) -> bool {
    let same = |ours: fs::Metadata, there: fs::Metadata| (ours.dev(), ours.ino()) == (there.dev(), there.ino());
    file.metadata().and_then(|ours| Ok(same(ours, fs::metadata(path)?))).unwrap_or(false)
}

fn unusable(path: &Path, error: &io::Error) -> Cause {
    Cause::StateFolder { path: path.to_owned(), problem: error.to_string().into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixListener;

    #[test]
    fn a_record_outlives_its_owner_and_has_one_owner_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let ourselves = Process::find(std::process::id()).unwrap();
        let mut record = Record::take(folder.path()).unwrap();
        record.write(&[ourselves.clone(), ourselves.clone()]).unwrap();
        assert_eq!(Record::take(folder.path()).unwrap_err(), Cause::InUse);
        // A crash: the lock goes, the file stays.
        let path = record.path.clone();
        record.file = File::open("/dev/null").unwrap();
        let mut next = Record::take(folder.path()).unwrap();
        assert_eq!(next.read(), [ourselves.clone(), ourselves]);
        next.write(&[]).unwrap();
        assert_eq!(next.read(), []);
        drop(next);
        assert!(!path.exists());
    }

    #[test]
    fn only_a_socket_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tunnel.sock");
        remove_socket(&path).unwrap();
        drop(UnixListener::bind(&path).unwrap());
        remove_socket(&path).unwrap();
        assert!(!path.exists());
        fs::write(&path, "precious").unwrap();
        assert!(matches!(remove_socket(&path), Err(Cause::StateFolder { .. })));
        assert!(path.exists());
    }
}
