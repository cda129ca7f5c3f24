//! `jkocr tune`: which set, on how many threads, for the user's pictures on this machine.

mod child;
mod document;
mod table;

use std::fs;
use std::io::{self, Write as _};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use super::Settings;
use super::bench::pictures;
use super::prompt::Prompt;
use crate::models::{self, Choice, Error, Set, Store};
use crate::ocr::decode::{self, decode};
use crate::report::{self, Exit};
use crate::setup::{self, config_file, text_file};
use crate::tune::{Outcome, Trial, choose, numbers_of_threads};
use crate::untrusted::Untrusted;
use crate::{cli, cores};
use child::Trials;

/// Everything that was found out.
struct TuneReport {
    within: Duration,
    pictures: Vec<TriedPicture>,
    trials: Vec<Trial>,
    /// Sets that are not installed.
    available: Vec<&'static Set>,
    store: Store,
}

/// A picture that was read.
struct TriedPicture {
    name: Untrusted,
    /// Width and height in pixels.
    size: [u32; 2],
}

impl TuneReport {
    fn choice(&self) -> Option<&Trial> {
        choose(&self.trials, self.within)
    }

    fn set(&self, name: &str) -> Option<&'static Set> {
        self.store.registry().set(name).ok()
    }
}

/// Tries every set on every number of threads, prints what that took, and writes the recommendation if asked to.
/// `config_file` is what `--config` named.
///
/// # Errors
/// [`Error`] for a set that is unknown or not installed; those of the pictures and of `config.toml`;
/// [`report::Interrupted`].
pub fn run(flags: &cli::tune::Tune, settings: &Settings, config_file: Option<&Path>) -> Result<Exit> {
    let store = settings.store();
    let sets = sets(&flags.models, &store)?;
    let pictures = if flags.files.is_empty() { samples()? } else { given(&flags.files)? };
    let threads = match flags.threads.as_slice() {
        [] => numbers_of_threads(cores::count()),
        given => given.to_vec(),
    };
    let plan = Trials { trials: trials(&sets, &threads, &store), pictures: pictures.len() };
    let trials = child::try_all(flags, settings, config_file, &plan)?;
    let available = store.registry().reading_sets().filter(|set| !store.has_set(set)).collect();
    let report = TuneReport { within: flags.within.0, pictures, trials, available, store };
    let mut output = io::stdout().lock();
    if flags.json {
        document::print(&report, &mut output)?;
    } else {
        table::print(&report, &mut output)?;
    }
    output.flush()?;
    drop(output);
    let Some(choice) = report.choice() else {
        let is_failure =
            flags.write || report.trials.iter().all(|trial| !matches!(trial.outcome, Outcome::Measured(_)));
        return Ok(if is_failure { Exit::Failed } else { Exit::Done });
    };
    let file = config_file.unwrap_or(&settings.paths.config_file);
    let is_asked_for = flags.write || (!flags.json && !settings.quiet && is_wanted(file)?);
    if is_asked_for {
        let words = match write(choice, file)? {
            FileChange::Written => t!("init.written", file = file.display()),
            FileChange::None => t!("init.unchanged", file = file.display()),
        };
        if !settings.quiet {
            report::tell(&words);
        }
    }
    Ok(Exit::Done)
}

/// The sets of these names, or all that are installed.
fn sets(names: &[String], store: &Store) -> Result<Vec<&'static Set>> {
    let registry = store.registry();
    if names.is_empty() {
        let sets: Vec<_> = registry.reading_sets().filter(|set| store.has_set(set)).collect();
        if sets.is_empty() {
            bail!("{}", t!("tune.nothing_installed"));
        }
        return Ok(sets);
    }
    let mut sets: Vec<&Set> = Vec::new();
    for name in names {
        let Choice::Set(set) = registry.choice(name)? else { bail!("{}", t!("tune.not_auto")) };
        if !store.has_set(set) {
            let command = models::pull_command([name]);
            return Err(Error::NotInstalled { name: name.clone(), command }.into());
        }
        if !sets.iter().any(|known| known.name == set.name) {
            sets.push(set);
        }
    }
    Ok(sets)
}

/// Every set on every number of threads.
fn trials(sets: &[&Set], threads: &[NonZeroUsize], store: &Store) -> Vec<(String, usize, NonZeroUsize)> {
    let ranked = store.registry().auto_sets();
    let rank = |set: &Set| ranked.iter().take_while(|other| other.name != set.name).count() + 1;
    let each = |set: &&Set| threads.iter().map(|count| (set.name.clone(), rank(set), *count)).collect::<Vec<_>>();
    sets.iter().flat_map(each).collect()
}

fn samples() -> Result<Vec<TriedPicture>> {
    pictures::samples()?.into_iter().map(|(name, bytes)| picture(&name, &bytes)).collect()
}

/// The pictures of the user; what cannot be read is told before anything is tried.
fn given(files: &[PathBuf]) -> Result<Vec<TriedPicture>> {
    let look = |file: &PathBuf| {
        let context = || t!("ocr_command.file", file = file.display());
        let bytes = fs::read(file).with_context(context)?;
        picture(&pictures::file_name(file), &bytes).with_context(context)
    };
    files.iter().map(look).collect()
}

fn picture(name: &str, bytes: &[u8]) -> Result<TriedPicture> {
    let pixels = decode(bytes, &decode::Limits::default())?;
    Ok(TriedPicture { name: Untrusted::new(name), size: pixels.dimensions().into() })
}

/// Asks whoever sits at the terminal.
fn is_wanted(file: &Path) -> Result<bool> {
    match Prompt::new(false) {
        Prompt::Terminal => Prompt::Terminal.yes_or_no(&t!("tune.ask", file = file.display()), false),
        Prompt::Defaults | Prompt::Nobody => Ok(false),
    }
}

/// What became of a file.
enum FileChange {
    Written,
    /// It said so already.
    None,
}

/// Writes the choice to `file`.
fn write(choice: &Trial, file: &Path) -> Result<FileChange> {
    let old = text_file::read(file)?.unwrap_or_default();
    let new = config_file::with_models(&old, &choice.set, choice.threads)
        .map_err(|source| setup::Error::NotToml { file: file.to_owned(), source })?;
    if new == old {
        return Ok(FileChange::None);
    }
    text_file::replace(file, &new)?;
    Ok(FileChange::Written)
}
