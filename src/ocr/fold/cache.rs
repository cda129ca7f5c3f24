//! Folded models on disk, each beside its original.

use std::error::Error as Reason;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::NamedTempFile;

use super::agreement::{Difference, FirstOutput};
use super::name::Name;
use super::refusal::{Refusal, forget_refusal};
use super::trial_input::TrialInput;
use super::{Error, fold};
use crate::digest::{self, Sha256};

/// Begins the names of files that are not finished.
const UNFINISHED: &str = "tmp-fold-";

/// An unfinished file older than this belongs to a process that was killed.
const ABANDONED: Duration = Duration::from_hours(1);

/// Where the folded form of a model is, made now if need be; or `original`, if it cannot be had: the log says why.
///
/// It lies beside the original as `STEM.ORIGINAL.foldVERSION.SHA256.onnx` and is private to the user. `sha256` is the
/// digest of the original in hexadecimal; the caller vouches for it, so that the original is read only to fold it. A
/// file that does not have the digest in its name is made anew.
///
/// Before a new file gets its name both files must give answers that lead to the same text: `run` loads the model in a
/// file and returns its first output for an input. Then what other versions left behind is removed. A model that cannot be
/// folded, or whose folded form answers otherwise, is noted beside it with what `runtime` says of the runtime, and is not
/// tried again before one of both changes.
///
/// # Errors
/// [`Damaged`] when the original is to be folded and is not what the caller vouched for.
pub fn folded<E>(
    original: &Path,
    sha256: &str,
    runtime: impl Fn() -> Result<String, E>,
    run: impl Fn(&Path, &TrialInput) -> Result<FirstOutput, E>,
) -> Result<PathBuf, Damaged>
where
    E: Into<Box<dyn Reason + Send + Sync>>,
{
    if let Some(file) = siblings(original).into_iter().find(|file| is_sound(file, sha256)) {
        return Ok(file);
    }
    let refusal = runtime().ok().map(|runtime| Refusal::of(original, sha256, &runtime));
    if refusal.as_ref().is_some_and(Refusal::is_known) {
        tracing::debug!(file = %original.display(), "this model is used unfolded, as before");
        return Ok(original.to_owned());
    }
    match make(original, sha256, &|file, probe| run(file, probe).map_err(Into::into)) {
        Ok(file) => {
            tracing::info!(file = %file.display(), "model-folded");
            Ok(file)
        }
        Err(NotFolded::Damaged(damaged)) => Err(damaged),
        Err(failure) => {
            let reason: &(dyn Reason + 'static) = &failure;
            tracing::warn!(file = %original.display(), reason, "model-unfolded");
            if let Some(refusal) = refusal.filter(|_| failure.is_final()) {
                refusal.note();
            }
            Ok(original.to_owned())
        }
    }
}

/// The folded forms of a model that lie beside it, of whatever version. Whoever removes the model removes them too.
#[must_use]
pub(crate) fn siblings(original: &Path) -> Vec<PathBuf> {
    let Some(stem) = original.file_stem().and_then(|stem| stem.to_str()) else { return Vec::new() };
    let Ok(entries) = fs::read_dir(folder(original)) else { return Vec::new() };
    let files = entries.flatten().map(|entry| entry.path());
    files.filter(|file| Name::of(file).is_some_and(|name| name.stem == stem)).collect()
}

/// The folded forms of a model that this version made and that are no longer what they were. Each is read.
#[must_use]
pub fn damaged(original: &Path, sha256: &str) -> Vec<PathBuf> {
    let is_damaged = |file: &PathBuf| {
        let name = Name::of(file).filter(|name| name.is_current(sha256));
        name.is_some_and(|name| File::open(file).and_then(Sha256::of).ok() != name.digest)
    };
    siblings(original).into_iter().filter(is_damaged).collect()
}

/// Removes a folded form, and what is remembered of it.
///
/// # Errors
/// What the system says.
pub fn remove(file: &Path) -> io::Result<()> {
    digest::forget(file);
    fs::remove_file(file)
}

fn folder(original: &Path) -> &Path {
    match original.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

/// Whether a file is what this version made of that original.
fn is_sound(file: &Path, sha256: &str) -> bool {
    let name = Name::of(file).filter(|name| name.is_current(sha256));
    let Some(digest) = name.and_then(|name| name.digest) else { return false };
    let sound = digest::confirm(file, digest).is_ok();
    if !sound {
        tracing::warn!(file = %file.display(), "folded-damaged");
    }
    sound
}

/// A model that was to be folded has other bytes than it should.
#[derive(Debug, thiserror::Error)]
#[error("{}", t!("fold.damaged", file = file.display()))]
pub struct Damaged {
    /// Which one.
    pub file: PathBuf,
    /// The digest of its bytes.
    pub found: Sha256,
}

/// Why the original has to do.
#[derive(Debug, thiserror::Error)]
enum NotFolded {
    #[error("{}", t!("fold.unreadable", file = file.display()))]
    Unreadable { file: PathBuf, source: io::Error },
    #[error("{}", t!("fold.unwritable", folder = folder.display()))]
    Unwritable { folder: PathBuf, source: io::Error },
    #[error(transparent)]
    Damaged(#[from] Damaged),
    #[error(transparent)]
    Fold(#[from] Error),
    #[error("{}", t!("fold.unknown_input"))]
    UnknownInput,
    #[error("{}", t!("fold.no_answer"))]
    NoAnswer(#[source] Box<dyn Reason + Send + Sync>),
    #[error("{}", t!("fold.other_answer"))]
    OtherAnswer(#[from] Difference),
}

impl NotFolded {
    /// Whether it would come again with the same original, rules and runtime; the others are about the moment.
    fn is_final(&self) -> bool {
        matches!(self, Self::Fold(_) | Self::UnknownInput | Self::OtherAnswer(_))
    }
}

type RunModel<'r> = &'r dyn Fn(&Path, &TrialInput) -> Result<FirstOutput, Box<dyn Reason + Send + Sync>>;

fn make(original: &Path, sha256: &str, run: RunModel<'_>) -> Result<PathBuf, NotFolded> {
    let model = fs::read(original).map_err(|source| NotFolded::Unreadable { file: original.to_owned(), source })?;
    let found = digest_of(&model);
    if !found.to_string().eq_ignore_ascii_case(sha256) {
        return Err(Damaged { file: original.to_owned(), found }.into());
    }
    let probe = TrialInput::for_model(&model).ok_or(NotFolded::UnknownInput)?;
    let folded = fold(&model)?;

    let unwritable = |source| NotFolded::Unwritable { folder: folder(original).to_owned(), source };
    let mut file = unfinished(folder(original)).map_err(unwritable)?;
    file.write_all(&folded).map_err(unwritable)?;
    let answer = |file: &Path| run(file, &probe).map_err(NotFolded::NoAnswer);
    let by = answer(original)?.agrees_with(&answer(file.path())?)?;
    tracing::debug!(file = %original.display(), by, "the folded model answers as the original");

    let place = folder(original).join(Name::made_from(original, sha256, digest_of(&folded)));
    file.persist(&place).map_err(|error| unwritable(error.error))?;
    for other in siblings(original).iter().filter(|other| **other != place) {
        sweep(other);
    }
    // One that stays says nothing as long as there is a folded form.
    let _ = forget_refusal(original);
    Ok(place)
}

fn digest_of(bytes: &[u8]) -> Sha256 {
    Sha256::of(bytes).expect("reading memory does not fail")
}

/// A new file in `folder` that only the user can read, and that is gone unless it gets a name; removes abandoned ones.
fn unfinished(folder: &Path) -> io::Result<NamedTempFile> {
    for entry in fs::read_dir(folder)?.flatten() {
        let age = || entry.metadata().ok()?.modified().ok()?.elapsed().ok();
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) && age().is_some_and(|age| age > ABANDONED) {
            sweep(&entry.path());
        }
    }
    tempfile::Builder::new().prefix(UNFINISHED).suffix(".onnx").tempfile_in(folder)
}

/// A file that resists is tried again when the next one is made.
fn sweep(file: &Path) {
    if let Err(error) = remove(file) {
        tracing::warn!(file = %file.display(), reason = %error, "folded-left");
    }
}
