//! The text of a unit for `jkocr serve`.

use std::fmt::{self, Write as _};
use std::num::NonZeroU8;
use std::str::FromStr;

use bytesize::ByteSize;

use super::quote::quoted;
use crate::service::Program;

/// What a unit says, besides what every unit of ours says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// What it runs.
    pub program: Program,
    /// What keeps the program in its place.
    pub sandbox: Sandbox,
    /// How many of them there are.
    pub instances: Instances,
    /// All the memory that the instances may use together.
    pub memory_max: MemoryMax,
    /// Whether the engine makes code while it runs, as OpenVINO does; ONNX Runtime does not.
    pub makes_code: bool,
    /// How the pauses between restarts are chosen.
    pub pauses: Pauses,
}

/// What keeps a service in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sandbox {
    /// All that systemd can do: a user of its own, no network beyond this machine, nothing of the file system.
    Full,
    /// What the systemd of an ordinary user can do everywhere: system call filters and limits. Name spaces, devices and
    /// IP filters need privileges that many distributions do not give to users.
    Unprivileged,
}

/// How many services there are, and where they listen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Instances {
    /// One, where its arguments and configuration say.
    One,
    /// One for each of these ports, of one template.
    Ports(Vec<u16>),
}

/// How the pauses between restarts are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pauses {
    /// Always the same: every systemd can do that.
    Equal,
    /// Longer from restart to restart: `RestartSteps=` came with systemd 254, and older ones warn about it.
    Growing,
}

impl Pauses {
    /// The best that a version of systemd can do; `None` is a version that is not known.
    #[must_use]
    pub(crate) fn of_version(version: Option<u32>) -> Self {
        if version.is_some_and(|version| version >= 254) { Self::Growing } else { Self::Equal }
    }
}

/// A limit of memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemoryMax {
    /// A part of the machine's memory, in per cent, `1..=100`.
    Percent(NonZeroU8),
    /// An amount.
    Bytes(ByteSize),
}

impl Default for MemoryMax {
    /// Three quarters: on the 4 GB of a small VPS the rest is enough for the system and sshd, which must outlive us.
    fn default() -> Self {
        Self::Percent(NonZeroU8::MIN.saturating_add(74))
    }
}

impl MemoryMax {
    /// The share of one of `parts`.
    fn shared(self, parts: usize) -> Self {
        match self {
            Self::Percent(percent) => {
                let share = usize::from(percent.get()) / parts.max(1);
                Self::Percent(u8::try_from(share).ok().and_then(NonZeroU8::new).unwrap_or(NonZeroU8::MIN))
            }
            Self::Bytes(bytes) => Self::Bytes(ByteSize::b(bytes.as_u64() / parts.max(1) as u64)),
        }
    }
}

impl FromStr for MemoryMax {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || t!("service.error.bad_memory").into_owned();
        if let Some(percent) = text.strip_suffix('%') {
            let percent: NonZeroU8 = percent.parse().map_err(|_| bad())?;
            return if percent.get() <= 100 { Ok(Self::Percent(percent)) } else { Err(bad()) };
        }
        match text.parse::<ByteSize>() {
            Ok(bytes) if bytes.as_u64() > 0 => Ok(Self::Bytes(bytes)),
            _ => Err(bad()),
        }
    }
}

impl fmt::Display for MemoryMax {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Percent(percent) => write!(formatter, "{percent}%"),
            Self::Bytes(bytes) => write!(formatter, "{}", bytes.as_u64()),
        }
    }
}

/// Only what is in a file can become code. What makes some while it runs fails with it.
const NO_NEW_CODE: &str = "MemoryDenyWriteExecute";

/// What every user's systemd can do.
const UNPRIVILEGED: &[(&str, &str)] = &[
    ("NoNewPrivileges", "yes"),
    ("SystemCallFilter", "@system-service"),
    // Names such as sched_setaffinity, which a library may try and do without: refused, not fatal.
    ("SystemCallFilter", "~@privileged @resources"),
    ("SystemCallErrorNumber", "EPERM"),
    ("SystemCallArchitectures", "native"),
    ("RestrictAddressFamilies", "AF_INET AF_INET6 AF_UNIX"),
    ("RestrictNamespaces", "yes"),
    ("RestrictRealtime", "yes"),
    ("RestrictSUIDSGID", "yes"),
    ("LockPersonality", "yes"),
    (NO_NEW_CODE, "yes"),
    ("UMask", "0077"),
];

