//! What a tunnel can be told: plain values.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use super::clock::Clock;

/// Where the tunnel goes and how it is looked after.
#[derive(Debug, Clone)]
pub struct Options {
    /// Anything ssh takes as a destination: an alias of `~/.ssh/config`, `user@host`.
    pub host: String,
    /// The OCR server as the host sees it.
    pub remote: Remote,
    /// The OpenSSH client: a path, or a name to be found in `PATH`.
    pub ssh: PathBuf,
    /// Extra `-o` values. They cannot undo those the tunnel needs: ssh takes the first value it is given.
    pub ssh_options: Vec<String>,
    /// A configuration file for ssh instead of the user's and the system's (`-F`).
    pub ssh_config: Option<PathBuf>,
    /// How long ssh tries to connect; rounded up to whole seconds.
    pub connect_timeout: Duration,
    /// Silence after which ssh asks the server for a sign of life; rounded up to whole seconds.
    pub keepalive_interval: Duration,
    /// Unanswered signs of life after which ssh gives up.
    pub keepalive_count: u32,
    /// The Unix socket ssh listens on.
    pub socket: PathBuf,
    /// The folder for the record of the ssh process. Made for the user alone if it does not exist.
    pub state_dir: PathBuf,
    /// How long everything takes.
    pub pace: Pace,
    /// The clock on the wall, which shows when the machine has slept.
    pub clock: Clock,
}

impl Options {
    /// A tunnel to `host` with the settings of an empty `config.toml`, its socket and its record in `state_dir`.
    #[must_use]
    pub fn new(host: impl Into<String>, state_dir: &Path) -> Self {
        Self {
            host: host.into(),
            remote: Remote::default(),
            ssh: PathBuf::from("ssh"),
            ssh_options: Vec::new(),
            ssh_config: None,
            connect_timeout: Duration::from_secs(10),
            keepalive_interval: Duration::from_secs(5),
            keepalive_count: 12,
            socket: state_dir.join("tunnel.sock"),
            state_dir: state_dir.to_owned(),
            pace: Pace::default(),
            clock: Clock::default(),
        }
    }
}

/// The OCR server, as the machine at the other end of ssh reaches it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remote {
    /// `host:port`; the host may be a name that the other end resolves.
    Tcp {
        /// A name or an address; an IPv6 address has no brackets here.
        host: String,
        /// Its port.
        port: u16,
    },
    /// The absolute path of a Unix socket.
    Unix(PathBuf),
}

/// Neither `host:port` nor an absolute path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", t!("tunnel.bad_remote", value = _0))]
pub struct BadRemote(String);

impl Default for Remote {
    fn default() -> Self {
        Self::Tcp { host: "127.0.0.1".to_owned(), port: 8080 }
    }
}

impl From<SocketAddr> for Remote {
    fn from(address: SocketAddr) -> Self {
        Self::Tcp { host: address.ip().to_string(), port: address.port() }
    }
}

impl FromStr for Remote {
    type Err = BadRemote;

    fn from_str(text: &str) -> Result<Self, BadRemote> {
        if text.starts_with('/') {
            return Ok(Self::Unix(PathBuf::from(text)));
        }
        if let Ok(address) = text.parse::<SocketAddr>() {
            return Ok(address.into());
        }
        let named = text.split_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?)));
        match named {
            Some((host, port)) if is_host_name(host) => Ok(Self::Tcp { host: host.to_owned(), port }),
            _ => Err(BadRemote(text.to_owned())),
        }
    }
}

fn is_host_name(host: &str) -> bool {
    !host.is_empty() && host.chars().all(|char| char.is_ascii_alphanumeric() || ".-_".contains(char))
}

impl fmt::Display for Remote {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } if host.contains(':') => write!(formatter, "[{host}]:{port}"),
            Self::Tcp { host, port } => write!(formatter, "{host}:{port}"),
            Self::Unix(path) => path.display().fmt(formatter),
        }
    }
}

/// How long everything takes.
#[derive(Debug, Clone, PartialEq)]
pub struct Pace {
    /// The waits between attempts, one after the other; the last one repeats.
    pub back_off: Vec<Duration>,
    /// By which share of itself a wait varies at random, `0.0..=1.0`.
    pub jitter: f64,
    /// A path that was up this long starts again with the first wait.
    pub healthy_after: Duration,
    /// The wait when only the user can mend it.
    pub blocked: Duration,
    /// The wait while the server loads its models.
    pub not_ready: Duration,
    /// A request cuts a wait short once this much of it has passed…
    pub eager_after: Duration,
    /// … or this much, when only the user can mend it: a host that refuses a key also counts the tries.
    pub eager_blocked_after: Duration,
    /// Time between two probes of a healthy path.
    pub probe_interval: Duration,
    /// How long a probe may be unanswered before the path is in doubt and another one is looked for.
    pub probe_timeout: Duration,
    /// A request that heard nothing for this long has the path probed.
    pub ask_after: Duration,
    /// A path proved this lately is not probed again because of a request.
    pub fresh: Duration,
    /// How long logging in may take, after [`Options::connect_timeout`]: an agent may be asking its user.
    pub login: Duration,
    /// How long ssh has to end itself before it is killed.
    pub grace: Duration,
    /// How often the clock on the wall and the network are looked at.
    pub watch: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            back_off: [0, 1, 2, 4, 8, 16, 30].map(Duration::from_secs).to_vec(),
            jitter: 0.2,
            healthy_after: Duration::from_mins(1),
            blocked: Duration::from_mins(5),
            not_ready: Duration::from_secs(2),
            eager_after: Duration::from_secs(1),
            eager_blocked_after: Duration::from_secs(30),
            probe_interval: Duration::from_secs(15),
            probe_timeout: Duration::from_secs(1),
            ask_after: Duration::from_millis(700),
            fresh: Duration::from_secs(5),
            login: Duration::from_secs(45),
            grace: Duration::from_secs(2),
            watch: Duration::from_secs(2),
        }
    }
}

impl Pace {
    /// A path that was not proved for this long is proved before a request: it should have been long ago.
    pub(super) fn stale(&self) -> Duration {
        2 * self.probe_interval
    }
}

#[cfg(test)]
mod tests {
    use super::Remote;

    #[test]
    fn a_remote_reads_as_it_is_written() {
        for text in ["127.0.0.1:8080", "[::1]:8080", "ocr-box.lan:80", "/run/jkocr/jkocr.sock"] {
            assert_eq!(text.parse::<Remote>().unwrap().to_string(), text);
        }
        for text in ["", "8080", "run/jkocr.sock", ":8080", "a:b:80", "host:99999", "two words:80", "host:"] {
            assert!(text.parse::<Remote>().is_err(), "{text}");
        }
    }
}
