//! systemd: `jkocr serve` on the VPS.
//!
//! One unit, `jkocr.service`, or a template with an instance for each port, `jkocr@PORT.service`.

mod quote;
mod unit;

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::{Call, Error, FileAccess, InstalledService, Plan, PlanStep};
use crate::shell::{CommandLine, Value};

pub use unit::{Instances, MemoryMax, Pauses, Sandbox, Unit};

/// The unit of a single service.
const SINGLE: &str = "jkocr.service";

/// The template of several.
const TEMPLATE: &str = "jkocr@.service";

/// All of ours that systemd knows, as a pattern that systemctl expands; none is no error.
const ALL: &str = "jkocr*.service";

/// The user, made up by systemd while the service runs, and the name of its folder below `/var/lib`.
const USER: &str = "jkocr";

/// Where the service keeps models and configuration: systemd gives it to the user above.
pub(crate) const STATE: &str = "/var/lib/jkocr";

/// What the link at [`STATE`] leads to once the service has run.
const PRIVATE_STATE: &str = "/var/lib/private/jkocr";

/// What is there while systemd runs the machine (`sd_booted(3)`).
pub(super) const RUNNING_SYSTEMD: &str = "/run/systemd/system";

/// Folders that a service in the full sandbox does not see, or sees another one of.
const HIDDEN: [&str; 5] = ["/home", "/root", "/run/user", "/tmp", "/var/tmp"];

/// Whose systemd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Manager {
    /// The one that runs this machine.
    System,
    /// The one of an installed system that is not running: its root folder.
    Image(PathBuf),
    /// The one of a user: the folder of their units, such as `~/.config/systemd/user`.
    User(PathBuf),
}

/// What of ours is already there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InstalledUnits {
    /// Unit files.
    pub files: Vec<PathBuf>,
    /// Units that these files make startable; of a template, those that are enabled.
    pub units: Vec<String>,
    /// Folders with models and configuration.
    pub state: Vec<PathBuf>,
}

/// How the models get to where the service finds them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pull {
    /// A set, and whatever else is needed, as `jkocr models pull` takes it.
    pub names: Vec<String>,
    /// A file or folder that has them, an absolute path; absent: they are fetched.
    pub from: Option<String>,
    /// Flags of jkocr that come before the verb.
    pub flags: Vec<String>,
    /// The running program.
    pub program: String,
    /// Names of variables to hand on: proxies, the package index. Their values may be secret and stay out of sight.
    pub variables: Vec<String>,
}

impl Manager {
    /// Checks that there is a systemd that would start what is installed.
    ///
    /// # Errors
    /// [`Error::NoSystemd`].
    pub fn check_running(&self) -> Result<(), Error> {
        match self {
            Self::System if !Path::new(RUNNING_SYSTEMD).is_dir() => Err(Error::NoSystemd),
            // An image is not running, and the manager of a user says so itself.
            Self::System | Self::Image(_) | Self::User(_) => Ok(()),
        }
    }

    /// What keeps a service of this manager in its place.
    #[must_use]
    pub fn sandbox(&self) -> Sandbox {
        match self {
            Self::System | Self::Image(_) => Sandbox::Full,
            Self::User(_) => Sandbox::Unprivileged,
        }
    }

    /// How this manager can pause between restarts. Runs `systemctl --version`.
    #[must_use]
    pub fn pauses(&self) -> Pauses {
        let version = match self {
            // The image may have another version than this machine.
            Self::Image(_) => None,
            Self::System | Self::User(_) => Call::new("systemctl", ["--version"]).answer().ok(),
        };
        Pauses::of_version(version.and_then(|(_, text)| text.split_whitespace().nth(1)?.parse().ok()))
    }

    /// Checks that a service of this manager could read `file`.
    ///
    /// # Errors
    /// [`Error::Hidden`] where the sandbox hides it.
    pub fn check_visible(&self, file: &str) -> Result<(), Error> {
        let hidden = HIDDEN.iter().any(|folder| Path::new(file).starts_with(folder));
        if hidden && self.sandbox() == Sandbox::Full { Err(Error::Hidden { file: file.to_owned() }) } else { Ok(()) }
    }

    /// Checks that a service of this manager could run `program`.
    ///
    /// # Errors
    /// [`Error::Hidden`]; [`Error::Odd`] for a name that systemd takes in no unit (its `string_is_safe`).
    pub fn check_program(&self, program: &str) -> Result<(), Error> {
        if program.contains(|character: char| character.is_ascii_control() || "\"'\\".contains(character)) {
            return Err(Error::Odd { file: program.to_owned() });
        }
        self.check_visible(program)
    }

