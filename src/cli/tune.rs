//! `jkocr tune`

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;

use crate::config::Span;

/// `jkocr tune`
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  jkocr tune
  jkocr tune --within 500ms screenshot.png chat.png
  jkocr tune --models v5-mobile,v6-small --threads 1,2 --json screenshot.png
  jkocr tune --write screenshot.png")]
pub struct Tune {
    /// Images like those that will be read; samples of the usual sizes if none is given
    #[arg(value_name = "IMAGE")]
    pub files: Vec<PathBuf>,
    /// Longest time that reading an image may take
    #[arg(long, value_name = "DURATION", default_value = "1s")]
    pub within: Span,
    /// Sets to try, with commas between them; without any, all that are installed
    #[arg(long, value_name = "SET", value_delimiter = ',')]
    pub models: Vec<String>,
    /// Numbers of threads to try, with commas between them; without any, one, half of the cores, and all
    #[arg(long, value_name = "N", value_delimiter = ',')]
    pub threads: Vec<NonZeroUsize>,
    /// How often each image is read with each
    #[arg(long, value_name = "N", default_value = "3")]
    pub rounds: NonZeroUsize,
    /// Longest time for a set on a number of threads; then it is ended
    #[arg(long, value_name = "DURATION", default_value = "2m")]
    pub limit: Span,
    /// Write the recommended set and number of threads to config.toml
    #[arg(long)]
    pub write: bool,
    /// Print a JSON document instead of a table
    #[arg(long)]
    pub json: bool,
}
