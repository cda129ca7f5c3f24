//! Where files live: configuration, models, sockets and logs.

mod folder;
mod replace;
mod socket;

use std::path::{Path, PathBuf};

use directories::ProjectDirs;

pub use folder::{FolderError, create_folder, private_folder};
pub use replace::replace;
pub use socket::{SocketAccess, SocketFile, private_socket};

/// The variable that moves everything into one folder.
pub const HOME_VARIABLE: &str = "JKOCR_HOME";

/// What is kept, and where by default, for the manual: on Linux, and in brackets on a Mac.
pub(crate) const FILES: [(&str, &str); 4] = [
    ("~/.config/jkocr/config.toml", "the settings (~/Library/Application Support/jkocr/config.toml)"),
    (
        "~/.local/share/jkocr/",
        "models and ONNX Runtime, which can be fetched again (~/Library/Application Support/jkocr/)",
    ),
    ("~/.local/state/jkocr/state/", "sockets and the log of up --detach (~/Library/Application Support/jkocr/state/)"),
    ("~/.ssh/config", "hosts, as ssh knows them; only init --ssh-config changes it"),
];

/// No folder for our files could be found.
#[derive(Debug, thiserror::Error)]
#[error("{}", t!("paths.no_home", variable = HOME_VARIABLE))]
pub struct NoHome;

/// The folders of one user. Nothing is created until something is written there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// `config.toml`; it need not exist.
    pub config_file: PathBuf,
    /// Models and the ONNX Runtime library: large, can be fetched again.
    pub data: PathBuf,
    /// Sockets, the record of our ssh child, logs: belongs to this machine and session.
    pub state: PathBuf,
}

impl Paths {
    /// The platform's folders, or everything below `$JKOCR_HOME` when that is set and not empty.
    ///
    /// # Errors
    /// [`NoHome`] when neither `JKOCR_HOME` nor a home folder is known.
    pub fn discover(variable: impl Fn(&str) -> Option<String>) -> Result<Self, NoHome> {
        if let Some(home) = variable(HOME_VARIABLE).filter(|home| !home.is_empty()) {
            return Ok(Self::below(Path::new(&home)));
        }
        let folders = ProjectDirs::from("", "", "jkocr").ok_or(NoHome)?;
        Ok(Self {
            config_file: folders.config_dir().join("config.toml"),
            data: folders.data_dir().to_owned(),
            state: folders.state_dir().unwrap_or_else(|| folders.data_local_dir()).join("state"),
        })
    }

    /// Where `up --detach` writes its log.
    #[must_use]
    pub(crate) fn log_file(&self) -> PathBuf {
        self.state.join("up.log")
    }

    /// Everything below one folder, as `JKOCR_HOME` asks for.
    #[must_use]
    pub fn below(home: &Path) -> Self {
        Self { config_file: home.join("config.toml"), data: home.to_owned(), state: home.join("state") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_variable_moves_everything() {
        let paths = Paths::discover(|name| (name == HOME_VARIABLE).then(|| "/srv/jkocr".to_owned())).unwrap();
        assert_eq!(paths.config_file, Path::new("/srv/jkocr/config.toml"));
        assert!(paths.data.starts_with("/srv/jkocr") && paths.state.starts_with("/srv/jkocr"));
    }
}
