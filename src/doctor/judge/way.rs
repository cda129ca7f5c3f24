//! The way to the server, step by step: the first that fails is the one to mend, and those after it are not known.

use super::{after, with};
use crate::doctor::facts::{Configuration, Keys, There, Way};
use crate::doctor::paste::{Paste, word};
use crate::doctor::{Check, Facts, Finding, Severity};
use crate::tunnel::Cause;

/// The steps, in the order in which ssh takes them.
const STEPS: [Check; 8] =
    [Check::Ssh, Check::Host, Check::Reach, Check::HostKey, Check::Keys, Check::Login, Check::Forward, Check::Service];

/// One finding for each step.
pub(super) fn judge(facts: &Facts) -> Vec<Finding> {
    let failed = match &facts.way {
        None => return unknown(facts),
        Some(Way::Up { .. }) => None,
        Some(Way::Down { cause }) => Some(failure(facts, cause)),
        Some(Way::Late) => {
            let finding = Finding::failure(Check::Login, "late", t!("doctor.way.late"));
            Some(with(finding.remedy(t!("doctor.way.late_remedy")), facts.paste.ssh(&["-v"], "exit")))
        }
    };
    let mut findings = Vec::new();
    for check in STEPS {
        match &failed {
            Some(failed) if failed.check == check => findings.push(failed.clone()),
            Some(failed) if failed.check < check => findings.push(blocked(check, failed)),
            _ => findings.push(Finding::ok(check, seen(facts, check))),
        }
    }
    findings
}

/// A server that loads its models is not a failure, but what comes after it is not known either.
fn blocked(check: Check, failed: &Finding) -> Finding {
    after(check, failed.check)
}

/// Nothing was tried.
fn unknown(facts: &Facts) -> Vec<Finding> {
    if matches!(facts.configuration, Configuration::Broken { .. }) {
        return STEPS.iter().map(|check| after(*check, Check::Config)).collect();
    }
    STEPS.iter().map(|check| Finding::skipped(*check, t!("doctor.no_host"))).collect()
}

/// The step that `cause` belongs to.
pub(super) fn step(cause: &Cause) -> Check {
    match cause {
        Cause::SshNotFound { .. }
        | Cause::SshNotRunnable { .. }
        | Cause::SshKilled { .. }
        | Cause::BadConfiguration { .. }
        | Cause::SocketPathTooLong { .. }
        | Cause::StateFolder { .. }
        | Cause::StateFolderShared { .. }
        | Cause::InUse => Check::Ssh,
        Cause::HostUnresolved { .. } | Cause::ResolverUnavailable { .. } => Check::Host,
        Cause::Refused { .. }
        | Cause::TimedOut { .. }
        | Cause::Unreachable { .. }
        | Cause::JumpFailed { .. }
        | Cause::HandshakeClosed { .. }
        | Cause::NotSsh { .. }
        | Cause::NoCommonAlgorithm { .. }
        | Cause::ConnectionLost { .. } => Check::Reach,
        Cause::HostKeyUnknown { .. } | Cause::HostKeyChanged { .. } | Cause::HostKeyRevoked => Check::HostKey,
        Cause::KeyMissing { .. }
        | Cause::KeyExposed { .. }
        | Cause::KeyLocked { .. }
        | Cause::KeyUnreadable { .. }
        | Cause::AgentRefused { .. }
        | Cause::TooManyKeys => Check::Keys,
        Cause::LoginRefused { .. } | Cause::PasswordOnly { .. } | Cause::LoginStalled | Cause::Other { .. } => {
            Check::Login
        }
        Cause::ForwardRefused { .. } | Cause::OtherForward { .. } => Check::Forward,
        Cause::ServiceDown { .. }
        | Cause::ServiceUnreachable { .. }
        | Cause::ClosedWithoutAnswer
        | Cause::Silent
        | Cause::NotOcr { .. }
        | Cause::NotReady { .. } => Check::Service,
    }
}

fn failure(facts: &Facts, cause: &Cause) -> Finding {
    if matches!(cause, Cause::LoginRefused { .. } | Cause::PasswordOnly { .. }) {
        match keys_of(facts) {
            OwnKeys::None => {
                let finding = Finding::failure(Check::Keys, "no-key", t!("doctor.way.no_key"));
                let make = facts.paste.copy_id().map(|copy| format!("ssh-keygen -t ed25519 && {copy}"));
                return with(finding.remedy(t!("doctor.way.no_key_remedy")), make);
            }
            // Without anyone to ask, ssh passes over such a key without a word.
            OwnKeys::Locked(file) => return failure(facts, &Cause::KeyLocked { file }),
            OwnKeys::Usable => {}
        }
    }
    let check = step(cause);
    let finding = match cause {
        Cause::NotReady { .. } => Finding::warning(check, cause.id(), cause.to_string()),
        _ => Finding::failure(check, cause.id(), cause.to_string()),
    };
    let finding = with(finding.remedy(cause.remedy()), command(&facts.paste, cause));
    match (&facts.there, check) {
        (Some(there), Check::Service) => service(finding, cause, there, &facts.paste),
        _ => finding,
    }
}

/// What there was to log in with.
enum OwnKeys {
    /// Nothing.
    None,
    /// This file, which needs a passphrase, and nothing that does not.
    Locked(String),
    /// Something that should work; or it is not known.
    Usable,
}

