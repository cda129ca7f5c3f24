//! Bob's addresses: who has the port, and what Bob would be told there.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use super::http;
use crate::config::Listen;
use crate::doctor::facts::{Bob, BobAddress, Port, RunningUp};
use crate::http::{ListenError, try_out};
use crate::untrusted::Untrusted;

/// Looks at each address of `listen`, one after the other: they may have the same port.
pub(super) async fn look(listen: &[Listen], up: &RunningUp) -> Vec<BobAddress> {
    let mut seen = Vec::new();
    for entry in listen {
        let address = entry.address();
        let port = port(address, up).await;
        let bob = match port {
            Port::Ours | Port::Held { .. } => Some(ask(address).await),
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

async fn ask(address: SocketAddr) -> Bob {
    let mut here = address;
    if address.ip().is_unspecified() {
        let loopback = if address.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() };
        here.set_ip(loopback);
    }
    let (health, validation) = tokio::join!(http::health(here), http::validation(here));
    Bob { health, validation }
}
