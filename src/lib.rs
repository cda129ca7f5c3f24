//! Text out of screenshots, on machines their owner controls.
//!
//! Two walks explain the crate. A screenshot arrives at a port: guards, then the wire types, then whoever answers
//! (the server behind the tunnel, or this machine's own [`worker::Worker`]), and the JSON goes back. A command starts:
//! `cli` is parsed, [`config`] merges file, environment and flags, `commands` wires the parts and runs them.
//! Dependencies point one way: commands know everything, `ocr` knows nothing of the others.

#[macro_use]
mod catalogue;

pub mod api;
pub mod backend;
mod bench;
mod cli;
mod clipboard;
mod commands;
mod config;
mod control;
mod cores;
mod deploy;
mod digest;
mod doctor;
pub mod http;
mod installation;
pub mod language;
mod log;
pub mod memory;
pub mod metrics;
pub mod models;
mod nearest;
mod notification;
pub mod ocr;
mod open_files;
mod paths;
pub mod pdf;
mod processor;
mod render;
mod report;
pub mod server_programs;
pub mod service;
mod setup;
pub mod shell;
mod signals;
mod tune;
pub mod tunnel;
pub mod untrusted;
pub mod upstream;
mod wording;
pub mod worker;

use std::process::ExitCode;

use language::Language;
use server_programs::ServerPrograms;

// The rooms above are open as far as tests, benches and fuzzing look into them; of the others, only these.
pub use cli::{Cli, generated};
pub use commands::models::Progress;
pub use commands::wiring::engine::folded;
pub use doctor::{Check, ServerMachine};
pub use paths::Paths;

/// The whole program: parses the arguments of the process, does what they say, and reports how it ended. The
/// [`ServerPrograms`] that came with it are those of the table `server_programs`.
#[must_use]
pub fn run(server_programs: &str) -> ExitCode {
    let language = Language::asked_for(std::env::args(), |name| std::env::var(name).ok());
    language.install();
    let cli = match cli::parse(std::env::args_os(), language) {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    let program = installation::Installation::of_this_program().map(|found| found.program).unwrap_or_default();
    let server_programs = ServerPrograms::new(server_programs, &program);
    commands::run(cli, &server_programs).unwrap_or_else(|error| report::print(&error)).into()
}
