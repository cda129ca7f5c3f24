//! The command line: types only. Doc comments are the English help; the Chinese one is in `locales/help.yml`.

pub mod bench;
pub mod config;
pub mod deploy;
mod doctor;
pub mod generated;
mod help;
pub mod init;
mod manual;
pub mod models;
pub mod reading;
pub mod service;
pub mod tune;
pub mod up;
mod usage;

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use bytesize::ByteSize;
use clap::{Args, Parser, Subcommand, ValueEnum};
use tracing_subscriber::filter::LevelFilter;

use crate::config::{Address, Config, EngineChoice, LanguageChoice, ModelChoice, Threads};
use crate::log::LogFormat;

pub use doctor::Doctor;
use reading::ReadingFlags;
pub use usage::parse;

/// Reads the text on your screen for Bob, on machines you own.
#[derive(Debug, Parser)]
#[command(name = "jkocr", version = env!("BUILD_VERSION"), disable_version_flag = true, disable_help_subcommand = true)]
#[command(after_help = "Examples:
  jkocr init                  set up the way to the OCR server
  jkocr up                    answer Bob
  jkocr ocr screenshot.png    print the text of an image")]
pub struct Cli {
    /// What every command takes.
    #[command(flatten)]
    pub global: Global,
    /// Print the version; with --verbose also the runtime, the models, and how it was installed
    #[arg(short = 'V', long)]
    pub version: bool,
    /// The verb; without one, the first steps are printed.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Flags of every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Read this configuration file instead of the usual one
    #[arg(long, global = true, value_name = "FILE", env = "JKOCR_CONFIG")]
    pub config: Option<PathBuf>,
    /// Say more in the log; twice for everything
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Say nothing but what went wrong
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: Color,
    /// Language of messages
    #[arg(long, global = true, value_name = "LANGUAGE")]
    pub lang: Option<LanguageChoice>,
    /// Never download anything
    #[arg(long, global = true, env = "JKOCR_OFFLINE", value_parser = clap::builder::FalseyValueParser::new())]
    pub offline: bool,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Set up the way to the OCR server: ask, try the login, write config.toml
    Init(init::Init),
    /// Put the OCR server on a host of yours, over ssh: install, upgrade, remove
    Deploy(deploy::Deploy),
    /// Answer Bob, through a tunnel to the OCR server or on this machine
    Up(up::Up),
    /// End the running up or local
    #[command(after_help = "Examples:\n  jkocr down")]
    Down,
    /// Say how the running up or local is
    Status(up::Status),
    /// Print the log of up --detach
    Logs(up::Logs),
    /// Answer Bob on this machine only
    Local(up::Local),
    /// Say what is wrong between Bob and the server, and what to do about it
    Doctor(Doctor),
    /// Print the text of images and PDFs
    Ocr(Ocr),
    /// Answer OCR requests, on the VPS
    Serve(Serve),
    /// Show and change the settings
    Config(config::ConfigArgs),
    /// Fetch, check and list models
    Models(models::ModelsArgs),
    /// Run jkocr as a service of the system
    Service(service::ServiceArgs),
    /// Print the completions of a shell
    Completions(Completions),
    /// Print the manual page, or write all of them into a folder
    Man(Man),
    /// Time the stages of reading an image on this machine
    Bench(bench::Bench),
    /// Find the models and threads for a wanted time on this machine
    Tune(tune::Tune),
    /// Draw the pages of the PDF on standard input
    #[command(hide = true)]
    DrawPdf {
        /// Build of the program that wants them
        #[arg(long, value_name = "BUILD")]
        build: String,
        /// First page
        #[arg(long, value_name = "N")]
        first: usize,
        /// Last page
        #[arg(long, value_name = "N")]
        last: usize,
        /// Most pixels of a page
        #[arg(long, value_name = "N")]
        pixels: u64,
    },
    /// Load an ONNX Runtime library and exit
    #[command(hide = true)]
    ProbeRuntime {
        /// The library
        #[arg(value_name = "FILE")]
        library: PathBuf,
        /// Whether it is OpenVINO's
        #[arg(long)]
        openvino: bool,
    },
}

