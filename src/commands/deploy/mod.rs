//! `jkocr deploy`: logs in, looks, says what will be done, does it, and sets up this side.

mod carrying_out;
mod configuration;
mod login;
mod progress;
mod record;

use std::path::{Path, PathBuf};
use std::pin::pin;
use std::time::Duration;

use anyhow::{Context as _, Result};
use directories::BaseDirs;
use tokio::runtime;
use tokio::time::timeout;

use super::Settings;
use super::prompt::Prompt;
use crate::cli::deploy::Deploy;
use crate::config::{EngineChoice, Threads};
use crate::deploy::{
    Deployment, Error, Installation, Machine, ModelsFrom, ServerSession, Surroundings, Task, Upload, Whose, Wishes,
    plan, removal, size,
};
use crate::models::Registry;
use crate::paths::NoHome;
use crate::report::{self, Exit, Interrupted, Misuse};
use crate::server_programs::ServerPrograms;
use crate::setup::Login;
use crate::signals::Interruption;
use crate::tunnel::Remote;
use crate::untrusted::Untrusted;
use record::ThisMachine;

/// Variables that a download on the server heeds, if they are set here.
const DOWNLOAD: [&str; 9] = [
    "ALL_PROXY",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "PIP_INDEX_URL",
    "all_proxy",
    "http_proxy",
    "https_proxy",
    "no_proxy",
];

/// How long a login that was interrupted at a terminal may take to leave it as it was.
const MANNERS: Duration = Duration::from_secs(2);

/// The deployment under way.
struct DeployRun<'a> {
    flags: Deploy,
    settings: &'a Settings,
    programs: &'a ServerPrograms,
    prompt: Prompt,
    /// The `config.toml` to write.
    config_file: PathBuf,
    /// The user's ssh configuration.
    ssh_config: PathBuf,
    /// Who deploys: with rights to change the server.
    login: Login,
    /// Whether the tunnel has a key of its own already.
    was_restricted: bool,
    /// The options of the configuration that are not about the login.
    other_options: Vec<String>,
    /// The port of the OCR server on the host.
    port: u16,
    machine: ThisMachine,
}

/// Runs `jkocr deploy`. `config_file` is what `--config` named.
///
/// # Errors
/// [`Misuse`] for a question that nobody is there to answer; those of [`crate::deploy`] and of the files.
pub fn run(flags: Deploy, settings: &Settings, config_file: Option<&Path>, programs: &ServerPrograms) -> Result<Exit> {
    let run = DeployRun::new(flags, settings, config_file, programs)?;
    let runtime = runtime::Builder::new_current_thread().enable_all().build().context(t!("up.no_runtime"))?;
    let outcome = runtime.block_on(run.run());
    // A download that was interrupted is not waited for.
    runtime.shutdown_background();
    outcome
}

impl<'a> DeployRun<'a> {
    fn new(
        flags: Deploy,
        settings: &'a Settings,
        config_file: Option<&Path>,
        programs: &'a ServerPrograms,
    ) -> Result<Self> {
        let machine = ThisMachine::take(&settings.paths)?;
        let tunnel = &settings.config.tunnel;
        let port = match (flags.remote_port, tunnel.remote.parse::<Remote>()?) {
            (Some(port), _) => port,
            (None, Remote::Tcp { host, port }) if host == "127.0.0.1" || host == "localhost" => port,
            (None, remote) => return Err(Error::Remote { remote: remote.to_string() }.into()),
        };
        let (login, other_options, was_restricted) = login::who(&flags, tunnel, &machine)?;
        Ok(Self {
            prompt: Prompt::new(false),
            config_file: config_file.map_or_else(|| settings.paths.config_file.clone(), Path::to_owned),
            ssh_config: BaseDirs::new().ok_or(NoHome)?.home_dir().join(".ssh/config"),
            flags,
            settings,
            programs,
            login,
            was_restricted,
            other_options,
            port,
            machine,
        })
    }

    async fn run(&self) -> Result<Exit> {
        let mut interruption = Interruption::catch()?;
        let outcome = self.run_until(&mut interruption).await;
        // What is interrupted may fail before that is heard: Ctrl-C ends every ssh of this terminal as well.
        if interruption.has_come().await { Err(Interrupted.into()) } else { outcome }
    }

    /// From the login to the end of the login, whatever comes between.
    async fn run_until(&self, interruption: &mut Interruption) -> Result<Exit> {
        let mut session = {
            let mut login = pin!(self.log_in());
            tokio::select! {
                session = &mut login => session?,
                // An ssh that asks for a password puts the terminal in order by itself.
                () = interruption.come() => match timeout(MANNERS, login).await {
                    Ok(session) => session?,
                    Err(_) => return Err(Interrupted.into()),
                },
            }
        };
        // The end must not be left out; what is interrupted goes on to its end on the server, or is repeated.
        let outcome = tokio::select! {
            biased;
            () = interruption.come() => Err(Interrupted.into()),
            outcome = self.deploy(&mut session) => outcome,
        };
        session.close().await;
        outcome
    }

