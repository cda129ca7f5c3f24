//! Small text files of the user: read whole, replaced whole, never half.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::Error;
use crate::paths;

/// The most links that lead to a file, as Linux has it.
const LINKS: usize = 40;

/// The text of `file`; `None` if there is no such file.
///
/// # Errors
/// [`Error::Unreadable`], also for what is not UTF-8.
pub fn read(file: &Path) -> Result<Option<String>, Error> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Error::Unreadable { file: file.to_owned(), source }),
    }
}

/// Puts `text` in the place of what `file` holds. A file that is there keeps its permissions, and a link to it stays a
/// link; a new one, and folders on the way to it, are for the user alone.
///
/// # Errors
/// [`Error::Unwritable`]; the file is then as it was.
pub fn replace(file: &Path, text: &str) -> Result<(), Error> {
    let write = || {
        let target = behind_links(file)?;
        let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let mode = fs::metadata(&target).map_or(0o600, |metadata| metadata.permissions().mode() & 0o777);
        paths::replace(&target, mode, text.as_bytes())
    };
    write().map_err(|source| Error::Unwritable { file: file.to_owned(), source })
}

/// Removes what [`replace`] made of `file`. A link to it stays.
///
/// # Errors
/// [`Error::Unwritable`].
pub fn remove(file: &Path) -> Result<(), Error> {
    behind_links(file).and_then(fs::remove_file).map_err(|source| Error::Unwritable { file: file.to_owned(), source })
}

/// Where the links lead that begin at `file`; nothing needs to be there yet.
fn behind_links(file: &Path) -> io::Result<PathBuf> {
    let mut file = file.to_owned();
    for _ in 0..LINKS {
        // What is no link, or not there, is the end.
        let Ok(next) = fs::read_link(&file) else { return Ok(file) };
        file = file.parent().unwrap_or(Path::new("")).join(next);
    }
    Err(rustix::io::Errno::LOOP.into())
}

/// Copies `file` beside itself under a name that says when, for the user alone, and returns that name.
///
/// # Errors
/// [`Error::Unreadable`], [`Error::Unwritable`].
pub fn back_up(file: &Path) -> Result<PathBuf, Error> {
    let bytes = fs::read(file).map_err(|source| Error::Unreadable { file: file.to_owned(), source })?;
    let time = humantime::format_rfc3339_seconds(SystemTime::now()).to_string().replace(['-', ':'], "");
    let mut number = 1;
    loop {
        let counted = if number == 1 { String::new() } else { format!("-{number}") };
        let mut name = file.as_os_str().to_owned();
        name.push(format!(".{time}{counted}.bak"));
        let backup = PathBuf::from(name);
        let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&backup);
        match opened.and_then(|mut copy| copy.write_all(&bytes)) {
            Ok(()) => return Ok(backup),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < 100 => number += 1,
            Err(source) => return Err(Error::Unwritable { file: backup, source }),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::symlink;

    use super::*;

    fn mode(file: &Path) -> u32 {
        fs::metadata(file).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_new_file_is_for_the_user_alone_and_an_old_one_keeps_its_permissions() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("new/config.toml");
        assert_eq!(read(&file).unwrap(), None);
        replace(&file, "a").unwrap();
        assert_eq!((mode(&file), mode(file.parent().unwrap())), (0o600, 0o700));
        fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
        replace(&file, "b").unwrap();
        assert_eq!((read(&file).unwrap().as_deref(), mode(&file)), (Some("b"), 0o644));
        assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn a_link_stays_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("dotfiles"), folder.path().join("config"));
        fs::write(&file, "a").unwrap();
        symlink(&file, &link).unwrap();
        replace(&link, "b").unwrap();
        assert!(link.is_symlink());
        assert_eq!(fs::read_to_string(&file).unwrap(), "b");
    }

    #[test]
    fn a_link_that_leads_nowhere_yet_stays_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("dotfiles/config"), folder.path().join("config"));
        symlink("dotfiles/config", folder.path().join("between")).unwrap();
        symlink("between", &link).unwrap();
        assert_eq!(read(&link).unwrap(), None);
        replace(&link, "a").unwrap();
        assert!(link.is_symlink() && fs::read_to_string(&file).unwrap() == "a" && mode(&file) == 0o600);
        remove(&link).unwrap();
        assert!(link.is_symlink() && !file.exists());
        fs::remove_file(&link).unwrap();
        symlink("config", &link).unwrap();
        assert!(matches!(replace(&link, "a"), Err(Error::Unwritable { .. })) && link.is_symlink());
    }

    #[test]
    fn every_backup_has_a_name_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config");
        fs::write(&file, "a").unwrap();
        let backups = [back_up(&file).unwrap(), back_up(&file).unwrap()];
        assert_ne!(backups[0], backups[1]);
        for backup in &backups {
            assert_eq!((fs::read_to_string(backup).unwrap().as_str(), mode(backup)), ("a", 0o600));
        }
    }
}
