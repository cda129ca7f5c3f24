//! What every verb starts from: file and environment merged, and where files live.

use std::env;

use anyhow::Result;

use super::models::Progress;
use crate::cli::{self, Cli, Command};
use crate::config::{self, Config, LanguageChoice};
use crate::language::Language;
use crate::models::{Access, Network, Registry, Store};
use crate::paths::Paths;

/// What every verb starts from.
#[derive(Debug, Clone)]
pub struct Settings {
    /// File and environment merged; a verb puts its flags on top.
    pub config: Config,
    /// Where files live.
    pub paths: Paths,
    /// Whether downloads are forbidden.
    pub offline: bool,
    /// Whether people are told nothing but what went wrong.
    pub quiet: bool,
}

impl Settings {
    /// Those of a command line: the file it names, or the usual one, and the environment.
    ///
    /// # Errors
    /// When the file or the environment says what cannot be.
    pub(super) fn of(cli: &Cli) -> Result<Self> {
        let global = &cli.global;
        let variable = |name: &str| env::var(name).ok();
        let paths = Paths::discover(variable)?;
        let source = match &global.config {
            // It may be there to be made.
            Some(file) if matches!(cli.command, Some(Command::Init(_) | Command::Deploy(_) | Command::Config(_))) => {
                config::ConfigFile::Usual(file)
            }
            Some(file) => config::ConfigFile::Named(file),
            None => config::ConfigFile::Usual(&paths.config_file),
        };
        let mut config = config::load(source, variable)?.config;
        config.language = speak(global.lang, Some(&config));
        Ok(Self { config, paths, offline: global.offline, quiet: global.quiet })
    }

    /// Those of a command line, or, for whoever mends the file, what is known without it.
    ///
    /// # Errors
    /// When even the place of the files is not known.
    pub(super) fn even_broken(settings: Result<Self>, global: &cli::Global) -> Result<Self> {
        settings.or_else(|_| {
            let paths = Paths::discover(|name: &str| env::var(name).ok())?;
            let config = Config { language: speak(global.lang, None), ..Config::default() };
            Ok(Self { config, paths, offline: global.offline, quiet: global.quiet })
        })
    }

    /// Where models and the runtime are.
    #[must_use]
    pub fn store(&self) -> Store {
        Store::new(Registry::embedded(), self.paths.data.clone())
    }

    /// How downloads are shown.
    #[must_use]
    pub fn progress(&self) -> Progress {
        if self.quiet { Progress::silent() } else { Progress::stderr() }
    }

    /// How models are fetched.
    ///
    /// # Errors
    /// When the environment names an index or certificates that cannot be used.
    pub fn network(&self) -> Result<Network> {
        let access = if self.offline { Access::Offline } else { Access::Online };
        Ok(Network::from_environment(|name| env::var(name).ok(), access)?)
    }
}

/// Speaks the language of the flag, or else that of the settings.
pub(super) fn speak(flag: Option<LanguageChoice>, config: Option<&Config>) -> LanguageChoice {
    let choice = flag.or(config.map(|config| config.language)).unwrap_or(LanguageChoice::Auto);
    match choice {
        LanguageChoice::Auto => {}
        LanguageChoice::Chinese => Language::Chinese.install(),
        LanguageChoice::English => Language::English.install(),
    }
    choice
}