    /// Looks what is there. Reads folders only.
    ///
    /// # Errors
    /// [`Error::Read`].
    pub fn find(&self) -> Result<InstalledUnits, Error> {
        let folder = self.units();
        let mut found = InstalledUnits::default();
        for name in [SINGLE, TEMPLATE] {
            if exists(&folder.join(name))? {
                found.files.push(folder.join(name));
            }
        }
        if found.files.contains(&folder.join(SINGLE)) {
            found.units.push(SINGLE.to_owned());
        }
        let wants = folder.join(format!("{}.wants", self.target()));
        let mut instances: Vec<_> = names(&wants)?.into_iter().filter(|name| is_instance(name)).collect();
        instances.sort();
        found.units.extend(instances);
        for path in self.state() {
            if exists(&path)? {
                found.state.push(path);
            }
        }
        Ok(found)
    }

    /// What has to be done to run `unit`, with what it needs, and nothing else of ours.
    #[must_use]
    pub fn install(&self, unit: &Unit, pull: &Pull, found: &InstalledUnits) -> Plan {
        let file = self.units().join(unit.file_name());
        let names = unit.names();
        let unwanted: Vec<_> = found.units.iter().filter(|name| !names.contains(name)).cloned().collect();
        let mut steps = vec![PlanStep::Run(self.pull(unit, pull))];
        if !unwanted.is_empty() {
            steps.push(PlanStep::Run(self.disable(unwanted)));
        }
        steps.extend(found.files.iter().filter(|old| **old != file).map(|old| PlanStep::Remove(old.clone())));
        let access = match self {
            // Anyone may ask systemd what the unit says.
            Self::System | Self::Image(_) => FileAccess::Everyone,
            Self::User(_) => FileAccess::Owner,
        };
        steps.push(PlanStep::Write { file, text: unit.to_string(), access });
        let enable = PlanStep::Run(self.systemctl(["enable"]).with(names.clone()));
        if let Self::Image(_) = self {
            steps.push(enable);
        } else {
            let restart = self.systemctl(["restart"]).with(names).or_else(self.journal());
            steps.extend([PlanStep::Run(self.systemctl(["daemon-reload"])), enable, PlanStep::Run(restart)]);
        }
        Plan(steps)
    }

    /// What has to be done before, and may be done while another one runs: the models get to where `unit` finds them.
    #[must_use]
    pub fn models(&self, unit: &Unit, pull: &Pull) -> Plan {
        Plan(vec![PlanStep::Run(self.pull(unit, pull))])
    }

    /// What has to be done to leave nothing; no steps when there is nothing.
    #[must_use]
    pub fn uninstall(&self, found: &InstalledUnits) -> Plan {
        let mut steps = Vec::new();
        let running = !matches!(self, Self::Image(_)) && !found.files.is_empty();
        if !found.units.is_empty() {
            steps.push(PlanStep::Run(self.disable(found.units.clone())));
        }
        if running {
            // Instances that were started without being enabled; then, what had failed would still be listed.
            steps.push(PlanStep::Run(self.systemctl(["stop", ALL])));
            steps.push(PlanStep::Run(self.systemctl(["reset-failed", ALL])));
        }
        steps.extend(found.files.iter().map(|file| PlanStep::Remove(file.clone())));
        if running {
            steps.push(PlanStep::Run(self.systemctl(["daemon-reload"])));
        }
        steps.extend(found.state.iter().map(|folder| PlanStep::Remove(folder.clone())));
        Plan(steps)
    }

    /// What systemd says about each unit that was found.
    ///
    /// # Errors
    /// [`Error::Start`] without systemctl.
    pub fn status(&self, found: &InstalledUnits) -> Result<Vec<InstalledService>, Error> {
        found.units.iter().map(|name| self.status_of(name)).collect()
    }

    fn status_of(&self, name: &str) -> Result<InstalledService, Error> {
        let file = self.units().join(if name == SINGLE { SINGLE } else { TEMPLATE });
        let (_, enabled) = self.systemctl(["is-enabled", name]).answer()?;
        let enabled = enabled.trim() == "enabled";
        let mut status = InstalledService { name: name.to_owned(), file, enabled, activity: None, running: false };
        if !matches!(self, Self::Image(_)) {
            let (_, text) = self.systemctl(["show", "--property=ActiveState,SubState", name]).answer()?;
            let value = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
            let state = value("ActiveState").unwrap_or("unknown");
            status.running = state == "active";
            status.activity = Some(format!("{state} ({})", value("SubState").unwrap_or("unknown")));
        }
        Ok(status)
    }

