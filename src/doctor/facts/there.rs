//! What the server's machine says of itself.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Serialize;

use super::{Cpu, Memory, Reply};

/// What the server's machine says of itself, over the login.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct There {
    /// Name of the system, such as `Debian GNU/Linux 12 (bookworm)`.
    pub system: Option<String>,
    /// `uname -srm`.
    pub kernel: Option<String>,
    /// Seconds since 1970.
    pub epoch: Option<i64>,
    /// Every TCP address that is listened on; `None` if the system does not say.
    pub listening: Option<Vec<SocketAddr>>,
    /// Units of ours that systemd knows.
    pub units: Vec<Unit>,
    /// Last lines of the journal of a unit that does not run.
    pub journal: Vec<String>,
    /// `/healthz` as asked from there; `None` if nothing there can ask.
    pub health: Option<Reply>,
    /// The program there.
    pub program: Option<PathBuf>,
    /// Its version.
    pub version: Option<String>,
    /// Memory.
    pub memory: Option<Memory>,
    /// Processes killed for want of memory since the start of the system.
    pub oom_kills: Option<u64>,
    /// Processor.
    pub cpu: Option<Cpu>,
    /// Per cent of the time that the host of the virtual machine gave to others, over about a second, `0.0..=100.0`.
    pub steal: Option<f64>,
    /// The C library.
    pub libc: Option<Libc>,
}

/// A systemd unit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Unit {
    /// Its name.
    pub name: String,
    /// Whether it belongs to the user and not to the system.
    pub is_users: bool,
    /// `active`, `inactive`, `failed`, `activating`…
    pub active: String,
    /// `running`, `dead`, `auto-restart`…
    pub sub: String,
    /// `success`, `exit-code`, `oom-kill`…
    pub result: String,
    /// Restarts since it was started.
    pub restarts: u64,
}

/// A C library.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Libc {
    /// GNU libc: major, minor.
    Glibc(u32, u32),
    /// Another one, such as musl.
    Other,
}
