//! What the server's machine says of itself.

use std::net::SocketAddr;

use serde::Serialize;

use super::{Cpu, Memory, Reply};
use crate::shell::{FilePath, UnitName};
use crate::untrusted::Untrusted;

/// What the server's machine says of itself, over the login.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ServerMachine {
    /// Name of the system, such as `Debian GNU/Linux 12 (bookworm)`.
    pub system: Option<Untrusted>,
    /// `uname -srm`.
    pub kernel: Option<Untrusted>,
    /// Seconds since 1970.
    pub epoch: Option<i64>,
    /// Every TCP address that is listened on; `None` if the system does not say.
    pub listening: Option<Vec<SocketAddr>>,
    /// Units of ours that systemd knows.
    pub units: Vec<UnitState>,
    /// Last lines of the journal of a unit that does not run.
    pub journal: Vec<Untrusted>,
    /// `/healthz` as asked from there; `None` if nothing there can ask.
    pub health: Option<Reply>,
    /// The program there.
    pub program: Option<FilePath>,
    /// Its version.
    pub version: Option<Untrusted>,
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnitState {
    /// Its name.
    pub name: UnitName,
    /// Whether it belongs to the user and not to the system.
    pub is_users: bool,
    /// `active`, `inactive`, `failed`, `activating`…
    pub active: Untrusted,
    /// `running`, `dead`, `auto-restart`…
    pub sub: Untrusted,
    /// `success`, `exit-code`, `oom-kill`…
    pub result: Untrusted,
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
