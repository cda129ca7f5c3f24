//! The tunnel as the settings describe it.

use anyhow::Result;

use crate::{config, paths::Paths, tunnel};

/// The tunnel to `host`.
///
/// # Errors
/// If `tunnel.remote` is no address.
pub fn options(host: &str, settings: &config::Tunnel, paths: &Paths) -> Result<tunnel::Options> {
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
