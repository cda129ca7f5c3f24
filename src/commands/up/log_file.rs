//! The file that an `up` in the background logs to: new at each start, and again when it has become large.

use std::convert::Infallible;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::time::Duration;

use rustix::fs::fstat;
use tokio::time::sleep;

use crate::paths::private_folder;

/// The size at which a new log is begun, in bytes: weeks of a busy `up`.
const LARGE: u64 = 8 << 20;

/// How often to look.
const LOOK: Duration = Duration::from_mins(1);

/// A new log; the one before it is kept.
///
/// # Errors
/// Those of the system; the old one is still the log then.
pub fn create(log: &Path) -> io::Result<File> {
    if let Some(folder) = log.parent() {
        private_folder(folder).map_err(io::Error::other)?;
    }
    match fs::rename(log, log.with_extension("log.1")) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    OpenOptions::new().create_new(true).append(true).mode(0o600).open(log)
}

/// Begins a new log whenever the one at `log` has become large, if that is where this process writes to. launchd writes an
/// agent's output to one file for good.
pub async fn keep_small(log: &Path) -> Infallible {
    loop {
        sleep(LOOK).await;
        // Standard error first: in a log of its own, it is the log.
        let stdout = is_at(&io::stdout(), log);
        match create_if_large(log, &io::stderr(), LARGE) {
            Ok(Some(new)) => {
                let taken = rustix::stdio::dup2_stderr(&new);
                let taken = if stdout { taken.and_then(|()| rustix::stdio::dup2_stdout(&new)) } else { taken };
                match taken {
                    Ok(()) => tracing::info!("log-begun"),
                    Err(error) => tracing::warn!(error = %io::Error::from(error), "log-large"),
                }
            }
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "log-large"),
        }
    }
}

/// A new log, if `output` is written to the file at `log` and that has become larger than `large` bytes.
fn create_if_large(log: &Path, output: &impl AsFd, large: u64) -> io::Result<Option<File>> {
    let size = fs::metadata(log).map_or(0, |file| file.len());
    if size > large && is_at(output, log) { create(log).map(Some) } else { Ok(None) }
}

/// Whether `output` is the file at `path`.
fn is_at(output: &impl AsFd, path: &Path) -> bool {
    let Ok(there) = fs::metadata(path) else { return false };
    #[expect(clippy::useless_conversion, reason = "the widths of both differ from one system to another")]
    fstat(output).is_ok_and(|ours| {
        (u64::try_from(ours.st_dev), u64::try_from(ours.st_ino)) == (Ok(there.dev()), Ok(there.ino()))
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_large_log_is_kept_and_a_new_one_begun() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("state/up.log");
        let mut output = create(&log).unwrap();
        output.write_all(b"much").unwrap();
        assert!(create_if_large(&log, &output, 4).unwrap().is_none());
        output.write_all(b"!").unwrap();
        assert!(create_if_large(&log, &io::stderr(), 4).unwrap().is_none(), "somebody else's");
        let mut new = create_if_large(&log, &output, 4).unwrap().unwrap();
        new.write_all(b"new").unwrap();
        assert_eq!(fs::read_to_string(&log).unwrap(), "new");
        assert_eq!(fs::read_to_string(log.with_extension("log.1")).unwrap(), "much!");
        // What is written to the old one makes the new one no larger.
        output.write_all(b"more").unwrap();
        assert!(create_if_large(&log, &output, 4).unwrap().is_none());
    }
}
