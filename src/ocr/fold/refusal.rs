//! A note beside a model that its folded form does not answer as it does, so that this is not tried at each start.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use super::VERSION;
use crate::digest::{Sha256, noted};
use crate::paths;

/// What a refusal depends on: another original, other rules, another runtime or processor may do better.
pub(super) struct Refusal {
    file: PathBuf,
    text: String,
}

impl Refusal {
    /// That of a model with the digest `sha256` (hexadecimal), by a runtime that describes itself as `runtime`.
    pub fn of(original: &Path, sha256: &str, runtime: &str) -> Self {
        let runtime = Sha256::of(runtime.as_bytes()).expect("reading memory does not fail");
        Self { file: note_of(original), text: format!("{}{runtime}\n", beginning(sha256)) }
    }

    /// Whether it was noted, by this user.
    pub fn is_known(&self) -> bool {
        noted(&self.file).is_some_and(|text| text == self.text)
    }

    /// Notes it, for this user alone.
    pub fn note(&self) {
        if let Err(error) = paths::replace(&self.file, 0o600, self.text.as_bytes()) {
            tracing::debug!(file = %self.file.display(), %error, "cannot remember that this model is used unfolded");
        }
    }
}

/// Whether the folded form of a model was refused the last time, by whatever runtime; the model is used as it is then.
#[must_use]
pub(crate) fn is_refused(original: &Path, sha256: &str) -> bool {
    noted(&note_of(original)).is_some_and(|text| text.starts_with(&beginning(sha256)))
}

/// Removes the note of a model, if there is one: folding is tried again.
///
/// # Errors
/// What the system says.
pub(crate) fn forget_refusal(original: &Path) -> io::Result<()> {
    match fs::remove_file(note_of(original)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn note_of(original: &Path) -> PathBuf {
    let name = original.file_name().unwrap_or_default().to_string_lossy();
    original.with_file_name(format!(".{name}.unfolded"))
}

fn beginning(sha256: &str) -> String {
    format!("{} fold{VERSION} {} ", sha256.to_ascii_lowercase(), env::consts::ARCH)
}
