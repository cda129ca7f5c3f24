//! The settings, the running `up`, Bob's addresses, and proxies in front of them.

use super::{after, with};
use crate::control::{PathState, Status};
use crate::doctor::facts::{Attempt, Bob, BobAddress, Configuration, Port, Reply, RunningUp, Setting, SettingOrigin};
use crate::doctor::{Check, Facts, Finding};
use crate::shell::{self, HostName};

/// What is in force and from where.
pub(super) fn config(facts: &Facts) -> Finding {
    match &facts.configuration {
        Configuration::Broken { error } => {
            Finding::failure(Check::Config, "unusable", error).remedy(t!("doctor.config.remedy"))
        }
        Configuration::Loaded { file, exists, settings } => {
            let file = file.display();
            let saw = if *exists { t!("doctor.config.ok", file = file) } else { t!("doctor.config.none", file = file) };
            Finding::ok(Check::Config, saw).details(settings.iter().map(line).collect())
        }
    }
}

fn line(setting: &Setting) -> String {
    let origin = match setting.origin {
        SettingOrigin::File => t!("doctor.config.from_file"),
        SettingOrigin::Environment => {
            let variable = crate::config::variable_name(&setting.key);
            t!("doctor.config.from_variable", variable = variable)
        }
        SettingOrigin::Flag => t!("doctor.config.from_flag"),
    };
    format!("{} = {}  ({origin})", setting.key, setting.value)
}

/// Everything in front of the tunnel. `broken` is a check of the way to the server that failed.
pub(super) fn judge(facts: &Facts, broken: Option<Check>) -> Vec<Finding> {
    let mut findings = vec![up(facts)];
    if matches!(facts.configuration, Configuration::Broken { .. }) {
        findings.extend([after(Check::Port, Check::Config), after(Check::Bob, Check::Config)]);
    }
    for address in &facts.addresses {
        findings.push(port(facts, address).about(address.address));
        findings.push(bob(facts, address, broken).about(address.address));
    }
    findings.push(proxy(facts));
    findings
}

fn up(facts: &Facts) -> Finding {
    match &facts.up {
        RunningUp::Running(status) => running(facts, status),
        RunningUp::Unusable { problem } => {
            let finding = Finding::failure(Check::Up, "unusable", problem).remedy(t!("doctor.up.unusable_remedy"));
            finding.command(shell::CommandLine::new("jkocr down"))
        }
        RunningUp::Stopped if facts.addresses.iter().any(is_served) => {
            Finding::note(Check::Up, "stopped", t!("doctor.up.others_serve"))
        }
        RunningUp::Stopped => {
            let finding = Finding::failure(Check::Up, "stopped", t!("doctor.up.stopped"));
            // It would only fail over the port.
            let held = facts.addresses.iter().find(|address| is_in_the_way(address));
            match held {
                Some(held) => finding.remedy(t!("doctor.up.stopped_port_remedy", address = held.address)),
                None => finding.remedy(t!("doctor.up.stopped_remedy")).command(start(facts)),
            }
        }
    }
}

fn start(facts: &Facts) -> shell::CommandLine {
    let usual = shell::CommandLine::new("jkocr up --detach");
    let Configuration::Loaded { settings, .. } = &facts.configuration else { return usual };
    let is_configured = settings.iter().any(|it| it.key == "tunnel.host" && it.origin != SettingOrigin::Flag);
    match facts.host.as_deref().and_then(HostName::parse) {
        Some(host) if !is_configured => shell::CommandLine::new("jkocr up").word(&host).text("--detach"),
        _ => usual,
    }
}

/// Ends the running `up` and starts it anew.
fn restart(facts: &Facts) -> shell::CommandLine {
    shell::CommandLine::new("jkocr down").and(&start(facts))
}

fn running(facts: &Facts, status: &Status) -> Finding {
    if status.version != facts.version {
        let saw = t!("doctor.up.version", theirs = status.version, ours = facts.version);
        return Finding::warning(Check::Up, "other-version", saw)
            .remedy(t!("doctor.up.restart"))
            .command(restart(facts));
    }
    if status.host != facts.host {
        let host = |host: &Option<String>| host.clone().unwrap_or_else(|| t!("doctor.up.no_host").into_owned());
        let saw = t!("doctor.up.host", theirs = host(&status.host), ours = host(&facts.host));
        return Finding::warning(Check::Up, "other-host", saw).remedy(t!("doctor.up.restart")).command(restart(facts));
    }
    let saw = t!("doctor.up.running", pid = status.pid, state = state(status));
    match (&status.cause, &facts.attempt) {
        _ if status.healthy => Finding::ok(Check::Up, saw),
        // The way is there by now: `up` waits before it tries again.
        (Some(cause), Some(Attempt::Up { .. })) => Finding::warning(Check::Up, "behind", saw)
            .remedy(t!("doctor.up.restart"))
            .command(restart(facts))
            .details(vec![cause.message.clone()]),
        (Some(cause), _) => Finding::note(Check::Up, "tunnel-down", saw).details(vec![cause.message.clone()]),
        (None, _) => Finding::note(Check::Up, "not-ready", saw),
    }
}

fn state(status: &Status) -> String {
    let state = match status.state {
        PathState::Local => t!("doctor.up.state_local"),
        PathState::Up => t!("doctor.up.state_up"),
        PathState::Blocked => t!("doctor.up.state_blocked"),
        PathState::Backoff => t!("doctor.up.state_backoff"),
        PathState::Connecting | PathState::Probing | PathState::Suspect => t!("doctor.up.state_connecting"),
    };
    state.into_owned()
}

