//! A download that is not complete: it outlives the process, so that the next one goes on where this one stopped.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::Error;

/// Bytes from the start of something that is being fetched.
pub(super) struct Part {
    path: PathBuf,
    file: File,
    length: u64,
    validator: Option<String>,
}

impl Part {
    /// Takes up what an earlier attempt left at `path`, or begins.
    pub(super) fn open(path: PathBuf) -> Result<Self, Error> {
        let opened = OpenOptions::new().create(true).truncate(false).read(true).write(true).mode(0o600).open(&path);
        let seeked = opened.and_then(|mut file| {
            let length = file.seek(SeekFrom::End(0))?;
            Ok((file, length))
        });
        let (file, length) = seeked.map_err(|source| Error::Unwritable { path: path.clone(), source })?;
        let validator = fs::read_to_string(validator_path(&path)).ok().filter(|text| !text.is_empty());
        Ok(Self { path, file, length, validator })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes that are here.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// The `ETag` or date of the file that the bytes are of.
    pub(super) fn validator(&self) -> Option<&str> {
        self.validator.as_deref()
    }

    /// Forgets the bytes; those to come are of the file with this validator.
    pub(super) fn restart(&mut self, validator: Option<String>) -> Result<(), Error> {
        self.written(|part| {
            part.file.set_len(0)?;
            part.file.rewind()?;
            part.length = 0;
            let path = validator_path(&part.path);
            let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(path)?;
            file.write_all(validator.as_deref().unwrap_or_default().as_bytes())?;
            part.validator = validator;
            Ok(())
        })
    }

    /// Adds bytes at the end.
    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.written(|part| {
            part.file.write_all(bytes)?;
            part.length += bytes.len() as u64;
            Ok(())
        })
    }

    /// Removes it. What cannot be removed is overwritten by the next download.
    pub(super) fn discard(self) {
        let _ = fs::remove_file(validator_path(&self.path));
        let _ = fs::remove_file(&self.path);
    }

    fn written(&mut self, write: impl FnOnce(&mut Self) -> io::Result<()>) -> Result<(), Error> {
        write(self).map_err(|source| Error::Unwritable { path: self.path.clone(), source })
    }
}

fn validator_path(part: &Path) -> PathBuf {
    let mut path = part.as_os_str().to_owned();
    path.push(".validator");
    path.into()
}
