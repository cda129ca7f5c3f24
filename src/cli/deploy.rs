//! `jkocr deploy`

use std::path::PathBuf;

use super::init::fingerprint;
use crate::config::{EngineChoice, ModelChoice, Threads};
use crate::service::systemd::MemoryMax;
use crate::setup::{Destination, Key};

/// `jkocr deploy`
#[derive(Debug, Clone, Default, clap::Args)]
#[command(after_help = "Examples:
  jkocr deploy root@203.0.113.7
  jkocr deploy me@vps --restricted
  jkocr deploy me@vps --models v6-small --dry-run
  jkocr deploy me@vps --user
  jkocr deploy me@vps --remove")]
#[expect(clippy::struct_excessive_bools, reason = "they are flags of a command line")]
pub struct Deploy {
    /// Host that is to read, as ssh takes it: an address, user@host, an alias; the configured one if absent
    #[arg(value_name = "HOST")]
    pub host: Option<Destination>,
    /// Port of the host's sshd
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    pub port: Option<u16>,
    /// Key file to log in with; auto leaves the choice to ssh and its agent
    #[arg(long, value_name = "FILE")]
    pub key: Option<Key>,
    /// Accept the key of a host that is not known yet, if this is its fingerprint
    #[arg(long, value_name = "FINGERPRINT", value_parser = fingerprint)]
    pub accept_host_key: Option<String>,
    /// Port that the OCR server listens on, on the host's own loopback
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    pub remote_port: Option<u16>,
    /// Program to put there instead of the one that came with this one
    #[arg(long, value_name = "FILE")]
    pub program: Option<PathBuf>,
    /// Models to read with there: auto, or a set of `jkocr models list`
    #[arg(long, value_name = "SET")]
    pub models: Option<ModelChoice>,
    /// What computes the models there
    #[arg(long, value_name = "ENGINE")]
    pub engine: Option<EngineChoice>,
    /// Threads of inference there; 0 takes every physical core
    #[arg(long, value_name = "N")]
    pub threads: Option<Threads>,
    /// Memory that the service may use there, such as 75% or 3GiB
    #[arg(long, value_name = "SIZE", default_value_t = MemoryMax::default())]
    pub memory_max: MemoryMax,
    /// Send the models from here, for a host that reaches no package index
    #[arg(long)]
    pub upload_models: bool,
    /// A service of the account's own, which needs no root there and protects less
    #[arg(long)]
    pub user: bool,
    /// Leave the server of the old guide (ppocrv5-http.service) running
    #[arg(long)]
    pub keep_old_server: bool,
    /// Give the tunnel a key of its own, which can do nothing else there
    #[arg(long)]
    pub restricted: bool,
    /// Only say what would be done
    #[arg(long)]
    pub dry_run: bool,
    /// Do it without asking
    #[arg(short, long)]
    pub yes: bool,
    /// Take everything away again
    #[arg(long, conflicts_with_all = ["program", "models", "engine", "threads", "upload_models", "restricted", "keep_old_server"])]
    pub remove: bool,
}
