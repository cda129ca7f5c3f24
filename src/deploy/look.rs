//! What there is on the server, before anything changes: who one is there, what it is, what is in the way.

use std::time::Duration;

use super::answer::Answer;
use super::error::{Error, Step};
use super::session::{Script, ServerSession};
use crate::digest::Sha256;
use crate::models::{Platform, Registry, System};
use crate::processor::Processor;
use crate::shell::FilePath;
use crate::untrusted::Untrusted;

/// How long a look may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where the program goes on a whole system, best first. A service in the full sandbox sees all of these.
const PLACES: [&str; 3] = ["/opt/jkocr", "/usr/local/lib/jkocr", "/var/opt/jkocr"];

/// Memory below which no set of models reads a full screen, in KiB.
const LEAST_MEMORY: u64 = 480 << 10;

/// Whose service it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// The whole system's, in the full sandbox.
    System,
    /// The account's own.
    User,
}

impl Whose {
    pub(super) fn word(self) -> String {
        match self {
            Self::System => "system".to_owned(),
            Self::User => "user".to_owned(),
        }
    }
}

/// How one is root there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RootAccess {
    /// One is.
    Login,
    /// By a sudo that asks for nothing.
    Sudo,
    /// By a sudo that asks for a password.
    SudoWithPassword,
    /// Not at all.
    None,
}

/// Who one is there, and what the machine is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// As `uname -m`.
    pub arch: String,
    /// Name and version of the system.
    pub system: Untrusted,
    /// The account.
    pub user: Untrusted,
    /// Its home folder.
    pub home: Option<FilePath>,
    /// How one is root.
    pub root: RootAccess,
    /// The port of its sshd, as itself sees it.
    pub ssh_port: u16,
    /// The C library.
    pub libc: System,
}

/// A place for the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// A folder, one of those that were asked about.
    pub folder: String,
    /// Free bytes.
    pub free: u64,
    /// Whether files can be written and run there.
    pub is_usable: bool,
}

/// What is there of an earlier deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// The folder, one of those that were asked about.
    pub folder: String,
    /// Of the program.
    pub digest: Option<Sha256>,
    /// What the service was told, as [`super::plan::Deployment`] writes it down.
    pub settings: String,
    /// Whether the last deployment never came to its proof.
    pub is_unproved: bool,
}

/// The server of the old guide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OldServer {
    pub is_active: bool,
    pub is_enabled: bool,
}

/// What holds a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Name and number of the process, and its unit if it has one.
    pub shown: Untrusted,
    /// The unit.
    pub unit: String,
}

/// What there is on the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Surroundings {
    /// KiB of memory, all of it.
    pub memory: Option<u64>,
    /// KiB of free swap.
    pub swap: u64,
    pub cores: u64,
    /// What the processor computes with.
    pub processor: Processor,
    /// Where the program could go, best first.
    pub places: Vec<Place>,
    pub installed: Option<Installed>,
    /// Bytes free for models.
    pub state_free: Option<u64>,
    /// Whether a `jkocr.service` runs.
    pub is_active: bool,
    /// What a `jkocr.service` of other making runs.
    pub other_program: Option<Untrusted>,
    pub old_server: Option<OldServer>,
    pub holder: Option<Holder>,
    /// Whether services of the account run while nobody is logged in.
    pub lingers: bool,
    /// What the account's own systemd says of itself.
    pub manager: Option<Untrusted>,
}

impl Machine {
    /// Looks who one is.
    ///
    /// # Errors
    /// A clear no, where jkocr cannot run whatever is done: no Linux, no glibc, no systemd.
    pub async fn look(session: &ServerSession) -> Result<Self, Error> {
        let text = include_str!("scripts/who.sh");
        let script = Script { step: Step::Look, text, values: &[], patience: PATIENCE };
        Self::from_answer(&session.run(script).await?)
    }

