//! The way to the server, step by step: the first that fails is the one to mend, and those after it are not known.

use super::{after, with};
use crate::doctor::facts::{Attempt, Configuration, Keys, ServerMachine, UnitState};
use crate::doctor::paste::Paste;
use crate::doctor::{Check, Facts, Finding, Severity};
use crate::shell;
use crate::tunnel::{Cause, Step};
use crate::untrusted::Untrusted;
use crate::wording;

/// The steps, in the order in which ssh takes them.
const STEPS: [Check; 8] =
    [Check::Ssh, Check::Host, Check::Reach, Check::HostKey, Check::Keys, Check::Login, Check::Forward, Check::Service];

/// One finding for each step.
pub(super) fn judge(facts: &Facts) -> Vec<Finding> {
    let failed = match &facts.attempt {
        None => return unknown(facts),
        Some(Attempt::Up { .. }) => None,
        Some(Attempt::Down { cause }) => Some(failure(facts, cause)),
        Some(Attempt::Late) => {
            let finding = Finding::failure(Check::Login, "late", t!("doctor.way.late"));
            Some(with(finding.remedy(t!("doctor.way.late_remedy")), by_hand(&facts.paste)))
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

/// The check of a step.
fn check(step: Step) -> Check {
    match step {
        Step::Ssh => Check::Ssh,
        Step::Host => Check::Host,
        Step::Reach => Check::Reach,
        Step::HostKey => Check::HostKey,
        Step::Keys => Check::Keys,
        Step::Login => Check::Login,
        Step::Forward => Check::Forward,
        Step::Service => Check::Service,
    }
}

fn failure(facts: &Facts, cause: &Cause) -> Finding {
    if matches!(cause, Cause::LoginRefused { .. } | Cause::PasswordOnly { .. }) {
        match keys_of(facts) {
            OwnKeys::None => {
                let finding = Finding::failure(Check::Keys, "no-key", t!("doctor.way.no_key"));
                let make =
                    facts.paste.copy_id().map(|copy| shell::CommandLine::new("ssh-keygen -t ed25519").and(&copy));
                return with(finding.remedy(t!("doctor.way.no_key_remedy")), make);
            }
            // Without anyone to ask, ssh passes over such a key without a word.
            OwnKeys::Locked(file) => return failure(facts, &Cause::KeyLocked { file }),
            OwnKeys::Usable => {}
        }
    }
    let check = check(cause.step());
    let finding = match cause {
        Cause::NotReady { .. } => Finding::warning(check, cause.id(), cause.to_string()),
        _ => Finding::failure(check, cause.id(), cause.to_string()),
    };
    let finding = with(finding.remedy(cause.remedy()), command(&facts.paste, cause));
    match (&facts.server, check) {
        (Some(server), Check::Service) => service(finding, cause, server, &facts.paste),
        _ => finding,
    }
}

/// What there was to log in with.
enum OwnKeys {
    /// Nothing.
    None,
    /// This file, which needs a passphrase, and nothing that does not.
    Locked(Untrusted),
    /// Something that should work; or it is not known.
    Usable,
}

fn keys_of(facts: &Facts) -> OwnKeys {
    let keys = facts.ssh.as_ref().and_then(|ssh| ssh.keys.as_ref());
    let Some(keys) = keys.filter(|keys| keys.in_agent.unwrap_or(0) == 0) else { return OwnKeys::Usable };
    match (keys.files.is_empty(), keys.locked.first()) {
        (true, _) => OwnKeys::None,
        (false, Some(file)) if keys.locked == keys.files => OwnKeys::Locked(file.as_path().into()),
        (false, _) => OwnKeys::Usable,
    }
}

/// What mends `cause`, where one line can.
fn command(paste: &Paste, cause: &Cause) -> Option<shell::CommandLine> {
    match cause {
        // It asks whether the fingerprint is the right one.
        Cause::HostKeyUnknown { .. } => paste.ssh(&shell::CommandLine::new("exit")),
        Cause::LoginRefused { .. } | Cause::PasswordOnly { .. } => paste.copy_id(),
        Cause::LoginStalled
        | Cause::Other { .. }
        | Cause::HandshakeClosed { .. }
        | Cause::NotSsh { .. }
        | Cause::NoCommonAlgorithm { .. }
        | Cause::JumpFailed { .. } => by_hand(paste),
        Cause::ClosedWithoutAnswer | Cause::Silent | Cause::NotReady { .. } => {
            paste.ssh_with("-t", &shell::CommandLine::new("sudo journalctl -u jkocr -n 50"))
        }
        Cause::ServiceDown { .. } => paste.ssh_with("-t", &shell::CommandLine::new("sudo systemctl start jkocr")),
        cause => cause.command(),
    }
}

/// The same login, telling all it does.
fn by_hand(paste: &Paste) -> Option<shell::CommandLine> {
    paste.ssh_with("-v", &shell::CommandLine::new("exit"))
}

/// The same finding, with the command that fits what the server's machine has.
fn service(finding: Finding, cause: &Cause, server: &ServerMachine, paste: &Paste) -> Finding {
    if !matches!(cause, Cause::ServiceDown { .. }) {
        return finding;
    }
    match (server.units.first(), &server.program) {
        (Some(unit), _) => with(finding, restart(paste, unit)),
        (None, Some(program)) => {
            let install = shell::CommandLine::new("sudo").word(program).text("service install");
            with(finding.remedy(t!("doctor.way.no_unit_remedy")), paste.ssh_with("-t", &install))
        }
        (None, None) => with(finding.remedy(t!("doctor.way.not_installed_remedy")), None),
    }
}

/// What restarts `unit` there.
pub(super) fn restart(paste: &Paste, unit: &UnitState) -> Option<shell::CommandLine> {
    if unit.is_users {
        paste.ssh(&shell::CommandLine::new("systemctl --user restart").word(&unit.name))
    } else {
        paste.ssh_with("-t", &shell::CommandLine::new("sudo systemctl restart").word(&unit.name))
    }
}

/// What a step that went well looked like.
fn seen(facts: &Facts, check: Check) -> String {
    let ssh = facts.ssh.as_ref();
    let effective = ssh.and_then(|ssh| ssh.effective.as_ref());
    let unknown = String::new;
    let text = match check {
        Check::Ssh => return ssh.and_then(|ssh| ssh.version.as_ref()).map_or_else(unknown, ToString::to_string),
        Check::Host => match (ssh, effective) {
            (_, Some(effective)) if effective.proxied => t!("doctor.way.proxied", host = effective.hostname),
            (Some(ssh), Some(effective)) => {
                let addresses: Vec<_> = ssh.addresses.iter().map(ToString::to_string).collect();
                t!("doctor.way.resolved", host = effective.hostname, addresses = wording::list(addresses))
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
        _ => match &facts.attempt {
            Some(Attempt::Up { millis, .. }) => t!("doctor.way.service", millis = millis),
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
