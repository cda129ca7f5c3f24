//! What was seen: typed, without an opinion, without a secret. A key is a path, a proxy is a host and a port.

mod server;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use serde::{Serialize, Serializer};

use super::Paste;
use crate::control::{CauseReport, Status};
use crate::installation::Installation;
use crate::language::Language;
use crate::tunnel::Cause;
use crate::untrusted::Untrusted;
pub use server::{Libc, ServerMachine, UnitState};

/// Everything that [`gather()`](super::gather()) saw. `None` is what could not be seen, or was not looked at because
/// what it needs was not there.
#[derive(Debug, Clone, Serialize)]
pub struct Facts {
    /// Of this program.
    pub version: String,
    /// The version with the commit and the target.
    pub build: String,
    /// What is in force.
    pub configuration: Configuration,
    pub up: RunningUp,
    /// Bob's addresses, in the order of the configuration.
    pub addresses: Vec<BobAddress>,
    /// The host of the server, as ssh is told it; `None`: everything is read on this machine.
    pub host: Option<String>,
    /// Where the server listens, as the host sees it.
    pub remote: String,
    /// How a person reaches the host.
    #[serde(skip)]
    pub paste: Paste,
    /// The ssh program and what it knows of the host.
    pub ssh: Option<SshProgram>,
    /// An attempt to reach the server the way `up` does.
    #[serde(rename = "way")]
    pub attempt: Option<Attempt>,
    /// What the server's machine says of itself.
    #[serde(rename = "there")]
    pub server: Option<ServerMachine>,
    /// When this machine reads.
    pub reading: LocalReading,
    /// Settings that would send Bob's requests elsewhere.
    pub proxies: Vec<ProxySetting>,
    pub models: Models,
    /// The ONNX Runtime.
    pub runtime: RuntimeState,
    /// OpenVINO, where it is installed and may be used.
    pub openvino: Option<RuntimeState>,
    pub machine: Machine,
    /// The clock there against the clock here.
    pub clock: Option<ClockSkew>,
    /// How this program came here; `None` if the system does not say where it is.
    pub installation: Option<Installation>,
    /// What is wrong with the programs for servers that came with this one, a sentence each.
    pub unsound_server_programs: Vec<String>,
}

/// The settings, or why there are none.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum Configuration {
    /// They are in force.
    Loaded {
        /// `config.toml`.
        file: PathBuf,
        /// Whether there is such a file.
        exists: bool,
        /// Every setting that is not the built-in one.
        settings: Vec<Setting>,
    },
    /// They cannot be used.
    Broken {
        /// What is wrong, with its cause.
        error: String,
    },
}

/// A setting that is not the built-in one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Setting {
    /// Its key, with its section.
    pub key: String,
    /// Its value as TOML; of `ssh_options` only the names, since a proxy command may hold a password.
    pub value: String,
    /// Where it comes from.
    pub origin: SettingOrigin,
}

/// Where a setting comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SettingOrigin {
    /// `config.toml`.
    File,
    /// A `JKOCR_*` variable.
    Environment,
    /// The command line.
    Flag,
}

#[derive(Debug, Clone, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum RunningUp {
    /// None runs.
    Stopped,
    /// One runs.
    Running(Box<Status>),
    /// Something is there that cannot be talked to.
    Unusable {
        /// Why.
        problem: String,
    },
}

/// One of Bob's addresses.
#[derive(Debug, Clone, Serialize)]
pub struct BobAddress {
    /// Where Bob asks.
    pub address: SocketAddr,
    /// Whether `up` can do without it.
    pub optional: bool,
    /// Who has the port.
    pub port: Port,
    /// What Bob would be told; `None` if nobody listens.
    pub bob: Option<Bob>,
}

/// Who has a port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum Port {
    /// Nobody.
    Free,
    /// The running `up`.
    Ours,
    /// Another process.
    Held {
        /// Its name and number, if the system tells.
        by: Option<Untrusted>,
    },
    /// It cannot be had.
    Refused {
        /// What the system says.
        problem: String,
    },
}

/// What Bob would be told at an address.
#[derive(Debug, Clone, Serialize)]
pub struct Bob {
    /// `GET /healthz`, as old plugins verify.
    pub health: Reply,
    /// The request of the plugin's "verify" button.
    pub validation: Reply,
}

