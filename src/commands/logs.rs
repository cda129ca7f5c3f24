//! `jkocr logs`: what an `up --detach` has written.

use std::{
    fs::File,
    io::{self, Write as _},
    os::unix::fs::MetadataExt as _,
    path::Path,
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result};

use super::{Settings, up};
use crate::{cli, report::Exit};

/// How often to look for more.
const LOOK: Duration = Duration::from_millis(200);

/// Prints the log, and with `--follow` whatever is added until the process is ended.
///
/// # Errors
/// When there is no log, or it cannot be read.
pub fn run(flags: &cli::up::Logs, settings: &Settings) -> Result<Exit> {
    let path = up::log_file(settings);
    let mut log = File::open(&path).with_context(|| t!("up.no_log", path = path.display()))?;
    loop {
        let mut output = io::stdout().lock();
        io::copy(&mut log, &mut output)?;
        output.flush()?;
        drop(output);
        if !flags.follow {
            return Ok(Exit::Done);
        }
        thread::sleep(LOOK);
        if is_replaced(&log, &path) {
            // The rest of the old one first.
            io::copy(&mut log, &mut io::stdout().lock())?;
            log = File::open(&path)?;
        }
    }
}

/// Whether a later `up` has begun a new log.
fn is_replaced(log: &File, path: &Path) -> bool {
    let there = path.metadata().map(|there| (there.dev(), there.ino()));
    let ours = log.metadata().map(|ours| (ours.dev(), ours.ino()));
    matches!((there, ours), (Ok(there), Ok(ours)) if there != ours)
}
