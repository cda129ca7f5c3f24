//! The `jkocr` binary: parse, start the log, run, report.

use std::process::ExitCode;

use jkocr::{cli, commands, language::Language, report};

fn main() -> ExitCode {
    let language = Language::asked_for(std::env::args(), |name| std::env::var(name).ok());
    language.install();
    let cli = match cli::parse(std::env::args_os(), language) {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    commands::run(cli).unwrap_or_else(|error| report::print(&error)).into()
}
