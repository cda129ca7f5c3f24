//! `jkocr --version`, and with `--verbose` what this program works with.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::Settings;
use crate::cli::Cli;
use crate::installation::Installation;
use crate::models::{Registry, Store};
use crate::paths::Paths;
use crate::report::{self, Exit};
use crate::server_programs::ServerPrograms;
use crate::wording;

/// Prints the version; no configuration is needed for that, and nothing is loaded.
///
/// # Errors
/// If standard output cannot be written.
pub fn run(cli: &Cli, server_programs: &ServerPrograms) -> Result<Exit> {
    let mut lines = vec![format!("jkocr {}", env!("BUILD_VERSION"))];
    if cli.global.verbose > 0 {
        // It may say which language; where it is broken, others will say so.
        drop(Settings::of(cli));
        lines.extend(surroundings(server_programs));
    }
    report::show(&(lines.join("\n") + "\n"))?;
    Ok(Exit::Done)
}

fn surroundings(server_programs: &ServerPrograms) -> Vec<String> {
    let mut lines = Vec::new();
    if let Ok(Installation { program, package }) = Installation::of_this_program() {
        lines.push(t!("version.installed", package = package.name(), program = program.display()).into_owned());
    }
    if let Ok(paths) = Paths::discover(|name| env::var(name).ok()) {
        let store = Store::new(Registry::embedded(), paths.data);
        lines.push(runtime(&store, env::var_os("ORT_DYLIB_PATH").map(PathBuf::from).as_deref()));
        let sets = store.registry().sets().iter().filter(|set| store.has_set(set));
        let sets: Vec<_> = sets.map(|set| set.name.as_str()).collect();
        lines.push(if sets.is_empty() {
            t!("version.no_models").into_owned()
        } else {
            t!("version.models", sets = wording::list(sets)).into_owned()
        });
    }
    let known = server_programs.known();
    if known.is_empty() {
        lines.push(t!("version.no_servers").into_owned());
    }
    lines
        .extend(known.iter().map(|known| t!("version.servers", arch = known.arch, sha256 = known.sha256).into_owned()));
    lines
}

fn runtime(store: &Store, given: Option<&Path>) -> String {
    if let Some(file) = given {
        return t!("version.given_runtime", file = file.display()).into_owned();
    }
    match store.runtime() {
        Err(problem) => t!("version.unusable_runtime", problem = problem),
        Ok(runtime) if store.has(&runtime.file) => {
            t!("version.runtime", version = runtime.version, file = store.path(&runtime.file).display())
        }
        Ok(runtime) => t!("version.no_runtime", version = runtime.version),
    }
    .into_owned()
}
