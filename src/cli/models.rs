//! `jkocr models`

use std::path::PathBuf;

use clap::Subcommand;

/// `jkocr models`
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  jkocr models list
  jkocr models pull v6-small
  jkocr models import ~/Downloads/*.whl
  jkocr models path v5-mobile-det")]
pub struct Args {
    /// What to do with them.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do with models.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show what there is and what is installed
    List,
    /// Download models, and the ONNX Runtime with them
    Pull {
        /// Sets or single files, as `jkocr models list` shows them
        #[arg(required = true, value_name = "SET")]
        names: Vec<String>,
    },
    /// Read everything that is installed again and compare its digest
    Verify,
    /// Install files that are already here, also those in wheels, zip and tar archives
    Import {
        /// Files, archives and folders; what they are called does not matter
        #[arg(required = true, value_name = "FILE|DIR")]
        paths: Vec<PathBuf>,
    },
    /// Delete installed files
    Remove {
        /// Sets or single files, as `jkocr models list` shows them
        #[arg(required = true, value_name = "SET|ID")]
        names: Vec<String>,
    },
    /// Print where the files are, or where one is
    Path {
        /// A set or a single file
        #[arg(value_name = "ID")]
        name: Option<String>,
    },
}
