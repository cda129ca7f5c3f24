//! An attempt to reach the server exactly as `up` does: a tunnel of its own, in a folder of its own.

use std::time::Duration;

use tokio::time::sleep;

use crate::doctor::facts::Attempt;
use crate::tunnel::{self, Cause, Options, State, Step};

/// How long logging in may take once ssh is connected. Someone sits in front of the screen and waits.
const LOGIN: Duration = Duration::from_secs(20);

/// Tries the way of `options` once.
pub(super) async fn make(options: &Options) -> Attempt {
    // Short, since a socket's path has room for about a hundred bytes; it goes with everything in it.
    let folder = match tempfile::Builder::new().prefix("jkocr-").tempdir() {
        Ok(folder) => folder,
        Err(error) => {
            let path = std::env::temp_dir();
            return Attempt::Down { cause: Cause::StateFolder { path, problem: error.to_string().into() } };
        }
    };
    let mut options = options.clone();
    options.state_dir = folder.path().join("state");
    options.socket = options.state_dir.join("s");
    options.pace.login = LOGIN;
    let patience = options.connect_timeout + LOGIN + options.pace.probe_timeout * 3;
    let (tunnel, mut supervisor) = tunnel::open(options);
    let attempt = tokio::select! {
        attempt = settled(&tunnel) => attempt,
        never = supervisor.run() => match never {},
        () = sleep(patience) => Attempt::Late,
    };
    supervisor.close().await;
    attempt
}

async fn settled(tunnel: &tunnel::Tunnel) -> Attempt {
    let mut states = tunnel.subscribe();
    loop {
        match states.borrow_and_update().clone() {
            State::Up { round_trip, .. } => {
                return Attempt::Up { millis: round_trip.as_millis() as u64, server: tunnel.server() };
            }
            State::Backoff { cause, .. } | State::Blocked { cause, .. } => return Attempt::Down { cause },
            State::Connecting { .. } | State::Probing | State::Suspect => {}
        }
        if states.changed().await.is_err() {
            return Attempt::Late;
        }
    }
}

/// Whether the attempt shows that logging in works.
pub(super) fn is_logged_in(attempt: &Attempt) -> bool {
    match attempt {
        Attempt::Up { .. } => true,
        Attempt::Down { cause } => cause.step() > Step::Login,
        Attempt::Late => false,
    }
}
