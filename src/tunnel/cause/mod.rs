//! Why the path to the server is not there: one entry per thing a person would do about it.

mod last_words;
mod remedy;

use std::fmt::{self, Display};
use std::io;
use std::path::{Path, PathBuf};

use crate::catalogue;
use crate::language::Language;
use crate::untrusted::Untrusted;
pub use last_words::{LastWords, SshStage};

/// A step of the way to the server, in the order in which ssh takes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// ssh starts here.
    Ssh,
    /// The host's name has an address.
    Host,
    /// Its ssh port answers.
    Reach,
    /// It is the host it says it is.
    HostKey,
    /// There is something to log in with.
    Keys,
    /// The host takes it.
    Login,
    /// The host forwards.
    Forward,
    /// The server answers.
    Service,
}

/// Who mends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mended {
    /// Trying again may be enough.
    Retry,
    /// Someone has to do something first.
    User,
}

/// What is said of a [`Cause`] besides its values.
struct CauseFacts {
    id: &'static str,
    step: Step,
    mended: Mended,
    /// The values in its sentence, by name.
    values: Vec<(&'static str, String)>,
}

/// What answers in the place of an OCR server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answered {
    /// Something that is not HTTP.
    NotHttp,
    /// This HTTP status.
    Status(u16),
    /// HTTP 200, and a body that says nothing of being well.
    OtherBody,
    /// More than any answer has.
    Endless,
}

/// A value in a sentence.
trait Shown {
    fn shown(&self, language: Language) -> String;
}

impl Shown for Answered {
    fn shown(&self, language: Language) -> String {
        match self {
            Self::NotHttp => t!("tunnel.answer.not_http", locale = language),
            Self::Status(status) => t!("tunnel.answer.status", status = status, locale = language),
            Self::OtherBody => t!("tunnel.answer.other_body", locale = language),
            Self::Endless => t!("tunnel.answer.too_large", locale = language),
        }
        .into_owned()
    }
}

impl Shown for Untrusted {
    fn shown(&self, _: Language) -> String {
        self.to_string()
    }
}

impl Shown for PathBuf {
    fn shown(&self, _: Language) -> String {
        Untrusted::from(self.as_path()).to_string()
    }
}

impl Shown for usize {
    fn shown(&self, _: Language) -> String {
        self.to_string()
    }
}

impl Shown for i32 {
    fn shown(&self, _: Language) -> String {
        self.to_string()
    }
}

