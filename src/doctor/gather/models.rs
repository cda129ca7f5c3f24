//! The models and the ONNX Runtime: here, intact, loadable.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::process::Command;
use tokio::task::spawn_blocking;

use super::Subject;
use super::run::{Ran, run};
use crate::doctor::facts::{BetterSet, Models, RuntimeState};
use crate::models::{self, Choice, Error, Faster, Library, Store};
use crate::processor::Processor;

/// How long a library may take to load: from a cold disk, behind a virus scanner.
const LOADING: Duration = Duration::from_secs(30);

/// Reads every installed file again; says what the chosen set lacks.
pub(super) async fn files(store: &Store, choice: &Result<Choice, String>, may_use_openvino: bool) -> Models {
    let choice = match choice {
        Ok(choice) => *choice,
        Err(problem) => return Models { problem: Some(problem.clone()), ..Models::default() },
    };
    let store = store.clone();
    spawn_blocking(move || look(&store, choice, may_use_openvino)).await.unwrap_or_default()
}

fn look(store: &Store, choice: Choice, may_use_openvino: bool) -> Models {
    let mut models = Models::default();
    for checked in store.verify() {
        match checked.result {
            Ok(()) => models.intact += 1,
            Err(_) => models.damaged.push(checked.file.id.clone()),
        }
    }
    // What `ensure` would fetch if none is here.
    let set = store.chosen(choice).or_else(|| store.registry().set("v5-mobile").ok());
    if let Some(set) = set {
        models.set = Some(set.name.clone());
        let missing = store.registry().files_of(set).filter(|file| !store.path(file).exists());
        models.missing = missing.map(|file| file.id.clone()).collect();
        let faster = Faster::of(store, set, Processor::here()).filter(|_| may_use_openvino);
        models.faster = faster.map(|faster| faster.gain());
    }
    if matches!(choice, Choice::Auto) {
        models.better =
            models::Better::of(store).map(|better| BetterSet { gain: better.gain(), set: better.set.to_owned() });
    }
    models
}

/// Loads the library in a process of its own: where it cannot run, it dies by a signal.
pub(super) async fn runtime(store: &Store, library: &Library, loader: &[OsString]) -> RuntimeState {
    let file = match place(store, library) {
        Ok(file) => file,
        Err(error) => return RuntimeState::Unsupported { problem: error.to_string(), remedy: error.hint() },
    };
    if !file.exists() {
        return match library {
            Library::Pulled => RuntimeState::Missing,
            Library::Given(_) => {
                RuntimeState::Unloadable { file, problem: t!("doctor.no_such_file").into_owned().into() }
            }
        };
    }
    state(file, loader).await
}

/// The OpenVINO that is installed, if it may be used.
pub(super) async fn openvino(subject: &Subject) -> Option<RuntimeState> {
    let file = subject.store.installed_openvino().filter(|_| subject.may_use_openvino)?;
    let loader = [subject.loader.as_slice(), &["--openvino".into()]].concat();
    Some(state(file, &loader).await)
}

async fn state(file: PathBuf, loader: &[OsString]) -> RuntimeState {
    match load(&file, loader).await {
        Ok(()) => RuntimeState::Loads { file },
        Err(problem) => RuntimeState::Unloadable { file, problem: problem.into() },
    }
}

fn place(store: &Store, library: &Library) -> Result<PathBuf, Error> {
    match library {
        Library::Given(file) => Ok(file.clone()),
        Library::Pulled => Ok(store.path(&store.runtime()?.file)),
    }
}

async fn load(file: &Path, loader: &[OsString]) -> Result<(), String> {
    let Some((program, arguments)) = loader.split_first() else { return Ok(()) };
    let mut command = Command::new(program);
    command.args(arguments).arg(file);
    match run(command, "", LOADING).await {
        Ran::Ended(output) if output.status.success() => Ok(()),
        Ran::Ended(output) => {
            let words = String::from_utf8_lossy(&output.stderr).lines().next().unwrap_or_default().to_owned();
            Err(if output.status.code().is_some() && !words.is_empty() { words } else { output.status.to_string() })
        }
        Ran::NotStarted(error) => Err(error.to_string()),
        Ran::Late => Err(t!("doctor.silent", seconds = LOADING.as_secs()).into_owned()),
    }
}
