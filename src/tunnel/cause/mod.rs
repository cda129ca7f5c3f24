//! Why the path to the server is not there: one variant per thing a person would do about it.

mod last_words;
mod remedy;
mod told;

use std::path::PathBuf;

pub use last_words::Stage;

/// Why the path is not there. Shown, it is one sentence; [`Cause::remedy`] is the one thing to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Cause {
    // This machine.
    /// The ssh program does not exist.
    #[error("{}", t!("tunnel.ssh_not_found.what", program = program.display()))]
    SshNotFound {
        /// As configured.
        program: PathBuf,
    },
    /// The ssh program cannot be started.
    #[error("{}", t!("tunnel.ssh_not_runnable.what", program = program.display(), problem = problem))]
    SshNotRunnable {
        /// As configured.
        program: PathBuf,
        /// What the system says.
        problem: String,
    },
    /// The path of the socket does not fit into a socket address.
    #[error("{}", t!("tunnel.socket_path_too_long.what", path = path.display(), limit = limit))]
    SocketPathTooLong {
        /// The path.
        path: PathBuf,
        /// The most bytes a path may have here.
        limit: usize,
    },
    /// The folder of the socket or of the record cannot be used.
    #[error("{}", t!("tunnel.state_folder.what", path = path.display(), problem = problem))]
    StateFolder {
        /// The folder, or the file in it.
        path: PathBuf,
        /// What the system says.
        problem: String,
    },
    /// The folder of the socket belongs to others, or others can write to it.
    #[error("{}", t!("tunnel.state_folder_shared.what", path = path.display()))]
    StateFolderShared {
        /// The folder.
        path: PathBuf,
    },
    /// Another process looks after a tunnel with the same record.
    #[error("{}", t!("tunnel.in_use.what"))]
    InUse,
    /// ssh does not take its options or its configuration file.
    #[error("{}", t!("tunnel.bad_configuration.what", problem = problem))]
    BadConfiguration {
        /// ssh's own line.
        problem: String,
    },
    /// A forward that the user's configuration asks for besides ours cannot be had.
    #[error("{}", t!("tunnel.other_forward.what", problem = problem))]
    OtherForward {
        /// ssh's own line.
        problem: String,
    },
    /// ssh was killed by someone else.
    #[error("{}", t!("tunnel.ssh_killed.what", signal = signal))]
    SshKilled {
        /// The number of the signal.
        signal: i32,
    },

    // The way to the host.
    /// The host has no address.
    #[error("{}", t!("tunnel.host_unresolved.what", host = host))]
    HostUnresolved {
        /// The name ssh looked up.
        host: String,
    },
    /// No name server answers.
    #[error("{}", t!("tunnel.resolver_unavailable.what", host = host))]
    ResolverUnavailable {
        /// The name ssh looked up.
        host: String,
    },
    /// Nothing listens on the ssh port.
    #[error("{}", t!("tunnel.refused.what", address = address))]
    Refused {
        /// Address and port.
        address: String,
    },
    /// The host does not answer.
    #[error("{}", t!("tunnel.timed_out.what", address = address))]
    TimedOut {
        /// Address and port.
        address: String,
    },
    /// There is no way to the host.
    #[error("{}", t!("tunnel.unreachable.what", address = address, problem = problem))]
    Unreachable {
        /// Address and port.
        address: String,
        /// What the system says.
        problem: String,
    },
    /// The jump host or the proxy command does not lead to the host.
    #[error("{}", t!("tunnel.jump_failed.what", problem = problem))]
    JumpFailed {
        /// ssh's or the proxy's own line.
        problem: String,
    },
    /// The host closed the connection before anyone could log in.
    #[error("{}", t!("tunnel.handshake_closed.what", problem = problem))]
    HandshakeClosed {
        /// ssh's own line.
        problem: String,
    },
    /// What answers on the ssh port is not an ssh server.
    #[error("{}", t!("tunnel.not_ssh.what", problem = problem))]
    NotSsh {
        /// ssh's own line.
        problem: String,
    },
    /// The two ends have no algorithm in common.
    #[error("{}", t!("tunnel.no_common_algorithm.what", problem = problem))]
    NoCommonAlgorithm {
        /// ssh's own line.
        problem: String,
    },
    /// The connection that was there broke.
    #[error("{}", t!("tunnel.connection_lost.what", problem = problem))]
    ConnectionLost {
        /// ssh's own line.
        problem: String,
    },

    // Who is there, and who are we.
    /// The host's key is not in `known_hosts`.
    #[error("{}", t!("tunnel.host_key_unknown.what", host = host))]
    HostKeyUnknown {
        /// As `known_hosts` would name it.
        host: String,
    },
    /// The host's key is another than `known_hosts` says. Never accepted silently.
    #[error("{}", t!("tunnel.host_key_changed.what", host = host, entry = entry))]
    HostKeyChanged {
        /// As `known_hosts` names it.
        host: String,
        /// File and line of the known key.
        entry: String,
    },
    /// The host's key is marked as revoked.
    #[error("{}", t!("tunnel.host_key_revoked.what"))]
    HostKeyRevoked,
    /// The host does not let the user in.
    #[error("{}", t!("tunnel.login_refused.what", account = account, methods = methods))]
    LoginRefused {
        /// `user@host`.
        account: String,
        /// What the host would accept, as it says it.
        methods: String,
    },
    /// The host wants a password, and there is nobody to type it.
    #[error("{}", t!("tunnel.password_only.what", account = account, methods = methods))]
    PasswordOnly {
        /// `user@host`.
        account: String,
        /// What the host would accept, as it says it.
        methods: String,
    },
    /// The key file does not exist.
    #[error("{}", t!("tunnel.key_missing.what", file = file))]
    KeyMissing {
        /// The file.
        file: String,
    },
    /// Others can read the key file, so ssh does not use it.
    #[error("{}", t!("tunnel.key_exposed.what", file = file))]
    KeyExposed {
        /// The file.
        file: String,
    },
    /// The key file needs a passphrase.
    #[error("{}", t!("tunnel.key_locked.what", file = file))]
    KeyLocked {
        /// The file.
        file: String,
    },
    /// The key file cannot be read as a key.
    #[error("{}", t!("tunnel.key_unreadable.what", file = file, problem = problem))]
    KeyUnreadable {
        /// The file.
        file: String,
        /// What ssh says.
        problem: String,
    },
    /// The agent has the key and does not sign with it.
    #[error("{}", t!("tunnel.agent_refused.what", key = key))]
    AgentRefused {
        /// The key, as ssh names it.
        key: String,
    },
    /// The host hung up after too many keys.
    #[error("{}", t!("tunnel.too_many_keys.what"))]
    TooManyKeys,
    /// ssh connected and did not finish logging in.
    #[error("{}", t!("tunnel.login_stalled.what"))]
    LoginStalled,

    // The server at the far end.
    /// The host does not allow the forward.
    #[error("{}", t!("tunnel.forward_refused.what", remote = remote))]
    ForwardRefused {
        /// Where the forward leads.
        remote: String,
    },
    /// Nothing listens where the forward leads.
    #[error("{}", t!("tunnel.service_down.what", remote = remote))]
    ServiceDown {
        /// Where the forward leads.
        remote: String,
    },
    /// The host cannot reach the place where the forward leads.
    #[error("{}", t!("tunnel.service_unreachable.what", remote = remote, problem = problem))]
    ServiceUnreachable {
        /// Where the forward leads.
        remote: String,
        /// What the host says.
        problem: String,
    },
    /// The connection closed without an answer, and ssh says nothing.
    #[error("{}", t!("tunnel.closed_without_answer.what"))]
    ClosedWithoutAnswer,
    /// Two probes in a row went unanswered.
    #[error("{}", t!("tunnel.silent.what"))]
    Silent,
    /// Something answers, but it is not an OCR server.
    #[error("{}", t!("tunnel.not_ocr.what", remote = remote, answer = answer))]
    NotOcr {
        /// Where the forward leads.
        remote: String,
        /// What `/healthz` answered, in short.
        answer: String,
    },
    /// The server is there and says that it cannot serve yet.
    #[error("{}", t!("tunnel.not_ready.what", reason = reason))]
    NotReady {
        /// The server's own words.
        reason: String,
    },

    /// Something else.
    #[error("{}", t!("tunnel.other.what", problem = problem))]
    Other {
        /// ssh's last line, or how it exited.
        problem: String,
    },
}

