//! `jkocr config`

use clap::Subcommand;
use clap::builder::PossibleValuesParser;

use crate::config::{keys, sections};

/// `jkocr config`
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  jkocr config show
  jkocr config set tunnel.host my-vps
  jkocr config path")]
pub struct ConfigArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: ConfigCommand,
}

/// The verbs of `jkocr config`.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print every setting in force, and where it comes from
    #[command(after_help = "Examples:
  jkocr config show
  jkocr config show tunnel.host
  jkocr config show ocr
  jkocr config show --json | jq '.\"tunnel.host\".value'")]
    Show {
        /// Setting or section to print; all, if absent
        #[arg(value_name = "KEY", value_parser = PossibleValuesParser::new(keys().chain(sections())), hide_possible_values = true)]
        key: Option<String>,
        /// Print JSON, for programs
        #[arg(long)]
        json: bool,
    },
    /// Change a setting in config.toml; comments and order stay
    #[command(after_help = "A list is written with commas between its items.

Examples:
  jkocr config set language zh
  jkocr config set tunnel.host my-vps
  jkocr config set listen 127.0.0.1:8080,127.0.0.1:50000?")]
    Set {
        /// Setting to change, such as tunnel.host
        #[arg(value_name = "KEY", value_parser = PossibleValuesParser::new(keys()), hide_possible_values = true)]
        key: String,
        /// Its new value
        #[arg(value_name = "VALUE", allow_hyphen_values = true)]
        value: String,
    },
    /// Print where config.toml is, or would be
    #[command(after_help = "Examples:\n  jkocr config path")]
    Path,
}
