//! Trying the login, and what to do about a host that is not known yet.

use anyhow::{Context as _, Result};

use super::{Answers, Setup};
use crate::commands::prompt::Prompt;
use crate::config;
use crate::report::{self, Advised, Misuse};
use crate::setup::{Error, HostKey, Login, LoginOutcome, at_home, log_in, look_up, show};
use crate::shell::{CommandLine, FilePath, HostName, Value};
use crate::tunnel::{Cause, Options};

impl Setup<'_> {
    /// Logs in as `jkocr up` will, and says what was found.
    ///
    /// # Errors
    /// The [`Cause`] that kept it from logging in; what is wrong with an unknown host's key.
    pub fn log_in(&self, answers: &Answers) -> Result<()> {
        if self.flags.skip_login {
            return Ok(());
        }
        let folder = tempfile::tempdir().context(t!("init.error.no_folder"))?;
        let options = self.tunnel(answers, folder.path());
        self.say(&t!("init.logging_in", destination = options.host));
        let mut outcome = self.wait(log_in(options.clone()))?;
        if let Err(Cause::HostKeyUnknown { .. }) = &outcome
            && let Some(key) = self.wait(show(&options))?
        {
            self.decide(&key, &options)?;
            self.remember(&key, &options)?;
            outcome = self.wait(log_in(options))?;
        }
        match outcome? {
            LoginOutcome::Answers => self.say(&t!("init.server_answers", remote = answers.remote)),
            LoginOutcome::Missing(cause) => {
                self.say(&t!("init.server_missing", cause = cause, remedy = cause.remedy()));
            }
        }
        Ok(())
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

    /// Lets the user decide whether `key` is the host's.
    fn decide(&self, key: &HostKey, options: &Options) -> Result<()> {
        let HostKey { kind, fingerprint, .. } = key;
        if let Some(wanted) = &self.flags.accept_host_key {
            return if wanted == fingerprint {
                Ok(())
            } else {
                Err(Error::OtherHostKey { wanted: wanted.clone(), found: fingerprint.clone() }.into())
            };
        }
        let host = &options.host;
        let words =
            t!("init.host_key", host = host, kind = kind, fingerprint = fingerprint, command = key.command_of_server());
        report::tell_in_sentences(&words);
        if self.prompt != Prompt::Terminal {
            let flag = CommandLine::new("--accept-host-key");
            let flag = Value::parse(fingerprint).map_or(flag.clone(), |fingerprint| flag.word(&fingerprint));
            return Err(Misuse(t!("init.error.host_key_undecided", command = flag).into_owned()).into());
        }
        if self.prompt.yes_or_no(&t!("init.ask.host_key"), false)? {
            return Ok(());
        }
        Err(Error::HostKeyDeclined.into())
    }

    fn remember(&self, key: &HostKey, options: &Options) -> Result<()> {
        let settings = self.wait(look_up(&options.ssh, &options.ssh_options, &options.host))??;
        let file = settings.known_hosts.ok_or(Error::NoKnownHosts)?;
        key.remember(&file)?;
        self.say(&t!("init.remembered", file = file.display()));
        Ok(())
    }
}