/// `jkocr completions`
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  jkocr completions bash > ~/.local/share/bash-completion/completions/jkocr
  jkocr completions zsh > \"${fpath[1]}/_jkocr\"
  jkocr completions fish > ~/.config/fish/completions/jkocr.fish")]
pub struct Completions {
    /// Shell to complete in
    #[arg(value_name = "SHELL")]
    pub shell: clap_complete::Shell,
}

/// `jkocr man`
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  jkocr man | man -l -
  jkocr man ~/.local/share/man/man1")]
pub struct Man {
    /// Folder that gets a page for each command
    #[arg(value_name = "DIR")]
    pub folder: Option<PathBuf>,
}

/// Which models read, and with what.
#[derive(Debug, Clone, Args)]
pub struct EngineFlags {
    /// Models to read with: auto, or a set of `jkocr models list`
    #[arg(long, value_name = "SET")]
    pub models: Option<ModelChoice>,
    /// What computes the models
    #[arg(long, value_name = "ENGINE")]
    pub engine: Option<EngineChoice>,
    /// Threads of inference; 0 takes every physical core, on a Mac every fast one
    #[arg(long, value_name = "N")]
    pub threads: Option<Threads>,
    /// How pages are looked at and put in order.
    #[command(flatten)]
    pub reading: ReadingFlags,
    /// Run the models as they were exported, which is slower
    #[arg(long)]
    pub no_fold: bool,
    /// ONNX Runtime library to load instead of the downloaded one
    #[arg(long, value_name = "FILE", env = "ORT_DYLIB_PATH")]
    pub onnxruntime: Option<PathBuf>,
}

impl EngineFlags {
    /// Puts the flags that were given over the settings.
    pub fn apply(&self, config: &mut Config) {
        if let Some(models) = &self.models {
            config.ocr.models = models.clone();
        }
        if let Some(engine) = self.engine {
            config.ocr.engine = engine;
        }
        if let Some(threads) = self.threads {
            config.ocr.threads = threads;
        }
        self.reading.apply(config);
    }
}

/// Whom a daemon answers.
#[derive(Debug, Clone, Args)]
pub struct Callers {
    /// Allow an address that other machines can reach; needs --token-file
    #[arg(long, requires = "token_file")]
    pub allow_remote: bool,
    /// File with the token that requests must carry (Authorization: Bearer)
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
}

/// `jkocr ocr`
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  jkocr ocr screenshot.png
  jkocr ocr --format json *.png | jq .rec_texts
  pngpaste - | jkocr ocr -
  jkocr ocr --format searchable-pdf -o readable.pdf scan.pdf
  jkocr ocr --recursive --output texts/ Screenshots/
  jkocr ocr --clipboard --copy
  jkocr ocr --via=127.0.0.1:8080 screenshot.png")]
#[expect(clippy::struct_excessive_bools, reason = "they are flags of a command line")]
pub struct Ocr {
    /// Images, PDFs and folders of them to read, - for standard input
    #[arg(required_unless_present = "clipboard", conflicts_with = "clipboard", value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Also read the folders in the folders
    #[arg(short, long)]
    pub recursive: bool,
    /// Read at most this many files at a time
    #[arg(short, long, value_name = "N")]
    pub jobs: Option<std::num::NonZeroUsize>,
    /// Read the picture on the clipboard
    #[arg(long)]
    pub clipboard: bool,
    /// Put the text on the clipboard, too
    #[arg(long)]
    pub copy: bool,
    /// Have the running jkocr up read, or the server at ADDRESS
    #[arg(long, value_name = "ADDRESS", num_args = 0..=1, require_equals = true, default_missing_value = "up")]
    pub via: Option<String>,
    /// What to print
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: OutputFormat,
    /// Leave out lines that the model is less sure of than this
    #[arg(long, value_name = "0..1", default_value_t = 0.0, value_parser = usage::score)]
    pub min_score: f64,
    /// Also find the places of words, for --format json
    #[arg(long)]
    pub word_boxes: bool,
    /// Folder that gets a file for each, leaving out those done already; of --format searchable-pdf, also the one PDF
    #[arg(short, long, value_name = "FOLDER")]
    pub output: Option<PathBuf>,
    /// Read only this many pages of a PDF, from the first on
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_pages: Option<u32>,
    /// Also write the image with its lines framed and numbered, and their texts beside it
    #[arg(long, value_name = "OUT.png")]
    pub visualize: Option<PathBuf>,
    /// Which models read, and with what.
    #[command(flatten)]
    pub engine: EngineFlags,
}

