//! The signals that end a daemon.

use std::io;

use tokio::signal::unix::{SignalKind, signal};

/// Waits for SIGTERM or SIGINT. SIGHUP, which would end the process, is taken and means nothing unless [`hangup`] waits
/// for it: there is no configuration to read anew.
///
/// The signals are caught from the call on, not from when the future is first polled.
///
/// # Errors
/// If the system does not let signals be caught.
pub fn termination() -> io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    // Once caught, it stays caught, whether or not anybody listens.
    drop(signal(SignalKind::hangup())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Waits for SIGHUP: the terminal of a program in the foreground was closed.
///
/// # Errors
/// Those of [`termination`].
pub fn hangup() -> io::Result<impl Future<Output = ()>> {
    let mut hangup = signal(SignalKind::hangup())?;
    Ok(async move {
        hangup.recv().await;
    })
}
