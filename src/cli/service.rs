//! `jkocr service`

use std::path::PathBuf;

use clap::Subcommand;

use crate::service::systemd::MemoryMax;

/// `jkocr service`
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  sudo jkocr service install
  sudo jkocr service install -- --models v6-small --threads 2
  sudo jkocr service install --port 8081 --port 8082
  jkocr service install --user --dry-run
  jkocr service print --systemd --program /usr/local/bin/jkocr")]
pub struct ServiceArgs {
    /// What to do with it.
    #[command(subcommand)]
    pub command: ServiceCommand,
}

/// What to do with the service.
#[derive(Debug, Subcommand)]
pub enum ServiceCommand {
    /// Run jkocr from now on, and whenever the system or the session starts
    Install(Install),
    /// Stop it and remove everything that install put there
    Uninstall(Uninstall),
    /// Say what is installed and whether it runs
    #[command(after_help = "Examples:
  jkocr service status
  jkocr service status --user")]
    Status {
        /// Whose service it is.
        #[command(flatten)]
        target: ServiceOwner,
    },
    /// Print the unit or property list that install would write
    #[command(after_help = "Examples:
  jkocr service print --systemd --program /usr/local/bin/jkocr
  jkocr service print --launchd")]
    Print {
        /// Whose service it is.
        #[command(flatten)]
        target: ServiceOwner,
        /// What it runs.
        #[command(flatten)]
        job: ServiceJob,
    },
}

/// `jkocr service install`
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  sudo jkocr service install
  sudo jkocr service install -- --models v6-small --threads 2
  jkocr service install --user --dry-run")]
pub struct Install {
    /// Whose service it is.
    #[command(flatten)]
    pub target: ServiceOwner,
    /// What it runs.
    #[command(flatten)]
    pub job: ServiceJob,
    /// Take the models from these files and folders instead of the network
    #[arg(long, value_name = "FILE|DIR")]
    pub models_from: Option<PathBuf>,
    /// Only get the models, and install nothing yet
    #[arg(long, hide = true, conflicts_with = "launchd")]
    pub models_only: bool,
    /// Only say what would be done
    #[arg(long)]
    pub dry_run: bool,
}

/// `jkocr service uninstall`
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  sudo jkocr service uninstall
  jkocr service uninstall --dry-run")]
pub struct Uninstall {
    /// Whose service it is.
    #[command(flatten)]
    pub target: ServiceOwner,
    /// Only say what would be done
    #[arg(long)]
    pub dry_run: bool,
}

/// Whose service it is.
#[derive(Debug, clap::Args)]
pub struct ServiceOwner {
    /// A systemd unit for `jkocr serve`: the default, except on a Mac
    #[arg(long, conflicts_with = "launchd")]
    pub systemd: bool,
    /// A launchd agent for `jkocr up`: the default on a Mac
    #[arg(long)]
    pub launchd: bool,
    /// A unit of your own, which needs no root and protects less
    #[arg(long, conflicts_with = "launchd")]
    pub user: bool,
    /// Install into the system below this folder, which does not run
    #[arg(long, value_name = "DIR", conflicts_with_all = ["launchd", "user"])]
    pub root: Option<PathBuf>,
}

/// What the service runs.
#[derive(Debug, clap::Args)]
pub struct ServiceJob {
    /// The program to run instead of this one
    #[arg(long, value_name = "FILE")]
    pub program: Option<PathBuf>,
    /// systemd: run one server on this port; again for more, behind a load balancer
    #[arg(long = "port", value_name = "PORT", conflicts_with = "launchd", value_parser = clap::value_parser!(u16).range(1..))]
    pub ports: Vec<u16>,
    /// systemd: memory that all of it may use, such as 75% or 3GiB
    #[arg(long, value_name = "SIZE", default_value_t = MemoryMax::default(), conflicts_with = "launchd")]
    pub memory_max: MemoryMax,
    /// Further arguments of `jkocr serve` or `jkocr up`
    #[arg(last = true, value_name = "ARGUMENT")]
    pub arguments: Vec<String>,
}
