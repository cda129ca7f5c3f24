//! Writing the answers down: the block for ssh first, then the `config.toml` that may name it.

use anyhow::Result;

use super::{Answers, Setup};
use crate::commands::init::questions::SshConfig;
use crate::setup::config_file::{TunnelSettings, edited};
use crate::setup::ssh_config::{ALIAS, Block};
use crate::setup::{Error, look_up, text_file};

impl Setup<'_> {
    /// Writes both files, those that change.
    ///
    /// # Errors
    /// Those of the files; [`Error::Overruled`], with the ssh configuration put back as it was.
    pub fn write(&self, answers: &Answers) -> Result<()> {
        let (host, options) = match answers.ssh_config {
            SshConfig::Untouched => (answers.login.destination(), answers.login.options()),
            SshConfig::Block => {
                self.write_block(answers)?;
                (ALIAS.to_owned(), Vec::new())
            }
        };
        let way = TunnelSettings { host, remote: answers.remote.to_string(), options };
        let old = text_file::read(&self.file)?;
        let new = edited(old.as_deref().unwrap_or_default(), &way)
            .map_err(|source| Error::NotToml { file: self.file.clone(), source })?;
        self.replace(&self.file, old.as_deref(), &new)?;
        Ok(())
    }

    fn write_block(&self, answers: &Answers) -> Result<()> {
        let ssh = self.settings.config.tunnel.ssh.as_ref();
        let login = &answers.login;
        let known = self.wait(look_up(ssh, &login.options(), &login.destination()))??;
        let block = Block { host_name: login.host.clone(), user: known.user, port: known.port, key: login.key.clone() };
        let file = &self.ssh_config_file;
        let old = text_file::read(file)?;
        let new = block.put_into(old.as_deref().unwrap_or_default());
        let backup = match &old {
            Some(old) if *old != new => Some(text_file::back_up(file)?),
            _ => None,
        };
        self.replace(file, old.as_deref(), &new)?;
        if let Some(backup) = &backup {
            self.say(&t!("init.backup", file = backup.display()));
        }
        let found = self.wait(look_up(ssh, &self.other_options, ALIAS))??;
        let Some((setting, value)) = block.overruled(&found) else { return Ok(()) };
        match old {
            Some(old) => text_file::replace(file, &old)?,
            None => text_file::remove(file)?,
        }
        if let Some(backup) = backup {
            std::fs::remove_file(backup)?;
        }
        Err(Error::Overruled { setting, found: value, file: file.clone() }.into())
    }

    fn replace(&self, file: &std::path::Path, old: Option<&str>, new: &str) -> Result<()> {
        if old == Some(new) {
            self.say(&t!("init.unchanged", file = file.display()));
            return Ok(());
        }
        text_file::replace(file, new)?;
        self.say(&t!("init.written", file = file.display()));
        Ok(())
    }
}
