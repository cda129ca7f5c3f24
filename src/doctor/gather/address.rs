//! Bob's addresses: who has the port, and what Bob would be told there.

use std::fs;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use hyper::header::HeaderValue;

use super::http;
use crate::config::Listen;
use crate::doctor::facts::{Bob, BobAddress, Port, RunningUp};
use crate::http::{ListenError, Secret, try_out};
use crate::untrusted::Untrusted;

/// Looks at each address of `listen`, one after the other: they may have the same port.
pub(super) async fn look(listen: &[Listen], up: &RunningUp) -> Vec<BobAddress> {
    let mut seen = Vec::new();
    for entry in listen {
        let address = entry.address();
        let port = port(address, up).await;
        let bob = match port {
            // The token is for the running `up` alone.
            Port::Ours => Some(ask(address, bearer(up)).await),
            Port::Held { .. } => Some(ask(address, None).await),
            Port::Free | Port::Refused { .. } => None,
        };
        seen.push(BobAddress { address, optional: matches!(entry, Listen::Optional(_)), port, bob });
    }
    seen
}

async fn port(address: SocketAddr, up: &RunningUp) -> Port {
    if let RunningUp::Running(status) = up
        && status.listen.contains(&address.to_string())
    {
        return Port::Ours;
    }
    match try_out(address).await {
        Ok(()) => Port::Free,
        Err(ListenError::Taken { holder, .. }) => Port::Held { by: holder.map(Untrusted::from) },
        Err(ListenError::Io { source, .. }) => Port::Refused { problem: source.to_string() },
    }
}

/// What requests to the running `up` must carry, as far as it can be had.
fn bearer(up: &RunningUp) -> Option<HeaderValue> {
    let RunningUp::Running(status) = up else { return None };
    let text = fs::read_to_string(status.token_file.as_ref()?).ok()?;
    Secret::new(&text)?.bearer()
}

async fn ask(address: SocketAddr, bearer: Option<HeaderValue>) -> Bob {
    let mut here = address;
    if address.ip().is_unspecified() {
        let loopback = if address.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() };
        here.set_ip(loopback);
    }
    let (health, validation) = tokio::join!(http::health(here, bearer.clone()), http::validation(here, bearer));
    Bob { health, validation }
}
