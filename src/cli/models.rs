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
pub struct ModelsArgs {
    /// What to do with them.
    #[command(subcommand)]
    pub command: ModelsCommand,
}

/// What to do with models.
#[derive(Debug, Subcommand)]
pub enum ModelsCommand {
    /// Show what there is and what is installed
    #[command(after_help = "Examples:\n  jkocr models list")]
    List,
    /// Download models, and the ONNX Runtime with them
    #[command(after_help = "Examples:\n  jkocr models pull v6-small\n  jkocr models pull v5-mobile-det")]
    Pull {
        /// Sets or single files, as `jkocr models list` shows them
        #[arg(required = true, value_name = "SET")]
        names: Vec<String>,
    },
    /// Read everything that is installed again and compare its digest
    #[command(after_help = "Examples:\n  jkocr models verify")]
    Verify,
    /// Install files that are already here, also those in wheels, zip and tar archives
    #[command(after_help = "Examples:\n  jkocr models import ~/Downloads/*.whl\n  jkocr models import /mnt/usb/models")]
    Import {
        /// Files, archives and folders; what they are called does not matter
        #[arg(required = true, value_name = "FILE|DIR")]
        paths: Vec<PathBuf>,
    },
    /// Delete installed files
    #[command(after_help = "Examples:\n  jkocr models remove v5-server")]
    Remove {
        /// Sets or single files, as `jkocr models list` shows them
        #[arg(required = true, value_name = "SET|ID")]
        names: Vec<String>,
    },
    /// Print where the files are, or where one is
    #[command(after_help = "Examples:\n  jkocr models path\n  jkocr models path v5-mobile-det")]
    Path {
        /// A set or a single file
        #[arg(value_name = "ID")]
        name: Option<String>,
    },
}
