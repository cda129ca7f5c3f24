//! Where the daemon listens, and to whom, within which limits.

use anyhow::Result;

use crate::config::{Config, Listen};
use crate::http::{Guards, Limits, Listener};

/// Bob's ports. An optional one that is taken is warned about.
///
/// # Errors
/// Who has a port that must be had, and what to do.
pub async fn listen(addresses: &[Listen]) -> Result<Vec<Listener>> {
    let mut listeners = Vec::new();
    for address in addresses {
        match (Listener::tcp(address.address()).await, address) {
            (Ok(listener), _) => listeners.push(listener),
            (Err(error), Listen::Optional(_)) => {
                tracing::warn!(%error, "an optional address is left out");
                anstream::eprintln!("{}", t!("up.optional_taken", error = error));
            }
            (Err(error), Listen::Required(address)) => {
                let advice = t!("up.port_advice", port = address.port());
                return Err(anyhow::Error::from(error).context(advice));
            }
        }
    }
    Ok(listeners)
}

/// Who may ask: this machine alone.
pub fn guards(config: &Config) -> Guards {
    Guards { allowed_hosts: config.serve.allowed_hosts.clone(), ..Guards::default() }
}

/// Bob's own patience bounds an answer.
pub fn limits(config: &Config) -> Limits {
    Limits {
        max_body: config.serve.max_body.as_u64(),
        drain_time: std::time::Duration::from_secs(10),
        ..Limits::default()
    }
}
