//! Fetching what the fallback needs while the network is there, and not when it is gone.

use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::sync::watch;

use crate::backend::proxy::ModelFiles;
use crate::cli;
use crate::commands::Settings;
use crate::commands::wiring::engine;
use crate::wording;

/// How long after a failure it is tried again.
const AGAIN: Duration = Duration::from_mins(2);

/// Starts a thread that fetches, and says how it stands. It ends once everything is here, or with the process.
///
/// # Errors
/// If the system gives no thread.
pub fn keep(flags: cli::EngineFlags, settings: Settings) -> Result<watch::Receiver<ModelFiles>> {
    let (files, watched) = watch::channel(ModelFiles::Fetching);
    let keep = move || {
        let mut last = String::new();
        while !files.is_closed() {
            match engine::fetch(&flags, &settings) {
                Ok(()) => {
                    files.send_replace(ModelFiles::Present);
                    return;
                }
                Err(error) => {
                    let words = wording::chain(&*error);
                    if words != last {
                        tracing::warn!(error = words, "models-missing");
                    }
                    last = words;
                    files.send_replace(ModelFiles::Missing);
                }
            }
            thread::sleep(AGAIN);
        }
    };
    thread::Builder::new().name("model-files".to_owned()).spawn(keep).context(t!("up.no_runtime"))?;
    Ok(watched)
}