/// What systemd itself can do besides.
///
/// `ProcSubset=pid` would be one more, but ONNX Runtime needs `/proc/cpuinfo`.
const PRIVILEGED: &[(&str, &str)] = &[
    ("CapabilityBoundingSet", ""),
    ("AmbientCapabilities", ""),
    ("ProtectSystem", "strict"),
    ("ProtectHome", "yes"),
    ("PrivateTmp", "yes"),
    ("PrivateDevices", "yes"),
    ("DevicePolicy", "closed"),
    ("PrivateUsers", "yes"),
    ("RemoveIPC", "yes"),
    ("KeyringMode", "private"),
    ("ProtectProc", "invisible"),
    ("ProtectClock", "yes"),
    ("ProtectHostname", "yes"),
    ("ProtectKernelLogs", "yes"),
    ("ProtectKernelModules", "yes"),
    ("ProtectKernelTunables", "yes"),
    ("ProtectControlGroups", "yes"),
    ("IPAddressDeny", "any"),
    ("IPAddressAllow", "localhost"),
];

impl Unit {
    /// The name of the unit's file.
    #[must_use]
    pub fn file_name(&self) -> &'static str {
        match self.instances {
            Instances::One => super::SINGLE,
            Instances::Ports(_) => super::TEMPLATE,
        }
    }

    /// The names of the units that are to run.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        match &self.instances {
            Instances::One => vec![super::SINGLE.to_owned()],
            Instances::Ports(ports) => ports.iter().map(|port| super::instance(*port)).collect(),
        }
    }
}

/// The text of the unit's file.
impl fmt::Display for Unit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_unit(formatter)?;
        self.write_service(formatter)?;
        let target = match self.sandbox {
            Sandbox::Full => "multi-user.target",
            Sandbox::Unprivileged => "default.target",
        };
        write!(formatter, "\n[Install]\nWantedBy={target}\n")
    }
}

impl Unit {
    fn write_unit(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let suffix = match self.instances {
            Instances::One => "",
            Instances::Ports(_) => " on port %i",
        };
        writeln!(formatter, "[Unit]\nDescription=jkocr OCR server{suffix}")?;
        if self.sandbox == Sandbox::Full {
            writeln!(formatter, "After=network.target")?;
        }
        // Together with `Restart=always`: never gives up.
        writeln!(formatter, "StartLimitIntervalSec=0")
    }

    fn write_service(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "\n[Service]\nType=notify\nNotifyAccess=main")?;
        writeln!(formatter, "ExecStart={}", self.command_line())?;
        for (name, value) in &self.program.environment {
            writeln!(formatter, "Environment={}", quoted(&format!("{name}={value}")))?;
        }
        let parts = match &self.instances {
            Instances::One => 1,
            Instances::Ports(ports) => ports.len(),
        };
        let mut settings = vec![("Restart", "always")];
        settings.extend(match self.pauses {
            Pauses::Equal => &[("RestartSec", "5")][..],
            Pauses::Growing => &[("RestartSec", "1"), ("RestartSteps", "6"), ("RestartMaxDelaySec", "60")],
        });
        let memory_max = self.memory_max.shared(parts).to_string();
        settings.extend([
            // Models are loaded and tried before the server says that it is ready.
            ("TimeoutStartSec", "5min"),
            // The server itself cuts off after half a minute what is still under way.
            ("TimeoutStopSec", "45"),
            ("WatchdogSec", "60"),
            ("MemoryMax", &memory_max),
            // Screenshots are in this memory: not to a swap partition, and not into a core dump.
            ("MemorySwapMax", "0"),
            ("LimitCORE", "0"),
            ("TasksMax", "512"),
            // A process that draws a hostile PDF and is killed for it is the loss of one request, not of the service.
            ("OOMPolicy", "continue"),
        ]);
        if self.sandbox == Sandbox::Full {
            settings.extend([("DynamicUser", "yes"), ("User", super::USER), ("StateDirectory", super::USER)]);
            settings.push(("StateDirectoryMode", "0700"));
        }
        settings.extend(UNPRIVILEGED.iter().filter(|(name, _)| !(self.makes_code && *name == NO_NEW_CODE)));
        if self.sandbox == Sandbox::Full {
            settings.extend(PRIVILEGED);
        }
        settings.iter().try_for_each(|(name, value)| writeln!(formatter, "{name}={value}"))
    }

    /// `:` forbids the expansion of `$NAME`.
    fn command_line(&self) -> String {
        let mut line = format!(":{}", quoted(&self.program.path));
        for argument in &self.program.arguments {
            let _ = write!(line, " {}", quoted(argument));
        }
        if let Instances::Ports(_) = self.instances {
            line.push_str(" --port %i");
        }
        line
    }
}
