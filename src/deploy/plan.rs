//! What is going to be done, decided before anything is: a value that can be read, and is then carried out.

use std::time::Duration;

use super::error::Error;
use super::look::{Machine, Surroundings, Whose, size};
use super::program::Upload;
use crate::config::EngineChoice;
use crate::models::{Faster, FileSize, Registry, Set};
use crate::shell::{CommandLine, FilePath, Value};
use crate::untrusted::Untrusted;

/// The account of a key that carries the tunnel and nothing else.
pub const TUNNEL_USER: &str = "jkocr-tunnel";

/// Its home folder.
pub const TUNNEL_HOME: &str = "/var/lib/jkocr-tunnel";

/// The server of the old guide.
pub const OLD_SERVER: &str = "ppocrv5-http.service";

/// Bytes of ONNX Runtime and of what is made of models, besides the models.
const RUNTIME: u64 = 120 << 20;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Wishes {
    /// Whose service it is.
    pub whose: Whose,
    /// The port that the service listens on, on the loopback of the server.
    pub port: u16,
    /// A set of models, if not what the service takes by itself.
    pub models: Option<String>,
    /// An engine, if not what the service takes by itself.
    pub engine: Option<EngineChoice>,
    /// Threads, if not all cores.
    pub threads: Option<usize>,
    /// Memory that the service may use, as systemd takes it.
    pub memory_max: String,
    /// Whether the server of the old guide may go on.
    pub keeps_old_server: bool,
    /// Whether the tunnel gets a key of its own.
    pub is_restricted: bool,
    /// Whether models are sent from here.
    pub sends_models: bool,
    /// Names and values of variables for downloads there; the values may be secret.
    pub download: Vec<(&'static str, String)>,
}

/// Where the models come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelsFrom {
    /// From the index, which the server asks.
    Index,
    /// From here, as asked for.
    Here,
    /// From here, as far as the server has them not, since it does not reach this index.
    HereWithout(Untrusted),
}

/// What will be done on the server.
#[derive(Debug, Clone)]
pub struct Deployment {
    /// What is asked for.
    pub wishes: Wishes,
    /// Where the models come from.
    pub models_from: ModelsFrom,
    /// The folder of jkocr there.
    pub base: String,
    /// The folder of the program in `versions`.
    pub release: String,
    /// Of the program, in small letters.
    pub digest: String,
    /// Bytes of the program.
    pub size: u64,
    /// The folder of units.
    pub units: String,
    /// What `jkocr serve` is told.
    pub arguments: Vec<String>,
    /// OpenVINO, if the service takes it for being faster there.
    pub faster: Option<Faster>,
    /// The server of the old guide, if it is to be stopped.
    pub old_server: Option<&'static str>,
    /// What another run knows this machine by.
    pub owner: String,
}

/// What there is to do.
pub enum Task {
    /// The server has it all already.
    Nothing(Deployment),
    /// This.
    Deploy(Deployment),
}

impl Deployment {
    /// What has to be done so that `machine` reads with the program `upload`.
    ///
    /// # Errors
    /// What makes it impossible: no place, no space, too little memory, a port that another program holds.
    pub fn plan(
        machine: &Machine,
        found: &Surroundings,
        upload: &Upload,
        (wishes, owner): (Wishes, String),
    ) -> Result<Task, Error> {
        let mut arguments = vec!["--port".to_owned(), wishes.port.to_string()];
        if let Some(models) = &wishes.models {
            arguments.extend(["--models".to_owned(), models.clone()]);
        }
        if let Some(engine) = wishes.engine {
            arguments.extend(["--engine".to_owned(), engine.to_string()]);
        }
        if let Some(threads) = wishes.threads {
            arguments.extend(["--threads".to_owned(), threads.to_string()]);
        }
        found.enough_memory()?;
        // Packed, unpacked and the one before.
        let place = found.place(upload.size.saturating_mul(2))?;
        let units = match (wishes.whose, &machine.home) {
            (Whose::User, Some(home)) => format!("{home}/.config/systemd/user"),
            _ => "/etc/systemd/system".to_owned(),
        };
        let stops_old = wishes.whose == Whose::System && !wishes.keeps_old_server;
        let old_server = found.old_server.filter(|old| stops_old && (old.is_active || old.is_enabled));
        let deployment = Self {
            faster: faster(machine, found, &wishes),
            base: place.folder.clone(),
            release: upload.release.clone(),
            digest: upload.digest.to_string(),
            size: upload.size,
            units,
            arguments,
            old_server: old_server.map(|_| OLD_SERVER),
            owner,
            models_from: if wishes.sends_models { ModelsFrom::Here } else { ModelsFrom::Index },
            wishes,
        };
        deployment.check_port(found)?;
        let is_same = found.installed.as_ref().is_some_and(|there| {
            there.digest == Some(upload.digest) && there.settings == deployment.settings() && !there.is_unproved
        });
        if is_same && found.is_active && deployment.old_server.is_none() {
            return Ok(Task::Nothing(deployment));
        }
        found.room_for_models(deployment.wishes.whose, deployment.models_size())?;
        Ok(Task::Deploy(deployment))
    }

    /// Whether the port will be free when the service wants it.
    fn check_port(&self, found: &Surroundings) -> Result<(), Error> {
        let Some(holder) = &found.holder else { return Ok(()) };
        let is_ours = holder.unit == "jkocr.service" || holder.unit.starts_with("jkocr@");
        let goes = self.old_server.is_some_and(|unit| unit == holder.unit);
        if is_ours || goes {
            return Ok(());
        }
        Err(Error::Port { port: self.wishes.port, holder: holder.shown.clone() })
    }