fn keys_of(facts: &Facts) -> OwnKeys {
    let keys = facts.ssh.as_ref().and_then(|ssh| ssh.keys.as_ref());
    let Some(keys) = keys.filter(|keys| keys.in_agent.unwrap_or(0) == 0) else { return OwnKeys::Usable };
    match (keys.files.is_empty(), keys.locked.first()) {
        (true, _) => OwnKeys::None,
        (false, Some(file)) if keys.locked == keys.files => OwnKeys::Locked(file.display().to_string()),
        (false, _) => OwnKeys::Usable,
    }
}

/// What mends `cause`, where one line can.
fn command(paste: &Paste, cause: &Cause) -> Option<String> {
    match cause {
        // It asks whether the fingerprint is the right one.
        Cause::HostKeyUnknown { .. } => paste.ssh(&[], "exit"),
        Cause::HostKeyChanged { host, entry } => {
            let file = entry.rsplit_once(':').map(|(file, _)| file)?;
            Some(format!("ssh-keygen -R {} -f {}", word(host), word(file)))
        }
        Cause::LoginRefused { .. } | Cause::PasswordOnly { .. } => paste.copy_id(),
        Cause::KeyMissing { file } => Some(format!("ssh-keygen -t ed25519 -f {}", word(file))),
        Cause::KeyExposed { file } => Some(format!("chmod 600 {}", word(file))),
        Cause::KeyLocked { file } => Some(format!("ssh-add {}", word(file))),
        Cause::KeyUnreadable { file, .. } => Some(format!("ssh-keygen -y -f {}", word(file))),
        Cause::LoginStalled
        | Cause::Other { .. }
        | Cause::HandshakeClosed { .. }
        | Cause::NotSsh { .. }
        | Cause::NoCommonAlgorithm { .. }
        | Cause::JumpFailed { .. } => paste.ssh(&["-v"], "exit"),
        Cause::ClosedWithoutAnswer | Cause::Silent | Cause::NotReady { .. } => {
            paste.ssh(&["-t"], "sudo journalctl -u jkocr -n 50")
        }
        Cause::ServiceDown { .. } => paste.ssh(&["-t"], "sudo systemctl start jkocr"),
        _ => None,
    }
}

/// The same finding, with the command that fits what the server's machine has.
fn service(finding: Finding, cause: &Cause, there: &There, paste: &Paste) -> Finding {
    if !matches!(cause, Cause::ServiceDown { .. }) {
        return finding;
    }
    match (there.units.first(), &there.program) {
        (Some(unit), _) => {
            let line = if unit.is_users {
                paste.ssh(&[], &format!("systemctl --user restart {}", unit.name))
            } else {
                paste.ssh(&["-t"], &format!("sudo systemctl restart {}", unit.name))
            };
            with(finding, line)
        }
        (None, Some(program)) => {
            let install = format!("sudo {} service install", word(&program.display().to_string()));
            with(finding.remedy(t!("doctor.way.no_unit_remedy")), paste.ssh(&["-t"], &install))
        }
        (None, None) => with(finding.remedy(t!("doctor.way.not_installed_remedy")), None),
    }
}

/// What a step that went well looked like.
fn seen(facts: &Facts, check: Check) -> String {
    let ssh = facts.ssh.as_ref();
    let effective = ssh.and_then(|ssh| ssh.effective.as_ref());
    let unknown = String::new;
    let text = match check {
        Check::Ssh => return ssh.and_then(|ssh| ssh.version.clone()).unwrap_or_else(unknown),
        Check::Host => match (ssh, effective) {
            (_, Some(effective)) if effective.proxied => t!("doctor.way.proxied", host = effective.hostname),
            (Some(ssh), Some(effective)) => {
                let addresses: Vec<_> = ssh.addresses.iter().map(ToString::to_string).collect();
                t!("doctor.way.resolved", host = effective.hostname, addresses = addresses.join(", "))
            }
            _ => return facts.host.clone().unwrap_or_default(),
        },
        Check::Reach => ssh.and_then(|ssh| ssh.banner.as_deref()).zip(effective).map_or_else(
            || t!("doctor.way.reached"),
            |(banner, effective)| t!("doctor.way.banner", port = effective.port, banner = banner),
        ),
        Check::HostKey => t!("doctor.way.host_key"),
        Check::Keys => keys(ssh.and_then(|ssh| ssh.keys.as_ref())),
        Check::Login => effective
            .filter(|effective| !effective.user.is_empty())
            .map_or_else(|| t!("doctor.way.login_unnamed"), |effective| t!("doctor.way.login", user = effective.user)),
        Check::Forward => t!("doctor.way.forward", remote = facts.remote),
        _ => match &facts.way {
            Some(Way::Up { millis, .. }) => t!("doctor.way.service", millis = millis),
            _ => return unknown(),
        },
    };
    text.into_owned()
}

fn keys(keys: Option<&Keys>) -> std::borrow::Cow<'static, str> {
    let files = keys.map_or(0, |keys| keys.files.len());
    keys.and_then(|keys| keys.in_agent).map_or_else(
        || t!("doctor.way.keys_without_agent", files = files),
        |in_agent| t!("doctor.way.keys", files = files, in_agent = in_agent),
    )
}

/// The step at which the way ends, if it does.
pub(super) fn end(facts: &Facts) -> Option<Check> {
    let findings = judge(facts);
    let is_end = |finding: &&Finding| matches!(finding.severity, Severity::Failure | Severity::Warning);
    findings.iter().find(is_end).map(|finding| finding.check)
}
