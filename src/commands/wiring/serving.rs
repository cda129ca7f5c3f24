//! The HTTP server as the settings and the flags describe it.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::{fs, io};

use anyhow::{Context as _, Result};

use crate::cli;
use crate::config::{Address, Config, Listen};
use crate::http::{Exposure, Guards, Limits, Listener, Permitted, Secret, SocketAccess};
use crate::report::{self, Advised, Misuse};

/// Who may ask: those with the token of `callers`, if it has one.
///
/// # Errors
/// If the token cannot be read.
pub fn guards(callers: &cli::Callers, config: &Config) -> Result<Guards> {
    let token = callers.token_file.as_deref().map(secret).transpose()?;
    Ok(Guards { allowed_hosts: config.serve.allowed_hosts.clone(), token, prefix: None })
}

/// The text of a file that only its owner should know.
///
/// # Errors
/// If it cannot be read, or is empty.
pub fn secret(file: &Path) -> Result<Secret> {
    let text = fs::read_to_string(file).with_context(|| t!("serve.secret_unreadable", file = file.display()))?;
    Secret::new(&text)
        .ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))
        .with_context(|| t!("serve.secret_empty", file = file.display()))
}

/// Where `serve` is asked.
///
/// # Errors
/// [`Misuse`] for an address that must not be listened on; who has one that is taken.
pub async fn listen(
    address: &Address,
    access: SocketAccess,
    callers: &cli::Callers,
    guards: &Guards,
) -> Result<Listener> {
    match address {
        Address::Tcp(address) => Ok(Listener::tcp(permitted(*address, callers, guards)?).await?),
        Address::Unix(path) => Ok(Listener::unix(path, access).await?),
    }
}

/// Where Bob asks `up` and `local`. Of the sockets in `open`, which others listened on, those with such an address are
/// used, and the others closed. An optional address that is taken is warned about.
///
/// # Errors
/// [`Misuse`] for an address that must not be listened on; who has a port that must be had, and what to do.
pub async fn listen_for_bob(
    addresses: &[Listen],
    mut open: Vec<TcpListener>,
    callers: &cli::Callers,
    guards: &Guards,
) -> Result<Vec<Listener>> {
    let mut listeners = Vec::new();
    for address in addresses {
        let permitted = permitted(address.address(), callers, guards)?;
        let is_it = |socket: &TcpListener| socket.local_addr().is_ok_and(|bound| bound == address.address());
        let listener = match open.iter().position(is_it) {
            Some(place) => Listener::adopt(permitted, open.swap_remove(place)),
            None => Listener::tcp(permitted).await,
        };
        match (listener, address) {
            (Ok(listener), _) => listeners.push(listener),
            (Err(error), Listen::Optional(_)) => {
                tracing::warn!(%error, "address-left-out");
                report::tell(&t!("up.optional_taken", error = error));
            }
            (Err(error), Listen::Required(address)) => {
                let advice = t!("up.port_advice", port = address.port()).into_owned();
                return Err(Advised::new(error, advice).into());
            }
        }
    }
    Ok(listeners)
}

fn permitted(address: SocketAddr, callers: &cli::Callers, guards: &Guards) -> Result<Permitted> {
    let exposure = if callers.allow_remote { Exposure::OtherMachines } else { Exposure::ThisMachine };
    Permitted::new(address, exposure, guards).map_err(|refused| Misuse(refused.to_string()).into())
}

/// What one client may cost: those who answer Bob need no limit of their own for an answer, as he waits for a minute.
pub fn limits(config: &Config) -> Limits {
    Limits { max_body: config.serve.max_body.as_u64(), ..Limits::default() }
}
