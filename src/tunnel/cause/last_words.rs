//! From ssh's last words to a [`Cause`].
//!
//! ssh exits with 255 for everything, so its words have to tell. The wordings are those of OpenSSH 8.4 to 10 with
//! `LC_ALL=C` and `LogLevel=INFO`; the system's own part of a line differs between Linux and macOS.
//!
//! Not every word is ssh's own. A host may show a banner before the login, a proxy command writes what it likes, and
//! the ssh that leads through a jump host is a proxy command too: all that is [`LastWords::others`] and never becomes a cause
//! by itself. ssh's log has lines that repeat what the server said, ends of lines included: from the first such line on,
//! nothing is ssh's own any more, and of that line only its beginning.

use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;

use super::Cause;
use crate::untrusted::Untrusted;

/// How far ssh had come when it spoke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SshStage {
    /// Connecting, logging in, setting up the forward.
    LoggingIn,
    /// The forward was there.
    LoggedIn,
}

/// What was said until ssh ended: lines without their ends, the oldest first.
#[derive(Debug, Clone, Default)]
pub struct LastWords {
    /// ssh's log, as `LogLevel=INFO` has it: nothing that a server says is in it before its last words.
    pub ssh: Vec<String>,
    /// What came out beside it: banners, proxy commands, and what ssh says before it opens its log.
    pub others: Vec<String>,
}

/// How lines of ssh's log begin that go on with words of the server's choice.
const REPEATED: [&str; 3] =
    ["Received disconnect from ", "Unable to negotiate with ", "Bad remote protocol version identification"];

/// Where in a line of ssh's log the methods begin that the server would take.
const REFUSED: &str = ": Permission denied (";

impl Cause {
    /// Why ssh ended with `status` in this `stage`, by what was said.
    #[must_use]
    pub fn from_last_words(said: &LastWords, status: ExitStatus, stage: SshStage) -> Self {
        if let Some(signal) = status.signal() {
            return Self::SshKilled { signal };
        }
        let words = SshLines::new(&said.ssh);
        let closing = words.last(|_| true).filter(|_| words.repeated.is_none());
        if let Some(signal) = closing.and_then(|line| between(line, "Killed by signal ", ".")?.parse().ok()) {
            return Self::SshKilled { signal };
        }
        let last = words.repeated.or_else(|| words.last(|line| !is_channel(line)));
        let problem = last.map_or_else(|| status.to_string().into(), Untrusted::new);
        if stage == SshStage::LoggedIn {
            return Self::ConnectionLost { problem };
        }
        if said.ssh.is_empty() {
            // Before it opens its log ssh reads its options, and nobody else can have spoken yet.
            let others = SshLines::new(&said.others);
            let problem = others.last(|_| true).map_or(problem, Untrusted::new);
            return others.configuration().unwrap_or(Self::Other { problem });
        }
        // The order matters: what a key file says comes before what the connection says because of it.
        None.or_else(|| words.configuration())
            .or_else(|| words.host_key())
            .or_else(|| words.name())
            .or_else(|| words.login())
            .or_else(|| words.connect())
            .or_else(|| words.proxy(&said.others))
            .or_else(|| words.forward())
            .or_else(|| words.handshake())
            .unwrap_or(Self::Other { problem })
    }

    /// What a line of a running ssh's log says about the forward to `remote`; `None` if it is about something else.
    ///
    /// A forward that the host refuses shows only now, when something connects to it.
    #[must_use]
    pub fn from_channel(line: &str, remote: &str) -> Option<Self> {
        if !is_channel(line) {
            return None;
        }
        let (_, reason) = line.trim().split_once(": open failed: ")?;
        let remote = remote.into();
        let (reason, text) = reason.split_once(':').unwrap_or((reason, reason));
        let text = text.trim();
        // A missing Unix socket is `connect failed: open failed`; sshd tells no more.
        Some(match (reason, text) {
            ("administratively prohibited" | "unknown channel type", _) => Self::ForwardRefused { remote },
            ("connect failed", "Connection refused" | "open failed" | "No such file or directory") => {
                Self::ServiceDown { remote }
            }
            _ => Self::ServiceUnreachable { remote, problem: text.into() },
        })
    }
}

/// Lines of ssh, trimmed and not empty, the oldest first.
struct SshLines<'a> {
    /// What ssh says itself.
    own: Vec<&'a str>,
    /// The line after those, if it repeats what the server said.
    repeated: Option<&'a str>,
}

