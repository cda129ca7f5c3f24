//! What is asked, and what the answers are: those of the flags, of a person, or the defaults.

use std::path::PathBuf;

use anyhow::Result;

use super::{Answers, Setup};
use crate::cli::init::{Init, remote};
use crate::commands::prompt::Prompt;
use crate::report::Misuse;
use crate::setup::{BadKey, Destination, Key, Login, SshSettings, look_up};
use crate::tunnel::Remote;
use crate::wording;

/// Whether `~/.ssh/config` gets a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SshConfig {
    /// It does.
    Block,
    /// It stays as it is.
    Untouched,
}

impl Setup<'_> {
    /// The answers: flags first, then a person or the defaults.
    ///
    /// # Errors
    /// [`Misuse`] when there is a question and nobody to answer it; what ssh says about the host.
    pub fn ask(&self) -> Result<Answers> {
        self.refuse_silence()?;
        let destination = self.host()?;
        let before = self.last.clone().filter(|last| last.host == destination.host);
        let (user, port, key) = before.map_or((None, None, None), |last| (last.user, last.port, last.key));
        let known = self.known(&destination.host)?;
        let user = match self.flags.user.clone().or(destination.user) {
            Some(user) => user,
            None => self.user(user.unwrap_or_else(|| known.user.clone()))?,
        };
        let port = match self.flags.port.or(destination.port) {
            Some(port) => port,
            None => self.port(port.unwrap_or(known.port))?,
        };
        let key = match self.flags.key.clone() {
            Some(key) => key,
            None => self.key(key)?,
        };
        let is_alias = !known.host_name.eq_ignore_ascii_case(&destination.host);
        let login = Login {
            // An alias may say more than its account; only what differs from it is written down.
            user: (!is_alias || user != known.user).then_some(user),
            port: (port != known.port).then_some(port),
            key: key.absolute()?,
            host: destination.host,
        };
        let remote = self.remote()?;
        let ssh_config = if is_alias { self.spare_alias(&login.host) } else { self.ssh_config()? };
        Ok(Answers { login, remote, ssh_config })
    }

    /// Without a person every question needs a flag, or the wish for defaults; all that are missing are named at once.
    fn refuse_silence(&self) -> Result<()> {
        let Init { host, user, port, key, remote_port, ssh_config, no_ssh_config, .. } = &self.flags;
        let said = |said: fn(&Destination) -> bool| host.as_ref().is_some_and(said);
        let answered = [
            ("HOST", host.is_some()),
            ("--user", user.is_some() || said(|host| host.user.is_some())),
            ("--port", port.is_some() || said(|host| host.port.is_some())),
            ("--key", key.is_some()),
            ("--remote-port", remote_port.is_some()),
            ("--ssh-config|--no-ssh-config", *ssh_config || *no_ssh_config),
        ];
        let missing: Vec<_> = answered.into_iter().filter(|(_, answered)| !answered).map(|(flag, _)| flag).collect();
        if self.prompt != Prompt::Nobody || missing.is_empty() {
            return Ok(());
        }
        Err(Misuse(t!("init.error.unanswered", flags = wording::list(missing)).into_owned()).into())
    }

    fn host(&self) -> Result<Destination> {
        if let Some(host) = self.flags.host.clone() {
            return Ok(host);
        }
        let last = self.last.as_ref().map(|last| Destination { user: None, host: last.host.clone(), port: None });
        match (self.prompt, last) {
            (Prompt::Terminal, last) => Prompt::ask(
                &t!("init.ask.host"),
                last.map(|last| last.to_string()).as_deref(),
                str::parse::<Destination>,
            ),
            (_, Some(last)) => Ok(last),
            (_, None) => Err(Misuse(t!("init.error.no_host").into_owned()).into()),
        }
    }

    /// What ssh would do for `host` by itself.
    fn known(&self, host: &str) -> Result<SshSettings> {
        let ssh = self.settings.config.tunnel.ssh.as_ref();
        Ok(self.wait(look_up(ssh, &self.other_options, host))??)
    }

    fn user(&self, default: String) -> Result<String> {
        let parse = |user: &str| format!("{user}@host").parse::<Destination>().map(|_| user.to_owned());
        match self.prompt {
            Prompt::Terminal => Prompt::ask(&t!("init.ask.user"), Some(&default), |user| {
                parse(user).map_err(|_| t!("init.error.bad_account"))
            }),
            _ => Ok(default),
        }
    }

    fn port(&self, default: u16) -> Result<u16> {
        let parse = |port: &str| port.parse().ok().filter(|port| *port > 0).ok_or_else(|| t!("init.error.bad_port"));
        match self.prompt {
            Prompt::Terminal => Prompt::ask(&t!("init.ask.port"), Some(&default.to_string()), parse),
            _ => Ok(default),
        }
    }

    fn key(&self, before: Option<PathBuf>) -> Result<Key> {
        let default = before.map_or(Key::Auto, Key::File);
        match self.prompt {
            Prompt::Terminal => Prompt::ask(&t!("init.ask.key"), Some(&default.to_string()), |answer| {
                let key: Key = answer.parse().map_err(|error: BadKey| error.to_string())?;
                match key.look(&self.home) {
                    Ok(()) => Ok(key),
                    Err(error) => Err([Some(error.to_string()), error.hint()]
                        .into_iter()
                        .flatten()
                        .collect::<Vec<_>>()
                        .join("\n")),
                }
            }),
            _ => Ok(default),
        }
    }

    fn remote(&self) -> Result<Remote> {
        if let Some(given) = self.flags.remote_port.clone() {
            return Ok(given);
        }
        let default = match &self.remote {
            Remote::Tcp { host, port } if host == "127.0.0.1" => port.to_string(),
            other => other.to_string(),
        };
        match self.prompt {
            Prompt::Terminal => Prompt::ask(&t!("init.ask.remote_port"), Some(&default), remote),
            _ => Ok(self.remote.clone()),
        }
    }

    /// ssh knows the host by a name of the user's own; a block of ours would know less than that.
    fn spare_alias(&self, alias: &str) -> SshConfig {
        if self.flags.ssh_config {
            self.say(&t!("init.alias", alias = alias, file = self.ssh_config_file.display()));
        }
        SshConfig::Untouched
    }

    fn ssh_config(&self) -> Result<SshConfig> {
        let wanted = if self.flags.ssh_config {
            true
        } else if self.flags.no_ssh_config {
            false
        } else {
            let question = t!("init.ask.ssh_config", file = self.ssh_config_file.display());
            let before = self.last_ssh_config.map(|before| before == SshConfig::Block);
            let default = before.unwrap_or(self.prompt == Prompt::Terminal || self.block.is_some());
            self.prompt.yes_or_no(&question, default)?
        };
        Ok(if wanted { SshConfig::Block } else { SshConfig::Untouched })
    }
}
