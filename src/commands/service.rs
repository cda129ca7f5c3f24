//! `jkocr service`: from flags to a unit or an agent, to a plan, to its execution.

use std::env;
use std::ffi::OsString;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf, absolute};

use anyhow::Result;
use directories::BaseDirs;

use super::Settings;
use crate::cli::service::{ServiceCommand, ServiceJob, ServiceOwner};
use crate::cli::{self, Cli};
use crate::config::{self, Config, EngineChoice};
use crate::control;
use crate::language::Language;
use crate::models::{Faster, OPENVINO, Registry, Store};
use crate::paths::{HOME_VARIABLE, NoHome, Paths};
use crate::processor::Processor;
use crate::report::{self, Exit, Misuse};
use crate::service::systemd::{Instances, Manager, Pull, STATE, Sandbox, Unit};
use crate::service::{Call, Error, Plan, PlanStep, Program, launchd};

/// Variables that a download heeds, and the language of its messages.
const HANDED_ON: [&str; 12] = [
    "ALL_PROXY",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "LANG",
    "NO_PROXY",
    "PIP_INDEX_URL",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "all_proxy",
    "http_proxy",
    "https_proxy",
    "no_proxy",
];

/// The set that is fetched when none is named and none is there.
const DEFAULT_SET: &str = "v5-mobile";

/// The end of this verb for a command line of the service that the service could not use; what is wrong was said.
#[derive(Debug, Clone, Copy)]
struct Misused;

/// Who keeps a service running.
enum InitSystem {
    Systemd(Manager),
    Launchd(launchd::LoginSession),
}

/// A verb's surroundings: the settings, and the file that `--config` named.
struct ServiceVerb<'a> {
    settings: &'a Settings,
    config_file: Option<&'a Path>,
}

/// What a service reads with.
struct Needs {
    set: String,
    /// Whether OpenVINO computes some of it.
    openvino: bool,
    /// What that changes, if it is still to be fetched.
    gain: Option<String>,
}

/// Runs `jkocr service …`. `config_file` is what `--config` named.
///
/// # Errors
/// Those of [`crate::service`], of the service's configuration, and of standard output.
pub fn run(command: &ServiceCommand, settings: &Settings, config_file: Option<&Path>) -> Result<Exit> {
    let surroundings = ServiceVerb { settings, config_file };
    match command {
        ServiceCommand::Install(flags) => match parsed(&flags.target, &flags.job) {
            Ok(verb) => surroundings.install(flags, &verb),
            Err(Misused) => Ok(Exit::Misused),
        },
        ServiceCommand::Print { target, job } => match parsed(target, job) {
            Ok(verb) => surroundings.print(target, job, &verb),
            Err(Misused) => Ok(Exit::Misused),
        },
        ServiceCommand::Uninstall(flags) => surroundings.uninstall(flags),
        ServiceCommand::Status { target } => surroundings.status(target),
    }
}

