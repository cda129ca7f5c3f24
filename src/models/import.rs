//! Files that are already on this machine: recognised by their digest, whatever their name and whatever archive they
//! are in.

use std::fs::{self, File as Opened, OpenOptions};
use std::io::{self, Read, Seek};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use rustix::fs::OFlags;
use zip::ZipArchive;

use super::error::{bad_archive, from_io};
use super::file::LARGEST;
use super::{Error, Event, File, FileSize, Store, Watch};
use crate::untrusted::Untrusted;
use crate::wording;

/// How deep folders are searched.
const DEPTH: usize = 8;

/// A file that got its place.
#[derive(Debug)]
pub struct Imported {
    /// Which one.
    pub file: &'static File,
    /// Where it was; a member of an archive comes after a `!`.
    pub from: Untrusted,
}

/// Takes every file that this machine can use from `paths`: files, wheels and other zip archives, tar archives (also
/// gzip-compressed), folders with any of these.
///
/// What cannot be read is told to `watch` ([`Event::Skipped`]) and does not stop the rest.
///
/// # Errors
/// [`Error::Unrecognised`] when nothing was found; [`Error::Unwritable`].
pub fn import(store: &Store, paths: &[PathBuf], watch: &mut Watch) -> Result<Vec<Imported>, Error> {
    let _lock = store.lock(watch)?;
    let mut found = Vec::new();
    for path in paths {
        search(store, path, DEPTH, &mut found, watch)?;
    }
    if found.is_empty() {
        let files = wording::list(paths.iter().map(|path| format!("`{}`", path.display())));
        return Err(Error::Unrecognised { files });
    }
    Ok(found)
}

fn search(store: &Store, path: &Path, depth: usize, found: &mut Vec<Imported>, watch: &mut Watch) -> Result<(), Error> {
    let result = match fs::read_dir(path) {
        Ok(entries) if depth > 0 => {
            let mut inside: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
            inside.sort();
            // A link to a folder may lead back to where the search began.
            inside.retain(|path| !(path.is_symlink() && path.is_dir()));
            return inside.iter().try_for_each(|path| search(store, path, depth - 1, found, watch));
        }
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => take(store, path, found),
        Err(source) => Err(Error::Unreadable { path: path.to_owned(), source }),
    };
    match result {
        Err(error @ Error::Unwritable { .. }) => Err(error),
        Err(error) => {
            watch(Event::Skipped { path, error: &error });
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

/// What a file is, by its first bytes.
enum Container {
    Zip,
    Tar,
    TarGz,
    Plain,
}

fn take(store: &Store, path: &Path, found: &mut Vec<Imported>) -> Result<(), Error> {
    let unreadable = |source| Error::Unreadable { path: path.to_owned(), source };
    let mut file = open(path).map_err(unreadable)?;
    let form = form(&mut file).map_err(unreadable)?;
    let bytes = file.metadata().map_err(unreadable)?.len();
    let mut candidates = Candidates { store, archive: path, found };
    match form {
        Container::Plain => candidates.consider(None, bytes, &mut file),
        Container::Zip => candidates.unzip(file),
        Container::Tar => candidates.untar(file),
        Container::TarGz => candidates.untar(GzDecoder::new(file)),
    }
}

/// Opens what is a file, and nothing that may never answer: pipes, sockets, devices.
fn open(path: &Path) -> io::Result<Opened> {
    let flags = OFlags::NONBLOCK.bits().cast_signed();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    if file.metadata()?.is_file() {
        return Ok(file);
    }
    Err(io::Error::new(io::ErrorKind::InvalidInput, t!("models.error.no_file")))
}

fn form(file: &mut Opened) -> io::Result<Container> {
    let mut start = Vec::new();
    file.take(512).read_to_end(&mut start)?;
    file.rewind()?;
    Ok(match start.as_slice() {
        [b'P', b'K', 3, 4, ..] => Container::Zip,
        [0x1f, 0x8b, ..] => Container::TarGz,
        // POSIX and GNU both write it here (tar(5)).
        _ if start.get(257..262) == Some(b"ustar") => Container::Tar,
        _ => Container::Plain,
    })
}

/// The files in one archive, or one plain file.
struct Candidates<'a> {
    store: &'a Store,
    archive: &'a Path,
    found: &'a mut Vec<Imported>,
}

impl Candidates<'_> {
    fn unzip(&mut self, file: Opened) -> Result<(), Error> {
        let mut archive = ZipArchive::new(file).map_err(|error| self.damaged(io::Error::other(error)))?;
        for at in 0..archive.len() {
            let mut member = archive.by_index(at).map_err(|error| self.damaged(io::Error::other(error)))?;
            let name = String::from_utf8_lossy(member.name_raw()).into_owned();
            let bytes = member.size();
            self.consider(Some(&name), bytes, &mut member)?;
        }
        Ok(())
    }

    fn untar(&mut self, bytes: impl Read) -> Result<(), Error> {
        let mut archive = tar::Archive::new(bytes);
        let members = archive.entries().map_err(|source| self.damaged(source))?;
        for member in members {
            let mut member = member.map_err(|source| self.damaged(source))?;
            let name = String::from_utf8_lossy(&member.path_bytes()).into_owned();
            let bytes = member.size();
            self.consider(Some(&name), bytes, &mut member)?;
        }
        Ok(())
    }

    /// Keeps `content` if it is a file that this machine can use.
    fn consider(&mut self, member: Option<&str>, bytes: u64, content: &mut dyn Read) -> Result<(), Error> {
        if !self.store.files().any(|file| plausible(file, bytes)) {
            return Ok(());
        }
        let archive = self.archive.display();
        let from = member.map_or_else(|| archive.to_string(), |member| format!("{archive}!{member}"));
        let known = self.store.recognise(&mut content.take(bytes), &from)?;
        // Some wheels have the same file twice.
        if let Some(file) = known.filter(|file| self.found.iter().all(|it| it.file.id != file.id)) {
            self.found.push(Imported { file, from: Untrusted::new(&from) });
        }
        Ok(())
    }

    fn damaged(&self, source: io::Error) -> Error {
        from_io(source, |source| bad_archive(&self.archive.display().to_string(), &source))
    }
}

fn plausible(file: &File, bytes: u64) -> bool {
    match file.size() {
        FileSize::Exactly(expected) => expected == bytes,
        FileSize::About(_) | FileSize::Unknown => bytes > 0 && bytes <= LARGEST,
    }
}