    async fn deploy(&self, session: &mut ServerSession) -> Result<Exit> {
        let machine = Machine::look(session).await?;
        let whose = self.become_root(session, &machine).await?;
        if self.flags.remove {
            return self.remove(session, &machine, whose).await;
        }
        let upload = Upload::choose(&machine, self.flags.program.as_deref(), self.programs)?;
        let found = machine.surroundings(session, whose, self.port).await?;
        if whose == Whose::User {
            let manager = found.manager.as_deref().unwrap_or_default();
            if !["running", "degraded", "starting", "initializing"].contains(&manager) {
                return Err(Error::NoUserManager { user: machine.user.clone() }.into());
            }
        }
        let wishes = self.wishes(whose)?;
        match Deployment::plan(&machine, &found, &upload, (wishes, self.machine.owner.clone()))? {
            Task::Nothing(deployment) => {
                self.say(&t!("deploy.nothing", host = self.login.destination(), release = deployment.release));
                if !self.flags.dry_run {
                    self.set_up(session, &machine, &deployment).await?;
                }
            }
            Task::Deploy(mut deployment) => {
                if deployment.models_from == ModelsFrom::Index
                    && let Some(index) = (Installation { session, deployment: &deployment }).unreached_index().await?
                {
                    deployment.models_from = ModelsFrom::HereWithout(index);
                }
                self.tell(&machine, &found, &deployment);
                if self.flags.dry_run {
                    return Ok(Exit::Done);
                }
                self.agree(t!("deploy.ask")).await?;
                self.carry_out(session, &machine, (&deployment, &upload)).await?;
                self.set_up(session, &machine, &deployment).await?;
            }
        }
        if !self.flags.dry_run {
            self.say(&t!("deploy.next"));
        }
        Ok(Exit::Done)
    }

    /// What is asked for by flags, settings and variables.
    fn wishes(&self, whose: Whose) -> Result<Wishes> {
        let ocr = &self.settings.config.ocr;
        let models = self.flags.models.as_ref().unwrap_or(&ocr.models).to_string();
        let models = match Registry::embedded().choice(&models)? {
            crate::models::Choice::Auto => None,
            crate::models::Choice::Set(set) => Some(set.name.clone()),
        };
        let threads = self.flags.threads.and_then(|threads| match threads {
            Threads::Auto => None,
            Threads::Exactly(count) => Some(count.get()),
        });
        let variable = |name: &'static str| Some((name, std::env::var(name).ok().filter(|value| !value.is_empty())?));
        Ok(Wishes {
            whose,
            port: self.port,
            models,
            engine: self.flags.engine.filter(|engine| *engine != EngineChoice::Auto),
            threads,
            memory_max: self.flags.memory_max.to_string(),
            keeps_old_server: self.flags.keep_old_server,
            is_restricted: self.flags.restricted || self.was_restricted,
            sends_models: self.flags.upload_models || self.settings.offline,
            download: DOWNLOAD.into_iter().filter_map(variable).collect(),
        })
    }

    /// Says what was found, and what will be done.
    fn tell(&self, machine: &Machine, found: &Surroundings, deployment: &Deployment) {
        let memory = found.memory.map_or_else(|| "?".to_owned(), |kib| size(kib.saturating_mul(1024)));
        let (host, cores) = (self.login.destination(), found.cores);
        report::tell(&t!(
            "deploy.found",
            host = host,
            system = machine.system,
            arch = Untrusted::new(&machine.arch),
            cores = cores,
            memory = memory
        ));
        if found.memory.is_some_and(|kib| kib < 1_100_000 && found.swap < 512 << 10) {
            report::tell(&t!("deploy.little_memory"));
        }
        let words = if self.flags.dry_run { t!("deploy.would", host = host) } else { t!("deploy.will", host = host) };
        report::tell(&words);
        list(&deployment.lines(found));
        report::tell(&t!("deploy.plan.here", file = self.config_file.display()));
    }

    /// Has a person agree, unless the command line does.
    async fn agree(&self, question: std::borrow::Cow<'static, str>) -> Result<()> {
        if self.flags.yes {
            return Ok(());
        }
        if self.prompt != Prompt::Terminal {
            return Err(Misuse(t!("deploy.error.nobody").into_owned()).into());
        }
        // A person may take long, and signals must be heard meanwhile.
        let prompt = self.prompt;
        if tokio::task::spawn_blocking(move || prompt.yes_or_no(&question, true)).await?? {
            return Ok(());
        }
        Err(anyhow::Error::msg(t!("deploy.error.declined")))
    }

    async fn remove(&self, session: &ServerSession, machine: &Machine, whose: Whose) -> Result<Exit> {
        let found = machine.surroundings(session, whose, self.port).await?;
        let Some(there) = &found.installed else {
            self.say(&t!("deploy.remove.nothing", host = self.login.destination()));
            return Ok(Exit::Done);
        };
        report::tell(&t!("deploy.remove.will", host = self.login.destination()));
        list(&removal::lines(&there.folder, whose));
        if self.flags.dry_run {
            return Ok(Exit::Done);
        }
        self.agree(t!("deploy.remove.ask")).await?;
        removal::remove(session, &there.folder, whose, &self.machine.owner).await?;
        self.forget_key()?;
        self.say(&t!("deploy.remove.done", host = self.login.destination(), file = self.config_file.display()));
        if found.old_server.is_some_and(|old| !old.is_enabled) {
            self.say(&t!("deploy.remove.old_server", command = plan::old_server_back()));
        }
        Ok(Exit::Done)
    }

    fn say(&self, words: &str) {
        if !self.settings.quiet {
            report::tell(words);
        }
    }
}

/// Tells `lines` with their numbers; what begins with a space belongs to the one above it.
fn list(lines: &[String]) {
    let mut number = 0;
    for line in lines {
        if line.starts_with(' ') {
            report::tell(&format!("  {line}"));
        } else {
            number += 1;
            report::tell(&format!("  {number}. {line}"));
        }
    }
}
