//! The one thing to do about each [`Cause`].

use super::{Cause, language};
use crate::language::Language;
use crate::shell::{CommandLine, FilePath, HostName};
use crate::untrusted::Untrusted;

impl Cause {
    /// The one thing to do about it, in the language of the process.
    #[must_use]
    pub fn remedy(&self) -> String {
        self.remedy_in(Language::installed().code())
    }

    /// The one thing to do about it, in the language with the code `locale`.
    #[must_use]
    pub(crate) fn remedy_in(&self, locale: &str) -> String {
        let form = || self.form().map(|(text, _)| format!("{text} …"));
        let command = self.command().map(|line| line.to_string()).or_else(form);
        self.message("remedy", language(locale), command.map(|command| ("command", command)))
    }

    /// The same as a command for this machine, where one is enough; `None` as well if a name in it cannot be pasted.
    #[must_use]
    pub fn command(&self) -> Option<CommandLine> {
        let (text, name) = self.form()?;
        match self {
            Self::HostKeyChanged { entry, .. } => {
                let (file, _line) = entry.as_it_came()?.rsplit_once(':')?;
                let host = HostName::parse(name.as_it_came()?)?;
                Some(CommandLine::new(text).word(&host).text("-f").word(&FilePath::parse(file)?))
            }
            Self::SshNotRunnable { .. } => Some(CommandLine::program(&FilePath::parse(name.as_it_came()?)?).text(text)),
            _ => Some(CommandLine::new(text).word(&FilePath::parse(name.as_it_came()?)?)),
        }
    }

    /// The text of the command, and what it is for.
    fn form(&self) -> Option<(&'static str, Untrusted)> {
        Some(match self {
            Self::SshNotRunnable { program, .. } => ("-V", program.as_path().into()),
            Self::HostKeyChanged { host, .. } => ("ssh-keygen -R", host.clone()),
            Self::KeyMissing { file } => ("ssh-keygen -t ed25519 -f", file.clone()),
            Self::KeyExposed { file } => ("chmod 600", file.clone()),
            Self::KeyLocked { file } => ("ssh-add", file.clone()),
            Self::KeyUnreadable { file, .. } => ("ssh-keygen -y -f", file.clone()),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Cause;
    use crate::tunnel::Answered;
    use crate::untrusted::Untrusted;

    /// One of each.
    fn causes() -> Vec<Cause> {
        let text = Untrusted::new;
        let (host, address, remote) = (text("vps.example"), text("192.0.2.7 port 22"), text("127.0.0.1:8080"));
        let (problem, file) = (text("Reason Of The System"), text("/home/me/.ssh/id"));
        let (account, methods) = (text("me@vps.example"), text("publickey"));
        vec![
            Cause::SshNotFound { program: "/opt/ssh".into() },
            Cause::SshNotRunnable { program: "/opt/ssh".into(), problem: problem.clone() },
            Cause::SocketPathTooLong { path: "/long".into(), limit: 103 },
            Cause::StateFolder { path: "/state".into(), problem: problem.clone() },
            Cause::StateFolderShared { path: "/state".into() },
            Cause::InUse,
            Cause::BadConfiguration { problem: problem.clone() },
            Cause::OtherForward { problem: problem.clone() },
            Cause::SshKilled { signal: 9 },
            Cause::NoNetwork,
            Cause::HostUnresolved { host: host.clone() },
            Cause::ResolverUnavailable { host: host.clone() },
            Cause::Refused { address: address.clone() },
            Cause::TimedOut { address: address.clone() },
            Cause::NoBanner { address: address.clone() },
            Cause::LargePacketsVanish,
            Cause::Unreachable { address, problem: problem.clone() },
            Cause::JumpFailed { problem: problem.clone() },
            Cause::HandshakeClosed { problem: problem.clone() },
            Cause::NotSsh { problem: problem.clone() },
            Cause::NoCommonAlgorithm { problem: problem.clone() },
            Cause::LinkSilent,
            Cause::ConnectionLost { problem: problem.clone() },
            Cause::HostKeyUnknown { host: host.clone() },
            Cause::HostKeyChanged { host, entry: text("/home/me/.ssh/known_hosts:7") },
            Cause::HostKeyRevoked,
            Cause::LoginRefused { account: account.clone(), methods: methods.clone() },
            Cause::PasswordOnly { account, methods },
            Cause::KeyMissing { file: file.clone() },
            Cause::KeyExposed { file: file.clone() },
            Cause::KeyLocked { file: file.clone() },
            Cause::KeyUnreadable { file, problem: problem.clone() },
            Cause::AgentRefused { key: text("ED25519 \"me@mac\"") },
            Cause::TooManyKeys,
            Cause::LoginStalled,
            Cause::ForwardRefused { remote: remote.clone() },
            Cause::ServiceDown { remote: remote.clone() },
            Cause::ServiceUnreachable { remote: remote.clone(), problem: problem.clone() },
            Cause::ClosedWithoutAnswer,
            Cause::Silent,
            Cause::NotOcr { remote, answer: Answered::NotHttp },
            Cause::NotReady { reason: problem.clone() },
            Cause::Other { problem },
        ]
    }

    #[test]
    fn a_cause_is_told_in_the_language_asked_for() {
        for cause in causes() {
            // Nothing in this test binary but the process' own language decides what Display says.
            let same = [cause.sentence("en"), cause.sentence("zh")].contains(&cause.to_string());
            assert!(same, "{cause:?}: {}", cause.sentence("en"));
            assert_ne!(cause.sentence("en"), cause.sentence("zh"));
            assert!(!cause.sentence("zh").contains("%{"), "{cause:?}");
        }
    }

    #[test]
    fn every_cause_has_its_own_name_sentence_and_remedy() {
        let unique = |texts: Vec<String>| {
            let mut sorted = texts.clone();
            sorted.sort();
            sorted.dedup();
            assert_eq!(sorted.len(), texts.len());
            texts
        };
        let causes = causes();
        unique(causes.iter().map(|cause| cause.id().to_owned()).collect());
        let sentences = unique(causes.iter().map(ToString::to_string).collect());
        let remedies = unique(causes.iter().map(Cause::remedy).collect());
        for text in sentences.iter().chain(&remedies) {
            assert!(!text.contains("%{") && !text.starts_with("tunnel."), "{text}");
        }
        // The server's words may be in another language than ours.
        let ours = |cause: &Cause| !matches!(cause, Cause::NotReady { .. });
        for (cause, sentence) in causes.iter().zip(&sentences).filter(|(cause, _)| ours(cause)) {
            assert_eq!(sentence.contains("Reason"), format!("{cause:?}").contains("Reason"), "{sentence}");
        }
    }

    #[test]
    fn every_cause_exists_in_both_languages() {
        for cause in causes() {
            let area = cause.id().replace('-', "_");
            for part in ["what", "remedy"] {
                let key = format!("tunnel.{area}.{part}");
                let [en, zh] = ["en", "zh"].map(|locale| t!(&key, locale = locale).into_owned());
                assert!(en != key && zh != key, "{key} is missing");
                assert!(en.is_ascii() && zh.chars().any(|char| ('一'..='鿿').contains(&char)), "{key}: {en} / {zh}");
                let holes = |text: &str| {
                    let mut holes: Vec<String> =
                        text.split("%{").skip(1).map(|rest| rest.split('}').next().unwrap().to_owned()).collect();
                    holes.sort();
                    holes
                };
                assert_eq!(holes(&en), holes(&zh), "{key}");
            }
        }
    }
}