impl ServiceVerb<'_> {
    fn print(&self, target: &ServiceOwner, job: &ServiceJob, verb: &cli::Command) -> Result<Exit> {
        let text = match self.keeper(target)? {
            InitSystem::Systemd(manager) => self.unit(&manager, job, &self.needs(&manager, verb)?)?.to_string(),
            InitSystem::Launchd(session) => session.render(&self.agent(job)?, &self.listen())?,
        };
        io::stdout().write_all(text.as_bytes())?;
        Ok(Exit::Done)
    }

    fn install(&self, flags: &cli::service::Install, verb: &cli::Command) -> Result<Exit> {
        let keeper = self.keeper(&flags.target)?;
        let plan = match &keeper {
            InitSystem::Systemd(manager) => {
                let needs = self.needs(manager, verb)?;
                let unit = self.unit(manager, &flags.job, &needs)?;
                check(manager, &unit, verb)?;
                if !flags.dry_run {
                    ready(&keeper)?;
                }
                if let Some(gain) = &needs.gain {
                    say(&t!("service.done.openvino", gain = gain));
                }
                let pull = self.pull(&needs, flags.models_from.as_deref())?;
                if flags.models_only {
                    manager.models(&unit, &pull)
                } else {
                    manager.install(&unit, &pull, &manager.find()?)
                }
            }
            InitSystem::Launchd(session) => self.agent_plan(session, flags, verb)?,
        };
        if flags.dry_run {
            return show(&plan);
        }
        carry_out(&keeper, &plan)?;
        if flags.models_only {
            return Ok(Exit::Done);
        }
        match &keeper {
            InitSystem::Systemd(Manager::Image(root)) => say(&t!("service.done.enabled", root = root.display())),
            InitSystem::Systemd(Manager::User(_)) => {
                say(&t!("service.done.installed"));
                say(&t!("service.done.lingering"));
            }
            _ => say(&t!("service.done.installed")),
        }
        Ok(Exit::Done)
    }

    fn agent_plan(
        &self,
        session: &launchd::LoginSession,
        flags: &cli::service::Install,
        verb: &cli::Command,
    ) -> Result<Plan> {
        if matches!(verb, cli::Command::Up(up) if up.background.detach || up.background.detached) {
            return Err(Misuse(t!("service.error.detached").into_owned()).into());
        }
        let found = session.find()?;
        let mut plan = session.install(session.render(&self.agent(&flags.job)?, &self.listen())?, &found);
        let ours = session.status(&found).is_some_and(|agent| agent.running);
        // One that somebody started by hand would keep the agent from starting.
        if !ours && UnixStream::connect(control::socket(&self.settings.paths.state)).is_ok() {
            plan.0.insert(0, PlanStep::Run(Call::new(&utf8(&env::current_exe()?)?, ["down"])));
        }
        Ok(plan)
    }

    fn uninstall(&self, flags: &cli::service::Uninstall) -> Result<Exit> {
        let keeper = self.keeper(&flags.target)?;
        let plan = match &keeper {
            InitSystem::Systemd(manager) => manager.uninstall(&manager.find()?),
            InitSystem::Launchd(session) => session.uninstall(&session.find()?),
        };
        if plan.0.is_empty() {
            say(&t!("service.plan.nothing_to_remove"));
            return Ok(Exit::Done);
        }
        if flags.dry_run {
            return show(&plan);
        }
        carry_out(&keeper, &plan)?;
        say(&t!("service.done.uninstalled"));
        Ok(Exit::Done)
    }

    fn status(&self, target: &ServiceOwner) -> Result<Exit> {
        let services = match self.keeper(target)? {
            InitSystem::Systemd(manager) => manager.status(&manager.find()?)?,
            InitSystem::Launchd(session) => session.status(&session.find()?).into_iter().collect(),
        };
        let mut output = io::stdout().lock();
        if services.is_empty() {
            writeln!(output, "{}", t!("service.status.not_installed"))?;
            say(&t!("service.status.install"));
            return Ok(Exit::Unhealthy);
        }
        for service in &services {
            let start = if service.enabled { t!("service.status.at_boot") } else { t!("service.status.not_at_boot") };
            let activity = service.activity.as_deref().map(|activity| format!(", {activity}")).unwrap_or_default();
            writeln!(output, "{}: {start}{activity} ({})", service.name, service.file.display())?;
        }
        let well = services.iter().all(|service| service.enabled && (service.running || service.activity.is_none()));
        Ok(if well { Exit::Done } else { Exit::Unhealthy })
    }

    fn keeper(&self, target: &ServiceOwner) -> Result<InitSystem> {
        if launchd(target) {
            let folders = BaseDirs::new().ok_or(NoHome)?;
            let agents = folders.home_dir().join("Library/LaunchAgents");
            utf8(&agents)?;
            let log = self.settings.paths.log_file();
            return Ok(InitSystem::Launchd(launchd::LoginSession {
                agents,
                log,
                uid: rustix::process::getuid().as_raw(),
            }));
        }
        let manager = match &target.root {
            Some(root) => Manager::Image(PathBuf::from(utf8(&absolute(root)?)?)),
            None if target.user => Manager::User(BaseDirs::new().ok_or(NoHome)?.config_dir().join("systemd/user")),
            None => Manager::System,
        };
        Ok(InitSystem::Systemd(manager))
    }

    fn unit(&self, manager: &Manager, job: &ServiceJob, needs: &Needs) -> Result<Unit> {
        let sandbox = manager.sandbox();
        let environment = match sandbox {
            // It could not download anything; this way it says so at once.
            Sandbox::Full => vec![variable(HOME_VARIABLE, STATE), variable("JKOCR_OFFLINE", "1")],
            Sandbox::Unprivileged => self.environment()?,
        };
        Ok(Unit {
            program: self.program(job, "serve", environment)?,
            sandbox,
            instances: if job.ports.is_empty() { Instances::One } else { Instances::Ports(job.ports.clone()) },
            memory_max: job.memory_max,
            makes_code: needs.openvino,
            pauses: manager.pauses(),
        })
    }

    fn agent(&self, job: &ServiceJob) -> Result<Program> {
        let mut environment = self.environment()?;
        // launchd has no language; the messages in the log should have the user's.
        environment.extend(env::var("LANG").ok().map(|language| variable("LANG", &language)));
        self.program(job, "up", environment)
    }

    /// Where `up` will be asked.
    fn listen(&self) -> Vec<SocketAddr> {
        self.settings.config.listen.iter().map(|listen| listen.address()).collect()
    }

    /// What the user's own environment says about jkocr, for a service of theirs.
    fn environment(&self) -> Result<Vec<(String, String)>> {
        let mut variables = Vec::new();
        if let Some(home) = env::var_os(HOME_VARIABLE).filter(|home| !home.is_empty()) {
            variables.push(variable(HOME_VARIABLE, &utf8(&absolute(home)?)?));
        }
        if self.settings.offline {
            variables.push(variable("JKOCR_OFFLINE", "1"));
        }
        Ok(variables)
    }

    fn program(&self, job: &ServiceJob, verb: &str, mut environment: Vec<(String, String)>) -> Result<Program> {
        let path = match &job.program {
            Some(path) if path.is_absolute() => path.clone(),
            Some(path) => return Err(Error::Relative { file: path.clone() }.into()),
            None => env::current_exe()?,
        };
        let mut arguments = vec![verb.to_owned()];
        if let Some(file) = self.config_file {
            arguments.extend(["--config".to_owned(), utf8(&absolute(file)?)?]);
        }
        arguments.extend(job.arguments.iter().cloned());
        // ONNX Runtime's own variable: without it, the library writes a device number before it can be told not to.
        environment.push(variable("ORT_DISABLE_TELEMETRY", "1"));
        Ok(Program { path: utf8(&path)?, arguments, environment })
    }

    /// What the service will read with.
    fn needs(&self, manager: &Manager, verb: &cli::Command) -> Result<Needs> {
        let paths = match manager {
            Manager::System => Paths::below(Path::new(STATE)),
            Manager::Image(root) => Paths::below(&root.join(STATE.trim_start_matches('/'))),
            Manager::User(_) => self.settings.paths.clone(),
        };
        let given = match verb {
            cli::Command::Serve(cli::Serve { engine, .. }) => Some(engine),
            _ => None,
        };
        let configured = || Ok::<_, anyhow::Error>(self.service_config(manager, &paths)?.ocr);
        let choice =
            given.and_then(|engine| engine.models.clone()).map_or_else(|| configured().map(|ocr| ocr.models), Ok)?;
        let engine = given.and_then(|engine| engine.engine).map_or_else(|| configured().map(|ocr| ocr.engine), Ok)?;
        let registry = Registry::embedded();
        let store = Store::new(registry, paths.data.clone());
        let set = match store.chosen(registry.choice(&choice.to_string())?) {
            Some(set) => set,
            None => registry.set(DEFAULT_SET)?,
        };
        // An image is for another machine, which may have another processor.
        let processor = (!matches!(manager, Manager::Image(_))).then(Processor::here);
        let is_faster = || processor.zip(set.bf16_time).is_some_and(|(processor, time)| time.on(processor).is_some());
        let openvino = match engine {
            EngineChoice::OnnxRuntime => false,
            EngineChoice::OpenVino => true,
            EngineChoice::Auto => store.openvino().is_ok() && is_faster(),
        };
        let faster = processor.filter(|_| openvino).and_then(|processor| Faster::of(&store, set, processor));
        Ok(Needs { set: set.name.clone(), openvino, gain: faster.map(|faster| faster.gain()) })
    }

    /// How that gets to where the service looks for it.
    fn pull(&self, needs: &Needs, from: Option<&Path>) -> Result<Pull> {
        let openvino = needs.openvino.then(|| OPENVINO.to_owned());
        Ok(Pull {
            names: [needs.set.clone()].into_iter().chain(openvino).collect(),
            from: from.map(absolute).transpose()?.map(|from| utf8(&from)).transpose()?,
            flags: if self.settings.offline { vec!["--offline".to_owned()] } else { Vec::new() },
            program: utf8(&env::current_exe()?)?,
            variables: HANDED_ON.into_iter().filter(|name| env::var_os(name).is_some()).map(str::to_owned).collect(),
        })
    }

    /// What the service will find in its own configuration.
    fn service_config(&self, manager: &Manager, paths: &Paths) -> Result<Config> {
        match manager {
            Manager::System | Manager::Image(_) if self.config_file.is_none() => {
                Ok(config::load(config::ConfigFile::Usual(&paths.config_file), |_| None)?.config)
            }
            _ => Ok(self.settings.config.clone()),
        }
    }
}