    fn units(&self) -> PathBuf {
        match self {
            Self::System => PathBuf::from("/etc/systemd/system"),
            Self::Image(root) => root.join("etc/systemd/system"),
            Self::User(folder) => folder.clone(),
        }
    }

    fn target(&self) -> &'static str {
        match self {
            Self::System | Self::Image(_) => "multi-user.target",
            Self::User(_) => "default.target",
        }
    }

    /// What the service leaves behind when it goes; the models of a user are theirs, with or without a service.
    fn state(&self) -> Vec<PathBuf> {
        let root = match self {
            Self::System => Path::new("/"),
            Self::Image(root) => root,
            Self::User(_) => return Vec::new(),
        };
        [STATE, PRIVATE_STATE].map(|path| root.join(path.trim_start_matches('/'))).to_vec()
    }

    /// The set goes where the service looks for models.
    ///
    /// The service cannot do this: it reaches nothing but this machine. And root must not: what root writes below a
    /// folder of the service, the service could lead elsewhere with a link. So systemd runs the download as the
    /// service's own user, with a network.
    fn pull(&self, unit: &Unit, pull: &Pull) -> Call {
        let (verb, names) = match &pull.from {
            None => ("pull", pull.names.clone()),
            Some(from) => ("import", vec![from.clone()]),
        };
        let verb = pull.flags.iter().cloned().chain(["models", verb].map(str::to_owned)).chain(names);
        let mut call = match self {
            Self::System => {
                let property = |name: &str, value: &str| format!("--property={name}={value}");
                let mut arguments = ["--pipe", "--wait", "--collect", "--quiet"].map(str::to_owned).to_vec();
                arguments.push(property("DynamicUser", "yes"));
                arguments.extend(["User", "StateDirectory"].map(|name| property(name, USER)));
                arguments.push(property("StateDirectoryMode", "0700"));
                arguments.push(format!("--setenv=JKOCR_HOME={STATE}"));
                arguments.extend(pull.variables.iter().map(|name| format!("--setenv={name}")));
                arguments.push(unit.program.path.clone());
                Call::new("systemd-run", arguments).with(verb)
            }
            Self::Image(_) | Self::User(_) => Call::new(&pull.program, verb),
        };
        if let Self::Image(root) = self {
            let state = root.join(STATE.trim_start_matches('/'));
            call.environment.push(("JKOCR_HOME".to_owned(), state.display().to_string()));
        }
        call.or_else(t!("service.hint.no_models", command = import()))
    }

    fn systemctl<const N: usize>(&self, arguments: [&str; N]) -> Call {
        let call = Call::new("systemctl", Vec::<String>::new());
        let call = match self {
            Self::System => call,
            Self::Image(root) => call.with([format!("--root={}", root.display())]),
            Self::User(_) => call.with(["--user"]).or_else(t!("service.hint.no_user_manager")),
        };
        call.with(arguments)
    }

    fn disable(&self, units: Vec<String>) -> Call {
        match self {
            Self::Image(_) => self.systemctl(["disable"]).with(units),
            Self::System | Self::User(_) => self.systemctl(["disable", "--now"]).with(units),
        }
    }

    /// Where the service says why it did not start.
    fn journal(&self) -> String {
        let command = CommandLine::new(match self {
            Self::System | Self::Image(_) => "journalctl -n 20 -u 'jkocr*'",
            Self::User(_) => "journalctl -n 20 --user -u 'jkocr*'",
        });
        t!("service.hint.journal", command = command).into_owned()
    }
}

/// What puts models where the service has them.
fn import() -> CommandLine {
    let state = Value::parse(STATE).expect("the folder of the service has a plain name");
    CommandLine::variable("JKOCR_HOME", &state).text("jkocr models import")
}

/// The name of the instance for a port.
fn instance(port: u16) -> String {
    TEMPLATE.replace('@', &format!("@{port}"))
}

fn is_instance(name: &str) -> bool {
    name.starts_with("jkocr@") && name.ends_with(".service") && name != TEMPLATE
}

fn exists(path: &Path) -> Result<bool, Error> {
    match fs::symlink_metadata(path) {
        Ok(_) => Ok(true),
        Err(error) if [ErrorKind::NotFound, ErrorKind::PermissionDenied].contains(&error.kind()) => Ok(false),
        Err(source) => Err(Error::Read { path: path.to_owned(), source }),
    }
}

/// The names in a folder; none if it does not exist.
fn names(folder: &Path) -> Result<Vec<String>, Error> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(Error::Read { path: folder.to_owned(), source }),
    };
    Ok(entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect())
}
