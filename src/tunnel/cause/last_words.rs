//! From ssh's last words to a [`Cause`].
//!
//! ssh exits with 255 for everything, so its stderr has to tell. The wordings are those of OpenSSH 8.4 to 10 with
//! `LC_ALL=C` and `LogLevel INFO`; the system's own part of a line differs between Linux and macOS.

use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;

use super::Cause;

/// How far ssh had come when it spoke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Connecting, logging in, setting up the forward.
    LoggingIn,
    /// The forward was there.
    LoggedIn,
}

impl Cause {
    /// Why ssh ended: `lines` are those it wrote to stderr in this `stage`, the oldest first, without line ends.
    #[must_use]
    pub fn from_last_words(lines: &[impl AsRef<str>], status: ExitStatus, stage: Stage) -> Self {
        if let Some(signal) = status.signal() {
            return Self::SshKilled { signal };
        }
        let words = Words(lines.iter().map(|line| line.as_ref().trim()).filter(|line| !line.is_empty()).collect());
        if let Some(signal) = words.find(|line| between(line, "Killed by signal ", ".")?.parse().ok()) {
            return Self::SshKilled { signal };
        }
        let problem = words.last(|line| !is_channel(line)).map_or_else(|| status.to_string(), str::to_owned);
        if stage == Stage::LoggedIn {
            return Self::ConnectionLost { problem };
        }
        // The order matters: what a jump host or a key file says comes before what the connection says because of it.
        None.or_else(|| words.configuration())
            .or_else(|| words.host_key())
            .or_else(|| words.name())
            .or_else(|| words.login())
            .or_else(|| words.connect())
            .or_else(|| words.jump())
            .or_else(|| words.forward())
            .or_else(|| words.handshake())
            .unwrap_or(Self::Other { problem })
    }

    /// What a line of a running ssh says about the forward to `remote`; `None` if it is about something else.
    ///
    /// A forward that the host refuses shows only now, when something connects to it.
    #[must_use]
    pub fn from_channel(line: &str, remote: &str) -> Option<Self> {
        if !is_channel(line) {
            return None;
        }
        let (_, reason) = line.trim().split_once(": open failed: ")?;
        let remote = remote.to_owned();
        let (reason, text) = reason.split_once(':').unwrap_or((reason, reason));
        let text = text.trim();
        // A missing Unix socket is `connect failed: open failed`; sshd tells no more.
        Some(match (reason, text) {
            ("administratively prohibited" | "unknown channel type", _) => Self::ForwardRefused { remote },
            ("connect failed", "Connection refused" | "open failed" | "No such file or directory") => {
                Self::ServiceDown { remote }
            }
            _ => Self::ServiceUnreachable { remote, problem: text.to_owned() },
        })
    }
}

/// The lines, trimmed and not empty, the oldest first.
struct Words<'a>(Vec<&'a str>);

impl<'a> Words<'a> {
    fn find<T>(&self, look: impl FnMut(&&'a str) -> Option<T>) -> Option<T> {
        self.0.iter().find_map(look)
    }

    fn last(&self, matches: impl Fn(&str) -> bool) -> Option<&'a str> {
        self.0.iter().rev().copied().find(|line| matches(line))
    }

