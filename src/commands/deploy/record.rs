//! What this machine remembers of its deployments: its name for locks, and who logged in with rights to change a server.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use crate::paths::{self, Paths};
use crate::setup::Login;

/// This machine, which deploys to one server at a time.
pub struct ThisMachine {
    /// What a lock on a server knows it by.
    pub owner: String,
    /// Who logged in the last time.
    pub last: Option<Login>,
    file: PathBuf,
    /// Kept as long as this lives: a lock of ours on a server without it is of a run that is over.
    _lock: File,
}

/// As it is kept.
#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
struct Remembered {
    owner: String,
    host: String,
    ssh_options: Vec<String>,
}

impl ThisMachine {
    /// Reads what was kept, and keeps other deployments of this machine away.
    ///
    /// # Errors
    /// If another one is under way, or the files cannot be written.
    pub fn take(paths: &Paths) -> Result<Self> {
        let (lock, file) = (paths.state.join("deploy.lock"), paths.state.join("deploy.toml"));
        let context = || t!("deploy.error.here");
        paths::create_folder(&paths.state).with_context(context)?;
        let opened = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(lock);
        let opened = opened.with_context(context)?;
        match opened.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(anyhow::Error::msg(t!("deploy.error.another"))),
            Err(TryLockError::Error(error)) => return Err(error).with_context(context),
        }
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        // What cannot be read is as good as nothing.
        let mut kept: Remembered = toml::from_str(&text).unwrap_or_default();
        let is_name = kept.owner.len() == 32 && kept.owner.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_name {
            kept.owner = uuid::Uuid::new_v4().simple().to_string();
        }
        let (last, _) = Login::from_settings(&kept.host, &kept.ssh_options);
        let last = (!kept.host.is_empty()).then_some(last);
        let this = Self { owner: kept.owner, last, file, _lock: opened };
        if !is_name {
            this.write(this.last.as_ref())?;
        }
        Ok(this)
    }

    /// Remembers who logged in.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn remember(&self, login: &Login) -> Result<()> {
        if self.last.as_ref() == Some(login) { Ok(()) } else { self.write(Some(login)) }
    }

    fn write(&self, login: Option<&Login>) -> Result<()> {
        let kept = Remembered {
            owner: self.owner.clone(),
            host: login.map(Login::destination).unwrap_or_default(),
            ssh_options: login.map(Login::options).unwrap_or_default(),
        };
        let text = toml::to_string(&kept).context(t!("deploy.error.here"))?;
        paths::replace(&self.file, 0o600, text.as_bytes()).with_context(|| t!("deploy.error.here"))
    }
}
