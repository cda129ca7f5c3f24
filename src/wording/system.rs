//! What the system says: the errors that occur, in both languages.

use std::borrow::Cow;
use std::io::{self, ErrorKind};

use rustix::io::Errno;

use crate::language::Language;

/// Between the words of the system and the number of its error.
const NUMBER: &str = " (os error ";

/// What `error` says. One that is not in the table keeps its English in Chinese, too, in brackets after its number.
pub(super) fn words(error: &io::Error) -> String {
    match (known(error), error.raw_os_error()) {
        (Some(words), _) => words.into_owned(),
        (None, Some(code)) => unknown(code),
        (None, None) => translated(&error.to_string()),
    }
}

/// What `error` says, if it is one of those that occur. One that somebody made, and gave words of its own, is none.
pub(super) fn known(error: &io::Error) -> Option<Cow<'static, str>> {
    match error.raw_os_error() {
        Some(code) => of_code(code),
        None if error.get_ref().is_none() => of_kind(error.kind()),
        None => None,
    }
}

/// `text` with each `words (os error 2)` in it as this table has it.
pub(super) fn translated(text: &str) -> String {
    let mut rest = text;
    let mut told = String::new();
    while let Some((before, after)) = rest.split_once(NUMBER) {
        let Some((code, left)) = after.split_once(')') else { break };
        let Ok(code) = code.parse() else { break };
        told += before.strip_suffix(english(code).as_str()).unwrap_or(before);
        told += &of_code(code).map_or_else(|| unknown(code), Cow::into_owned);
        rest = left;
    }
    told + rest
}

/// What the system says itself, without the number.
fn english(code: i32) -> String {
    let text = io::Error::from_raw_os_error(code).to_string();
    text.split(NUMBER).next().unwrap_or_default().to_owned()
}

fn unknown(code: i32) -> String {
    match Language::installed() {
        Language::English => english(code),
        Language::Chinese => t!("system.unknown", code = code, english = english(code)).into_owned(),
    }
}

fn of_code(code: i32) -> Option<Cow<'static, str>> {
    let words = match Errno::from_raw_os_error(code) {
        Errno::MFILE | Errno::NFILE => t!("system.too_many_files"),
        Errno::HOSTDOWN => t!("system.host_down"),
        Errno::IO => t!("system.device"),
        Errno::LOOP => t!("system.link_loop"),
        Errno::NXIO | Errno::NODEV => t!("system.no_device"),
        Errno::NOEXEC => t!("system.not_a_program"),
        Errno::TXTBSY => t!("system.busy"),
        Errno::AGAIN => t!("system.would_block"),
        _ => return of_kind(io::Error::from_raw_os_error(code).kind()),
    };
    Some(words)
}

fn of_kind(kind: ErrorKind) -> Option<Cow<'static, str>> {
    let words = match kind {
        ErrorKind::NotFound => t!("system.not_found"),
        ErrorKind::PermissionDenied => t!("system.permission_denied"),
        ErrorKind::ConnectionRefused => t!("system.connection_refused"),
        ErrorKind::ConnectionReset => t!("system.connection_reset"),
        ErrorKind::ConnectionAborted => t!("system.connection_aborted"),
        ErrorKind::HostUnreachable => t!("system.host_unreachable"),
        ErrorKind::NetworkUnreachable => t!("system.network_unreachable"),
        ErrorKind::NetworkDown => t!("system.network_down"),
        ErrorKind::NotConnected => t!("system.not_connected"),
        ErrorKind::AddrInUse => t!("system.address_in_use"),
        ErrorKind::AddrNotAvailable => t!("system.address_not_here"),
        ErrorKind::BrokenPipe => t!("system.broken_pipe"),
        ErrorKind::AlreadyExists => t!("system.already_exists"),
        ErrorKind::NotADirectory => t!("system.not_a_folder"),
        ErrorKind::IsADirectory => t!("system.is_a_folder"),
        ErrorKind::DirectoryNotEmpty => t!("system.folder_not_empty"),
        ErrorKind::ReadOnlyFilesystem => t!("system.read_only"),
        ErrorKind::StaleNetworkFileHandle => t!("system.stale"),
        ErrorKind::InvalidInput => t!("system.invalid"),
        ErrorKind::TimedOut => t!("system.timed_out"),
        ErrorKind::StorageFull => t!("system.full"),
        ErrorKind::QuotaExceeded => t!("system.quota"),
        ErrorKind::FileTooLarge => t!("system.too_large"),
        ErrorKind::ResourceBusy | ErrorKind::ExecutableFileBusy => t!("system.busy"),
        ErrorKind::CrossesDevices => t!("system.other_disk"),
        ErrorKind::InvalidFilename => t!("system.bad_name"),
        ErrorKind::ArgumentListTooLong => t!("system.too_many_arguments"),
        ErrorKind::Interrupted => t!("system.interrupted"),
        ErrorKind::OutOfMemory => t!("system.no_memory"),
        ErrorKind::Unsupported => t!("system.unsupported"),
        ErrorKind::UnexpectedEof => t!("system.ended_early"),
        _ => return None,
    };
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_the_system_are_found_in_a_text() {
        let [missing, refused] = [Errno::NOENT, Errno::CONNREFUSED].map(|code| io::Error::from(code).to_string());
        assert_eq!(
            translated(&format!("first: {missing}; then {refused}.")),
            "first: no such file or folder; then connection refused."
        );
        assert_eq!(translated("no number (os error x)"), "no number (os error x)");
    }

    #[test]
    fn an_error_with_words_of_its_own_keeps_them() {
        let made = io::Error::new(ErrorKind::InvalidData, "not what it should be");
        assert_eq!(words(&made), "not what it should be");
        assert_eq!(words(&ErrorKind::UnexpectedEof.into()), "it ends too early");
    }
}
