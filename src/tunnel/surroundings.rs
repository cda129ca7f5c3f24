//! What may have broken the path without a word: the machine slept, or the network is another one.

use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::clock::{Clock, Moment, SLEPT};

/// Why a connection may be dead though nobody said so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// The clock on the wall jumped, or this process stood still.
    Clock,
    /// Packets leave from another address than before, or can leave again, or no more.
    Network,
}

/// Looks at clock and network every now and then.
#[derive(Debug)]
pub(super) struct Surroundings {
    clock: Clock,
    every: Duration,
    next: Instant,
    last: Sight,
}

#[derive(Debug, Clone, Copy)]
struct Sight {
    moment: Moment,
    route: SourceAddresses,
}

/// The addresses that packets to the internet leave from, for IPv4 and IPv6.
type SourceAddresses = [Option<IpAddr>; 2];

impl Surroundings {
    pub(super) fn new(clock: Clock, every: Duration) -> Self {
        let last = Sight { moment: clock.moment(), route: route() };
        Self { clock, every, next: Instant::now() + every, last }
    }

    /// Waits for the next change. Loses nothing when dropped half-way.
    pub(super) async fn change(&mut self) -> Change {
        loop {
            sleep_until(self.next).await;
            let late = self.next.elapsed();
            self.next = Instant::now() + self.every;
            let seen = Sight { moment: self.clock.moment(), route: route() };
            let change = compare(self.last, seen).or((late > SLEPT).then_some(Change::Clock));
            self.last = seen;
            if let Some(change) = change {
                tracing::info!(?change, "surroundings-changed");
                return change;
            }
        }
    }
}

/// Whether packets cannot leave this machine.
pub(super) fn is_offline() -> bool {
    route() == [None, None]
}

fn compare(before: Sight, now: Sight) -> Option<Change> {
    if before.moment.jump(now.moment) > SLEPT {
        return Some(Change::Clock);
    }
    (before.route != now.route).then_some(Change::Network)
}

/// Asks the system which address it would send from. A connected UDP socket sends nothing; the destinations are the
/// blocks reserved for documentation (RFC 5737, RFC 3849), which the default route covers like any other.
fn route() -> SourceAddresses {
    let v4: (SocketAddr, SocketAddr) = (([0, 0, 0, 0], 0).into(), ([192, 0, 2, 1], 9).into());
    let v6: (SocketAddr, SocketAddr) = (([0; 8], 0).into(), ([0x2001, 0xdb8, 0, 0, 0, 0, 0, 1], 9).into());
    [v4, v6].map(|(from, to)| {
        let socket = UdpSocket::bind(from).ok()?;
        socket.connect(to).ok()?;
        socket.local_addr().ok().map(|address| address.ip())
    })
}

#[cfg(test)]
mod tests {
    use super::{Change, Sight, SourceAddresses, compare};
    use crate::tunnel::clock::Clock;
    use std::time::Duration;

    fn look(clock: &Clock, route: SourceAddresses) -> Sight {
        Sight { moment: clock.moment(), route }
    }

    #[test]
    fn sleep_and_another_network_are_noticed() {
        let clock = Clock::default();
        let home = [Some([192, 168, 1, 7].into()), None];
        let before = look(&clock, home);
        assert_eq!(compare(before, look(&clock, home)), None);
        assert_eq!(compare(before, look(&clock, [None, None])), Some(Change::Network));
        assert_eq!(compare(before, look(&clock, [Some([10, 0, 0, 7].into()), None])), Some(Change::Network));
        clock.put_forward(Duration::from_secs(9));
        assert_eq!(compare(before, look(&clock, home)), None);
        clock.put_forward(Duration::from_hours(1));
        assert_eq!(compare(before, look(&clock, home)), Some(Change::Clock));
    }
}
