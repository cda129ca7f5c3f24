//! The folder where models and the runtime live. A file in it under its own name has passed its check.

use std::fs::{self, OpenOptions, TryLockError};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::error::{bad_archive, from_io};
use super::part::Part;
use super::pull::pull_command;
use super::registry::unknown;
use super::{
    Choice, Error, Event, File, Kind, LibraryBundle, OPENVINO, Platform, Registry, Runtime, Set, Sha256, Watch,
};
use crate::digest::{self, Hashing, Unsound};
use crate::paths;

/// Begins the names of files that only their own process needs.
const TEMPORARY: &str = "tmp-";

/// Where the files are: `models/ID.onnx` and `runtime/VERSION/libonnxruntime.*` below one folder.
#[derive(Debug, Clone)]
pub struct Store {
    registry: &'static Registry,
    folder: PathBuf,
    machine: Platform,
}

/// What `verify` found out about a file.
#[derive(Debug)]
pub struct Checked {
    /// The file.
    pub file: &'static File,
    /// [`Error::Damaged`] or [`Error::Unreadable`] when it is not what it should be.
    pub result: Result<(), Error>,
}

/// Keeps other processes from writing to the store as long as it lives.
pub(super) struct Lock(#[expect(dead_code, reason = "the lock ends when the file is closed")] fs::File);

impl Store {
    /// The store in `folder`, which need not exist, for this machine.
    #[must_use]
    pub fn new(registry: &'static Registry, folder: PathBuf) -> Self {
        Self::for_machine(registry, folder, Platform::here())
    }

    /// The store in `folder`, for another machine.
    #[must_use]
    pub fn for_machine(registry: &'static Registry, folder: PathBuf, machine: Platform) -> Self {
        Self { registry, folder, machine }
    }

    /// What may be in it.
    #[must_use]
    pub fn registry(&self) -> &'static Registry {
        self.registry
    }

    /// Everything is below it.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The ONNX Runtime for this machine.
    ///
    /// # Errors
    /// A sentence that says what the machine lacks.
    pub fn runtime(&self) -> Result<&'static Runtime, Error> {
        self.registry.runtime(&self.machine)
    }

    /// Where a file is, or would be.
    #[must_use]
    pub fn path(&self, file: &File) -> PathBuf {
        self.folder.join(&file.place)
    }

    /// Where the document model of that kind is, or would be.
    #[must_use]
    pub(crate) fn document_model(&self, kind: Kind) -> PathBuf {
        let file = self.registry.files().iter().find(|file| file.kind == kind);
        file.map(|file| self.path(file)).unwrap_or_default()
    }

    /// Is a file here? Looks at its size only: it had its right name after a check, which [`ensure`](super::ensure())
    /// repeats before the file is used.
    #[must_use]
    pub(crate) fn has(&self, file: &File) -> bool {
        fs::metadata(self.path(file)).is_ok_and(|metadata| metadata.is_file() && file.may_have(metadata.len()))
    }

    /// Are all files of a set here?
    #[must_use]
    pub(crate) fn has_set(&self, set: &Set) -> bool {
        self.registry.files_of(set).all(|file| self.has(file))
    }

    /// The OpenVINO for this machine.
    ///
    /// # Errors
    /// A sentence that says what the machine lacks.
    pub fn openvino(&self) -> Result<&'static LibraryBundle, Error> {
        self.registry.openvino(&self.machine)
    }

    /// The OpenVINO in this store: the library that is to be loaded, none if not all that it needs is here.
    #[must_use]
    pub fn installed_openvino(&self) -> Option<PathBuf> {
        let files = self.openvino().ok()?.files();
        files.iter().all(|file| self.has(file)).then(|| files.first().map(|file| self.path(file)))?
    }

    /// Makes sure that the libraries of OpenVINO are the right ones: see [`Error::Altered`].
    ///
    /// # Errors
    /// [`Error::Altered`], which names the command that mends it; [`Error::Unreadable`].
    pub fn confirm_openvino(&self) -> Result<(), Error> {
        self.openvino()?.files().iter().try_for_each(|file| self.confirm(file))
    }

    /// Every file that this machine can use: the models, the runtime where there is one, and the libraries of OpenVINO.
    pub fn files(&self) -> impl Iterator<Item = &'static File> + use<> {
        let runtime = self.runtime().ok().map(|runtime| &runtime.file);
        let libraries = self.openvino().map_or(&[][..], LibraryBundle::files);
        self.registry.files().iter().chain(runtime).chain(libraries)
    }

    /// The files that names stand for: sets, single files, `onnxruntime`. No file is twice in the answer.
    ///
    /// # Errors
    /// [`Error::UnknownName`] with the nearest name there is.
    pub fn resolve(&self, names: &[String]) -> Result<Vec<&'static File>, Error> {
        let mut files: Vec<&'static File> = Vec::new();
        for name in names {
            let set = self.registry.sets().iter().find(|set| set.name == *name);
            let found: Vec<_> = match set {
                Some(set) => self.registry.files_of(set).collect(),
                None if name == OPENVINO => self.openvino()?.files().iter().collect(),
                None => self.files().filter(|file| file.id == *name).collect(),
            };
            if found.is_empty() {
                let sets = self.registry.sets().iter().map(|set| set.name.as_str());
                let others = sets.chain([OPENVINO]);
                return Err(unknown(name, others.chain(self.files().map(|file| file.id.as_str()))));
            }
            for file in found {
                if !files.iter().any(|known| std::ptr::eq(*known, file)) {
                    files.push(file);
                }
            }
        }
        Ok(files)
    }

    /// The set that `choice` stands for here: for [`Choice::Auto`] the best one installed, `None` if there is none.
    #[must_use]
    pub(crate) fn chosen(&self, choice: Choice) -> Option<&'static Set> {
        match choice {
            Choice::Set(set) => Some(set),
            Choice::Auto => self.registry.auto_sets().into_iter().find(|set| self.has_set(set)),
        }
    }

    /// Reads every installed file again and compares its digest.
    pub fn verify(&self) -> impl Iterator<Item = Checked> + '_ {
        self.files()
            .filter(|file| fs::symlink_metadata(self.path(file)).is_ok())
            .map(|file| Checked { file, result: self.check(file) })
    }

    /// Does a file have its digest?
    pub(super) fn check(&self, file: &File) -> Result<(), Error> {
        let path = self.path(file);
        let digest = fs::File::open(&path).and_then(Sha256::of);
        let found = digest.map_err(|source| Error::Unreadable { path: path.clone(), source })?;
        compare(file, found, &path.display().to_string())
    }

    /// Makes sure that an installed file is the right one. Reads it, unless that was done before and nothing has touched
    /// it since.
    ///
    /// # Errors
    /// [`Error::Altered`], which names the command that mends it; [`Error::Unreadable`].
    pub(super) fn confirm(&self, file: &File) -> Result<(), Error> {
        let path = self.path(file);
        match digest::confirm(&path, file.sha256) {
            Ok(how) => {
                tracing::debug!(file = %path.display(), ?how, "this file is sound");
                Ok(())
            }
            Err(Unsound::Other { found }) => Err(self.altered(file, found)),
            Err(Unsound::Unreadable(source)) => Err(Error::Unreadable { path, source }),
        }
    }

    /// An installed file that has `found` as its digest instead of its own.
    #[must_use]
    pub(crate) fn altered(&self, file: &File, found: Sha256) -> Error {
        let command = pull_command([&file.id]);
        Error::Altered { path: self.path(file), expected: file.sha256, found, command }
    }

    /// Removes files and what is left of their downloads; returns those that were here.
    ///
    /// # Errors
    /// [`Error::Unwritable`] for the first that cannot be removed.
    pub fn remove(&self, files: &[&'static File], watch: &mut Watch) -> Result<Vec<&'static File>, Error> {
        let _lock = self.lock(watch)?;
        let mut removed = Vec::new();
        for file in files {
            let path = self.path(file);
            match fs::remove_file(&path) {
                Ok(()) => removed.push(*file),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(source) => return Err(Error::Unwritable { path, source }),
            }
            digest::forget(&path);
            self.sweep(&part_stem(file));
        }
        Ok(removed)
    }

    /// Waits until no other process writes here.
    pub(super) fn lock(&self, watch: &mut Watch) -> Result<Lock, Error> {
        create_folder(&self.folder)?;
        let path = self.folder.join("models.lock");
        let failed = |source| Error::Unwritable { path: path.clone(), source };
        let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&path);
        let file = file.map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                watch(Event::Waiting);
                file.lock().map_err(failed)?;
            }
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        // A process that was killed leaves these; whoever holds the lock is the only one who needs any.
        self.sweep(TEMPORARY);
        Ok(Lock(file))
    }

    /// The unfinished download of `file`; `form` tells apart what the bytes of it are.
    pub(super) fn part(&self, file: &File, form: &str) -> Result<Part, Error> {
        self.named_part(&format!("{}{form}.part", part_stem(file)))
    }

    /// An unfinished download under that name.
    pub(super) fn named_part(&self, name: &str) -> Result<Part, Error> {
        Part::open(create_folder(&self.partial())?.join(name))
    }

    /// Gives a file its place, if `bytes` are what it should be. `from` names them in the error.
    pub(super) fn place(&self, file: &File, bytes: &mut dyn Read, from: &str) -> Result<(), Error> {
        let (temporary, found) = self.receive(bytes, from)?;
        compare(file, found, from)?;
        self.persist(file, temporary)
    }

    /// Gives a file its place: `whole`, a file in this store, if it is what it should be. `from` names it in the error.
    pub(super) fn adopt(&self, file: &File, whole: &Path, from: &str) -> Result<(), Error> {
        let unreadable = |source| Error::Unreadable { path: whole.to_owned(), source };
        let opened = fs::File::open(whole).map_err(unreadable)?;
        compare(file, Sha256::of(&opened).map_err(unreadable)?, from)?;
        self.settle(file, &opened, |path| fs::rename(whole, path))
    }

    /// Keeps `bytes` if they are a file that this machine can use.
    pub(super) fn recognise(&self, bytes: &mut dyn Read, from: &str) -> Result<Option<&'static File>, Error> {
        let (temporary, found) = self.receive(bytes, from)?;
        let Some(file) = self.files().find(|file| file.sha256 == found) else { return Ok(None) };
        self.persist(file, temporary)?;
        Ok(Some(file))
    }

    fn receive(&self, bytes: &mut dyn Read, from: &str) -> Result<(NamedTempFile, Sha256), Error> {
        let folder = create_folder(&self.partial())?;
        let unwritable = |source| Error::Unwritable { path: folder.clone(), source };
        // Readable by its owner alone, and gone when dropped.
        let temporary = tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(&folder).map_err(unwritable)?;
        let mut hashing = Hashing::new(temporary);
        let mut buffer = vec![0; 128 << 10];
        loop {
            let read = match bytes.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    return Err(from_io(error, |source| bad_archive(from, &source)));
                }
            };
            io::Write::write_all(&mut hashing, &buffer[..read]).map_err(unwritable)?;
        }
        Ok(hashing.finish())
    }

    fn persist(&self, file: &File, temporary: NamedTempFile) -> Result<(), Error> {
        let (bytes, whole) = temporary.into_parts();
        self.settle(file, &bytes, |path| Ok(whole.persist(path)?))
    }

    fn settle(&self, file: &File, bytes: &fs::File, rename: impl FnOnce(&Path) -> io::Result<()>) -> Result<(), Error> {
        let path = self.path(file);
        if let Some(folder) = path.parent() {
            create_folder(folder)?;
        }
        // On disk before it has its name: after a power cut the name must not stand for less.
        bytes.sync_all().and_then(|()| rename(&path)).map_err(|source| Error::Unwritable { path, source })
    }

    fn partial(&self) -> PathBuf {
        self.folder.join("partial")
    }

    /// Removes unfinished files whose names begin with `prefix`; those that resist are no obstacle.
    fn sweep(&self, prefix: &str) {
        let Ok(entries) = fs::read_dir(self.partial()) else { return };
        for entry in entries.flatten() {
            if entry.file_name().to_string_lossy().starts_with(prefix) {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

fn create_folder(folder: &Path) -> Result<PathBuf, Error> {
    // Whoever shares models with others has opened the folder; only what is new is the user's alone.
    paths::create_folder(folder).map_err(|source| Error::Unwritable { path: folder.to_owned(), source })?;
    Ok(folder.to_owned())
}

/// Begins the name of each unfinished download of `file`; the digest keeps versions of a file apart.
fn part_stem(file: &File) -> String {
    format!("{}-{}", file.id, &file.sha256.to_string()[..8])
}

fn compare(file: &File, found: Sha256, from: &str) -> Result<(), Error> {
    if found == file.sha256 {
        return Ok(());
    }
    Err(Error::Damaged { file: from.to_owned(), expected: file.sha256, found })
}
