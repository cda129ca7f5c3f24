//! A file that had its digest once is not read again as long as nothing has touched it: beside it lies a note, private
//! to the user, of what the system said of the file then.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustix::fs::OFlags;

use super::Sha256;
use crate::paths;

/// A file that changed this recently may change again without another time to show for it: some file systems count
/// seconds.
const SETTLED: Duration = Duration::from_secs(2);

/// Longer than any note.
const NOTE: u64 = 512;

/// Write access of the group and of everybody.
const WRITABLE: u32 = 0o022;

/// How a file was found to be what it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Confirmed {
    /// It was read.
    Read,
    /// It was read by an earlier process, and nothing has touched it since.
    Remembered,
}

/// A file that is not known to be what it should be.
#[derive(Debug)]
pub(crate) enum Unsound {
    /// It has another digest.
    Other { found: Sha256 },
    /// It cannot be read.
    Unreadable(io::Error),
}

impl From<io::Error> for Unsound {
    fn from(error: io::Error) -> Self {
        Self::Unreadable(error)
    }
}

/// Makes sure that `file` has the digest `expected`: reads it, unless a note says that this was done.
///
/// The note holds the device, inode, size and times of modification and of change; only one that the user alone can
/// write counts. Where none can be kept, the file is read each time.
pub(crate) fn confirm(file: &Path, expected: Sha256) -> Result<Confirmed, Unsound> {
    confirm_at(file, expected, SystemTime::now())
}

/// Removes the note of `file`, which goes as well.
pub(crate) fn forget(file: &Path) {
    // One that stays says nothing about another file of the same name.
    let _ = fs::remove_file(note_of(file));
}

fn confirm_at(file: &Path, expected: Sha256, now: SystemTime) -> Result<Confirmed, Unsound> {
    let opened = File::open(file)?;
    let before = opened.metadata()?;
    let (note, stamp) = (note_of(file), stamp(&before, expected));
    if noted(&note).is_some_and(|text| text == stamp) {
        return Ok(Confirmed::Remembered);
    }
    let found = Sha256::of(&opened)?;
    if found != expected {
        return Err(Unsound::Other { found });
    }
    let untouched = self::stamp(&opened.metadata()?, expected) == stamp;
    if untouched
        && is_settled(&before, now)
        && let Err(error) = paths::replace(&note, 0o600, stamp.as_bytes())
    {
        tracing::debug!(file = %file.display(), %error, "cannot remember that this file is sound");
    }
    Ok(Confirmed::Read)
}

fn note_of(file: &Path) -> PathBuf {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    file.with_file_name(format!(".{name}.checked"))
}

/// What every write to a file changes.
fn stamp(metadata: &Metadata, digest: Sha256) -> String {
    format!(
        "{digest} {} {} {} {}.{:09} {}.{:09}\n",
        metadata.dev(),
        metadata.ino(),
        metadata.size(),
        metadata.mtime(),
        metadata.mtime_nsec(),
        metadata.ctime(),
        metadata.ctime_nsec()
    )
}

fn is_settled(metadata: &Metadata, now: SystemTime) -> bool {
    let changed = u64::try_from(metadata.ctime()).map(|seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
    changed.is_ok_and(|changed| now.duration_since(changed).is_ok_and(|age| age > SETTLED))
}

/// What a note says that nobody else can have written.
pub(crate) fn noted(note: &Path) -> Option<String> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(note).ok()?;
    let metadata = file.metadata().ok()?;
    let is_ours = metadata.uid() == rustix::process::geteuid().as_raw() && metadata.mode() & WRITABLE == 0;
    let mut text = String::new();
    (metadata.is_file() && is_ours).then(|| file.take(NOTE).read_to_string(&mut text).ok())??;
    Some(text)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    struct Place {
        folder: tempfile::TempDir,
        later: SystemTime,
    }

    impl Place {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("model"), b"abc").unwrap();
            Self { folder, later: SystemTime::now() + Duration::from_secs(10) }
        }

        fn model(&self) -> PathBuf {
            self.folder.path().join("model")
        }

        fn confirm(&self) -> Option<Confirmed> {
            confirm_at(&self.model(), digest(b"abc"), self.later).ok()
        }
    }

    fn digest(bytes: &[u8]) -> Sha256 {
        Sha256::of(bytes).unwrap()
    }

    #[test]
    fn a_file_is_read_once_and_again_when_it_was_touched() {
        let place = Place::new();
        assert_eq!((place.confirm(), place.confirm()), (Some(Confirmed::Read), Some(Confirmed::Remembered)));
        let note = fs::metadata(note_of(&place.model())).unwrap();
        assert_eq!(note.permissions().mode() & 0o777, 0o600);

        let modified = fs::metadata(place.model()).unwrap().modified().unwrap();
        fs::write(place.model(), b"abd").unwrap();
        // Somebody sets the time back: that of the change stays.
        File::options().write(true).open(place.model()).unwrap().set_modified(modified).unwrap();
        assert_eq!(place.confirm(), None);
        fs::write(place.model(), b"abc").unwrap();
        assert_eq!((place.confirm(), place.confirm()), (Some(Confirmed::Read), Some(Confirmed::Remembered)));

        fs::copy(place.model(), place.folder.path().join("copy")).unwrap();
        fs::rename(place.folder.path().join("copy"), place.model()).unwrap();
        assert_eq!(place.confirm(), Some(Confirmed::Read), "another file of the same name");
    }

    #[test]
    fn a_note_is_of_one_digest() {
        let place = Place::new();
        place.confirm();
        let other = confirm_at(&place.model(), digest(b"abd"), place.later);
        assert!(matches!(other, Err(Unsound::Other { found }) if found == digest(b"abc")), "{other:?}");
    }

    #[test]
    fn a_file_that_has_just_changed_is_not_remembered() {
        let place = Place::new();
        for _ in 0..2 {
            let confirmed = confirm_at(&place.model(), digest(b"abc"), SystemTime::now());
            assert!(matches!(confirmed, Ok(Confirmed::Read)), "{confirmed:?}");
        }
    }

    #[test]
    fn a_note_that_others_may_have_written_does_not_count() {
        let place = Place::new();
        place.confirm();
        let note = note_of(&place.model());
        fs::set_permissions(&note, fs::Permissions::from_mode(0o666)).unwrap();
        assert_eq!((place.confirm(), place.confirm()), (Some(Confirmed::Read), Some(Confirmed::Remembered)));
        fs::rename(&note, place.folder.path().join("elsewhere")).unwrap();
        std::os::unix::fs::symlink("elsewhere", &note).unwrap();
        assert_eq!(place.confirm(), Some(Confirmed::Read));
    }
}
