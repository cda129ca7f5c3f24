//! Files that are written whole or not at all.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::path::Path;

use tempfile::NamedTempFile;

/// Puts a file with these bytes and permissions (`0o600`) in the place of `file`, on disk before it has its name. What
/// was there stays until then; a link is replaced, not followed. What is no file (`/dev/null`, `/dev/stdout`, a pipe) is
/// written into: root would put a file in its place.
///
/// # Errors
/// What the system says; nothing has changed then. A disk or a socket is refused.
pub fn replace(file: &Path, mode: u32, bytes: &[u8]) -> io::Result<()> {
    if let Ok(found) = fs::metadata(file).map(|metadata| metadata.file_type()) {
        if found.is_char_device() || found.is_fifo() {
            return OpenOptions::new().write(true).open(file)?.write_all(bytes);
        }
        if found.is_block_device() || found.is_socket() {
            return Err(io::ErrorKind::InvalidInput.into());
        }
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // The name of the temporary file says nothing to anybody.
    let mut temporary = NamedTempFile::new_in(folder).map_err(|error| io::Error::from(error.kind()))?;
    temporary.write_all(bytes)?;
    temporary.as_file().set_permissions(Permissions::from_mode(mode))?;
    temporary.as_file().sync_all()?;
    temporary.persist(file)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn what_is_no_file_stays_what_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let [null, socket] = ["null", "socket"].map(|name| folder.path().join(name));
        symlink("/dev/null", &null).unwrap();
        replace(&null, 0o600, b"nothing").unwrap();
        assert!(fs::metadata(&null).unwrap().file_type().is_char_device());
        let _listener = UnixListener::bind(&socket).unwrap();
        assert!(replace(&socket, 0o600, b"nothing").is_err());
        assert!(fs::metadata(&socket).unwrap().file_type().is_socket());
    }

    #[test]
    fn a_file_is_replaced_whole_or_stays() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        for (mode, text) in [(0o600, "one"), (0o644, "two")] {
            replace(&file, mode, text.as_bytes()).unwrap();
            assert_eq!(fs::read_to_string(&file).unwrap(), text);
            assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, mode);
        }
        let taken = folder.path().join("folder");
        fs::create_dir_all(taken.join("full")).unwrap();
        assert!(replace(&taken, 0o600, b"three").is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is left behind");
        let nowhere = replace(&folder.path().join("nowhere/file"), 0o600, b"four").unwrap_err();
        assert!(nowhere.kind() == io::ErrorKind::NotFound && !nowhere.to_string().contains("tmp"), "{nowhere}");
    }
}
