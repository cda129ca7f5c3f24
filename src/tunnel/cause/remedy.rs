//! The one thing to do about each [`Cause`].

use std::borrow::Cow;

use super::Cause;

impl Cause {
    /// The one thing to do about it, in the language of the process.
    #[must_use]
    pub fn remedy(&self) -> Cow<'static, str> {
        match self {
            Self::SshNotFound { .. } => t!("tunnel.ssh_not_found.remedy"),
            Self::SshNotRunnable { program, .. } => t!("tunnel.ssh_not_runnable.remedy", program = program.display()),
            Self::SocketPathTooLong { .. } => t!("tunnel.socket_path_too_long.remedy"),
            Self::StateFolder { path, .. } => t!("tunnel.state_folder.remedy", path = path.display()),
            Self::StateFolderShared { .. } => t!("tunnel.state_folder_shared.remedy"),
            Self::InUse => t!("tunnel.in_use.remedy"),
            Self::BadConfiguration { .. } => t!("tunnel.bad_configuration.remedy"),
            Self::OtherForward { .. } => t!("tunnel.other_forward.remedy"),
            Self::SshKilled { .. } => t!("tunnel.ssh_killed.remedy"),
            Self::HostUnresolved { .. } => t!("tunnel.host_unresolved.remedy"),
            Self::ResolverUnavailable { .. } => t!("tunnel.resolver_unavailable.remedy"),
            Self::Refused { .. } => t!("tunnel.refused.remedy"),
            Self::TimedOut { .. } => t!("tunnel.timed_out.remedy"),
            Self::Unreachable { .. } => t!("tunnel.unreachable.remedy"),
            Self::JumpFailed { .. } => t!("tunnel.jump_failed.remedy"),
            Self::HandshakeClosed { .. } => t!("tunnel.handshake_closed.remedy"),
            Self::NotSsh { .. } => t!("tunnel.not_ssh.remedy"),
            Self::NoCommonAlgorithm { .. } => t!("tunnel.no_common_algorithm.remedy"),
            Self::ConnectionLost { .. } => t!("tunnel.connection_lost.remedy"),
            Self::HostKeyUnknown { .. } => t!("tunnel.host_key_unknown.remedy"),
            Self::HostKeyChanged { host, .. } => t!("tunnel.host_key_changed.remedy", host = host),
            Self::HostKeyRevoked => t!("tunnel.host_key_revoked.remedy"),
            Self::LoginRefused { .. } => t!("tunnel.login_refused.remedy"),
            Self::PasswordOnly { .. } => t!("tunnel.password_only.remedy"),
            Self::KeyMissing { .. } => t!("tunnel.key_missing.remedy"),
            Self::KeyExposed { file, .. } => t!("tunnel.key_exposed.remedy", file = file),
            Self::KeyLocked { file, .. } => t!("tunnel.key_locked.remedy", file = file),
            Self::KeyUnreadable { file, .. } => t!("tunnel.key_unreadable.remedy", file = file),
            Self::AgentRefused { .. } => t!("tunnel.agent_refused.remedy"),
            Self::TooManyKeys => t!("tunnel.too_many_keys.remedy"),
            Self::LoginStalled => t!("tunnel.login_stalled.remedy"),
            Self::ForwardRefused { .. } => t!("tunnel.forward_refused.remedy"),
            Self::ServiceDown { .. } => t!("tunnel.service_down.remedy"),
            Self::ServiceUnreachable { .. } => t!("tunnel.service_unreachable.remedy"),
            Self::ClosedWithoutAnswer => t!("tunnel.closed_without_answer.remedy"),
            Self::Silent => t!("tunnel.silent.remedy"),
            Self::NotOcr { .. } => t!("tunnel.not_ocr.remedy"),
            Self::NotReady { .. } => t!("tunnel.not_ready.remedy"),
            Self::Other { .. } => t!("tunnel.other.remedy"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Cause;

    /// One of each.
    fn causes() -> Vec<Cause> {
        let text = |text: &str| text.to_owned();
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
            Cause::HostUnresolved { host: host.clone() },
            Cause::ResolverUnavailable { host: host.clone() },
            Cause::Refused { address: address.clone() },
            Cause::TimedOut { address: address.clone() },
            Cause::Unreachable { address, problem: problem.clone() },
            Cause::JumpFailed { problem: problem.clone() },
            Cause::HandshakeClosed { problem: problem.clone() },
            Cause::NotSsh { problem: problem.clone() },
            Cause::NoCommonAlgorithm { problem: problem.clone() },
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
            Cause::NotOcr { remote, answer: text("HTTP 404") },
            Cause::NotReady { reason: problem.clone() },
            Cause::Other { problem },
        ]
    }

    #[test]
    fn a_cause_is_told_in_the_language_asked_for() {
        for cause in causes() {
            // Nothing in this test binary but the process' own language decides what Display says.
            let same = [cause.told("en"), cause.told("zh")].contains(&cause.to_string());
            assert!(same, "{cause:?}: {}", cause.told("en"));
            assert_ne!(cause.told("en"), cause.told("zh"));
            assert!(!cause.told("zh").contains("%{"), "{cause:?}");
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
        let remedies = unique(causes.iter().map(|cause| cause.remedy().into_owned()).collect());
        for text in sentences.iter().chain(&remedies) {
            assert!(!text.contains("%{") && !text.starts_with("tunnel."), "{text}");
        }
        for (cause, sentence) in causes.iter().zip(&sentences) {
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
