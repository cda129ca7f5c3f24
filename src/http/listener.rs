//! Where the server is reached: a TCP address or a Unix socket.

use std::borrow::Cow;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::time::timeout;

use super::Guards;
use crate::paths::{SocketAccess, SocketFile, private_socket};

/// How long a connection on this machine may take to be made.
const ANSWERING: Duration = Duration::from_secs(1);

/// A connection of either kind.
pub type Stream = Pin<Box<dyn Duplex>>;

/// Bytes both ways.
pub trait Duplex: AsyncRead + AsyncWrite + AsFd + Send {}

impl<S: AsyncRead + AsyncWrite + AsFd + Send> Duplex for S {}

/// A connection that has been accepted.
pub(super) struct Arrival {
    pub(super) stream: Stream,
    /// The machine at its other end, if it is not this one.
    pub(super) peer: Option<IpAddr>,
}

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

/// Whom the owner lets connect over TCP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exposure {
    /// Programs on this machine.
    ThisMachine,
    /// Other machines as well, if they have the token.
    OtherMachines,
}

/// Other machines could connect, and the owner has not allowed it or asks for no token.
#[derive(Debug, thiserror::Error)]
#[error("{}", t!("http.not_loopback", ip = ip))]
pub struct NotLoopback {
    /// The address.
    pub ip: IpAddr,
}

/// A TCP address that may be listened on: one of loopback, or one that was opened to other machines on purpose and is
/// guarded by a token. Nothing else can be made into a [`Listener`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permitted(SocketAddr);

impl Permitted {
    /// Takes `address` if `exposure` and the token of `guards` allow it.
    ///
    /// # Errors
    /// [`NotLoopback`].
    pub fn new(address: SocketAddr, exposure: Exposure, guards: &Guards) -> Result<Self, NotLoopback> {
        let is_opened = exposure == Exposure::OtherMachines && guards.token.is_some();
        if address.ip().is_loopback() || is_opened { Ok(Self(address)) } else { Err(NotLoopback { ip: address.ip() }) }
    }
}

/// A socket that waits for connections.
#[derive(Debug)]
pub struct Listener(Bound);

#[derive(Debug)]
enum Bound {
    Tcp(TcpListener),
    Unix { listener: UnixListener, _file: SocketFile },
}

impl Listener {
    /// Listens on `address`; port 0 takes a free one.
    ///
    /// # Errors
    /// [`Error::Taken`] names who listens there; [`Error::Io`].
    pub async fn tcp(Permitted(address): Permitted) -> Result<Self, Error> {
        bind(address).await.map(|listener| Self(Bound::Tcp(listener)))
    }

    /// Goes on with `socket`, which another process listened on.
    ///
    /// # Errors
    /// [`Error::Io`] if it is bound to another address.
    pub(crate) fn adopt(Permitted(address): Permitted, socket: std::net::TcpListener) -> Result<Self, Error> {
        let adopted = socket.local_addr().and_then(|bound| {
            if bound != address {
                return Err(io::ErrorKind::AddrNotAvailable.into());
            }
            socket.set_nonblocking(true)?;
            TcpListener::from_std(socket)
        });
        let failed = |source| Error::Io { address: address.to_string(), source };
        adopted.map(|listener| Self(Bound::Tcp(listener))).map_err(failed)
    }

    /// The same socket once more, for another process to [`adopt`](Self::adopt).
    ///
    /// # Errors
    /// Those of the system.
    pub(crate) fn duplicate(&self) -> io::Result<OwnedFd> {
        match &self.0 {
            Bound::Tcp(listener) => listener.as_fd().try_clone_to_owned(),
            Bound::Unix { listener, .. } => listener.as_fd().try_clone_to_owned(),
        }
    }

    /// Listens on the Unix socket `path`, and takes the place of one that nobody listens on any more.
    ///
    /// # Errors
    /// [`Error::Taken`] if somebody listens there; [`Error::Io`].
    pub async fn unix(path: &Path, access: SocketAccess) -> Result<Self, Error> {
        let address = path.display().to_string();
        match UnixStream::connect(path).await {
            Ok(_) => return Err(Error::Taken { address, holder: None }),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => {}
            Err(source) => return Err(Error::Io { address, source }),
        }
        let (listener, file) = private_socket(path, access).map_err(|source| Error::Io { address, source })?;
        Ok(Self(Bound::Unix { listener, _file: file }))
    }

    /// The TCP address that is listened on.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        match &self.0 {
            Bound::Tcp(listener) => listener.local_addr().ok(),
            Bound::Unix { .. } => None,
        }
    }

    /// The next connection.
    pub(super) fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<Arrival>> {
        match &self.0 {
            Bound::Tcp(listener) => listener.poll_accept(cx).map_ok(|(stream, peer)| {
                // Without it an answer's last bytes may wait for the client to acknowledge the first.
                let _ = stream.set_nodelay(true);
                Arrival { stream: Box::pin(stream), peer: Some(peer.ip()).filter(|peer| !peer.is_loopback()) }
            }),
            Bound::Unix { listener, .. } => {
                listener.poll_accept(cx).map_ok(|(stream, _)| Arrival { stream: Box::pin(stream), peer: None })
            }
        }
    }
}

/// Takes `address` for a moment: the one test of whether it could be listened on that cannot be wrong. Nobody who connects
/// meanwhile is answered.
///
/// # Errors
/// Those of [`Listener::tcp`].
pub async fn try_out(address: SocketAddr) -> Result<(), Error> {
    bind(address).await.map(drop)
}

async fn bind(address: SocketAddr) -> Result<TcpListener, Error> {
    // There, an address of its own is given to whoever asks while the same user's program has all addresses of the port.
    if cfg!(target_os = "macos") && somebody_answers(address).await {
        return Err(Error::Taken { address: address.to_string(), holder: holder(address.port()) });
    }
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => Error::Taken { address: address.to_string(), holder: holder(address.port()) },
        _ => Error::Io { address: address.to_string(), source: error },
    })
}

/// Whether connections to `address` are taken.
async fn somebody_answers(address: SocketAddr) -> bool {
    address.port() != 0 && matches!(timeout(ANSWERING, TcpStream::connect(address)).await, Ok(Ok(_)))
}

/// Name and id of the process that listens on a TCP port, if the system tells: that of another user may stay hidden.
fn holder(port: u16) -> Option<String> {
    let process = listeners::get_process_by_port(port, listeners::Protocol::TCP).ok()?;
    Some(format!("{} (pid {})", process.name, process.pid))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_has_all_addresses_of_a_port_answers_on_each() {
        let all = TcpListener::bind("0.0.0.0:0").await.unwrap();
        let one = SocketAddr::from(([127, 0, 0, 1], all.local_addr().unwrap().port()));
        assert!(somebody_answers(one).await);
        drop(all);
        assert!(!somebody_answers(one).await);
        assert!(
            matches!(bind("127.0.0.1:0".parse().unwrap()).await, Ok(listener) if somebody_answers(listener.local_addr().unwrap()).await)
        );
    }
}
