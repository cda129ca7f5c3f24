//! A link between two namespaces, over two TUN devices: every packet passes through this process, which may delay,
//! drop or swallow it. Its chances come from a seed that is printed, and may be given: `JKOCR_NET_SEED`.

use std::collections::HashSet;
use std::env;
use std::fs::{File, OpenOptions};
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io::{self, Read as _, Write as _};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use rustix::ioctl;

use super::namespace::Namespace;

/// The device at both ends.
const DEVICE: &str = "wire";

/// The largest packet, as on an Ethernet.
const MTU: u16 = 1500;

/// `TUNSETIFF` of `<linux/if_tun.h>`.
const TUN_SET: ioctl::Opcode = ioctl::opcode::write::<i32>(b'T', 202);

/// `IFF_TUN | IFF_NO_PI`: a device that carries IP packets, without anything before them.
const PLAIN_TUN: u16 = 0x1001;

/// The part of `struct ifreq` that the kernel reads here, and room for the rest.
#[repr(C)]
struct Request {
    name: [u8; 16],
    flags: u16,
    rest: [u8; 22],
}

/// A TUN device of this thread's namespace, called [`DEVICE`]. It goes when the file is closed.
fn device() -> io::Result<File> {
    let file = OpenOptions::new().read(true).write(true).open("/dev/net/tun")?;
    let mut request = Request { name: [0; 16], flags: PLAIN_TUN, rest: [0; 22] };
    request.name[..DEVICE.len()].copy_from_slice(DEVICE.as_bytes());
    #[expect(unsafe_code, reason = "the request is a whole ifreq, and the kernel keeps no pointer to it")]
    unsafe {
        ioctl::ioctl(&file, ioctl::Setter::<TUN_SET, Request>::new(request))?;
    }
    Ok(file)
}

/// What a packet on the way may meet. `0` is none of it.
#[derive(Default)]
pub struct Weather {
    /// Nothing arrives at the server.
    pub hole_there: AtomicBool,
    /// Nothing arrives at the Mac.
    pub hole_back: AtomicBool,
    /// One way, in milliseconds.
    pub delay_ms: AtomicU64,
    /// Packets lost, in thousandths, each way.
    pub loss: AtomicU64,
    /// Bytes per second, each way.
    pub rate: AtomicU64,
    /// What waits for its turn at this rate, in milliseconds; more is dropped.
    pub queue_ms: AtomicU64,
    /// Larger packets vanish.
    pub largest: AtomicU64,
    /// Bytes that were on their way to the server.
    pub carried: AtomicU64,
    flows: Mutex<Flows>,
}

/// Ports of the Mac's TCP connections.
#[derive(Default)]
struct Flows {
    seen: HashSet<u16>,
    forgotten: HashSet<u16>,
}

impl Weather {
    pub fn set(value: &AtomicU64, to: u64) {
        value.store(to, Ordering::SeqCst);
    }

    /// Both ways at once.
    pub fn hole(&self, is_there: bool) {
        self.hole_there.store(is_there, Ordering::SeqCst);
        self.hole_back.store(is_there, Ordering::SeqCst);
    }

    /// No packet of a connection that has been seen arrives any more, as behind a router that was restarted.
    pub fn forget_flows(&self) {
        let mut flows = self.flows.lock().expect("the flows");
        let seen = std::mem::take(&mut flows.seen);
        flows.forgotten.extend(seen);
    }