    /// What the service is told, as it is written down there to be compared the next time.
    #[must_use]
    pub fn settings(&self) -> String {
        format!("{} --memory-max {}", self.arguments.join(" "), self.wishes.memory_max)
    }

    /// Bytes that the models take there, with the runtime.
    fn models_size(&self) -> u64 {
        let registry = Registry::embedded();
        let sizes = self.wishes.set().map(|set| FileSize::sum(registry.files_of(set).map(crate::models::File::size)));
        let models = match sizes {
            Some(FileSize::Exactly(bytes) | FileSize::About(bytes)) => bytes,
            _ => 0,
        };
        models.saturating_mul(2) + RUNTIME
    }

    /// What a script of ours is told of it.
    pub(super) fn values(&self) -> Vec<(&'static str, String)> {
        vec![
            ("BASE", self.base.clone()),
            ("RELEASE", self.release.clone()),
            ("DIGEST", self.digest.clone()),
            ("OWNER", self.owner.clone()),
            ("WHOSE", self.wishes.whose.word()),
            ("UNITS", self.units.clone()),
            ("MEMORY", self.wishes.memory_max.clone()),
            ("ARGUMENTS", self.arguments.join(" ")),
            ("SETTINGS", self.settings()),
            ("OLD_SERVER", self.old_server.unwrap_or_default().to_owned()),
            ("TUNNEL_USER", TUNNEL_USER.to_owned()),
            ("TUNNEL_HOME", TUNNEL_HOME.to_owned()),
            ("FROM", String::new()),
        ]
    }

    /// What will be done, a line each.
    #[must_use]
    pub fn lines(&self, found: &Surroundings) -> Vec<String> {
        let Self { base, release, units, wishes, .. } = self;
        let mut lines = Vec::new();
        let mut step = |line: std::borrow::Cow<'static, str>| lines.push(line.into_owned());
        let program = format!("{base}/versions/{release}/jkocr");
        step(t!("deploy.plan.program", path = program, size = size(self.size)));
        step(match &self.models_from {
            ModelsFrom::Index => {
                t!("deploy.plan.models", command = self.service(&program, "service install --models-only"))
            }
            ModelsFrom::Here => t!("deploy.plan.models_sent"),
            ModelsFrom::HereWithout(index) => t!("deploy.plan.models_unreached", index = index),
        });
        if let Some(faster) = &self.faster {
            step(t!("deploy.plan.openvino", share = faster.share(), size = faster.size()));
        }
        step(t!("deploy.plan.link", link = format!("{base}/current"), target = format!("versions/{release}")));
        if self.old_server.is_some() {
            step(t!(
                "deploy.plan.old_server",
                command = CommandLine::new("systemctl disable --now ppocrv5-http.service")
            ));
            step(t!("deploy.plan.old_server_back", command = old_server_back()));
        }
        if let Some(other) = &found.other_program {
            step(t!("deploy.plan.other_program", program = other));
        }
        step(t!("deploy.plan.service", command = self.service(&format!("{base}/current/jkocr"), "service install")));
        step(t!("deploy.plan.unit", path = format!("{units}/jkocr.service")));
        step(t!("deploy.plan.prove", port = wishes.port));
        match wishes.whose {
            Whose::System => {
                step(t!("deploy.plan.link", link = "/usr/local/bin/jkocr", target = format!("{base}/current/jkocr")));
                if wishes.is_restricted {
                    let keys = format!("{TUNNEL_HOME}/.ssh/authorized_keys");
                    step(t!("deploy.plan.tunnel_user", user = TUNNEL_USER, keys = keys, port = wishes.port));
                }
            }
            Whose::User => {
                if wishes.is_restricted {
                    step(t!("deploy.plan.tunnel_key", keys = "~/.ssh/authorized_keys", port = wishes.port));
                }
                if !found.lingers {
                    step(t!("deploy.plan.linger", command = linger()));
                }
            }
        }
        lines
    }

    /// What `program` is told to do there.
    fn service(&self, program: &str, verb: &'static str) -> CommandLine {
        let program = FilePath::parse(program);
        let line = program.as_ref().map_or(CommandLine::new("jkocr"), CommandLine::program).text(verb);
        let line = if self.wishes.whose == Whose::User { line.text("--user") } else { line };
        let line =
            Value::parse(&self.wishes.memory_max).map_or(line.clone(), |max| line.text("--memory-max").word(&max));
        let words = self.arguments.iter().filter_map(|word| Value::parse(word));
        words.fold(line.text("--"), |line, word| line.word(&word))
    }
}

impl Wishes {
    /// The models that are fetched if none are there.
    fn set(&self) -> Option<&'static Set> {
        let registry = Registry::embedded();
        let named = self.models.as_deref().and_then(|name| registry.set(name).ok());
        named.or_else(|| registry.auto_sets().pop())
    }
}

/// What OpenVINO changes on `machine`, if the service is to take it for that.
fn faster(machine: &Machine, found: &Surroundings, wishes: &Wishes) -> Option<Faster> {
    if wishes.engine == Some(EngineChoice::OnnxRuntime) {
        return None;
    }
    let openvino = Registry::embedded().openvino(&machine.platform()).ok()?;
    Faster::with(openvino, wishes.set()?, found.processor)
}

/// What takes back that the server of the old guide was stopped.
#[must_use]
pub fn old_server_back() -> CommandLine {
    CommandLine::new("sudo systemctl enable --now ppocrv5-http.service")
}

/// What lets services of an account run while nobody is logged in.
#[must_use]
pub fn linger() -> CommandLine {
    CommandLine::new("sudo loginctl enable-linger \"$USER\"")
}

/// How long a service may take to be ready: systemd's own limit, and time to come back.
pub(super) const READY: Duration = Duration::from_mins(13);
