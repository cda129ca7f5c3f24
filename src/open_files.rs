//! How many files and sockets this process may have open.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// For 256 connections, each with another one behind it, and all the rest. macOS and launchd begin with 256 in all.
const ENOUGH: u64 = 2048;

/// From here on as many as a busy daemon needs, where the system lets it.
pub(crate) fn allow_enough() {
    let limit = getrlimit(Resource::Nofile);
    let wanted = limit.maximum.map_or(ENOUGH, |maximum| maximum.min(ENOUGH));
    if limit.current.is_none_or(|current| current >= wanted) {
        return;
    }
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), ..limit }) {
        let error = std::io::Error::from(error);
        tracing::warn!(%error, wanted, "few-open-files");
    }
}