/// An answer, as the plugin judges it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum Reply {
    /// All is well.
    Well(GoodAnswer),
    /// An error in the envelope the plugin shows.
    Unwell {
        /// HTTP status.
        status: u16,
        /// `errorMsg`.
        message: Untrusted,
    },
    /// Not an answer of an OCR server.
    Foreign {
        /// HTTP status.
        status: u16,
    },
    /// None came.
    Unanswered {
        /// Why.
        problem: Untrusted,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GoodAnswer {
    /// Milliseconds it took.
    pub millis: u64,
    /// Who read: `remote` or `local`; only `up` says.
    pub backend: Option<Untrusted>,
    /// What the server calls itself.
    pub server: Option<Untrusted>,
}

/// The ssh program and what it knows of the host.
#[derive(Debug, Clone, Default, Serialize)]
pub struct SshProgram {
    /// As it says it, such as `OpenSSH_9.2p1`.
    pub version: Option<Untrusted>,
    /// What it makes of the host and its configuration files.
    pub effective: Option<Effective>,
    /// The addresses of the host, if no proxy stands between.
    pub addresses: Vec<IpAddr>,
    /// How the port introduces itself, such as `SSH-2.0-OpenSSH_9.2p1`.
    pub banner: Option<Untrusted>,
    /// What there is to log in with.
    pub keys: Option<Keys>,
}

/// What `ssh -G` says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Effective {
    /// The name or address ssh connects to.
    pub hostname: Untrusted,
    pub port: u16,
    /// The account.
    pub user: Untrusted,
    /// Whether a jump host or a proxy command stands between; its name may hold a secret, so it is left out.
    pub proxied: bool,
    /// Files ssh would try.
    pub identity_files: Vec<PathBuf>,
    /// Where the agent is, `none` or `SSH_AUTH_SOCK`.
    pub agent: Option<String>,
}

/// What there is to log in with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Keys {
    /// Key files that exist.
    pub files: Vec<PathBuf>,
    /// Those of them that need a passphrase.
    pub locked: Vec<PathBuf>,
    /// Keys in the agent; `None` if there is no agent.
    pub in_agent: Option<usize>,
}

/// An attempt to reach the server the way `up` does.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum Attempt {
    /// The server answered through ssh.
    Up {
        /// Milliseconds from the question to the answer.
        millis: u64,
        /// What the server calls itself.
        server: Option<Untrusted>,
    },
    /// It did not.
    Down {
        /// Why.
        #[serde(serialize_with = "as_report")]
        cause: Cause,
    },
    /// Nothing was known when the time was over.
    Late,
}

fn as_report<S: Serializer>(cause: &Cause, serializer: S) -> Result<S::Ok, S::Error> {
    CauseReport::of(cause, Language::installed()).serialize(serializer)
}

/// Memory in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Memory {
    /// All of it.
    pub total: u64,
    /// What a new process could have; `None` if the system does not say.
    pub available: Option<u64>,
    pub swap_total: u64,
    /// Swap that is not used.
    pub swap_free: u64,
}

/// A processor.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Cpu {
    /// As `uname -m`: `x86_64`, `aarch64`.
    pub arch: Untrusted,
    /// Its name.
    pub model: Option<Untrusted>,
    /// Cores that can be used.
    pub cores: usize,
    /// Those of the features that matter, in Linux's names.
    pub features: Vec<String>,
}

#[derive(Debug, Clone, Default, Serialize)]
pub struct Machine {
    pub memory: Option<Memory>,
    /// Bytes that may still be written where models are kept.
    pub disk_free: Option<u64>,
    /// Where that is.
    pub data: PathBuf,
    /// Processor.
    pub cpu: Cpu,
}

/// When this machine reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LocalReading {
    /// Always: there is no server.
    Always,
    /// When the server cannot.
    WhenDown,
    Never,
}

/// A proxy that would catch requests to 127.0.0.1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProxySetting {
    /// The variable, or `macOS`.
    pub source: String,
    /// Host and port; an account in it is left out.
    pub server: String,
}

#[derive(Debug, Clone, Default, Serialize)]
pub struct Models {
    /// The set that is read with, or would be fetched.
    pub set: Option<String>,
    /// Files of the set that are not here.
    pub missing: Vec<String>,
    /// Files that are not what they should be.
    pub damaged: Vec<String>,
    /// Files that were read and are what they should be.
    pub intact: usize,
    /// What another set would change where the best installed one is taken.
    pub better: Option<BetterSet>,
    /// What OpenVINO would change, in a sentence, where it is not installed.
    pub faster: Option<String>,
    /// Why there is no such set.
    pub problem: Option<String>,
}

/// A set that would read screens better than those that are here.
#[derive(Debug, Clone, Serialize)]
pub struct BetterSet {
    /// Its name.
    pub set: String,
    /// What it would change, in a sentence.
    pub gain: String,
}

/// The ONNX Runtime.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum RuntimeState {
    Loads {
        /// The library.
        file: PathBuf,
    },
    /// It is not here yet.
    Missing,
    /// It is here and does not load.
    Unloadable {
        /// The library.
        file: PathBuf,
        /// What was said.
        problem: Untrusted,
    },
    /// There is none for this machine.
    Unsupported {
        /// Why.
        problem: String,
        /// What can be done, if anything.
        remedy: Option<String>,
    },
}

/// The clock there against the clock here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ClockSkew {
    /// Seconds that the clock there is ahead.
    pub ahead: i64,
}
