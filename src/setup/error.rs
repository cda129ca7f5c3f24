//! What can go wrong with the files and the host key; what can go wrong with the login is a [`crate::tunnel::Cause`].

use std::io;
use std::path::PathBuf;

use crate::shell::{CommandLine, FilePath};
use crate::untrusted::Untrusted;

/// Why the set-up was not written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file is there and cannot be read as text.
    #[error("{}", t!("init.error.unreadable", file = file.display()))]
    Unreadable { file: PathBuf, source: io::Error },
    /// A file or its folder cannot be written.
    #[error("{}", t!("init.error.unwritable", file = file.display()))]
    Unwritable { file: PathBuf, source: io::Error },
    /// `config.toml` is not TOML.
    #[error("{}", t!("init.error.not_toml", file = file.display()))]
    NotToml { file: PathBuf, source: toml_edit::TomlError },
    /// There is no such key file.
    #[error("{}", t!("init.error.no_key", file = _0))]
    NoKey(Untrusted),
    /// A folder was named in the place of a key file.
    #[error("{}", t!("init.error.key_is_folder", file = _0))]
    KeyIsFolder(Untrusted),
    /// The public half was named in the place of the key.
    #[error("{}", t!("init.error.key_is_public", file = _0))]
    KeyIsPublic(Untrusted),
    /// ssh is configured to remember no host keys.
    #[error("{}", t!("init.error.no_known_hosts"))]
    NoKnownHosts,
    /// The host shows another key than the one that was announced.
    #[error("{}", t!("init.error.other_host_key", wanted = wanted, found = found))]
    OtherHostKey {
        /// What `--accept-host-key` said.
        wanted: String,
        /// The fingerprint of the key that the host shows.
        found: String,
    },
    /// The user does not take the host for the one it says it is.
    #[error("{}", t!("init.error.host_key_declined"))]
    HostKeyDeclined,
    /// Another part of the ssh configuration wins over the block.
    #[error("{}", t!("init.error.overruled", setting = setting, found = found, file = file.display()))]
    Overruled {
        setting: &'static str,
        /// The value that ssh takes.
        found: String,
        /// The file that was put back as it was.
        file: PathBuf,
    },
}

impl Error {
    /// The one thing to do about it, if there is one besides what it says.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::OtherHostKey { .. } | Self::HostKeyDeclined => Some(t!("init.hint.compare").into_owned()),
            Self::Overruled { setting, .. } => Some(t!("init.hint.overruled", setting = setting).into_owned()),
            Self::NoKnownHosts => Some(t!("init.hint.no_known_hosts").into_owned()),
            Self::NoKey(file) => {
                let file = FilePath::parse(file.as_it_came()?)?;
                let command = CommandLine::new("ssh-keygen -t ed25519 -f").word(&file);
                Some(t!("init.hint.no_key", command = command).into_owned())
            }
            Self::KeyIsPublic(file) => {
                let private = file.as_it_came()?.strip_suffix(".pub")?;
                Some(t!("init.hint.key_is_public", file = Untrusted::new(private)).into_owned())
            }
            Self::KeyIsFolder(_) | Self::Unreadable { .. } | Self::Unwritable { .. } | Self::NotToml { .. } => None,
        }
    }
}
