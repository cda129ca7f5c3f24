//! `jkocr up`, `jkocr local` and those who talk to them.

use super::{Callers, EngineFlags};
use crate::config::{Config, FallbackMode, Listen};
use crate::log::LogFormat;

/// `jkocr up`
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  jkocr up my-vps
  jkocr up user@192.0.2.7 --detach
  jkocr up --fallback race")]
pub struct Up {
    /// Host of the OCR server, as ssh takes it; the configured one if absent
    #[arg(value_name = "HOST")]
    pub host: Option<String>,
    /// When this machine reads a screenshot itself
    #[arg(long, value_name = "WHEN")]
    pub fallback: Option<FallbackMode>,
    /// Where Bob asks.
    #[command(flatten)]
    pub ports: Ports,
    /// Whom it answers.
    #[command(flatten)]
    pub callers: Callers,
    /// How it runs.
    #[command(flatten)]
    pub background: Background,
    /// Which models read, and with what.
    #[command(flatten)]
    pub engine: EngineFlags,
}

impl Up {
    /// Puts the flags that were given over the settings.
    pub fn apply(&self, config: &mut Config) {
        self.engine.apply(config);
        self.ports.apply(config);
        if let Some(host) = &self.host {
            config.tunnel.host = Some(host.clone());
        }
        if let Some(mode) = self.fallback {
            config.fallback.mode = mode;
        }
    }
}

/// `jkocr local`
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  jkocr local
  jkocr local --listen 127.0.0.1:8081
  jkocr local --models v6-small --detach")]
pub struct Local {
    /// Where Bob asks.
    #[command(flatten)]
    pub ports: Ports,
    /// Whom it answers.
    #[command(flatten)]
    pub callers: Callers,
    /// How it runs.
    #[command(flatten)]
    pub background: Background,
    /// Which models read, and with what.
    #[command(flatten)]
    pub engine: EngineFlags,
}

impl Local {
    /// Puts the flags that were given over the settings; there is no server.
    pub fn apply(&self, config: &mut Config) {
        self.engine.apply(config);
        self.ports.apply(config);
        config.tunnel.host = None;
    }
}

/// The ports that are answered.
#[derive(Debug, Clone, clap::Args)]
pub struct Ports {
    /// Address and port that Bob asks at, instead of the configured ones; can be repeated, optional with ? at its end
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Vec<Listen>,
}

impl Ports {
    fn apply(&self, config: &mut Config) {
        if !self.listen.is_empty() {
            config.listen.clone_from(&self.listen);
        }
    }
}

/// In front of the user or behind.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Background {
    /// Run in the background, with a log file
    #[arg(long)]
    pub detach: bool,
    /// How log lines look
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub log_format: LogFormat,
    /// This is the process in the background
    #[arg(long, hide = true, conflicts_with = "detach")]
    pub detached: bool,
}

/// `jkocr status`
#[derive(Debug, clap::Args)]
#[command(after_help = "Exits with 0 when it is well, with 3 when it is not or does not run.

Examples:
  jkocr status
  jkocr status --json | jq .state")]
pub struct Status {
    /// Print JSON, for programs
    #[arg(long)]
    pub json: bool,
}

/// `jkocr logs`
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  jkocr logs
  jkocr logs --follow")]
pub struct Logs {
    /// Go on with what is added
    #[arg(short, long)]
    pub follow: bool,
}