fn launchd(target: &ServiceOwner) -> bool {
    let default = cfg!(target_os = "macos") && !target.systemd && !target.user && target.root.is_none();
    target.launchd || default
}

/// Parses the arguments as the service itself will, so that a mistake is met now and not in its log.
fn parsed(target: &ServiceOwner, job: &ServiceJob) -> Result<cli::Command, Misused> {
    let verb = if launchd(target) { "up" } else { "serve" };
    let port = job.ports.first().map(|port| ["--port".to_owned(), port.to_string()]);
    let line = ["jkocr", verb].map(str::to_owned).into_iter();
    let line = line.chain(job.arguments.iter().cloned()).chain(port.into_iter().flatten()).map(OsString::from);
    let language = Language::asked_for(env::args(), |name| env::var(name).ok());
    match cli::parse(line, language) {
        Ok(Cli { command: Some(command), .. }) => Ok(command),
        _ => Err(Misused),
    }
}

/// Finds what the service could not do in its sandbox before it is in it.
fn check(manager: &Manager, unit: &Unit, verb: &cli::Command) -> Result<()> {
    manager.check_program(&unit.program.path)?;
    let values =
        unit.program.arguments.iter().map(|word| word.split_once('=').map_or(word.as_str(), |(_, value)| value));
    values.filter(|value| value.starts_with('/')).try_for_each(|file| manager.check_visible(file))?;
    if unit.sandbox == Sandbox::Full && matches!(verb, cli::Command::Serve(serve) if serve.callers.allow_remote) {
        return Err(Error::Remote.into());
    }
    Ok(())
}