    fn having(&self, parts: &[&str]) -> Option<&'a str> {
        self.0.iter().copied().find(|line| parts.iter().any(|part| line.contains(part)))
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
        let last = self.0.last()?;
        let is_fatal = FATAL.iter().any(|part| last.contains(part))
            || last.starts_with("command-line")
            || last.starts_with("usage: ssh")
            || (last.contains(" line ") && last.ends_with('.') && !last.contains("Unsupported option"));
        is_fatal.then(|| Cause::BadConfiguration { problem: self.having(&FATAL).unwrap_or(last).to_owned() })
    }

    fn host_key(&self) -> Option<Cause> {
        if self.having(&["REVOKED HOST KEY"]).is_some() {
            return Some(Cause::HostKeyRevoked);
        }
        if self.having(&["REMOTE HOST IDENTIFICATION HAS CHANGED", "has changed and you have requested"]).is_some() {
            let host = self.find(|line| between(line, "ost key for ", " has changed"));
            let entry =
                self.find(|line| line.strip_prefix("Offending ")?.split_once(" key in ").map(|(_, entry)| entry));
            return Some(Cause::HostKeyChanged { host: owned(host), entry: owned(entry) });
        }
        self.find(|line| between(line, "host key is known for ", " and you have requested"))
            .map(|host| Cause::HostKeyUnknown { host: host.to_owned() })
    }

    fn name(&self) -> Option<Cause> {
        let rest = self.find(|line| line.split_once("Could not resolve hostname ").map(|(_, rest)| rest))?;
        let (host, reason) = rest.rsplit_once(": ").unwrap_or((rest, ""));
        let host = host.to_owned();
        let is_temporary = reason.contains("Temporary failure") || reason.contains("try again");
        Some(if is_temporary { Cause::ResolverUnavailable { host } } else { Cause::HostUnresolved { host } })
    }

    fn login(&self) -> Option<Cause> {
        if self.having(&["Too many authentication failures"]).is_some() {
            return Some(Cause::TooManyKeys);
        }
        let (account, rest) = self.find(|line| line.split_once(": Permission denied ("))?;
        let (account, methods) = (account.to_owned(), rest.trim_end_matches([')', '.']).to_owned());
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
            return Some(Cause::KeyExposed { file: file.trim_matches('\'').to_owned() });
        }
        let unreadable = self.find(|line| line.strip_prefix("Load key \"")?.split_once("\": "));
        if let Some((file, problem)) = unreadable {
            let (file, problem) = (file.to_owned(), problem.to_owned());
            return Some(match problem.as_str() {
                "No such file or directory" => Cause::KeyMissing { file },
                problem if problem.contains("passphrase") => Cause::KeyLocked { file },
                _ => Cause::KeyUnreadable { file, problem },
            });
        }
        if let Some(line) = self.having(&["agent refused operation", "Agent admitted failure to sign"]) {
            let key = between(line, "signing failed for ", " from agent").unwrap_or("?");
            return Some(Cause::AgentRefused { key: key.to_owned() });
        }
        let missing = self.find(|line| {
            between(line, "Identity file ", " not accessible: ").or_else(|| between(line, "no such identity: ", ": "))
        });
        missing.map(|file| Cause::KeyMissing { file: file.to_owned() })
    }

    /// ssh names every address it tried; the last one decides.
    fn connect(&self) -> Option<Cause> {
        if let Some(line) = self.last(|line| line.contains("connect to host ")) {
            let (_, rest) = line.split_once("connect to host ")?;
            let (address, problem) = rest.rsplit_once(": ")?;
            let (address, problem) = (address.to_owned(), problem.to_owned());
            return Some(match problem.as_str() {
                "Connection refused" => Cause::Refused { address },
                "Connection timed out" | "Operation timed out" => Cause::TimedOut { address },
                _ => Cause::Unreachable { address, problem },
            });
        }
        let timed_out = self.find(|line| between(line, "Connection to ", " timed out"));
        timed_out.filter(|address| !is_proxied(address)).map(|address| Cause::TimedOut { address: address.to_owned() })
    }

    fn jump(&self) -> Option<Cause> {
        let is_jump = self.having(&["stdio forwarding failed"]).is_some() || self.last(is_proxied).is_some();
        let echoes = ["stdio forwarding failed", "exchange_identification", "UNKNOWN port", "banner exchange"];
        let problem = self.last(|line| !echoes.iter().any(|echo| line.contains(echo))).or(self.0.first().copied());
        is_jump.then(|| Cause::JumpFailed { problem: owned(problem) })
    }

    fn forward(&self) -> Option<Cause> {
        let listener = self.find(|line| line.strip_prefix("unix_listener: cannot bind to path ")?.rsplit_once(": "));
        if let Some((path, problem)) = listener {
            return Some(Cause::StateFolder { path: path.into(), problem: problem.to_owned() });
        }
        let failed = self.having(&["Could not request local forwarding", "forwarding failed for listen port"])?;
        let problem = self.having(&["bind ", "cannot listen to"]).unwrap_or(failed);
        Some(Cause::OtherForward { problem: problem.to_owned() })
    }

    fn handshake(&self) -> Option<Cause> {
        const NOT_SSH: [&str; 4] =
            ["invalid format", "invalid characters", "Bad remote protocol version", "versions differ"];
        const CLOSED: [&str; 5] = [
            "exchange_identification",
            "Connection closed by",
            "Connection reset by",
            "Received disconnect from",
            "closed by remote host",
        ];
        let (make, line): (fn(String) -> Cause, _) = if let Some(line) = self.having(&NOT_SSH) {
            (|problem| Cause::NotSsh { problem }, line)
        } else if let Some(line) = self.having(&["Unable to negotiate with"]) {
            (|problem| Cause::NoCommonAlgorithm { problem }, line)
        } else {
            (|problem| Cause::HandshakeClosed { problem }, self.having(&CLOSED)?)
        };
        Some(make(line.to_owned()))
    }
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

fn owned(found: Option<&str>) -> String {
    found.unwrap_or("?").to_owned()
}

#[cfg(test)]
mod tests;