    fn is_forgotten(&self, packet: &[u8], way: Way) -> bool {
        let Some(port) = mac_port(packet, way) else { return false };
        let mut flows = self.flows.lock().expect("the flows");
        flows.seen.insert(port);
        flows.forgotten.contains(&port)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    There,
    Back,
}

/// The Mac's port of a TCP packet over IPv4.
fn mac_port(packet: &[u8], way: Way) -> Option<u16> {
    let first = *packet.first()?;
    let header = usize::from(first & 0x0f) * 4;
    if first >> 4 != 4 || packet.get(9) != Some(&6) {
        return None;
    }
    let at = header + if way == Way::There { 0 } else { 2 };
    Some(u16::from_be_bytes([*packet.get(at)?, *packet.get(at + 1)?]))
}

/// The link. It ends when dropped.
pub struct Link {
    pub weather: Arc<Weather>,
    stop: Arc<AtomicBool>,
    namespaces: [String; 2],
}

impl Link {
    /// Joins `mac` (10.77.0.2, with its way to everywhere) and `server` (10.77.0.1).
    pub fn between(mac: &Namespace, server: &Namespace) -> Self {
        let end = |namespace: &Namespace, address: &str| {
            let device = namespace.inside(device);
            namespace.ip(&format!("addr add {address}/24 dev {DEVICE}"));
            namespace.ip(&format!("link set {DEVICE} mtu {MTU} up"));
            Arc::new(device.expect("a TUN device"))
        };
        let (here, there) = (end(mac, "10.77.0.2"), end(server, "10.77.0.1"));
        mac.ip("route add default via 10.77.0.1");
        let namespaces = [mac, server].map(|namespace| namespace.name().to_owned());
        let link = Self { weather: Arc::default(), stop: Arc::default(), namespaces };
        let given = env::var("JKOCR_NET_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed: u64 = given.unwrap_or_else(|| RandomState::new().build_hasher().finish());
        eprintln!("the link's seed: {seed}");
        link.carry((&here, &there), Way::There, seed | 1);
        link.carry((&there, &here), Way::Back, seed.rotate_left(17) | 1);
        link
    }

    fn carry(&self, (from, to): (&Arc<File>, &Arc<File>), way: Way, seed: u64) {
        let (queue, waiting) = mpsc::channel::<(Instant, Vec<u8>)>();
        let (from, to) = (Arc::clone(from), Arc::clone(to));
        let (weather, stop) = (Arc::clone(&self.weather), Arc::clone(&self.stop));
        thread::spawn(move || {
            let mut lane = Lane { weather, way, chance: seed, free_at: Instant::now() };
            let mut buffer = vec![0; 65_536];
            while !stop.load(Ordering::SeqCst) {
                // A device that is down gives errors.
                let Ok(length) = (&*from).read(&mut buffer) else {
                    thread::sleep(Duration::from_millis(20));
                    continue;
                };
                if let Some(due) = lane.due(&buffer[..length])
                    && queue.send((due, buffer[..length].to_vec())).is_err()
                {
                    return;
                }
            }
        });
        thread::spawn(move || {
            for (due, packet) in waiting {
                thread::sleep(due.saturating_duration_since(Instant::now()));
                let _ = (&*to).write_all(&packet);
            }
        });
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        for namespace in &self.namespaces {
            // Who reads from it has an error then, and sees that it is over.
            let _ = Command::new("ip").args(["-n", namespace, "link", "del", DEVICE]).status();
        }
    }
}

/// One direction.
struct Lane {
    weather: Arc<Weather>,
    way: Way,
    chance: u64,
    free_at: Instant,
}

impl Lane {
    /// When a packet arrives; `None` if it does not.
    fn due(&mut self, packet: &[u8]) -> Option<Instant> {
        let weather = Arc::clone(&self.weather);
        let read = |value: &AtomicU64| value.load(Ordering::SeqCst);
        let hole = if self.way == Way::There { &weather.hole_there } else { &weather.hole_back };
        let largest = read(&weather.largest);
        if weather.is_forgotten(packet, self.way)
            || hole.load(Ordering::SeqCst)
            || (largest > 0 && packet.len() as u64 > largest)
            || self.roll() < read(&weather.loss)
        {
            return None;
        }
        if self.way == Way::There {
            weather.carried.fetch_add(packet.len() as u64, Ordering::SeqCst);
        }
        let now = Instant::now();
        let mut due = now;
        let rate = read(&weather.rate);
        if rate > 0 {
            let start = self.free_at.max(now);
            if start - now > Duration::from_millis(read(&weather.queue_ms).max(200)) {
                return None;
            }
            self.free_at = start + Duration::from_secs_f64(packet.len() as f64 / rate as f64);
            due = self.free_at;
        }
        Some(due + Duration::from_millis(read(&weather.delay_ms)))
    }

    /// `0..1000`.
    fn roll(&mut self) -> u64 {
        self.chance ^= self.chance << 13;
        self.chance ^= self.chance >> 7;
        self.chance ^= self.chance << 17;
        (self.chance >> 11) % 1000
    }
}