    fn from_answer(answer: &Answer) -> Result<Self, Error> {
        let shown = |key: &str| answer.shown(key).unwrap_or_default();
        if answer.text("kernel") != Some("Linux") {
            return Err(Error::Kernel { kernel: shown("kernel") });
        }
        let arch = answer.text("arch").unwrap_or_default();
        if answer.number("bits").is_some_and(|bits| bits != 64) {
            return Err(Error::Bits { arch: shown("arch") });
        }
        let libc = libc(answer.text("libc").unwrap_or_default());
        // Which processor it is decides the program; here it is about the library alone.
        let machine = platform("x86_64", libc);
        if let Err(source) = Registry::embedded().runtime(&machine) {
            return Err(Error::Libc { libc: shown("libc"), source: source.into() });
        }
        if answer.text("systemd").is_none() {
            return Err(Error::NoSystemd);
        }
        let root = match (answer.number("uid"), answer.text("sudo")) {
            (Some(0), _) => RootAccess::Login,
            (_, Some("free")) => RootAccess::Sudo,
            (_, Some("password")) => RootAccess::SudoWithPassword,
            _ => RootAccess::None,
        };
        let ssh_port = answer.number("ssh_port").and_then(|port| port.try_into().ok()).unwrap_or(22);
        let home = answer.text("home").and_then(FilePath::parse).filter(is_simple);
        Ok(Self { arch: arch.to_owned(), system: shown("system"), user: shown("user"), home, root, ssh_port, libc })
    }

    /// What libraries and models are chosen by.
    #[must_use]
    pub fn platform(&self) -> Platform {
        platform(&self.arch, self.libc)
    }

    /// Looks what there is, with the rights that the session has.
    ///
    /// # Errors
    /// What kept it from looking.
    pub async fn surroundings(&self, session: &ServerSession, whose: Whose, port: u16) -> Result<Surroundings, Error> {
        let places = self.places(whose)?;
        let state = match (whose, &self.home) {
            (Whose::User, Some(home)) => home.to_string(),
            _ => "/var/lib".to_owned(),
        };
        let values =
            [("PLACES", places.join(" ")), ("PORT", port.to_string()), ("WHOSE", whose.word()), ("STATE", state)];
        let text = include_str!("scripts/look.sh");
        let script = Script { step: Step::Look, text, values: &values, patience: PATIENCE };
        Ok(Surroundings::from_answer(&session.run(script).await?, &places))
    }

    /// The folders that the program may go to.
    fn places(&self, whose: Whose) -> Result<Vec<String>, Error> {
        match whose {
            Whose::System => Ok(PLACES.map(str::to_owned).to_vec()),
            Whose::User => {
                let home = self.home.as_ref().ok_or(Error::Unspeakable { name: "HOME" })?;
                Ok(vec![format!("{home}/.local/lib/jkocr")])
            }
        }
    }
}

fn platform(arch: &str, system: System) -> Platform {
    Platform { os: "linux".to_owned(), arch: arch.to_owned(), system }
}

/// Whether a path has nothing that a shell or systemd reads in its own way.
fn is_simple(path: &FilePath) -> bool {
    let path = path.to_string();
    path.starts_with('/') && path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte))
}

/// `glibc 2.36` from getconf; the first line of `ldd --version` elsewhere.
fn libc(line: &str) -> System {
    let version = line.strip_prefix("glibc ").or_else(|| line.contains("GLIBC").then(|| line.rsplit(' ').next())?);
    let numbers = version.and_then(|version| version.split_once('.'));
    match numbers.map(|(major, minor)| (major.parse(), minor.split('.').next().unwrap_or(minor).parse())) {
        Some((Ok(major), Ok(minor))) => System::Glibc(major, minor),
        _ => System::Other,
    }
}