/// Defines [`Cause`] by its entries: the variant, its name for programs, the step that fails, who mends it, its values.
/// What it says is `tunnel.<name>.what` and `.remedy` in the catalogue, `_` for `-`.
macro_rules! causes {
    ($(
        $(#[$doc:meta])*
        $name:ident: $id:literal, $step:ident, $mended:ident $({ $($(#[$about:meta])* $value:ident: $type:ty,)* })?;
    )*) => {
        /// Why the path is not there. Shown, it is one sentence; [`Cause::remedy`] is the one thing to do.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Cause {
            $($(#[$doc])* $name $({ $($(#[$about])* $value: $type),* })?,)*
        }

        impl Cause {
            fn entry(&self, language: Language) -> CauseFacts {
                match self {
                    $(Self::$name $({ $($value),* })? => CauseFacts {
                        id: $id,
                        step: Step::$step,
                        mended: Mended::$mended,
                        values: vec![$($((stringify!($value), $value.shown(language))),*)?],
                    },)*
                }
            }
        }
    };
}

causes! {
    // This machine.
    /// The ssh program does not exist.
    SshNotFound: "ssh-not-found", Ssh, User {
        /// As configured.
        program: PathBuf,
    };
    /// The ssh program cannot be started.
    SshNotRunnable: "ssh-not-runnable", Ssh, User {
        /// As configured.
        program: PathBuf,
        /// What the system says.
        problem: Untrusted,
    };
    /// The path of the socket does not fit into a socket address.
    SocketPathTooLong: "socket-path-too-long", Ssh, User {
        /// The path.
        path: PathBuf,
        /// The most bytes a path may have here.
        limit: usize,
    };
    /// The folder of the socket or of the record cannot be used.
    StateFolder: "state-folder", Ssh, User {
        /// The folder, or the file in it.
        path: PathBuf,
        /// What the system says.
        problem: Untrusted,
    };
    /// The folder of the socket belongs to others, or others can write to it.
    StateFolderShared: "state-folder-shared", Ssh, User {
        /// The folder.
        path: PathBuf,
    };
    /// Another process looks after a tunnel with the same record.
    InUse: "in-use", Ssh, Retry;
    /// ssh does not take its options or its configuration file.
    BadConfiguration: "bad-configuration", Ssh, User {
        /// ssh's own line.
        problem: Untrusted,
    };
    /// A forward that the user's configuration asks for besides ours cannot be had.
    OtherForward: "other-forward", Forward, User {
        /// ssh's own line.
        problem: Untrusted,
    };
    /// ssh was killed by someone else.
    SshKilled: "ssh-killed", Ssh, Retry {
        /// The number of the signal.
        signal: i32,
    };

    // The way to the host.
    /// Packets cannot leave this machine.
    NoNetwork: "no-network", Host, Retry;
    /// The host has no address.
    HostUnresolved: "host-unresolved", Host, Retry {
        /// The name ssh looked up.
        host: Untrusted,
    };
    /// No name server answers.
    ResolverUnavailable: "resolver-unavailable", Host, Retry {
        /// The name ssh looked up.
        host: Untrusted,
    };
    /// Nothing listens on the ssh port.
    Refused: "refused", Reach, Retry {
        /// Address and port.
        address: Untrusted,
    };
    /// The host does not answer.
    TimedOut: "timed-out", Reach, Retry {
        /// Address and port.
        address: Untrusted,
    };
    /// The host takes connections, and no ssh server introduces itself.
    NoBanner: "no-banner", Reach, Retry {
        /// Address and port.
        address: Untrusted,
    };
    /// The ssh server introduces itself, in a small packet, and what follows in large ones does not arrive.
    LargePacketsVanish: "large-packets-vanish", Reach, Retry;
    /// There is no way to the host.
    Unreachable: "unreachable", Reach, Retry {
        /// Address and port.
        address: Untrusted,
        /// What the system says.
        problem: Untrusted,
    };
    /// The jump host or the proxy command does not lead to the host.
    JumpFailed: "jump-failed", Reach, Retry {
        /// ssh's or the proxy's own line.
        problem: Untrusted,
    };
    /// The host closed the connection before anyone could log in.
    HandshakeClosed: "handshake-closed", Reach, Retry {
        /// ssh's own line.
        problem: Untrusted,
    };
    /// What answers on the ssh port is not an ssh server.
    NotSsh: "not-ssh", Reach, User {
        /// ssh's own line.
        problem: Untrusted,
    };
    /// The two ends have no algorithm in common.
    NoCommonAlgorithm: "no-common-algorithm", Reach, User {
        /// ssh's own line.
        problem: Untrusted,
    };
    /// The connection that was there carried nothing for a while, and another one was proved.
    LinkSilent: "link-silent", Reach, Retry;
    /// The connection that was there broke.
    ConnectionLost: "connection-lost", Reach, Retry {
        /// ssh's own line.
        problem: Untrusted,
    };

    // Who is there, and who are we.
    /// The host's key is not in `known_hosts`.
    HostKeyUnknown: "host-key-unknown", HostKey, User {
        /// As `known_hosts` would name it.
        host: Untrusted,
    };
    /// The host's key is another than `known_hosts` says. Never accepted silently.
    HostKeyChanged: "host-key-changed", HostKey, User {
        /// As `known_hosts` names it.
        host: Untrusted,
        /// File and line of the known key.
        entry: Untrusted,
    };
    /// The host's key is marked as revoked.
    HostKeyRevoked: "host-key-revoked", HostKey, User;
    /// The host does not let the user in.
    LoginRefused: "login-refused", Login, User {
        /// `user@host`.
        account: Untrusted,
        /// What the host would accept, as it says it.
        methods: Untrusted,
    };
    /// The host wants a password, and there is nobody to type it.
    PasswordOnly: "password-only", Login, User {
        /// `user@host`.
        account: Untrusted,
        /// What the host would accept, as it says it.
        methods: Untrusted,
    };
    /// The key file does not exist.
    KeyMissing: "key-missing", Keys, User {
        /// The file.
        file: Untrusted,
    };
    /// Others can read the key file, so ssh does not use it.
    KeyExposed: "key-exposed", Keys, User {
        /// The file.
        file: Untrusted,
    };
    /// The key file needs a passphrase.
    KeyLocked: "key-locked", Keys, User {
        /// The file.
        file: Untrusted,
    };
    /// The key file cannot be read as a key.
    KeyUnreadable: "key-unreadable", Keys, User {
        /// The file.
        file: Untrusted,
        /// What ssh says.
        problem: Untrusted,
    };
    /// The agent has the key and does not sign with it.
    AgentRefused: "agent-refused", Keys, User {
        /// The key, as ssh names it.
        key: Untrusted,
    };
    /// The host hung up after too many keys.
    TooManyKeys: "too-many-keys", Keys, User;
    /// ssh connected and did not finish logging in.
    LoginStalled: "login-stalled", Login, Retry;

    // The server at the far end.
    /// The host does not allow the forward.
    ForwardRefused: "forward-refused", Forward, User {
        /// Where the forward leads.
        remote: Untrusted,
    };
    /// Nothing listens where the forward leads.
    ServiceDown: "service-down", Service, Retry {
        /// Where the forward leads.
        remote: Untrusted,
    };
    /// The host cannot reach the place where the forward leads.
    ServiceUnreachable: "service-unreachable", Service, Retry {
        /// Where the forward leads.
        remote: Untrusted,
        /// What the host says.
        problem: Untrusted,
    };
    /// The connection closed without an answer, and ssh says nothing.
    ClosedWithoutAnswer: "closed-without-answer", Service, Retry;
    /// ssh logged in just now, and the server takes connections and says nothing.
    Silent: "silent", Service, Retry;
    /// Something answers, but it is not an OCR server.
    NotOcr: "not-ocr", Service, User {
        /// Where the forward leads.
        remote: Untrusted,
        /// What `/healthz` answered, in short.
        answer: Answered,
    };
    /// The server is there and says that it cannot serve yet.
    NotReady: "not-ready", Service, Retry {
        /// The server's own words, in whatever language it has; for the log.
        reason: Untrusted,
    };

    /// Something else.
    Other: "other", Login, Retry {
        /// ssh's last line, or how it exited.
        problem: Untrusted,
    };
}

impl Cause {
    /// Why the program `ssh` did not start.
    pub(crate) fn not_started(ssh: &Path, error: &io::Error) -> Self {
        let program = ssh.to_owned();
        match error.kind() {
            io::ErrorKind::NotFound => Self::SshNotFound { program },
            _ => Self::SshNotRunnable { program, problem: error.to_string().into() },
        }
    }

    /// A name for programs; it never changes with the language.
    #[must_use]
    pub fn id(&self) -> &'static str {
        self.entry(Language::installed()).id
    }

    /// The step of the way that fails.
    #[must_use]
    pub fn step(&self) -> Step {
        self.entry(Language::installed()).step
    }

    /// Whether trying again cannot mend it soon: someone has to do something first.
    #[must_use]
    pub(crate) fn needs_user(&self) -> bool {
        self.entry(Language::installed()).mended == Mended::User
    }

    /// Whether it proves that ssh and everything up to the host is well: ssh stays, only the server is asked again.
    #[must_use]
    pub(crate) fn keeps_ssh(&self) -> bool {
        matches!(
            self,
            Self::ServiceDown { .. } | Self::ServiceUnreachable { .. } | Self::NotOcr { .. } | Self::NotReady { .. }
        )
    }

    /// The sentence, in the language with the code `locale`: what is shown to Bob may not be in that of the process.
    #[must_use]
    pub fn sentence(&self, locale: &str) -> String {
        self.message("what", language(locale), None)
    }

    /// The message `part` of its area in the catalogue, with its values and one more.
    fn message(&self, part: &str, language: Language, more: Option<(&'static str, String)>) -> String {
        let CauseFacts { id, mut values, .. } = self.entry(language);
        // ssh's own words for a place.
        let place = format!(" {} ", t!("tunnel.port", locale = language));
        for (_, value) in values.iter_mut().filter(|(name, _)| *name == "address") {
            *value = value.replace(" port ", &place);
        }
        values.push(("locale", language.to_string()));
        values.extend(more);
        let values: Vec<_> = values.iter().map(|(name, value)| (*name, value as &dyn Display)).collect();
        catalogue::text(&format!("tunnel.{}.{part}", id.replace('-', "_")), &values).into_owned()
    }
}

/// The language with the code `locale`; that of the process if there is none.
fn language(locale: &str) -> Language {
    Language::of_code(locale).unwrap_or_else(Language::installed)
}

impl Display for Cause {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message("what", Language::installed(), None))
    }
}

impl std::error::Error for Cause {}
