//! Room for connections. A client that waits costs nothing but its place, and gives it up to one that comes: nobody keeps
//! others out by doing nothing. And one machine elsewhere gets no more than its share.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Notify, watch};

/// Connections that wait for a request, in the order in which they began to.
#[derive(Debug, Default)]
pub(super) struct Room {
    waiting: AtomicUsize,
    needed: Notify,
}

impl Room {
    /// Asks the connection that has waited the longest for its place; false if none waits.
    pub(super) fn make(&self) -> bool {
        let waits = self.waiting.load(Ordering::Relaxed) > 0;
        if waits {
            self.needed.notify_one();
        }
        waits
    }

    /// Ready when the connection with these `exchanges` waits for a request and has to give up its place. The number is
    /// odd while a request is answered.
    pub(super) async fn given_up(&self, mut exchanges: watch::Receiver<usize>) {
        loop {
            if exchanges.wait_for(|exchanges| exchanges.is_multiple_of(2)).await.is_err() {
                return std::future::pending().await;
            }
            let _waiting = Waiter::begin(&self.waiting);
            tokio::select! {
                biased;
                _ = exchanges.changed() => {}
                // Who began to wait first is asked first.
                () = self.needed.notified() => return,
            }
        }
    }
}

struct Waiter<'r>(&'r AtomicUsize);

impl<'r> Waiter<'r> {
    fn begin(waiting: &'r AtomicUsize) -> Self {
        waiting.fetch_add(1, Ordering::Relaxed);
        Self(waiting)
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// How many connections each machine elsewhere has.
#[derive(Debug, Clone, Default)]
pub(super) struct Peers(Arc<Mutex<HashMap<IpAddr, usize>>>);

impl Peers {
    /// Takes one of `share` places for `peer`; `None` if it has them all.
    pub(super) fn enter(&self, peer: IpAddr, share: usize) -> Option<PeerPlace> {
        let mut peers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let held = peers.entry(peer).or_default();
        if *held >= share {
            return None;
        }
        *held += 1;
        Some(PeerPlace { peers: self.clone(), peer })
    }
}

/// A place of one peer. It is free again when this is dropped.
#[derive(Debug)]
pub(super) struct PeerPlace {
    peers: Peers,
    peer: IpAddr,
}

impl Drop for PeerPlace {
    fn drop(&mut self) {
        let mut peers = self.peers.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = peers.get_mut(&self.peer) {
            *held -= 1;
            if *held == 0 {
                peers.remove(&self.peer);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Peers;

    #[test]
    fn one_machine_gets_its_share_and_others_theirs() {
        let peers = Peers::default();
        let (one, other) = (([192, 0, 2, 1]).into(), ([192, 0, 2, 2]).into());
        let held: Vec<_> = std::iter::from_fn(|| peers.enter(one, 3)).collect();
        assert_eq!(held.len(), 3);
        assert!(peers.enter(other, 3).is_some());
        drop(held);
        assert!(peers.enter(one, 3).is_some());
        assert!(peers.0.lock().expect("no panic").is_empty());
    }
}
