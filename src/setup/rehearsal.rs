//! Whether a login works: the tunnel itself is opened once, with all its options, and closed again.

use crate::tunnel::{self, Cause, Options, State};

/// What the login led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoginOutcome {
    /// An OCR server, which is well.
    Answers,
    /// Not an OCR server, for this reason; the login itself works.
    Missing(Cause),
}

/// Logs in as `jkocr up` would and asks for the server, once.
///
/// # Errors
/// Why the login, or the forward that it is for, does not work.
///
/// # Panics
/// Never: the supervisor that writes the state lives longer than the wait for it.
pub async fn log_in(options: Options) -> Result<LoginOutcome, Cause> {
    let (tunnel, mut supervisor) = tunnel::open(options);
    let mut states = tunnel.subscribe();
    let outcome = tokio::select! {
        never = supervisor.run() => match never {},
        state = states.wait_for(|state| state.is_up() || state.cause().is_some()) => {
            judge(&state.expect("the supervisor that writes the state is still there"))
        }
    };
    supervisor.close().await;
    outcome
}

fn judge(state: &State) -> Result<LoginOutcome, Cause> {
    match state.cause() {
        None => Ok(LoginOutcome::Answers),
        Some(cause) if is_beyond_the_login(cause) => Ok(LoginOutcome::Missing(cause.clone())),
        Some(cause) => Err(cause.clone()),
    }
}

/// Whether it can only be found out after logging in, and is a matter of the server alone.
fn is_beyond_the_login(cause: &Cause) -> bool {
    cause.keeps_ssh() || matches!(cause, Cause::ClosedWithoutAnswer | Cause::Silent)
}
