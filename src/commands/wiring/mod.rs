//! The settings as the parts want them, for every verb that puts such parts together.

pub mod engine;
mod openvino;
pub mod serving;

use anyhow::Result;

use crate::config::{self, Config, LanguageChoice};
use crate::language::Language;
use crate::paths::Paths;
use crate::tunnel;

/// The tunnel to `host`.
///
/// # Errors
/// If `tunnel.remote` is no address.
pub fn tunnel(host: &str, settings: &config::Tunnel, paths: &Paths) -> Result<tunnel::Options> {
    Ok(tunnel::Options {
        remote: settings.remote.parse()?,
        ssh: settings.ssh.clone().into(),
        ssh_options: settings.ssh_options.clone(),
        connect_timeout: settings.connect_timeout.0,
        keepalive_interval: settings.keepalive_interval.0,
        keepalive_count: settings.keepalive_count,
        ..tunnel::Options::new(host, &paths.state)
    })
}

/// A host that has a name: a blank one is none.
#[must_use]
pub fn named(host: Option<String>) -> Option<String> {
    host.filter(|host| !host.trim().is_empty())
}

/// Answers are read by users of Bob, who mostly read Chinese, whatever the environment says.
#[must_use]
pub fn language(config: &Config) -> Language {
    match config.language {
        LanguageChoice::English => Language::English,
        LanguageChoice::Auto | LanguageChoice::Chinese => Language::Chinese,
    }
}
