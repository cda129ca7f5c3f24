//! From the sockets to their connections, until the end.

use std::convert::Infallible;
use std::future::poll_fn;
use std::io;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::exchange::Responder;
use super::listener::{Arrival, Listener};
use super::room::Peers;
use super::state::{ServerState, Shutdown};
use super::{App, connection, routes};
use crate::backend::Backend;

/// Clients that are told that there is no room, at a time; more are left unanswered.
const REFUSALS: usize = 32;

/// How long an answer that could not be finished has to reach its client.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// How a server ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// Requests under way have `limits.drain_time`.
    Soon,
    /// Another process has taken its sockets over, so nobody waits for its end: requests under way have all the time that
    /// an answer may take.
    Replaced,
}

/// Serves until `shutdown` is ready; then `listeners` are dropped, requests under way are finished in the time that
/// [`Stop`] gives them, and the rest is told that the service stops.
pub async fn serve<B: Backend>(listeners: Arc<[Listener]>, app: App<B>, shutdown: impl Future<Output = Stop>) {
    let (drain_time, answer_time) = (app.limits.drain_time, app.limits.answer_time);
    let (phase, seen) = watch::channel(Shutdown::Serving);
    let shared = Arc::new(ServerState::new(app, seen));
    let server = Responder { router: routes::router(Arc::clone(&shared)), shared };
    let mut connections = JoinSet::new();
    let stop = tokio::select! {
        stop = shutdown => stop,
        never = accept(&listeners, &server, &mut connections) => match never {},
    };
    let drain_time = match stop {
        Stop::Soon => drain_time,
        Stop::Replaced => answer_time,
    };
    drop(listeners);
    tracing::info!(connections = connections.len(), "stopping");
    for (next, patience) in [(Shutdown::Draining, drain_time), (Shutdown::GivingUp, LAST_WORDS)] {
        phase.send_replace(next);
        let _ = timeout(patience, async { while connections.join_next().await.is_some() {} }).await;
    }
    connections.shutdown().await;
}

/// Takes connections for as long as it is polled.
async fn accept<B: Backend>(
    listeners: &[Listener],
    server: &Responder<B>,
    connections: &mut JoinSet<()>,
) -> Infallible {
    let gauge = server.shared.app.metrics.connections();
    let peers = Peers::default();
    loop {
        tokio::select! {
            arrival = next(listeners) => match arrival {
                Ok(arrival) => admit(arrival, server, &peers, connections),
                Err(error) => {
                    // Mostly a lack of file descriptors, which passes when connections end.
                    tracing::warn!(%error, "accept-failed");
                    sleep(Duration::from_millis(100)).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
        gauge.set(connections.len() as i64);
    }
}

/// Serves a connection if there is room, or can be made; tells it that there is none, or leaves it unanswered.
fn admit<B: Backend>(
    Arrival { stream, peer }: Arrival,
    server: &Responder<B>,
    peers: &Peers,
    connections: &mut JoinSet<()>,
) {
    let limits = &server.shared.app.limits;
    if connections.len() >= limits.connections + REFUSALS {
        return;
    }
    let has_share = match peer {
        Some(peer) => peers.enter(peer, limits.peer_connections).map(Some),
        None => Some(None),
    };
    match has_share {
        Some(place) if connections.len() < limits.connections || server.shared.room.make() => {
            let serving = connection::serve(server.clone(), stream);
            connections.spawn(async move {
                serving.await;
                drop(place);
            });
        }
        _ => {
            connections.spawn(connection::refuse(server.clone(), stream));
        }
    }
}

async fn next(listeners: &[Listener]) -> io::Result<Arrival> {
    poll_fn(|cx| {
        let accepted = listeners.iter().find_map(|listener| match listener.poll_accept(cx) {
            Poll::Ready(accepted) => Some(accepted),
            Poll::Pending => None,
        });
        accepted.map_or(Poll::Pending, Poll::Ready)
    })
    .await
}
