//! What a manager says about a service.

use std::path::PathBuf;

/// One service that is installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstalledService {
    /// Its name: of a systemd unit, or a launchd label.
    pub name: String,
    /// The file that makes it known.
    pub file: PathBuf,
    /// Whether it starts with the system or the session.
    pub enabled: bool,
    /// What it does now, in the manager's own words, such as `active (running)`; `None` where nothing runs it.
    pub activity: Option<String>,
    /// Whether it does its work.
    pub running: bool,
}
