//! Who logs in, with which rights.

use anyhow::Result;

use super::DeployRun;
use super::record::ThisMachine;
use crate::cli::deploy::Deploy;
use crate::commands::host_key;
use crate::commands::prompt::{Hidden, Prompt};
use crate::config;
use crate::deploy::plan::TUNNEL_USER;
use crate::deploy::{Authority, Error, Machine, Questions, RootAccess, ServerSession, SudoPassword, Whose, restricted};
use crate::report::Misuse;
use crate::setup::{Key, Login, show};
use crate::tunnel::{Cause, Options};

/// How often a password may be wrong.
const TRIES: usize = 3;

/// Who is to log in: flags first, then whom the last deployment logged in, then the configured host. Also the options of
/// the configuration that are not about the login, and whether the tunnel has a key of its own.
///
/// # Errors
/// [`Misuse`] if no host is known.
pub fn who(flags: &Deploy, tunnel: &config::Tunnel, machine: &ThisMachine) -> Result<(Login, Vec<String>, bool)> {
    let configured = tunnel.host.as_deref().filter(|host| !host.trim().is_empty());
    let (configured, others) = match configured {
        Some(host) => {
            let (login, others) = Login::from_settings(host, &tunnel.ssh_options);
            (Some(login), others)
        }
        None => (None, Login::from_settings("", &tunnel.ssh_options).1),
    };
    let is_tunnels = |login: &Login| {
        login.user.as_deref() == Some(TUNNEL_USER) || login.key.as_ref().is_some_and(|key| restricted::is_ours(key))
    };
    let host = flags.host.as_ref().map(|host| host.host.as_str());
    let same = |login: &&Login| host.is_none_or(|host| login.host == host);
    let was_restricted = configured.as_ref().filter(same).is_some_and(is_tunnels);
    // The tunnel's own key can change nothing there.
    let with_rights = configured.as_ref().filter(|login| same(login) && !is_tunnels(login));
    let last = machine
        .last
        .as_ref()
        .filter(same)
        .filter(|last| configured.as_ref().is_none_or(|configured| host.is_some() || configured.host == last.host));
    let before = last.or(with_rights).cloned();
    let mut login = match (&flags.host, before) {
        (Some(host), Some(before)) => {
            Login { user: host.user.clone().or(before.user), port: host.port.or(before.port), ..before }
        }
        (Some(host), None) => {
            let port = host.port.or_else(|| configured.as_ref().filter(same).and_then(|login| login.port));
            Login { host: host.host.clone(), user: host.user.clone(), port, key: None }
        }
        (None, Some(before)) => before,
        (None, None) => return Err(Misuse(t!("deploy.error.no_host").into_owned()).into()),
    };
    login.port = flags.port.or(login.port);
    match &flags.key {
        None => {}
        Some(Key::Auto) => login.key = None,
        Some(key) => login.key = key.clone().absolute()?,
    }
    Ok((login, others, was_restricted))
}

impl DeployRun<'_> {
    /// Logs in, and says so; a host that is not known yet shows its key first.
    ///
    /// # Errors
    /// [`Error::Login`]; what is wrong with the host's key.
    pub async fn log_in(&self) -> Result<ServerSession> {
        let options = self.options(&self.login, self.machine_folder());
        let questions = if self.prompt == Prompt::Terminal { Questions::Terminal } else { Questions::Nobody };
        self.say(&t!("init.logging_in", destination = options.host));
        let mut opened = ServerSession::open(&options, &self.ssh_config, questions).await;
        if let Err(Error::Login(Cause::HostKeyUnknown { .. })) = &opened
            && let Some(key) = show(&options).await
        {
            let (key_, options_, prompt) = (key.clone(), options.clone(), self.prompt);
            let wanted = self.flags.accept_host_key.clone();
            let decide = move || host_key::decide(&key_, &options_, wanted.as_deref(), prompt);
            tokio::task::spawn_blocking(decide).await??;
            let file = host_key::remember(&key, &options).await?;
            self.say(&t!("init.remembered", file = file.display()));
            opened = ServerSession::open(&options, &self.ssh_config, questions).await;
        }
        Ok(opened?)
    }

    /// The way of `login`.
    pub fn options(&self, login: &Login, folder: &std::path::Path) -> Options {
        let config::Tunnel { ssh, connect_timeout, keepalive_interval, keepalive_count, .. } =
            &self.settings.config.tunnel;
        let mut ssh_options = login.options();
        ssh_options.extend(self.other_options.iter().cloned());
        Options {
            remote: self.remote(),
            ssh: ssh.into(),
            ssh_options,
            connect_timeout: connect_timeout.0,
            keepalive_interval: keepalive_interval.0,
            keepalive_count: *keepalive_count,
            ..Options::new(login.destination(), folder)
        }
    }

    /// Gives scripts the rights they need, and says whose service it will be.
    ///
    /// # Errors
    /// [`Error::NotRoot`], [`Error::IsRoot`], [`Error::Sudo`].
    pub async fn become_root(&self, session: &mut ServerSession, machine: &Machine) -> Result<Whose> {
        match (self.flags.user, machine.root) {
            (true, RootAccess::Login) => return Err(Error::IsRoot.into()),
            (true, _) => return Ok(Whose::User),
            (false, RootAccess::Login) => {}
            (false, RootAccess::Sudo) => session.authority = Authority::Sudo,
            (false, RootAccess::SudoWithPassword) => session.authority = self.sudo(session, machine).await?,
            (false, RootAccess::None) => return Err(Error::NotRoot { user: machine.user.clone() }.into()),
        }
        Ok(Whose::System)
    }

    /// Asks for the password that sudo wants. It is kept in this process's memory alone.
    async fn sudo(&self, session: &ServerSession, machine: &Machine) -> Result<Authority> {
        if self.prompt != Prompt::Terminal {
            return Err(Misuse(t!("deploy.error.sudo_nobody", user = machine.user).into_owned()).into());
        }
        for _ in 0..TRIES {
            let question = t!("deploy.sudo", user = machine.user, host = self.login.host);
            let typed = {
                let _hidden = Hidden::new();
                tokio::task::spawn_blocking(move || Prompt::password(&question)).await??
            };
            let Some(password) = SudoPassword::new(typed) else { continue };
            if session.takes(&password).await? {
                return Ok(Authority::SudoWith(password));
            }
            self.say(&t!("deploy.sudo_wrong"));
        }
        Err(Error::Sudo { user: machine.user.clone() }.into())
    }
}