/// How `jkocr ocr` prints a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// The lines.
    Text,
    /// A JSON document for each image: the keys of PaddleX, who read it, and the timings.
    Json,
    /// A table: file, line, score, box, text.
    Tsv,
    /// The cells of tables: a row on each line, tabs between its cells.
    #[value(name = "tsv-cells")]
    Cells,
    /// One PDF of all pages, with the text laid invisibly over them.
    SearchablePdf,
}

/// `jkocr serve`
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  jkocr serve
  jkocr serve --port 8081 --models v6-small
  jkocr serve --listen unix:/run/jkocr/jkocr.sock")]
pub struct Serve {
    /// Address to listen on
    #[arg(long, value_name = "ADDRESS", env = "HOST", value_parser = usage::host)]
    pub host: Option<IpAddr>,
    /// Port to listen on
    #[arg(long, value_name = "PORT", env = "PORT")]
    pub port: Option<u16>,
    /// Address and port, or `unix:/absolute/path`, instead of --host and --port
    #[arg(long, value_name = "ADDRESS", conflicts_with_all = ["host", "port"])]
    pub listen: Option<Address>,
    /// Let the group of the Unix socket connect, too (mode 0660)
    #[arg(long)]
    pub socket_group: bool,
    /// Whom it answers.
    #[command(flatten)]
    pub callers: Callers,
    /// File with a secret that the path must begin with: /SECRET/ocr
    #[arg(long, value_name = "FILE")]
    pub prefix_file: Option<PathBuf>,
    /// Requests that may wait while one is read; more get 503
    #[arg(long, value_name = "N")]
    pub queue: Option<usize>,
    /// Load the models anew when idle with more memory resident than this (1GiB); 0 never does
    #[arg(long, value_name = "SIZE", value_parser = usage::size)]
    pub max_rss: Option<ByteSize>,
    /// How log lines look
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub log_format: LogFormat,
    /// Least severe log lines to show, for scripts of the old server
    #[arg(long, value_name = "LEVEL", conflicts_with_all = ["verbose", "quiet"])]
    pub log_level: Option<LevelFilter>,
    /// Only `cpu`, for scripts of the old server
    #[arg(long, value_name = "DEVICE", env = "DEVICE", value_parser = ["cpu"], hide = true)]
    pub device: Option<String>,
    /// Which models read, and with what.
    #[command(flatten)]
    pub engine: EngineFlags,
}

impl Serve {
    /// Puts the flags that were given over the settings.
    pub fn apply(&self, config: &mut Config) {
        self.engine.apply(config);
        if let Some(listen) = &self.listen {
            config.serve.listen = listen.clone();
        }
        if self.host.is_some() || self.port.is_some() {
            let before = match config.serve.listen {
                Address::Tcp(address) => address,
                Address::Unix(_) => (Ipv4Addr::LOCALHOST, 8080).into(),
            };
            let address = (self.host.unwrap_or(before.ip()), self.port.unwrap_or(before.port()));
            config.serve.listen = Address::Tcp(address.into());
        }
        if let Some(queue) = self.queue {
            config.serve.queue = queue;
        }
        if let Some(max_rss) = self.max_rss {
            config.serve.max_rss = max_rss;
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
