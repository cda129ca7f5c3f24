//! `jkocr logs`: what an `up --detach` has written.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::Duration;
use std::{mem, thread};

use anyhow::{Error, Result};

use super::Settings;
use crate::cli;
use crate::report::Exit;
use crate::untrusted::Untrusted;

/// How often to look for more.
const LOOK: Duration = Duration::from_millis(200);

/// The most bytes of a line; a longer one is shown in pieces.
const LONGEST: usize = 16 << 10;

/// Prints the log, and with `--follow` whatever is added until the process is ended.
///
/// # Errors
/// When there is no log, or it cannot be read.
pub fn run(flags: &cli::up::Logs, settings: &Settings) -> Result<Exit> {
    let path = settings.paths.log_file();
    let mut log = Log::open(&path)?;
    loop {
        log.show_rest()?;
        if !flags.follow {
            return log.show_partial().map(|()| Exit::Done);
        }
        thread::sleep(LOOK);
        if is_replaced(log.file.get_ref(), &path) {
            // The rest of the old one first.
            log.show_rest()?;
            log.show_partial()?;
            log = Log::open(&path)?;
        }
    }
}

/// A log as it is shown: what others chose is among it.
struct Log {
    file: BufReader<File>,
    /// The beginning of a line that is not whole yet.
    partial: Vec<u8>,
}

impl Log {
    fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(|error| {
            let words = t!("up.no_log", path = path.display());
            // That it is not there is said.
            if error.kind() == io::ErrorKind::NotFound { Error::msg(words) } else { Error::new(error).context(words) }
        })?;
        Ok(Self { file: BufReader::new(file), partial: Vec::new() })
    }

    /// Shows every whole line there is.
    fn show_rest(&mut self) -> Result<()> {
        while (&mut self.file).take(LONGEST as u64).read_until(b'\n', &mut self.partial)? > 0 {
            if self.partial.ends_with(b"\n") || self.partial.len() >= LONGEST {
                self.show_partial()?;
            }
        }
        Ok(())
    }

    fn show_partial(&mut self) -> Result<()> {
        if !self.partial.is_empty() {
            let line = Untrusted::up_to(LONGEST, &String::from_utf8_lossy(&mem::take(&mut self.partial)));
            writeln!(io::stdout().lock(), "{line}")?;
        }
        Ok(())
    }
}

/// Whether a later `up` has begun a new log.
fn is_replaced(log: &File, path: &Path) -> bool {
    let there = path.metadata().map(|there| (there.dev(), there.ino()));
    let ours = log.metadata().map(|ours| (ours.dev(), ours.ino()));
    matches!((there, ours), (Ok(there), Ok(ours)) if there != ours)
}
