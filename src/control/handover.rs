//! Handing listening sockets to another process over the control socket (`SCM_RIGHTS`).

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};

use rustix::cmsg_space;
use rustix::io::{FdFlags, fcntl_setfd};
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags,
    recvmsg, sendmsg,
};
use tokio::io::Interest;
use tokio::net::UnixStream;

/// The most sockets that are handed over; a configuration has two or three.
const MOST: usize = 16;

/// The most bytes of the line that comes with them.
const LONGEST: usize = 1024;

/// Sends `line`, and `sockets` with it.
///
/// # Errors
/// Those of the system; [`io::ErrorKind::InvalidInput`] for more than there is room for.
pub(super) async fn send(stream: &UnixStream, line: &str, sockets: &[BorrowedFd<'_>]) -> io::Result<()> {
    if sockets.len() > MOST || line.len() > LONGEST {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let write = || {
        let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(MOST))];
        let mut rights = SendAncillaryBuffer::new(&mut space);
        if !sockets.is_empty() && !rights.push(SendAncillaryMessage::ScmRights(sockets)) {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        Ok(sendmsg(stream, &[IoSlice::new(line.as_bytes())], &mut rights, SendFlags::empty())?)
    };
    // So short a text is sent whole or not at all.
    let sent = stream.async_io(Interest::WRITABLE, write).await?;
    if sent == line.len() { Ok(()) } else { Err(io::ErrorKind::WriteZero.into()) }
}

/// Receives a line and the sockets that came with it.
///
/// # Errors
/// Those of the system; [`io::ErrorKind::UnexpectedEof`] if the other side hangs up, or what it sends is no short line.
pub(super) async fn receive(stream: &UnixStream) -> io::Result<(String, Vec<OwnedFd>)> {
    let (mut text, mut sockets) = (Vec::new(), Vec::new());
    while !text.ends_with(b"\n") {
        let mut bytes = [0; LONGEST];
        let mut read = || {
            let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(MOST))];
            let mut rights = RecvAncillaryBuffer::new(&mut space);
            let read = recvmsg(stream, &mut [IoSliceMut::new(&mut bytes)], &mut rights, RecvFlags::empty())?.bytes;
            for message in rights.drain() {
                if let RecvAncillaryMessage::ScmRights(received) = message {
                    sockets.extend(received);
                }
            }
            Ok(read)
        };
        let read = stream.async_io(Interest::READABLE, &mut read).await?;
        if read == 0 || text.len() + read > LONGEST {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        text.extend_from_slice(&bytes[..read]);
    }
    for socket in &sockets {
        // The flag of the call that would do it at once is not everywhere; no child is started meanwhile.
        fcntl_setfd(socket.as_fd(), FdFlags::CLOEXEC)?;
    }
    let text = String::from_utf8(text).map_err(|_| io::ErrorKind::InvalidData)?;
    Ok((text, sockets))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{TcpListener, TcpStream};

    #[tokio::test]
    async fn a_socket_that_was_handed_over_takes_the_connections_that_wait() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let waiting = TcpStream::connect(address).unwrap();
        let (here, there) = UnixStream::pair().unwrap();
        send(&here, "two\n", &[listener.as_fd(), listener.as_fd()]).await.unwrap();
        drop(listener);
        let (line, mut sockets) = receive(&there).await.unwrap();
        assert_eq!((line.as_str(), sockets.len()), ("two\n", 2));
        let taken = TcpListener::from(sockets.remove(0));
        let (_, peer) = taken.accept().unwrap();
        assert_eq!(peer, waiting.local_addr().unwrap());
    }

    #[tokio::test]
    async fn a_line_without_an_end_and_too_many_sockets_are_refused() {
        let (here, there) = UnixStream::pair().unwrap();
        let many = vec![here.as_fd(); MOST + 1];
        assert!(send(&here, "x\n", &many).await.is_err());
        send(&here, &"x".repeat(LONGEST), &[]).await.unwrap();
        send(&here, "x\n", &[]).await.unwrap();
        assert!(receive(&there).await.is_err());
    }
}
