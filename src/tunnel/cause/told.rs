//! A [`Cause`] in a language of the caller's choice: what is shown to Bob may not be in the language of the process.

use std::fmt::Display;

use super::Cause;
use crate::catalogue;

impl Cause {
    /// The sentence of `Display`, in the language with the code `locale`.
    #[must_use]
    pub fn told(&self, locale: &str) -> String {
        let key = format!("tunnel.{}.what", self.id().replace('-', "_"));
        let values = self.values();
        let mut values: Vec<_> = values.iter().map(|(name, value)| (*name, value as &dyn Display)).collect();
        values.push(("locale", &locale));
        catalogue::text(&key, &values).into_owned()
    }

    /// The values in its sentence, by name.
    fn values(&self) -> Vec<(&'static str, String)> {
        let text = |name, value: &String| (name, value.clone());
        match self {
            Self::SshNotFound { program } => vec![("program", program.display().to_string())],
            Self::SshNotRunnable { program, problem } => {
                vec![("program", program.display().to_string()), text("problem", problem)]
            }
            Self::SocketPathTooLong { path, limit } => {
                vec![("path", path.display().to_string()), ("limit", limit.to_string())]
            }
            Self::StateFolder { path, problem } => vec![("path", path.display().to_string()), text("problem", problem)],
            Self::StateFolderShared { path } => vec![("path", path.display().to_string())],
            Self::SshKilled { signal } => vec![("signal", signal.to_string())],
            Self::BadConfiguration { problem }
            | Self::OtherForward { problem }
            | Self::JumpFailed { problem }
            | Self::HandshakeClosed { problem }
            | Self::NotSsh { problem }
            | Self::NoCommonAlgorithm { problem }
            | Self::ConnectionLost { problem }
            | Self::Other { problem } => vec![text("problem", problem)],
            Self::HostUnresolved { host } | Self::ResolverUnavailable { host } | Self::HostKeyUnknown { host } => {
                vec![text("host", host)]
            }
            Self::HostKeyChanged { host, entry } => vec![text("host", host), text("entry", entry)],
            Self::Refused { address } | Self::TimedOut { address } => vec![text("address", address)],
            Self::Unreachable { address, problem } => vec![text("address", address), text("problem", problem)],
            Self::LoginRefused { account, methods } | Self::PasswordOnly { account, methods } => {
                vec![text("account", account), text("methods", methods)]
            }
            Self::KeyMissing { file } | Self::KeyExposed { file } | Self::KeyLocked { file } => {
                vec![text("file", file)]
            }
            Self::KeyUnreadable { file, problem } => vec![text("file", file), text("problem", problem)],
            Self::AgentRefused { key } => vec![text("key", key)],
            Self::ForwardRefused { remote } | Self::ServiceDown { remote } => vec![text("remote", remote)],
            Self::ServiceUnreachable { remote, problem } => vec![text("remote", remote), text("problem", problem)],
            Self::NotOcr { remote, answer } => vec![text("remote", remote), text("answer", answer)],
            Self::NotReady { reason } => vec![text("reason", reason)],
            Self::InUse
            | Self::HostKeyRevoked
            | Self::TooManyKeys
            | Self::LoginStalled
            | Self::ClosedWithoutAnswer
            | Self::Silent => Vec::new(),
        }
    }
}
