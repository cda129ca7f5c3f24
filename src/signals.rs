//! The signals that end a program.

use std::future::ready;
use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::yield_now;

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

/// The signals that end a verb in the foreground: SIGINT, SIGTERM and SIGHUP, caught for as long as this lives. One that
/// came is known from then on, whoever waited for it.
pub struct Interruption {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
    has_come: bool,
}

impl Interruption {
    /// Catches them from now on.
    ///
    /// # Errors
    /// Those of [`termination`].
    pub fn catch() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
            has_come: false,
        })
    }

    /// Waits for one; at once, if one has come.
    pub async fn come(&mut self) {
        if !self.has_come {
            tokio::select! {
                _ = self.interrupt.recv() => {}
                _ = self.terminate.recv() => {}
                _ = self.hangup.recv() => {}
            }
            self.has_come = true;
        }
    }

    /// Whether one has come by now, however busy the runtime was. Only a runtime of one thread is sure to know.
    pub async fn has_come(&mut self) -> bool {
        // With nothing else to do, the runtime takes in what the system has for it.
        yield_now().await;
        tokio::select! {
            biased;
            () = self.come() => true,
            () = ready(()) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread::sleep;
    use std::time::Duration;

    use rustix::process::{Signal, getpid, kill_process};
    use tokio::runtime;

    use super::*;

    #[test]
    fn an_interruption_is_known_that_came_while_the_runtime_was_busy() {
        let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut interruption = Interruption::catch().unwrap();
            assert!(!interruption.has_come().await);
            // SIGHUP: no other test of this process minds.
            kill_process(getpid(), Signal::HUP).unwrap();
            sleep(Duration::from_millis(200));
            assert!(interruption.has_come().await && interruption.has_come().await);
            interruption.come().await;
        });
    }
}
