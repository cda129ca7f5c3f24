//! The settings as the parts of the daemon want them.

use anyhow::Result;

use crate::{
    config::{self, Config, LanguageChoice, Listen},
    http::{Guards, Limits, Listener},
    language::Language,
    paths::Paths,
    tunnel,
};

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

/// Bob's ports. An optional one that is taken is warned about.
///
/// # Errors
/// Who has a port that must be had, and what to do.
pub async fn listen(addresses: &[Listen]) -> Result<Vec<Listener>> {
    let mut listeners = Vec::new();
    for address in addresses {
        match (Listener::tcp(address.address()).await, address) {
            (Ok(listener), _) => listeners.push(listener),
            (Err(error), Listen::Optional(_)) => {
                tracing::warn!(%error, "an optional address is left out");
                anstream::eprintln!("{}", t!("up.optional_taken", error = error));
            }
            (Err(error), Listen::Required(address)) => {
                let advice = t!("up.port_advice", port = address.port());
                return Err(anyhow::Error::from(error).context(advice));
            }
        }
    }
    Ok(listeners)
}

/// Who may ask: this machine alone.
pub fn guards(config: &Config) -> Guards {
    Guards { allowed_hosts: config.serve.allowed_hosts.clone(), ..Guards::default() }
}

/// Bob's own patience bounds an answer.
pub fn limits(config: &Config) -> Limits {
    Limits {
        max_body: config.serve.max_body.as_u64(),
        drain_time: std::time::Duration::from_secs(10),
        ..Limits::default()
    }
}

/// Answers are read by users of Bob, who mostly read Chinese, whatever the environment says.
pub fn language(config: &Config) -> Language {
    match config.language {
        LanguageChoice::English => Language::English,
        LanguageChoice::Auto | LanguageChoice::Chinese => Language::Chinese,
    }
}