impl Surroundings {
    fn from_answer(answer: &Answer, asked: &[String]) -> Self {
        let known = |folder: &str| asked.iter().find(|place| *place == folder).cloned();
        let places = asked.iter().map(|folder| {
            let line = answer.all("place").find_map(|line| line.strip_prefix(folder)?.strip_prefix(' '));
            let mut words = line.unwrap_or_default().split(' ');
            let free = words.next().and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0).saturating_mul(1024);
            let is_usable = words.next() == Some("rw") && words.next() == Some("exec");
            Place { folder: folder.clone(), free, is_usable }
        });
        let installed = answer.text("installed").and_then(known).map(|folder| Installed {
            folder,
            digest: answer.text("digest").and_then(|digest| digest.parse().ok()),
            settings: answer.text("settings").unwrap_or_default().to_owned(),
            is_unproved: answer.is("unproved"),
        });
        let is_ours = |program: &str| {
            let path = program.trim_start_matches([':', '"']);
            asked.iter().any(|folder| path.starts_with(&format!("{folder}/")))
        };
        Self {
            memory: answer.number("memory"),
            swap: answer.number("swap").unwrap_or(0),
            cores: answer.number("cores").unwrap_or(1),
            processor: Processor::with(&answer.text("cpu").unwrap_or_default().split(' ').collect::<Vec<_>>()),
            places: places.collect(),
            installed,
            state_free: answer.number("state_free").map(|kib| kib.saturating_mul(1024)),
            is_active: answer.text("unit") == Some("active"),
            other_program: answer.text("unit_program").filter(|program| !is_ours(program)).map(Untrusted::new),
            old_server: answer.text("old_server").map(|states| {
                let mut states = states.split(' ');
                OldServer { is_active: states.next() == Some("active"), is_enabled: states.next() == Some("enabled") }
            }),
            holder: answer.text("holder").map(|line| Holder {
                shown: Untrusted::new(line),
                unit: line.split(' ').nth(2).unwrap_or_default().to_owned(),
            }),
            lingers: answer.is("linger"),
            manager: answer.shown("manager"),
        }
    }

    /// The place for a program of so many bytes besides what it is sent in, or where one is already.
    ///
    /// # Errors
    /// [`Error::NoPlace`], [`Error::NoSpace`].
    pub fn place(&self, needed: u64) -> Result<&Place, Error> {
        let is_there = |place: &&Place| self.installed.as_ref().is_some_and(|there| there.folder == place.folder);
        let there = self.places.iter().find(is_there);
        let usable = there.into_iter().chain(&self.places).find(|place| place.is_usable);
        let place = usable.ok_or_else(|| Error::NoPlace {
            places: self.places.iter().map(|place| place.folder.as_str()).collect::<Vec<_>>().join(", "),
        })?;
        enough(&place.folder, Some(place.free), needed)?;
        Ok(place)
    }

    /// Whether models of so many bytes can be kept.
    ///
    /// # Errors
    /// [`Error::NoSpace`].
    pub fn room_for_models(&self, whose: Whose, needed: u64) -> Result<(), Error> {
        enough(if whose == Whose::User { "~" } else { "/var/lib" }, self.state_free, needed)
    }

    /// Whether anything can be read with so much memory.
    ///
    /// # Errors
    /// [`Error::Memory`].
    pub fn enough_memory(&self) -> Result<(), Error> {
        match self.memory {
            Some(kib) if kib.saturating_add(self.swap) < LEAST_MEMORY => {
                Err(Error::Memory { found: size(kib.saturating_mul(1024)) })
            }
            _ => Ok(()),
        }
    }
}

fn enough(place: &str, free: Option<u64>, needed: u64) -> Result<(), Error> {
    match free {
        Some(free) if free < needed => {
            Err(Error::NoSpace { place: place.to_owned(), free: size(free), needed: size(needed) })
        }
        _ => Ok(()),
    }
}

/// Bytes, as people read them.
#[must_use]
pub fn size(bytes: u64) -> String {
    indicatif::DecimalBytes(bytes).to_string()
}
