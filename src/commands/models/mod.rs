//! `jkocr models`: what there is, what is here, and how it gets here.

mod progress;
mod table;

use std::io::Write;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

pub use progress::{BAR, Progress};

use crate::cli::models::ModelsCommand;
use crate::models::{self, Better, Choice, Error, Faster, FileSize, Network, Store};
use crate::ocr::fold;
use crate::processor::Processor;
use crate::report::Exit;
use crate::wording;

/// Where a verb's words go.
pub struct Outputs<'a> {
    /// Results: standard output.
    pub results: &'a mut dyn Write,
    /// What happens meanwhile: standard error.
    pub progress: &'a mut Progress,
}

/// Runs `jkocr models …`.
///
/// # Errors
/// Those of [`models`], and of the outputs. A damaged file is one too.
pub fn run(command: ModelsCommand, store: &Store, network: &Network, outputs: &mut Outputs<'_>) -> Result<Exit> {
    match command {
        ModelsCommand::List => table::print(store, outputs)?,
        ModelsCommand::Pull { names } => pull(&names, store, network, outputs.progress)?,
        ModelsCommand::Verify => verify(store, outputs)?,
        ModelsCommand::Import { paths } => {
            let progress = &mut *outputs.progress;
            for imported in models::import(store, &paths, &mut |event| progress.show(&event))? {
                let (file, from) = (&imported.file.id, &imported.from);
                writeln!(outputs.results, "{}", t!("models.done.imported", file = file, from = from))?;
            }
        }
        ModelsCommand::Remove { names } => remove(&names, store, outputs)?,
        ModelsCommand::Path { name: None } => writeln!(outputs.results, "{}", store.folder().display())?,
        ModelsCommand::Path { name: Some(name) } => path(&name, store, outputs.results)?,
    }
    Ok(Exit::Done)
}

fn pull(names: &[String], store: &Store, network: &Network, progress: &mut Progress) -> Result<()> {
    let mut files = store.resolve(names)?;
    // What reads text needs the library as well; a single file is taken alone.
    if store.registry().reading_sets().any(|set| names.contains(&set.name)) {
        match store.runtime() {
            Ok(runtime) if files.iter().any(|file| file.id == runtime.file.id) => {}
            Ok(runtime) => files.push(&runtime.file),
            Err(error) => progress.note(&t!("models.done.without_runtime", reason = error)),
        }
    }
    for file in &files {
        // What was made from a model is made anew when it is used next.
        for damaged in fold::damaged(&store.path(file), &file.sha256.to_string()) {
            remove_folded(&damaged)?;
        }
        forget_refusal(&store.path(file))?;
    }
    let fetched = models::pull(store, network, &files, &mut |event| progress.show(&event))?;
    if fetched.is_empty() {
        let ids: Vec<_> = files.iter().map(|file| file.id.as_str()).collect();
        progress.note(&t!("models.done.all_here", files = wording::list(ids)));
    }
    if let Some(advice) = better(store).filter(|_| store.chosen(Choice::Auto).is_some()) {
        progress.note(&advice);
    }
    Ok(())
}

/// What another set would change, with the command that fetches it; none where nothing would.
pub fn better(store: &Store) -> Option<String> {
    let better = Better::of(store)?;
    let command = models::pull_command([better.set]);
    Some(t!("models.done.better", gain = better.gain(), command = command).into_owned())
}

/// What OpenVINO would change on this machine, with the command that fetches it; none where nothing would.
pub fn faster(store: &Store, set: &'static models::Set) -> Option<String> {
    let faster = Faster::of(store, set, Processor::here())?;
    Some(t!("models.done.faster", gain = faster.gain(), command = Faster::command()).into_owned())
}

/// The bytes of a set's files, as people read them.
pub fn size_of(store: &Store, set: &models::Set) -> String {
    table::size(FileSize::sum(store.registry().files_of(set).map(models::File::size)))
}

fn verify(store: &Store, outputs: &mut Outputs<'_>) -> Result<()> {
    let (mut damaged, mut any) = (Vec::new(), false);
    for checked in store.verify() {
        any = true;
        let file = checked.file;
        let folded = fold::damaged(&store.path(file), &file.sha256.to_string());
        for folded in &folded {
            let text = t!("models.error.damaged_fold", file = folded.display(), id = file.id);
            outputs.progress.note(&text);
        }
        if fold::is_refused(&store.path(file), &file.sha256.to_string()) {
            let command = models::pull_command([&file.id]);
            outputs.progress.note(&t!("models.done.unfolded", id = file.id, command = command));
        }
        match checked.result {
            Ok(()) if !folded.is_empty() => damaged.push(file.id.as_str()),
            Ok(()) => writeln!(outputs.results, "{}", t!("models.done.good", file = checked.file.id))?,
            Err(error) => {
                outputs.progress.note(&wording::chain(&error));
                damaged.push(checked.file.id.as_str());
            }
        }
    }
    if !any {
        outputs.progress.note(&t!("models.done.nothing_here"));
    }
    if !damaged.is_empty() {
        let command = models::pull_command(damaged.iter().copied());
        bail!("{}", t!("models.error.damaged_files", files = wording::list(damaged), command = command));
    }
    Ok(())
}

fn remove(names: &[String], store: &Store, outputs: &mut Outputs<'_>) -> Result<()> {
    let files = store.resolve(names)?;
    let progress = &mut *outputs.progress;
    let removed = store.remove(&files, &mut |event| progress.show(&event))?;
    if removed.is_empty() {
        progress.note(&t!("models.done.not_here", names = wording::list(names)));
    }
    for file in removed {
        for folded in fold::siblings(&store.path(file)) {
            remove_folded(&folded)?;
        }
        forget_refusal(&store.path(file))?;
        writeln!(outputs.results, "{}", t!("models.done.removed", file = file.id))?;
    }
    Ok(())
}

fn remove_folded(file: &Path) -> Result<()> {
    fold::remove(file).with_context(|| t!("models.error.unwritable", path = file.display()))
}

fn forget_refusal(original: &Path) -> Result<()> {
    fold::forget_refusal(original).with_context(|| t!("models.error.unwritable", path = original.display()))
}

fn path(name: &str, store: &Store, results: &mut dyn Write) -> Result<()> {
    for file in store.resolve(&[name.to_owned()])? {
        if !store.has(file) {
            let command = models::pull_command([name]);
            return Err(Error::NotInstalled { name: file.id.clone(), command }.into());
        }
        writeln!(results, "{}", store.path(file).display())?;
    }
    Ok(())
}
