//! This side: the lines in `config.toml`, and the key that carries the tunnel alone.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::DeployRun;
use crate::deploy::plan::TUNNEL_USER;
use crate::deploy::{Deployment, Installation, Machine, ServerSession, Whose, restricted};
use crate::report::Advised;
use crate::setup::config_file::{TunnelSettings, edited};
use crate::setup::{self, Login, LoginOutcome, log_in, text_file};
use crate::shell::{CommandLine, HostName};
use crate::tunnel::Cause;
use crate::untrusted::Untrusted;

impl DeployRun<'_> {
    /// Writes `config.toml` for the way to the server, once that way was gone.
    ///
    /// # Errors
    /// Why the way cannot be gone without a person; those of the file.
    pub async fn set_up(&self, session: &ServerSession, machine: &Machine, deployment: &Deployment) -> Result<()> {
        self.machine.remember(&self.login)?;
        let tunnel = self.tunnel_login(deployment);
        let (old, new) = self.written(&tunnel)?;
        if old.as_deref() == Some(new.as_str()) && self.flags.restricted <= self.was_restricted {
            self.say(&t!("init.unchanged", file = self.config_file.display()));
            return Ok(());
        }
        if deployment.wishes.is_restricted {
            self.restrict(session, machine, deployment, &tunnel).await?;
        }
        self.rehearse(&tunnel, deployment.wishes.is_restricted).await?;
        let (old, new) = self.written(&tunnel)?;
        if old.as_deref() != Some(new.as_str()) {
            text_file::replace(&self.config_file, &new)?;
            self.say(&t!("init.written", file = self.config_file.display()));
        }
        Ok(())
    }

    /// Who logs in for the tunnel.
    fn tunnel_login(&self, deployment: &Deployment) -> Login {
        if !deployment.wishes.is_restricted {
            return self.login.clone();
        }
        let user = match deployment.wishes.whose {
            Whose::System => Some(TUNNEL_USER.to_owned()),
            Whose::User => self.login.user.clone(),
        };
        Login { user, key: Some(self.key_file()), ..self.login.clone() }
    }

    /// Makes the key, has the server let it in for the tunnel alone, and proves that it does.
    async fn restrict(
        &self,
        session: &ServerSession,
        machine: &Machine,
        deployment: &Deployment,
        tunnel: &Login,
    ) -> Result<()> {
        let public = restricted::key(&self.key_file()).await?;
        let account = Installation { session, deployment }.authorize(&public).await?;
        restricted::prove(&self.options(tunnel, self.machine_folder()), machine.ssh_port).await?;
        self.say(&t!("deploy.restricted.done", user = Untrusted::new(&account), file = self.key_file().display()));
        Ok(())
    }

    /// Goes the way that `jkocr up` will go.
    async fn rehearse(&self, login: &Login, is_restricted: bool) -> Result<()> {
        let folder = tempfile::tempdir().context(t!("init.error.no_folder"))?;
        match log_in(self.options(login, folder.path())).await {
            Ok(LoginOutcome::Answers) => Ok(()),
            Err(cause @ (Cause::LoginRefused { .. } | Cause::LoginStalled)) if !is_restricted => {
                let line = CommandLine::new("jkocr deploy");
                let line = HostName::parse(&self.login.destination()).map_or(line.clone(), |host| line.word(&host));
                let advice = t!("deploy.hint.restricted", command = line.text("--restricted")).into_owned();
                Err(Advised::new(cause, advice).into())
            }
            Ok(LoginOutcome::Missing(cause)) | Err(cause) => Err(cause.into()),
        }
    }

    /// The configuration as it is, and with the way of `login` in it.
    fn written(&self, login: &Login) -> Result<(Option<String>, String)> {
        let way =
            TunnelSettings { host: login.destination(), remote: self.remote().to_string(), options: login.options() };
        let old = text_file::read(&self.config_file)?;
        let new = edited(old.as_deref().unwrap_or_default(), &way)
            .map_err(|source| setup::Error::NotToml { file: self.config_file.clone(), source })?;
        Ok((old, new))
    }

    /// The key of the tunnel alone.
    fn key_file(&self) -> PathBuf {
        let folder = self.settings.paths.config_file.parent().unwrap_or(Path::new("."));
        restricted::file(folder, &self.login.host)
    }

    /// Removes the key that the server knows no more.
    ///
    /// # Errors
    /// What the system says.
    pub fn forget_key(&self) -> Result<()> {
        let file = self.key_file();
        for file in [restricted::public(&file), file] {
            match fs::remove_file(&file) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(error).context(t!("deploy.error.here"));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Where the files of a tunnel would be.
    pub fn machine_folder(&self) -> &Path {
        &self.settings.paths.state
    }
}