/// Whether whoever keeps the service runs, and would listen to this user.
fn ready(keeper: &InitSystem) -> Result<(), Error> {
    let root = rustix::process::geteuid().is_root();
    match keeper {
        InitSystem::Systemd(Manager::System) if !root => Err(Error::NotRoot),
        // Elsewhere there is no session that root would be the wrong one for.
        InitSystem::Launchd(_) if root && cfg!(target_os = "macos") => Err(Error::IsRoot),
        InitSystem::Systemd(manager) => manager.check_running(),
        InitSystem::Launchd(_) => Ok(()),
    }
}

/// Says what will be done, and does it.
fn carry_out(keeper: &InitSystem, plan: &Plan) -> Result<(), Error> {
    ready(keeper)?;
    say(&t!("service.plan.will"));
    report::tell(plan.to_string().trim_end());
    plan.carry_out()
}

/// Says what would be done.
fn show(plan: &Plan) -> Result<Exit> {
    let mut output = io::stdout().lock();
    write!(output, "{}\n{plan}", t!("service.plan.would"))?;
    Ok(Exit::Done)
}

fn say(message: &str) {
    report::tell_in_sentences(message);
}

fn variable(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

fn utf8(path: &Path) -> Result<String, Error> {
    PathBuf::from(path)
        .into_os_string()
        .into_string()
        .map_err(|path| Error::NotUtf8 { what: path.to_string_lossy().into_owned() })
}
