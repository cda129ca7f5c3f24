//! Folders of the user's own.

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// Mode bits that let others in.
const OTHERS: u32 = 0o077;

/// Mode bit of folders such as `/tmp`, which are not ours to close.
const STICKY: u32 = 0o1000;

/// Why a folder cannot hold what is private.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// It cannot be made, or looked at, or closed.
    #[error("{}", t!("folder.unusable", path = path.display()))]
    Unusable {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It belongs to others, or others can write to it.
    #[error("{}", t!("folder.shared", path = path.display()))]
    Shared {
        /// The folder.
        path: PathBuf,
    },
}

/// Makes `folder` and those above it, each for the user alone; one that exists stays as open as it is.
///
/// # Errors
/// What the system says.
pub fn create_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Makes sure that `folder` exists and is the user's alone.
///
/// # Errors
/// [`FolderError`].
pub fn private_folder(folder: &Path) -> Result<(), FolderError> {
    let unusable = |source| FolderError::Unusable { path: folder.to_owned(), source };
    create_folder(folder).map_err(unusable)?;
    let metadata = fs::metadata(folder).map_err(unusable)?;
    // Whose it is comes first: a folder that only somebody else can enter is not ours, though root can.
    if metadata.uid() != rustix::process::geteuid().as_raw() {
        return Err(FolderError::Shared { path: folder.to_owned() });
    }
    if metadata.mode() & OTHERS == 0 {
        return Ok(());
    }
    if metadata.mode() & STICKY != 0 {
        return Err(FolderError::Shared { path: folder.to_owned() });
    }
    fs::set_permissions(folder, Permissions::from_mode(0o700)).map_err(unusable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::print_stderr, reason = "whoever runs the tests should know what was not tested")]
    fn a_folder_of_somebody_else_is_refused_however_private_it_is() {
        if !rustix::process::geteuid().is_root() {
            eprintln!("skipped: only root can give a folder away");
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::chown(folder.path(), Some(65_534), None).unwrap();
        for mode in [0o700, 0o755] {
            fs::set_permissions(folder.path(), Permissions::from_mode(mode)).unwrap();
            assert!(matches!(private_folder(folder.path()), Err(FolderError::Shared { .. })), "{mode:o}");
            assert_eq!(fs::metadata(folder.path()).unwrap().mode() & 0o777, mode, "it is left as it is");
        }
    }

    #[test]
    fn a_folder_open_to_others_is_closed_or_refused() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("a/b");
        private_folder(&folder).unwrap();
        assert_eq!(fs::metadata(&folder).unwrap().mode() & 0o777, 0o700);
        fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
        create_folder(&folder).unwrap();
        assert_eq!(fs::metadata(&folder).unwrap().mode() & 0o777, 0o755);
        private_folder(&folder).unwrap();
        assert_eq!(fs::metadata(&folder).unwrap().mode() & 0o777, 0o700);
        fs::set_permissions(&folder, Permissions::from_mode(0o1777)).unwrap();
        assert!(matches!(private_folder(&folder), Err(FolderError::Shared { .. })));
        assert_eq!(fs::metadata(&folder).unwrap().mode() & 0o7777, 0o1777);
    }
}
