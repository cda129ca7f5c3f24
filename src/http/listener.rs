//! Where the server is reached: a TCP address or a Unix socket.

use std::borrow::Cow;
use std::fs::Permissions;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener, UnixStream};

/// A connection of either kind.
pub type Stream = Pin<Box<dyn Duplex>>;

/// Bytes both ways.
pub trait Duplex: AsyncRead + AsyncWrite + Send {}

impl<S: AsyncRead + AsyncWrite + Send> Duplex for S {}

/// Why an address cannot be listened on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another process listens there.
    #[error("{}", taken(address, holder.as_deref()))]
    Taken {
        /// `ip:port` or the socket's path.
        address: String,
        /// Name and process id, if the system tells.
        holder: Option<String>,
    },
    /// The system refuses.
    #[error("{}", t!("http.cannot_listen", address = address))]
    Io {
        /// `ip:port` or the socket's path.
        address: String,
        /// What it says.
        source: io::Error,
    },
}

fn taken(address: &str, holder: Option<&str>) -> Cow<'static, str> {
    holder.map_or_else(
        || t!("http.taken", address = address),
        |holder| t!("http.taken_by", address = address, holder = holder),
    )
}

/// Who may connect to a Unix socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Its owner: mode 0600.
    Owner,
    /// Its owner and its group: mode 0660.
    Group,
}

/// A socket that waits for connections.
#[derive(Debug)]
pub struct Listener(Kind);

#[derive(Debug)]
enum Kind {
    Tcp(TcpListener),
    Unix { listener: UnixListener, _file: SocketFile },
}

impl Listener {
    /// Listens on `address`; port 0 takes a free one.
    ///
    /// # Errors
    /// [`Error::Taken`] names who listens there; [`Error::Io`].
    pub async fn tcp(address: SocketAddr) -> Result<Self, Error> {
        match TcpListener::bind(address).await {
            Ok(listener) => Ok(Self(Kind::Tcp(listener))),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                Err(Error::Taken { address: address.to_string(), holder: holder(address.port()) })
            }
            Err(source) => Err(Error::Io { address: address.to_string(), source }),
        }
    }

    /// Listens on the Unix socket `path`, and takes the place of one that nobody listens on any more.
    ///
    /// # Errors
    /// [`Error::Taken`] if somebody listens there; [`Error::Io`].
    pub async fn unix(path: &Path, access: Access) -> Result<Self, Error> {
        let address = path.display().to_string();
        match UnixStream::connect(path).await {
            Ok(_) => return Err(Error::Taken { address, holder: None }),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => {}
            Err(source) => return Err(Error::Io { address, source }),
        }
        let (listener, file) = bind_private(path, access).map_err(|source| Error::Io { address, source })?;
        Ok(Self(Kind::Unix { listener, _file: file }))
    }

    /// The TCP address that is listened on.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        match &self.0 {
            Kind::Tcp(listener) => listener.local_addr().ok(),
            Kind::Unix { .. } => None,
        }
    }

    /// The next connection.
    pub(super) fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<Stream>> {
        match &self.0 {
            Kind::Tcp(listener) => listener.poll_accept(cx).map_ok(|(stream, _)| {
                // Without it an answer's last bytes may wait for the client to acknowledge the first.
                let _ = stream.set_nodelay(true);
                Box::pin(stream) as Stream
            }),
            Kind::Unix { listener, .. } => listener.poll_accept(cx).map_ok(|(stream, _)| Box::pin(stream) as Stream),
        }
    }
}

/// Binds beside `path` and moves the socket there once nobody else can use it, so that it is never open to all.
fn bind_private(path: &Path, access: Access) -> io::Result<(UnixListener, SocketFile)> {
    let mode = match access {
        Access::Owner => 0o600,
        Access::Group => 0o660,
    };
    let mut beside = path.to_owned().into_os_string();
    beside.push(format!(".{}", std::process::id()));
    let beside = PathBuf::from(beside);
    let listener = UnixListener::bind(&beside)?;
    std::fs::set_permissions(&beside, Permissions::from_mode(mode))
        .and_then(|()| std::fs::rename(&beside, path))
        .inspect_err(|_| drop(std::fs::remove_file(&beside)))?;
    let inode = std::fs::metadata(path)?.ino();
    Ok((listener, SocketFile { path: path.to_owned(), inode }))
}

/// The file of a socket of ours. It goes when this is dropped, unless another process has put its own there.
#[derive(Debug)]
struct SocketFile {
    path: PathBuf,
    inode: u64,
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if std::fs::metadata(&self.path).is_ok_and(|file| file.ino() == self.inode) {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Name and id of the process that listens on a TCP port, if the system tells: that of another user may stay hidden.
fn holder(port: u16) -> Option<String> {
    let process = listeners::get_process_by_port(port, listeners::Protocol::TCP).ok()?;
    Some(format!("{} (pid {})", process.name, process.pid))
}
