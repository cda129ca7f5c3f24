//! `jkocr init`: asks, logs in, writes.

mod login;
mod questions;
mod writing;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use directories::BaseDirs;
use tokio::runtime;

use super::prompt::Prompt;
use super::{Settings, deploy, models};
use crate::cli::deploy::Deploy;
use crate::cli::init::Init;
use crate::config;
use crate::paths::NoHome;
use crate::report::{self, Exit, Interrupted};
use crate::server_programs::ServerPrograms;
use crate::setup::ssh_config::{ALIAS, Block};
use crate::setup::{Destination, Key, Login, text_file};
use crate::shell::{CommandLine, HostName};
use crate::tunnel::{Cause, Remote};
use login::ServerThere;
use questions::SshConfig;

/// The set-up under way.
struct Setup<'a> {
    flags: Init,
    settings: &'a Settings,
    prompt: Prompt,
    runtime: runtime::Runtime,
    /// The `config.toml` to write.
    file: PathBuf,
    home: PathBuf,
    ssh_config_file: PathBuf,
    /// The block that an earlier set-up left in the ssh configuration.
    block: Option<Block>,
    /// The options of the configuration that are not about the login.
    other_options: Vec<String>,
    /// The login of the last time, here or in an earlier set-up.
    last: Option<Login>,
    /// The OCR server of the last time.
    remote: Remote,
    /// What was said about the ssh configuration the last time.
    last_ssh_config: Option<SshConfig>,
}

/// What a person wants.
#[derive(Debug, Clone)]
struct Answers {
    login: Login,
    remote: Remote,
    ssh_config: SshConfig,
}

/// Runs `jkocr init`. `config_file` is what `--config` named.
///
/// # Errors
/// [`report::Misuse`] for a question that nobody is there to answer; the cause that the login fails with; those of the files.
pub fn run(flags: Init, settings: &Settings, config_file: Option<&Path>, programs: &ServerPrograms) -> Result<Exit> {
    let mut setup = Setup::new(flags, settings, config_file)?;
    if let Some(key) = &setup.flags.key {
        key.look(&setup.home)?;
    }
    if setup.prompt == Prompt::Terminal {
        setup.say(&t!("init.intro", file = setup.file.display()));
    }
    loop {
        let answers = setup.ask()?;
        match setup.log_in(&answers).map_err(|error| setup.advised(error, &answers)) {
            Ok(found) => {
                setup.write(&answers)?;
                if found == Some(ServerThere::Missing) && setup.offer_deploy(&answers)? {
                    return setup.deploy(&answers, config_file, programs);
                }
                setup.say(&t!("init.next"));
                if let Some(advice) = models::better(&settings.store()) {
                    setup.say(&advice);
                }
                return Ok(Exit::Done);
            }
            Err(error) if setup.prompt == Prompt::Terminal && of_login(&error) => setup.again(&answers, &error)?,
            Err(error) => return Err(error),
        }
    }
}

/// Whether other answers may help.
fn of_login(error: &anyhow::Error) -> bool {
    error.chain().any(<dyn std::error::Error>::is::<Cause>)
}

impl<'a> Setup<'a> {
    fn new(flags: Init, settings: &'a Settings, config_file: Option<&Path>) -> Result<Self> {
        let home = BaseDirs::new().ok_or(NoHome)?.home_dir().to_owned();
        let ssh_config_file = home.join(".ssh/config");
        let block = text_file::read(&ssh_config_file)?.as_deref().and_then(Block::find);
        let config::Tunnel { host, ssh_options, remote, .. } = &settings.config.tunnel;
        let remote = remote.parse()?;
        let (last, other_options) = Login::from_settings(host.as_deref().unwrap_or_default(), ssh_options);
        let last = match &block {
            Some(block) if host.as_deref().is_none_or(|host| host == ALIAS) => Some(block.login()),
            _ => host.is_some().then_some(last),
        };
        Ok(Self {
            prompt: Prompt::new(flags.defaults),
            runtime: runtime::Builder::new_current_thread().enable_all().build().context(t!("up.no_runtime"))?,
            file: config_file.map_or_else(|| settings.paths.config_file.clone(), Path::to_owned),
            flags,
            settings,
            home,
            ssh_config_file,
            block,
            other_options,
            last,
            remote,
            last_ssh_config: None,
        })
    }

    /// Tells why the login failed, and whether to go on with other answers, which begin with those of now.
    fn again(&mut self, answers: &Answers, error: &anyhow::Error) -> Result<()> {
        report::print_with_hint(error);
        if !self.prompt.yes_or_no(&t!("init.ask.again"), true)? {
            return Err(anyhow::Error::msg(t!("init.error.not_written")));
        }
        (self.last, self.remote) = (Some(answers.login.clone()), answers.remote.clone());
        self.last_ssh_config = Some(answers.ssh_config);
        // Whatever a flag said about the login, it was wrong.
        self.flags = Init { host: None, user: None, port: None, key: None, ..self.flags.clone() };
        Ok(())
    }

    /// Whether the server is to be set up at once. Without a person, what does it is said.
    fn offer_deploy(&self, answers: &Answers) -> Result<bool> {
        let line = CommandLine::new("jkocr deploy");
        let host = HostName::parse(&answers.login.destination());
        self.say(&t!("init.deploy", command = host.map_or(line.clone(), |host| line.word(&host))));
        if self.prompt != Prompt::Terminal {
            return Ok(false);
        }
        self.prompt.yes_or_no(&t!("init.ask.deploy"), true)
    }

    /// Sets up the server that was not found.
    fn deploy(&self, answers: &Answers, config_file: Option<&Path>, programs: &ServerPrograms) -> Result<Exit> {
        let Login { host, user, port, key } = answers.login.clone();
        let flags = Deploy {
            host: Some(Destination { user, host, port }),
            key: key.map(Key::File),
            remote_port: match &answers.remote {
                Remote::Tcp { port, .. } => Some(*port),
                Remote::Unix(_) => None,
            },
            ..Deploy::default()
        };
        deploy::run(flags, self.settings, config_file, programs)
    }

    /// Runs `work` until it is done or the user presses Ctrl-C.
    fn wait<T>(&self, work: impl Future<Output = T>) -> Result<T> {
        self.runtime.block_on(async {
            tokio::select! {
                done = work => Ok(done),
                _ = tokio::signal::ctrl_c() => Err(Interrupted.into()),
            }
        })
    }

    fn say(&self, words: &str) {
        if !self.settings.quiet {
            report::tell_in_sentences(words);
        }
    }
}
