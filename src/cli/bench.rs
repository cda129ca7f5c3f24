//! `jkocr bench`

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;

use super::EngineFlags;
use crate::config::Span;

/// `jkocr bench`
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  jkocr bench
  jkocr bench --samples
  jkocr bench --rounds 30 screenshot.png
  jkocr bench --models v6-small --json *.png
  jkocr bench --no-fold screenshot.png")]
pub struct Bench {
    /// Images to read; a screenshot of a chat if none is given
    #[arg(value_name = "IMAGE")]
    pub files: Vec<PathBuf>,
    /// Read samples of the usual sizes instead: a word, a chat, a full screen, a Retina full screen
    #[arg(long, conflicts_with = "files")]
    pub samples: bool,
    /// How often each image is read
    #[arg(long, value_name = "N", default_value = "10")]
    pub rounds: NonZeroUsize,
    /// Begin no further round of an image after this long
    #[arg(long, value_name = "DURATION", default_value = "10m")]
    pub at_most: Span,
    /// Print a JSON document instead of a table
    #[arg(long)]
    pub json: bool,
    /// Which models read, and with what.
    #[command(flatten)]
    pub engine: EngineFlags,
}