impl Cause {
    /// A name for programs; it never changes with the language.
    #[must_use]
    pub fn id(&self) -> &'static str {
        match self {
            Self::SshNotFound { .. } => "ssh-not-found",
            Self::SshNotRunnable { .. } => "ssh-not-runnable",
            Self::SocketPathTooLong { .. } => "socket-path-too-long",
            Self::StateFolder { .. } => "state-folder",
            Self::StateFolderShared { .. } => "state-folder-shared",
            Self::InUse => "in-use",
            Self::BadConfiguration { .. } => "bad-configuration",
            Self::OtherForward { .. } => "other-forward",
            Self::SshKilled { .. } => "ssh-killed",
            Self::HostUnresolved { .. } => "host-unresolved",
            Self::ResolverUnavailable { .. } => "resolver-unavailable",
            Self::Refused { .. } => "refused",
            Self::TimedOut { .. } => "timed-out",
            Self::Unreachable { .. } => "unreachable",
            Self::JumpFailed { .. } => "jump-failed",
            Self::HandshakeClosed { .. } => "handshake-closed",
            Self::NotSsh { .. } => "not-ssh",
            Self::NoCommonAlgorithm { .. } => "no-common-algorithm",
            Self::ConnectionLost { .. } => "connection-lost",
            Self::HostKeyUnknown { .. } => "host-key-unknown",
            Self::HostKeyChanged { .. } => "host-key-changed",
            Self::HostKeyRevoked => "host-key-revoked",
            Self::LoginRefused { .. } => "login-refused",
            Self::PasswordOnly { .. } => "password-only",
            Self::KeyMissing { .. } => "key-missing",
            Self::KeyExposed { .. } => "key-exposed",
            Self::KeyLocked { .. } => "key-locked",
            Self::KeyUnreadable { .. } => "key-unreadable",
            Self::AgentRefused { .. } => "agent-refused",
            Self::TooManyKeys => "too-many-keys",
            Self::LoginStalled => "login-stalled",
            Self::ForwardRefused { .. } => "forward-refused",
            Self::ServiceDown { .. } => "service-down",
            Self::ServiceUnreachable { .. } => "service-unreachable",
            Self::ClosedWithoutAnswer => "closed-without-answer",
            Self::Silent => "silent",
            Self::NotOcr { .. } => "not-ocr",
            Self::NotReady { .. } => "not-ready",
            Self::Other { .. } => "other",
        }
    }

    /// Whether trying again cannot mend it soon: someone has to do something first.
    #[must_use]
    pub fn needs_user(&self) -> bool {
        match self {
            Self::SshNotFound { .. }
            | Self::SshNotRunnable { .. }
            | Self::SocketPathTooLong { .. }
            | Self::StateFolder { .. }
            | Self::StateFolderShared { .. }
            | Self::BadConfiguration { .. }
            | Self::OtherForward { .. }
            | Self::HostUnresolved { .. }
            | Self::NotSsh { .. }
            | Self::NoCommonAlgorithm { .. }
            | Self::HostKeyUnknown { .. }
            | Self::HostKeyChanged { .. }
            | Self::HostKeyRevoked
            | Self::LoginRefused { .. }
            | Self::PasswordOnly { .. }
            | Self::KeyMissing { .. }
            | Self::KeyExposed { .. }
            | Self::KeyLocked { .. }
            | Self::KeyUnreadable { .. }
            | Self::AgentRefused { .. }
            | Self::TooManyKeys
            | Self::ForwardRefused { .. }
            | Self::NotOcr { .. } => true,
            Self::InUse
            | Self::SshKilled { .. }
            | Self::ResolverUnavailable { .. }
            | Self::Refused { .. }
            | Self::TimedOut { .. }
            | Self::Unreachable { .. }
            | Self::JumpFailed { .. }
            | Self::HandshakeClosed { .. }
            | Self::ConnectionLost { .. }
            | Self::LoginStalled
            | Self::ServiceDown { .. }
            | Self::ServiceUnreachable { .. }
            | Self::ClosedWithoutAnswer
            | Self::Silent
            | Self::NotReady { .. }
            | Self::Other { .. } => false,
        }
    }

    /// Whether it proves that ssh and everything up to the host is well: ssh stays, only the server is asked again.
    #[must_use]
    pub fn keeps_ssh(&self) -> bool {
        matches!(
            self,
            Self::ServiceDown { .. } | Self::ServiceUnreachable { .. } | Self::NotOcr { .. } | Self::NotReady { .. }
        )
    }
}
