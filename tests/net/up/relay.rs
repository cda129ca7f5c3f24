//! A link between ssh and sshd that can be slow, and that knows how much went over it.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

/// Bytes passed on at a time.
const PIECE: usize = 4096;

/// What is known of a link, and how fast it is.
#[derive(Debug, Default)]
pub struct Link {
    /// Bytes per second in each direction; 0 is as fast as it goes.
    pub rate: AtomicU64,
    /// Bytes on the way to sshd so far.
    pub there: AtomicU64,
    /// Bytes on the way back so far.
    pub back: AtomicU64,
}

impl Link {
    pub fn there(&self) -> u64 {
        self.there.load(Ordering::SeqCst)
    }

    pub fn back(&self) -> u64 {
        self.back.load(Ordering::SeqCst)
    }
}

/// Passes everything on to the port `to` of this machine. Returns the port to connect to. Its threads end with their
/// connections.
pub fn relay(to: u16, rate: u64) -> (u16, Arc<Link>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("its address").port();
    let link = Arc::new(Link { rate: rate.into(), ..Link::default() });
    let shared = Arc::clone(&link);
    thread::spawn(move || {
        for near in listener.incoming().map_while(Result::ok) {
            // Nobody there: the connection ends, as it would without a relay.
            let Ok(far) = TcpStream::connect(("127.0.0.1", to)) else { continue };
            let ways = [
                (near.try_clone(), far.try_clone(), (|link| &link.there) as fn(&Link) -> &AtomicU64),
                (Ok(far), Ok(near), |link| &link.back),
            ];
            for (from, into, count) in ways {
                let (from, into, link) = (from.expect("a socket"), into.expect("a socket"), Arc::clone(&shared));
                thread::spawn(move || trickle(from, into, &link, count(&link)));
            }
        }
    });
    (port, link)
}

fn trickle(mut from: TcpStream, mut into: TcpStream, link: &Link, count: &AtomicU64) {
    let mut piece = [0; PIECE];
    while let Ok(length @ 1..) = from.read(&mut piece) {
        let rate = link.rate.load(Ordering::SeqCst);
        if rate > 0 {
            thread::sleep(Duration::from_secs_f64(length as f64 / rate as f64));
        }
        if into.write_all(&piece[..length]).is_err() {
            break;
        }
        count.fetch_add(length as u64, Ordering::SeqCst);
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = into.shutdown(Shutdown::Both);
}