impl<'a> SshLines<'a> {
    fn new(lines: &'a [String]) -> Self {
        let mut lines = lines.iter().map(|line| line.trim()).filter(|line| !line.is_empty());
        let mut own = Vec::new();
        let is_repeated = |line: &&str| REPEATED.iter().any(|text| line.starts_with(text)) || line.contains(REFUSED);
        for line in lines.by_ref() {
            if is_repeated(&line) {
                return Self { own, repeated: Some(line) };
            }
            own.push(line);
        }
        Self { own, repeated: None }
    }

    fn find<T>(&self, look: impl FnMut(&&'a str) -> Option<T>) -> Option<T> {
        self.own.iter().find_map(look)
    }

    fn last(&self, matches: impl Fn(&str) -> bool) -> Option<&'a str> {
        self.own.iter().rev().copied().find(|line| matches(line))
    }

    fn having(&self, parts: &[&str]) -> Option<&'a str> {
        self.own.iter().copied().find(|line| parts.iter().any(|part| line.contains(part)))
    }

    /// ssh stops at these at once; before another last line they were warnings.
    fn configuration(&self) -> Option<Cause> {
        const FATAL: [&str; 9] = [
            "ad configuration option",
            "Bad owner or permissions on",
            "Can't open user config file",
            "forwarding specification",
            "name contains invalid characters",
            "unknown option --",
            "illegal option --",
            "no argument after keyword",
            "percent_expand:",
        ];
        let last = self.last(|_| true)?;
        let is_fatal = FATAL.iter().any(|part| last.contains(part))
            || last.starts_with("command-line")
            || last.starts_with("usage: ssh")
            || (last.contains(" line ") && last.ends_with('.') && !last.contains("Unsupported option"));
        (is_fatal && self.repeated.is_none())
            .then(|| Cause::BadConfiguration { problem: self.having(&FATAL).unwrap_or(last).into() })
    }

    fn host_key(&self) -> Option<Cause> {
        if self.having(&["REVOKED HOST KEY"]).is_some() {
            return Some(Cause::HostKeyRevoked);
        }
        if self.having(&["REMOTE HOST IDENTIFICATION HAS CHANGED", "has changed and you have requested"]).is_some() {
            let host = self.find(|line| between(line, "ost key for ", " has changed"));
            let entry =
                self.find(|line| line.strip_prefix("Offending ")?.split_once(" key in ").map(|(_, entry)| entry));
            return Some(Cause::HostKeyChanged { host: or_unknown(host), entry: or_unknown(entry) });
        }
        self.find(|line| between(line, "host key is known for ", " and you have requested"))
            .map(|host| Cause::HostKeyUnknown { host: host.into() })
    }

    fn name(&self) -> Option<Cause> {
        let rest = self.find(|line| line.split_once("Could not resolve hostname ").map(|(_, rest)| rest))?;
        let (host, reason) = rest.rsplit_once(": ").unwrap_or((rest, ""));
        let host = host.into();
        let is_temporary = reason.contains("Temporary failure") || reason.contains("try again");
        Some(if is_temporary { Cause::ResolverUnavailable { host } } else { Cause::HostUnresolved { host } })
    }

    /// The line in which the server refuses is the last of all.
    fn login(&self) -> Option<Cause> {
        let line = self.repeated?;
        if line.starts_with("Received disconnect from ") && line.contains("Too many authentication failures") {
            return Some(Cause::TooManyKeys);
        }
        // Of the other lines that repeat what the server said, no part is ssh's verdict.
        if REPEATED.iter().any(|beginning| line.starts_with(beginning)) {
            return None;
        }
        let (account, rest) = line.split_once(REFUSED)?;
        let methods = rest.trim_end_matches([')', '.']);
        let (account, methods) = (Untrusted::new(account), Untrusted::new(methods));
        let plain = || {
            let takes_keys = methods.is_empty() || methods.contains("publickey") || methods.contains("hostbased");
            if takes_keys {
                Cause::LoginRefused { account: account.clone(), methods: methods.clone() }
            } else {
                Cause::PasswordOnly { account: account.clone(), methods: methods.clone() }
            }
        };
        Some(self.key().unwrap_or_else(plain))
    }

    /// What is wrong with the key, if ssh says so.
    fn key(&self) -> Option<Cause> {
        let exposed = self.find(|line| between(line, "Permissions ", " are too open")?.split_once(" for "));
        if let Some((_, file)) = exposed {
            return Some(Cause::KeyExposed { file: file.trim_matches('\'').into() });
        }
        let unreadable = self.find(|line| line.strip_prefix("Load key \"")?.split_once("\": "));
        if let Some((file, problem)) = unreadable {
            let file = file.into();
            return Some(match problem {
                "No such file or directory" => Cause::KeyMissing { file },
                problem if problem.contains("passphrase") => Cause::KeyLocked { file },
                _ => Cause::KeyUnreadable { file, problem: problem.into() },
            });
        }
        if let Some(line) = self.having(&["agent refused operation", "Agent admitted failure to sign"]) {
            let key = between(line, "signing failed for ", " from agent").unwrap_or("?");
            return Some(Cause::AgentRefused { key: key.into() });
        }
        let missing = self.find(|line| {
            between(line, "Identity file ", " not accessible: ").or_else(|| between(line, "no such identity: ", ": "))
        });
        missing.map(|file| Cause::KeyMissing { file: file.into() })
    }

    /// ssh names every address it tried; the last one decides.
    fn connect(&self) -> Option<Cause> {
        if let Some(line) = self.last(|line| line.contains("connect to host ")) {
            return connect_failed(line);
        }
        let timed_out = self.find(|line| between(line, "Connection to ", " timed out"));
        timed_out.filter(|address| !is_proxied(address)).map(|address| Cause::TimedOut { address: address.into() })
    }

    /// What `others` said counts only if ssh says that the proxy ended before the host had introduced itself, and then
    /// only for what the proxy can bring about by itself: it does not answer, or it does not let the user in. Its last
    /// line decides, since the ssh to a jump host ends with a line of its own, after any banner.
    fn proxy(&self, others: &[String]) -> Option<Cause> {
        const ECHOES: [&str; 5] = [
            "stdio forwarding failed",
            "exchange_identification",
            "UNKNOWN port",
            "banner exchange",
            "Disconnected from",
        ];
        self.having(&["exchange_identification", "banner exchange"])?;
        self.last(is_proxied)?;
        let is_news = |line: &str| !line.is_empty() && !ECHOES.iter().any(|echo| line.contains(echo));
        let last = others.iter().rev().map(|line| line.trim()).find(|line| is_news(line));
        let alone: Vec<_> = last.into_iter().map(str::to_owned).collect();
        let alone = SshLines::new(&alone);
        let problem = last.or_else(|| self.last(is_news)).or(self.own.first().copied());
        None.or_else(|| alone.name())
            .or_else(|| alone.login())
            .or_else(|| alone.connect())
            .or_else(|| Some(Cause::JumpFailed { problem: or_unknown(problem) }))
    }

    fn forward(&self) -> Option<Cause> {
        let listener = self.find(|line| line.strip_prefix("unix_listener: cannot bind to path ")?.rsplit_once(": "));
        if let Some((path, problem)) = listener {
            return Some(Cause::StateFolder { path: path.into(), problem: problem.into() });
        }
        let failed = self.having(&["Could not request local forwarding", "forwarding failed for listen port"])?;
        let problem = self.having(&["bind ", "cannot listen to"]).unwrap_or(failed);
        Some(Cause::OtherForward { problem: problem.into() })
    }

    fn handshake(&self) -> Option<Cause> {
        const NOT_SSH: [&str; 3] = ["invalid format", "invalid characters", "versions differ"];
        const CLOSED: [&str; 4] =
            ["exchange_identification", "Connection closed by", "Connection reset by", "closed by remote host"];
        if let Some(line) = self.having(&NOT_SSH) {
            return Some(Cause::NotSsh { problem: line.into() });
        }
        let line = self.repeated.or_else(|| self.having(&CLOSED))?;
        Some(if line.starts_with("Bad remote protocol version") {
            Cause::NotSsh { problem: line.into() }
        } else if line.starts_with("Unable to negotiate with") {
            Cause::NoCommonAlgorithm { problem: line.into() }
        } else {
            Cause::HandshakeClosed { problem: line.into() }
        })
    }
}

/// What became of `connect to host ADDRESS: PROBLEM`.
fn connect_failed(line: &str) -> Option<Cause> {
    let (_, rest) = line.split_once("connect to host ")?;
    let (address, problem) = rest.rsplit_once(": ")?;
    let address = address.into();
    Some(match problem {
        "Connection refused" => Cause::Refused { address },
        "Connection timed out" | "Operation timed out" => Cause::TimedOut { address },
        _ => Cause::Unreachable { address, problem: problem.into() },
    })
}

fn between<'a>(line: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = line.split_once(before)?;
    rest.split_once(after).map(|(found, _)| found)
}

fn is_channel(line: &str) -> bool {
    line.starts_with("channel ") && line.contains(": open failed: ")
}

/// ssh has no address for a peer it reaches through a proxy command.
fn is_proxied(text: &str) -> bool {
    text.contains("UNKNOWN port")
}

fn or_unknown(found: Option<&str>) -> Untrusted {
    found.unwrap_or("?").into()
}

#[cfg(test)]
mod tests;
