//! `jkocr init`

use crate::setup::{Destination, Key};
use crate::tunnel::Remote;

/// `jkocr init`
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:
  jkocr init
  jkocr init me@203.0.113.7
  jkocr init me@203.0.113.7 --key ~/.ssh/id_ed25519 --ssh-config --defaults \\
      --accept-host-key SHA256:uNiVztksCsDhcc0u9e8BrZhT4UPHjbFc0ZtAKD6cCdM")]
#[expect(clippy::struct_excessive_bools, reason = "they are flags of a command line")]
pub struct Init {
    /// Host of the OCR server, as ssh takes it: an address, user@host, an alias
    #[arg(value_name = "HOST")]
    pub host: Option<Destination>,
    /// Account on the host
    #[arg(long, value_name = "NAME", value_parser = account)]
    pub user: Option<String>,
    /// Port of the host's sshd
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    pub port: Option<u16>,
    /// Key file to log in with; auto leaves the choice to ssh and its agent
    #[arg(long, value_name = "FILE")]
    pub key: Option<Key>,
    /// Port of the OCR server on the host, or host:port, or the path of its Unix socket
    #[arg(long, value_name = "PORT", value_parser = remote)]
    pub remote_port: Option<Remote>,
    /// Also make the host known to ssh as jk-ocr-vps, in ~/.ssh/config
    #[arg(long, conflicts_with = "no_ssh_config")]
    pub ssh_config: bool,
    /// Leave ~/.ssh/config alone
    #[arg(long)]
    pub no_ssh_config: bool,
    /// Accept the key of a host that is not known yet, if this is its fingerprint
    #[arg(long, value_name = "FINGERPRINT", value_parser = fingerprint)]
    pub accept_host_key: Option<String>,
    /// Ask nothing: take the default of every question that no flag answers
    #[arg(long)]
    pub defaults: bool,
    /// Write without logging in first
    #[arg(long, conflicts_with = "accept_host_key")]
    pub skip_login: bool,
}

fn account(text: &str) -> Result<String, String> {
    let destination: Destination = format!("{text}@host").parse().map_err(|_| t!("init.error.bad_account"))?;
    destination.user.ok_or_else(|| t!("init.error.bad_account").into_owned())
}

/// A port alone is one of the host's own loopback, where `jkocr serve` listens.
pub(crate) fn remote(text: &str) -> Result<Remote, String> {
    match text.trim().parse::<u16>() {
        Ok(0) => Err(t!("init.error.bad_port").into_owned()),
        Ok(port) => Ok(Remote::Tcp { host: "127.0.0.1".to_owned(), port }),
        Err(_) => text.trim().parse().map_err(|error: crate::tunnel::BadRemote| error.to_string()),
    }
}

/// 32 bytes in base64 without padding, as ssh shows them.
pub(crate) fn fingerprint(text: &str) -> Result<String, String> {
    let digest = text.trim_end_matches('=').strip_prefix("SHA256:");
    let is_base64 = |digest: &str| digest.chars().all(|char| char.is_ascii_alphanumeric() || "+/".contains(char));
    match digest {
        Some(digest) if digest.len() == 43 && is_base64(digest) => Ok(format!("SHA256:{digest}")),
        _ => Err(t!("init.error.bad_fingerprint").into_owned()),
    }
}
