//! Sockets that a service manager listens on in our place: connections wait in them while the program is started anew,
//! and nobody is refused.

use std::io;
use std::net::{SocketAddr, TcpListener};

/// The TCP sockets that systemd (`LISTEN_FDS`) or launchd (`Sockets` of the agent, one for each of `addresses`, called as
/// they are) opened for this process. None without such a manager. To be called once.
///
/// # Errors
/// If one of them is no TCP socket that listens.
pub(crate) fn inherited(addresses: &[SocketAddr]) -> io::Result<Vec<TcpListener>> {
    platform::inherited(addresses)
}

#[cfg(target_os = "linux")]
mod platform {
    use std::io;
    use std::net::{SocketAddr, TcpListener};
    use std::os::fd::{FromRawFd as _, OwnedFd};

    /// systemd passes all that the unit names, whatever the addresses.
    pub(super) fn inherited(_addresses: &[SocketAddr]) -> io::Result<Vec<TcpListener>> {
        let mut listeners = Vec::new();
        for number in sd_notify::listen_fds()? {
            #[expect(unsafe_code, reason = "systemd opened it for this process, and nobody else here takes it")]
            let socket = TcpListener::from(unsafe { OwnedFd::from_raw_fd(number) });
            socket.local_addr()?;
            listeners.push(socket);
        }
        Ok(listeners)
    }
}

#[cfg(target_os = "macos")]
mod platform {
    use std::ffi::{CString, c_char, c_int, c_void};
    use std::net::{SocketAddr, TcpListener};
    use std::os::fd::{FromRawFd as _, OwnedFd};
    use std::{io, ptr, slice};

    #[expect(unsafe_code, reason = "launchd offers this to C only: launch.h, and free of stdlib.h for what it returns")]
    unsafe extern "C" {
        fn launch_activate_socket(name: *const c_char, fds: *mut *mut c_int, count: *mut usize) -> c_int;
        fn free(memory: *mut c_void);
    }

    pub(super) fn inherited(addresses: &[SocketAddr]) -> io::Result<Vec<TcpListener>> {
        let mut listeners = Vec::new();
        for address in addresses {
            for socket in activated(&address.to_string())? {
                let socket = TcpListener::from(socket);
                socket.local_addr()?;
                listeners.push(socket);
            }
        }
        Ok(listeners)
    }

    /// The sockets that the agent's property list has below `name`; none if it has no such name, or this is no agent.
    fn activated(name: &str) -> io::Result<Vec<OwnedFd>> {
        let name = CString::new(name)?;
        let (mut fds, mut count) = (ptr::null_mut(), 0);
        #[expect(unsafe_code, reason = "the name ends with a NUL, and both results have a place to go to")]
        let failed = unsafe { launch_activate_socket(name.as_ptr(), &raw mut fds, &raw mut count) };
        if failed != 0 || fds.is_null() {
            return Ok(Vec::new());
        }
        #[expect(unsafe_code, reason = "launchd made an array of `count` sockets for this process alone, to be freed")]
        let sockets = unsafe {
            let numbers = slice::from_raw_parts(fds, count);
            let sockets = numbers.iter().map(|number| OwnedFd::from_raw_fd(*number)).collect();
            free(fds.cast());
            sockets
        };
        Ok(sockets)
    }
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
mod platform {
    use std::io;
    use std::net::{SocketAddr, TcpListener};

    pub(super) fn inherited(_addresses: &[SocketAddr]) -> io::Result<Vec<TcpListener>> {
        Ok(Vec::new())
    }
}
