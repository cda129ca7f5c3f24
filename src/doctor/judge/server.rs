//! The server's machine, as it says itself.

use super::here::said;
use super::{after, machine, size, steps, with};
use crate::doctor::facts::{Attempt, Configuration, Libc, Memory, Reply, ServerMachine};
use crate::doctor::{Check, Facts, Finding};
use crate::models::{Platform, Registry, System};
use crate::shell::{CommandLine, HostName};
use crate::tunnel::Remote;
use crate::wording;

const CHECKS: [Check; 9] = [
    Check::ServerAddress,
    Check::ServerUnit,
    Check::ServerHealth,
    Check::ServerVersion,
    Check::ServerMemory,
    Check::ServerOom,
    Check::ServerCpu,
    Check::ServerSteal,
    Check::ServerLibc,
];

/// Part of the time given to others from which a virtual machine is visibly slow, in per cent.
const STEAL: f64 = 10.0;

/// Memory below which the next request may be one too many: v5-mobile takes about 250 MB more for a full page.
const LITTLE: u64 = 300 << 20;

/// One finding for each check of the far end.
pub(super) fn judge(facts: &Facts) -> Vec<Finding> {
    let end = steps::end(facts);
    let Some(server) = &facts.server else { return unknown(facts, end) };
    let of = |check| match check {
        Check::ServerAddress => address(facts, server, end),
        Check::ServerUnit => unit(facts, server),
        Check::ServerHealth => health(server, end),
        Check::ServerVersion => version(facts, server),
        Check::ServerMemory => memory(server.memory.as_ref()),
        Check::ServerOom => oom(server),
        Check::ServerCpu => machine::cpu(check, server.cpu.as_ref()),
        Check::ServerSteal => steal(server),
        _ => libc(server, end),
    };
    CHECKS.into_iter().map(of).collect()
}

fn unknown(facts: &Facts, end: Option<Check>) -> Vec<Finding> {
    let skipped = |check| match (end, &facts.configuration) {
        (_, Configuration::Broken { .. }) => after(check, Check::Config),
        (Some(end), _) if end <= Check::Login => after(check, end),
        _ if facts.host.is_none() => Finding::skipped(check, t!("doctor.no_host")),
        _ => Finding::skipped(check, t!("doctor.server.no_commands")),
    };
    CHECKS.into_iter().map(skipped).collect()
}

fn not_said(check: Check) -> Finding {
    Finding::skipped(check, t!("doctor.server.not_said"))
}

/// Where the service listens. The tunnel ends on the machine itself, so nobody else has to reach the port.
fn address(facts: &Facts, server: &ServerMachine, end: Option<Check>) -> Finding {
    let check = Check::ServerAddress;
    let Ok(Remote::Tcp { host, port }) = facts.remote.parse() else {
        return Finding::ok(check, t!("doctor.server.socket", path = facts.remote));
    };
    let is_here = host == "localhost" || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
    let Some(listening) = &server.listening else { return not_said(check) };
    let with_port = listening.iter().filter(|address| address.port() == port);
    let (loopback, public): (Vec<_>, Vec<_>) = with_port.partition(|address| address.ip().to_canonical().is_loopback());
    let list = |addresses: &[&std::net::SocketAddr]| {
        let texts: Vec<_> = addresses.iter().map(ToString::to_string).collect();
        wording::list(texts)
    };
    if !public.is_empty() {
        let saw = t!("doctor.server.public", addresses = list(&public));
        let remedy = t!("doctor.server.public_remedy", port = port);
        return Finding::failure(check, "public-bind", saw).remedy(remedy);
    }
    match (loopback.is_empty(), end) {
        (false, _) => Finding::ok(check, t!("doctor.server.listens", addresses = list(&loopback))),
        (true, Some(end)) => after(check, end),
        (true, None) if is_here => not_said(check),
        (true, None) => Finding::skipped(check, t!("doctor.server.elsewhere", host = host)),
    }
}

fn unit(facts: &Facts, server: &ServerMachine) -> Finding {
    let check = Check::ServerUnit;
    let Some(unit) = server.units.iter().find(|unit| unit.active != "active").or(server.units.first()) else {
        return Finding::skipped(check, t!("doctor.server.no_unit"));
    };
    let state = t!(
        "doctor.server.unit",
        name = unit.name,
        active = unit.active,
        sub = unit.sub,
        result = unit.result,
        restarts = unit.restarts
    );
    if unit.active == "active" {
        return Finding::ok(check, state);
    }
    let finding = Finding::warning(check, "unit-down", state).remedy(t!("doctor.server.unit_remedy"));
    let last_words = server.journal.iter().map(ToString::to_string).collect();
    with(finding.details(last_words), steps::restart(&facts.paste, unit))
}

