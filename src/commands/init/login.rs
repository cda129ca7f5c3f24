//! Trying the login, and what to do about a host that is not known yet.

use anyhow::{Context as _, Result};

use super::{Answers, Setup};
use crate::commands::host_key;
use crate::config;
use crate::report::Advised;
use crate::setup::{Login, LoginOutcome, at_home, log_in, look_up, show};
use crate::shell::{CommandLine, FilePath, HostName};
use crate::tunnel::{Cause, Options};

/// What is at the other end of the login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServerThere {
    /// An OCR server, which is well.
    Answers,
    /// None.
    Missing,
}

impl Setup<'_> {
    /// Logs in as `jkocr up` will, and says what was found.
    ///
    /// # Errors
    /// The [`Cause`] that kept it from logging in; what is wrong with an unknown host's key.
    pub fn log_in(&self, answers: &Answers) -> Result<Option<ServerThere>> {
        if self.flags.skip_login {
            return Ok(None);
        }
        let folder = tempfile::tempdir().context(t!("init.error.no_folder"))?;
        let options = self.tunnel(answers, folder.path());
        self.say(&t!("init.logging_in", destination = options.host));
        let mut outcome = self.wait(log_in(options.clone()))?;
        if let Err(Cause::HostKeyUnknown { .. }) = &outcome
            && let Some(key) = self.wait(show(&options))?
        {
            host_key::decide(&key, &options, self.flags.accept_host_key.as_deref(), self.prompt)?;
            let file = self.wait(host_key::remember(&key, &options))??;
            self.say(&t!("init.remembered", file = file.display()));
            outcome = self.wait(log_in(options))?;
        }
        match outcome? {
            LoginOutcome::Answers => {
                self.say(&t!("init.server_answers", remote = answers.remote));
                Ok(Some(ServerThere::Answers))
            }
            LoginOutcome::Missing(cause) => {
                self.say(&t!("init.server_missing", cause = cause, remedy = cause.remedy()));
                Ok(Some(ServerThere::Missing))
            }
        }
    }

    /// `error` with what to do about it for somebody who has just given `answers`, which no file holds yet.
    pub fn advised(&self, error: anyhow::Error, answers: &Answers) -> anyhow::Error {
        let Some(cause) = error.downcast_ref::<Cause>() else { return error };
        let advice = match cause {
            Cause::HostUnresolved { .. } => t!("init.remedy.host_unresolved"),
            Cause::Refused { .. } => t!("init.remedy.refused"),
            Cause::NotSsh { .. } => t!("init.remedy.not_ssh"),
            Cause::LoginRefused { .. } | Cause::PasswordOnly { .. } => {
                let Some(command) = self.key_to_server(&answers.login) else { return error };
                if matches!(cause, Cause::LoginRefused { .. }) {
                    t!("init.remedy.login_refused", command = command)
                } else {
                    t!("init.remedy.password_only", command = command)
                }
            }
            _ => return error,
        };
        Advised::new(cause.clone(), advice.into_owned()).into()
    }

    /// What takes the key of `login` to its host, and makes one first if there is none.
    fn key_to_server(&self, login: &Login) -> Option<CommandLine> {
        let options = CommandLine::new("ssh-copy-id");
        let options = match &login.key {
            Some(key) => options.text("-i").word(&FilePath::parse(at_home(key, &self.home).to_str()?)?),
            None => options,
        };
        let options = match login.port {
            Some(port) => options.text("-p").number(port.into()),
            None => options,
        };
        let copy = options.word(&HostName::parse(&login.destination())?);
        let known = self.wait(look_up(self.settings.config.tunnel.ssh.as_ref(), &[], &login.host)).ok()?.ok()?;
        let has_key = login.key.is_some() || known.keys.iter().any(|key| at_home(key.as_ref(), &self.home).exists());
        Some(if has_key { copy } else { CommandLine::new("ssh-keygen -t ed25519").and(&copy) })
    }

    fn tunnel(&self, answers: &Answers, folder: &std::path::Path) -> Options {
        let config::Tunnel { ssh, connect_timeout, keepalive_interval, keepalive_count, .. } =
            &self.settings.config.tunnel;
        let mut ssh_options = answers.login.options();
        ssh_options.extend(self.other_options.iter().cloned());
        Options {
            remote: answers.remote.clone(),
            ssh: ssh.into(),
            ssh_options,
            connect_timeout: connect_timeout.0,
            keepalive_interval: keepalive_interval.0,
            keepalive_count: *keepalive_count,
            ..Options::new(answers.login.destination(), folder)
        }
    }
}
