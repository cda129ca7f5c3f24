//! Whether the host can be reached at all: a TCP connection to its ssh port, tried anew twice a second.
//!
//! ssh's own attempt waits ever longer between two packets; one that began while the link was dead may take many
//! seconds to notice that it is back. And what stands in the way shows here, before ssh: no network, no address for the
//! name, no answer.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::process::Stdio;
use std::time::Duration;

use tokio::net::{TcpStream, lookup_host};
use tokio::process::Command;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::options::Options;
use super::{ssh, surroundings};

/// How long ssh may take to say where it would connect to.
const SETTINGS: Duration = Duration::from_secs(5);

/// How long a name may take to be looked up before that counts as a failure.
const NAME: Duration = Duration::from_secs(3);

/// A lookup that takes longer may have asked a name server that was not there: another one is begun beside it. The
/// system's own asks again only after seconds.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// The most lookups at a time: each holds a thread.
const LOOKUPS: usize = 4;

/// How long one connection is waited for; the next is tried beside it.
const CONNECT: Duration = Duration::from_secs(6);

/// Between two tries: a link that is back is noticed within this time.
const EVERY: Duration = Duration::from_millis(500);

/// Tries without an answer before the host counts as out of reach, which is three seconds.
const TRIES: u32 = 6;

/// The most addresses of a name that are tried.
const ADDRESSES: usize = 4;

/// Why the host is out of reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unreached {
    /// This machine has no way to anywhere.
    Offline,
    /// The name has no address now; whether a name server says so, or none answers.
    Unnamed { host: String, is_answered: bool },
    /// The system knows no way to it.
    Unroutable { address: String, problem: String },
    /// Nobody answers.
    Mute { address: String },
}

/// The host's ssh port, as ssh would connect to it.
pub(super) struct SshPort {
    host: String,
    port: u16,
    /// As ssh shows it, once it was reached.
    address: Option<String>,
    /// Lookups that take their time.
    lookups: JoinSet<io::Result<Vec<SocketAddr>>>,
}

impl SshPort {
    /// Asks ssh; `None` if it does not say, or goes through a proxy or a jump host.
    pub(super) async fn find(options: &Options) -> Option<Self> {
        let mut command = Command::new(&options.ssh);
        command.arg("-G").args(ssh::session_arguments(options)).stdin(Stdio::null()).stderr(Stdio::null());
        let output = timeout(SETTINGS, command.kill_on_drop(true).output()).await.ok()?.ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        let (host, port) = parse(&text)?;
        Some(Self { host, port, address: None, lookups: JoinSet::new() })
    }

    /// Tries until something answers at the port, be it a refusal, or until it has been tried in vain for a few
    /// seconds. Returns how long the answer took.
    pub(super) async fn reach(&mut self) -> Result<Duration, Unreached> {
        let addresses = self.addresses().await?;
        self.address = Some(self.to_string(&addresses));
        let mut attempts = JoinSet::new();
        let mut last = Unreached::Mute { address: self.to_string(&addresses) };
        for _ in 0..TRIES {
            for address in addresses.clone() {
                attempts.spawn(connect(address));
            }
            let next = sleep(EVERY);
            tokio::pin!(next);
            loop {
                tokio::select! {
                    () = &mut next => break,
                    Some(tried) = attempts.join_next() => match tried {
                        Ok(Ok(took)) => return Ok(took),
                        Ok(Err(error)) if is_route(&error) => {
                            let address = self.to_string(&addresses);
                            last = Unreached::Unroutable { address, problem: error.to_string() };
                        }
                        _ => {}
                    },
                }
            }
        }
        if surroundings::is_offline() { Err(Unreached::Offline) } else { Err(last) }
    }

