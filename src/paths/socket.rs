//! Unix sockets that are never open to more than they should be.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::net::{UnixListener, UnixSocket};

/// Connections that may wait to be accepted.
const BACKLOG: u32 = 1024;

/// Names that are tried for a socket that has not its own yet.
const TRIES: u32 = 16;

/// Numbers of processes have no more bits, on Linux; on macOS 17.
const PID_BITS: u32 = 22;

/// Who may connect to a Unix socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SocketAccess {
    /// Its owner: mode 0600.
    Owner,
    /// Its owner and its group: mode 0660.
    Group,
}

/// Listens on `path`, in the place of whatever is there.
///
/// The socket has its mode before anybody can connect, and its name after that.
///
/// # Errors
/// Those of the system.
pub fn private_socket(path: &Path, access: SocketAccess) -> io::Result<(UnixListener, SocketFile)> {
    let mode = match access {
        SocketAccess::Owner => 0o600,
        SocketAccess::Group => 0o660,
    };
    let (socket, beside) = bound_beside(path)?;
    let listener = fs::set_permissions(&beside, Permissions::from_mode(mode))
        .and_then(|()| socket.listen(BACKLOG))
        .and_then(|listener| fs::rename(&beside, path).map(|()| listener))
        .inspect_err(|_| drop(fs::remove_file(&beside)))?;
    Ok((listener, SocketFile::at(path)?))
}

/// A socket in the folder of `path`. Its name is short: that of `path` may be as long as the system lets one be.
fn bound_beside(path: &Path) -> io::Result<(UnixSocket, PathBuf)> {
    let mut tries = 0..TRIES;
    loop {
        let name = format!(".{:x}", std::process::id().wrapping_add(tries.next().unwrap_or_default() << PID_BITS));
        let beside = path.with_file_name(name);
        let socket = UnixSocket::new_stream()?;
        match socket.bind(&beside) {
            // Another thread of this process, or what a crash left behind.
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && !tries.is_empty() => {}
            bound => return bound.map(|()| (socket, beside)),
        }
    }
}

/// The file of a socket of ours. It goes when this is dropped, unless another process has put its own there or has
/// taken this one over.
#[derive(Debug)]
pub struct SocketFile {
    path: PathBuf,
    inode: u64,
    is_given_away: AtomicBool,
}

impl SocketFile {
    /// The file at `path`, which is of ours from here on.
    ///
    /// # Errors
    /// Those of the system.
    pub fn at(path: &Path) -> io::Result<Self> {
        let inode = fs::metadata(path)?.ino();
        Ok(Self { path: path.to_owned(), inode, is_given_away: AtomicBool::new(false) })
    }

    /// Leaves the file to the process that the socket was handed to.
    pub fn give_away(&self) {
        self.is_given_away.store(true, Ordering::Relaxed);
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if self.is_given_away.load(Ordering::Relaxed) {
            return;
        }
        if fs::metadata(&self.path).is_ok_and(|file| file.ino() == self.inode) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The most bytes of a socket's path: 108 with the zero at the end on Linux, 104 on macOS (`sys/un.h`).
    const LONGEST: usize = if cfg!(target_os = "macos") { 103 } else { 107 };

    #[tokio::test]
    async fn a_path_may_be_as_long_as_the_system_lets_it_be() {
        let folder = tempfile::tempdir().unwrap();
        let long = "d".repeat(LONGEST - folder.path().as_os_str().len() - "//control.sock".len());
        let path = folder.path().join(long).join("control.sock");
        fs::create_dir(path.parent().unwrap()).unwrap();
        assert_eq!(path.as_os_str().len(), LONGEST);
        // What others have put in the way, a folder among it, costs a try.
        drop(
            std::os::unix::net::UnixListener::bind(path.with_file_name(format!(".{:x}", std::process::id()))).unwrap(),
        );
        let (_listener, file) = private_socket(&path, SocketAccess::Owner).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        tokio::net::UnixStream::connect(&path).await.unwrap();
        drop(file);
        assert!(!path.exists());
    }
}