fn health(server: &ServerMachine, end: Option<Check>) -> Finding {
    let check = Check::ServerHealth;
    match (&server.health, end) {
        (Some(Reply::Well(_)), _) => Finding::ok(check, t!("doctor.server.well")),
        (None, _) => Finding::skipped(check, t!("doctor.server.cannot_ask")),
        (Some(_), Some(Check::Service)) => after(check, Check::Service),
        (Some(reply), _) => {
            let saw = t!("doctor.server.unwell", said = said(reply));
            Finding::warning(check, "unwell", saw).remedy(t!("doctor.server.unwell_remedy"))
        }
    }
}

/// The version that runs, or else the one that is installed.
fn version(facts: &Facts, server: &ServerMachine) -> Finding {
    let check = Check::ServerVersion;
    let named = match (&facts.attempt, &server.health) {
        (Some(Attempt::Up { server: Some(named), .. }), _) => Some(named),
        (_, Some(Reply::Well(answer))) => answer.server.as_ref(),
        _ => None,
    };
    let theirs = match (named.map(|named| (named, named.split_once('/'))), &server.version) {
        (Some((_, Some(("jkocr", version)))), _) => version,
        (Some((name, _)), _) => {
            return Finding::note(check, "other-server", t!("doctor.server.other_server", name = name));
        }
        (None, Some(version)) => version,
        (None, None) => return not_said(check),
    };
    if theirs == facts.version {
        return Finding::ok(check, theirs);
    }
    let saw = t!("doctor.server.version", theirs = theirs, ours = facts.version);
    let finding = Finding::warning(check, "other-version", saw).remedy(t!("doctor.server.version_remedy"));
    finding.command(deploy(facts))
}

/// What brings the server to the version of this machine. A login for the tunnel alone cannot; who can is remembered.
fn deploy(facts: &Facts) -> CommandLine {
    let line = CommandLine::new("jkocr deploy");
    let host = facts.host.as_deref().filter(|host| !host.starts_with("jkocr-tunnel@"));
    host.and_then(HostName::parse).map_or(line.clone(), |host| line.word(&host))
}

fn memory(memory: Option<&Memory>) -> Finding {
    let check = Check::ServerMemory;
    let Some(memory) = memory else { return not_said(check) };
    let available = memory.available.unwrap_or(memory.total);
    let (free, total, swap) = (size(available), size(memory.total), size(memory.swap_free));
    let saw = t!("doctor.memory", free = free, total = total, swap = swap);
    match (available < LITTLE, memory.swap_free < LITTLE) {
        (false, _) => Finding::ok(check, saw),
        (true, false) => Finding::note(check, "little-memory", saw),
        (true, true) => {
            let finding = Finding::warning(check, "little-memory", saw);
            finding.remedy(t!("doctor.server.memory_remedy"))
        }
    }
}

fn oom(server: &ServerMachine) -> Finding {
    let check = Check::ServerOom;
    let ours = server.units.iter().find(|unit| unit.result == "oom-kill");
    match (ours, server.oom_kills) {
        (Some(unit), _) => Finding::failure(check, "killed", t!("doctor.server.oom_unit", name = unit.name))
            .remedy(t!("doctor.server.memory_remedy")),
        (None, Some(0)) => Finding::ok(check, t!("doctor.server.no_oom")),
        (None, Some(count)) => Finding::warning(check, "kills", t!("doctor.server.oom", count = count))
            .remedy(t!("doctor.server.memory_remedy")),
        (None, None) => not_said(check),
    }
}

fn steal(server: &ServerMachine) -> Finding {
    let check = Check::ServerSteal;
    let Some(steal) = server.steal else { return not_said(check) };
    let saw = t!("doctor.server.steal", percent = format!("{steal:.0}"));
    if steal < STEAL {
        return Finding::ok(check, saw);
    }
    Finding::warning(check, "stolen", saw).remedy(t!("doctor.server.steal_remedy"))
}

/// Whether the official ONNX Runtime would load server. Where the service is well, it evidently found one.
fn libc(server: &ServerMachine, end: Option<Check>) -> Finding {
    let check = Check::ServerLibc;
    let (Some(libc), Some(cpu)) = (server.libc, &server.cpu) else { return not_said(check) };
    let (system, saw) = match libc {
        Libc::Glibc(major, minor) => (System::Glibc(major, minor), format!("glibc {major}.{minor}")),
        Libc::Other => (System::Other, t!("doctor.server.other_libc").into_owned()),
    };
    let machine = Platform { os: "linux".to_owned(), arch: cpu.arch.to_string(), system };
    match (Registry::embedded().runtime(&machine), end) {
        (Ok(_), _) => Finding::ok(check, saw),
        (Err(error), None) => Finding::note(check, "no-runtime", error.to_string()),
        (Err(error), Some(_)) => {
            let finding = Finding::warning(check, "no-runtime", error.to_string());
            finding.remedy(error.hint().unwrap_or_default())
        }
    }
}
