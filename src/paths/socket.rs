//! Unix sockets that are never open to more than they should be.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::net::{UnixListener, UnixSocket};

/// Connections that may wait to be accepted.
const BACKLOG: u32 = 1024;

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
    let mut beside = path.to_owned().into_os_string();
    beside.push(format!(".{}", std::process::id()));
    let beside = PathBuf::from(beside);
    let socket = UnixSocket::new_stream()?;
    socket.bind(&beside)?;
    let listener = fs::set_permissions(&beside, Permissions::from_mode(mode))
        .and_then(|()| socket.listen(BACKLOG))
        .and_then(|listener| fs::rename(&beside, path).map(|()| listener))
        .inspect_err(|_| drop(fs::remove_file(&beside)))?;
    Ok((listener, SocketFile::at(path)?))
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