/// Whether Bob gets what it asks for at an address.
fn is_served(address: &BobAddress) -> bool {
    matches!(&address.bob, Some(Bob { validation: Reply::Well(_), .. }))
}

/// Whether somebody holds an address that `up` must have.
fn is_in_the_way(address: &BobAddress) -> bool {
    !address.optional && matches!(address.port, Port::Held { .. })
}

fn port(facts: &Facts, address: &BobAddress) -> Finding {
    let number = address.address.port();
    if !address.address.ip().is_loopback() {
        let saw = t!("doctor.port.public", address = address.address);
        let remedy = t!("doctor.port.public_remedy", port = number);
        return Finding {
            why: Some(t!("doctor.port.public_why").into_owned()),
            ..Finding::failure(Check::Port, "public-bind", saw)
        }
        .remedy(remedy);
    }
    let runs = matches!(facts.up, RunningUp::Running(_));
    match &address.port {
        Port::Ours => Finding::ok(Check::Port, t!("doctor.port.ours")),
        Port::Free if !runs => Finding::ok(Check::Port, t!("doctor.port.free")),
        Port::Free if address.optional => Finding::note(Check::Port, "not-listened", t!("doctor.port.not_listened")),
        Port::Free => Finding::failure(Check::Port, "not-listened", t!("doctor.port.not_listened"))
            .remedy(t!("doctor.up.restart"))
            .command(restart(facts)),
        Port::Held { by } => held(address, by.as_deref()),
        Port::Refused { problem } => {
            let saw = t!("doctor.port.refused", problem = problem);
            Finding::failure(Check::Port, "refused", saw).remedy(t!("doctor.port.refused_remedy"))
        }
    }
}

fn held(address: &BobAddress, by: Option<&str>) -> Finding {
    let port = address.address.port();
    let by = by.map_or_else(|| t!("doctor.port.somebody").into_owned(), str::to_owned);
    if is_served(address) {
        let saw = t!("doctor.port.held_by_ocr", by = by);
        let remedy = t!("doctor.port.held_by_ocr_remedy");
        return with(Finding::warning(Check::Port, "held", saw).remedy(remedy), kill(&by));
    }
    let saw = t!("doctor.port.held", by = by);
    let remedy = t!("doctor.port.held_remedy", port = port);
    // Without the optional one, Bob asks the other.
    let build = if address.optional { Finding::warning } else { Finding::failure };
    with(build(Check::Port, "held", saw).remedy(remedy), kill(&by))
}

/// `kill PID` for `name (pid PID)`.
fn kill(by: &str) -> Option<shell::CommandLine> {
    let pid = by.rsplit_once("(pid ")?.1.strip_suffix(')')?;
    pid.parse().ok().map(|pid| shell::CommandLine::new("kill").number(pid))
}

fn bob(facts: &Facts, address: &BobAddress, broken: Option<Check>) -> Finding {
    let Some(bob) = &address.bob else {
        let because = if matches!(facts.up, RunningUp::Running(_)) { Check::Port } else { Check::Up };
        return after(Check::Bob, because);
    };
    let check = Check::Bob;
    let page = t!("doctor.bob.page", port = address.address.port());
    if matches!(address.port, Port::Held { .. }) && !is_served(address) {
        return after(check, Check::Port);
    }
    match (&bob.validation, &bob.health) {
        (Reply::Well(answer), Reply::Well(_)) => {
            let reader = match answer.backend.as_deref() {
                Some("remote") => t!("doctor.bob.remote"),
                Some("local") => t!("doctor.bob.local"),
                _ => t!("doctor.bob.somebody"),
            };
            Finding::ok(check, t!("doctor.bob.ok", millis = answer.millis, reader = reader))
        }
        // Plugins up to 0.1.8 ask for nothing else.
        (Reply::Well(_), health) => {
            let saw = t!("doctor.bob.health", said = said(health));
            Finding::warning(check, "health-refused", saw).remedy(page)
        }
        (reply, _) => {
            if let Some(broken) = broken {
                return after(check, broken);
            }
            let finding = Finding::failure(check, "validation-refused", t!("doctor.bob.failed", said = said(reply)));
            finding.remedy(t!("doctor.bob.remedy")).command(shell::CommandLine::new("jkocr logs"))
        }
    }
}

/// What came back, in a few words.
pub(super) fn said(reply: &Reply) -> String {
    match reply {
        Reply::Well(_) => "ok".to_owned(),
        Reply::Unwell { message, .. } => message.to_string(),
        Reply::Foreign { status } => t!("doctor.bob.foreign", status = status).into_owned(),
        Reply::Unanswered { problem } => problem.to_string(),
    }
}

fn proxy(facts: &Facts) -> Finding {
    let Some(first) = facts.proxies.first() else { return Finding::ok(Check::Proxy, t!("doctor.proxy.ok")) };
    let saw = t!("doctor.proxy.catches", source = first.source, server = first.server);
    let finding = Finding::warning(Check::Proxy, "catches-loopback", saw);
    if first.source == "macOS" {
        return finding.remedy(t!("doctor.proxy.system_remedy"));
    }
    finding.remedy(t!("doctor.proxy.remedy")).command(shell::CommandLine::new("export no_proxy=127.0.0.1,localhost"))
}