    async fn addresses(&mut self) -> Result<Vec<SocketAddr>, Unreached> {
        if let Ok(address) = self.host.parse::<IpAddr>() {
            return Ok(vec![(address, self.port).into()]);
        }
        let started = Instant::now();
        let found = timeout(NAME, self.first_lookup()).await;
        let is_answered = match found {
            Ok(Ok(addresses)) if !addresses.is_empty() => {
                self.forget_lookups();
                return Ok(addresses);
            }
            Ok(Ok(_)) => true,
            // `EAI_AGAIN` in the words of the system; std has no name for it.
            Ok(Err(error)) => !error.to_string().contains("Temporary failure"),
            Err(_) => false,
        };
        // A failure comes at once where there is no network.
        sleep_until(started + EVERY).await;
        if surroundings::is_offline() {
            return Err(Unreached::Offline);
        }
        Err(Unreached::Unnamed { host: self.host.clone(), is_answered })
    }

    /// What comes of the lookup that ends first; another one is begun as long as none does.
    async fn first_lookup(&mut self) -> io::Result<Vec<SocketAddr>> {
        loop {
            if self.lookups.len() < LOOKUPS {
                let target = (self.host.clone(), self.port);
                self.lookups.spawn(async { Ok(lookup_host(target).await?.take(ADDRESSES).collect()) });
            }
            if let Ok(Some(ended)) = timeout(LOOK_AGAIN, self.lookups.join_next()).await {
                return ended.unwrap_or_else(|panic| Err(io::Error::other(panic)));
            }
        }
    }

    /// Lookups under way ask a name server that is out of order, or one of the network before.
    pub(super) fn forget_lookups(&mut self) {
        self.lookups.abort_all();
        self.lookups.detach_all();
    }

    /// The address and the port that were tried last.
    pub(super) fn address(&self) -> &str {
        self.address.as_deref().unwrap_or(&self.host)
    }

    /// As ssh shows it.
    fn to_string(&self, addresses: &[SocketAddr]) -> String {
        let host = addresses.first().map_or_else(|| self.host.clone(), |address| address.ip().to_string());
        format!("{host} port {}", self.port)
    }
}

async fn connect(address: SocketAddr) -> io::Result<Duration> {
    let started = Instant::now();
    match timeout(CONNECT, TcpStream::connect(address)).await {
        Ok(Ok(_)) => Ok(started.elapsed()),
        // ssh says it better.
        Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionRefused => Ok(started.elapsed()),
        Ok(Err(error)) => Err(error),
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
    }
}

fn is_route(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable)
}

/// The output of `ssh -G`: a key in small letters and its value a line.
fn parse(text: &str) -> Option<(String, u16)> {
    let value = |key: &str| {
        let mut lines = text.lines().filter_map(|line| line.split_once(' '));
        lines.find_map(|(name, value)| (name == key).then_some(value)).filter(|value| !value.is_empty())
    };
    let is_set = |key| value(key).is_some_and(|value| value != "none");
    if is_set("proxyjump") || is_set("proxycommand") {
        return None;
    }
    Some((value("hostname")?.to_owned(), value("port")?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tunnel::shared::REACH_SELDOM;

    #[test]
    fn only_a_direct_way_can_be_tried() {
        let direct = "host vps\nuser me\nhostname 192.0.2.7\nport 2222\nproxycommand none\n";
        assert_eq!(parse(direct), Some(("192.0.2.7".to_owned(), 2222)));
        assert_eq!(parse(&format!("{direct}proxyjump jump\n")), None);
        assert_eq!(parse("hostname 192.0.2.7\n"), None);
    }

    fn target(host: &str, port: u16) -> SshPort {
        SshPort { host: host.to_owned(), port, address: None, lookups: JoinSet::new() }
    }

    #[tokio::test]
    async fn a_port_that_answers_or_refuses_is_reached() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        assert!(target("127.0.0.1", port).reach().await.is_ok());
        drop(listener);
        assert!(target("127.0.0.1", port).reach().await.is_ok());
    }

    #[test]
    fn a_name_server_that_is_back_is_asked_within_ten_seconds() {
        // A lookup that began too early, the pause after it, the pause of a long outage, and the next lookup.
        assert!(NAME + EVERY + REACH_SELDOM + NAME <= Duration::from_secs(10));
    }

    #[tokio::test]
    async fn a_name_without_an_address_is_told_apart() {
        let unreached = target("nothing.invalid", 22).reach().await.unwrap_err();
        assert!(matches!(unreached, Unreached::Unnamed { .. } | Unreached::Offline), "{unreached:?}");
    }
}
