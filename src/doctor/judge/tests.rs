use serde_json::json;

use super::judge;
use crate::control::Status;
use crate::doctor::Severity::*;
use crate::doctor::facts::*;
use crate::doctor::*;
use crate::installation::{Installation, Package};
use crate::shell::{FilePath, UnitName};
use crate::tunnel::Cause;

/// A Mac and a server on which all is well.
fn well() -> Facts {
    let listen = "127.0.0.1:8080";
    let answer = Reply::Well(GoodAnswer { millis: 9, backend: Some("remote".into()), server: None });
    let memory = Memory { total: 8 << 30, available: Some(4 << 30), swap_total: 1 << 30, swap_free: 1 << 30 };
    let features = ["avx", "avx2", "fma"].map(str::to_owned).to_vec();
    let cpu = Cpu { arch: "x86_64".into(), model: None, cores: 2, features };
    let server = ServerMachine {
        listening: Some(vec![listen.parse().unwrap()]),
        units: vec![unit()],
        health: Some(answer.clone()),
        program: FilePath::parse("/usr/local/bin/jkocr"),
        version: Some("1.0.0".into()),
        memory: Some(memory),
        oom_kills: Some(0),
        cpu: Some(cpu.clone()),
        steal: Some(0.0),
        libc: Some(Libc::Glibc(2, 36)),
        ..ServerMachine::default()
    };
    let keys = Keys { files: vec!["/k".into()], ..Keys::default() };
    Facts {
        version: "1.0.0".to_owned(),
        build: "1.0.0 (abc, x86_64-apple-darwin)".to_owned(),
        configuration: Configuration::Loaded { file: "/c".into(), exists: true, settings: Vec::new() },
        up: RunningUp::Running(Box::new(status(&json!({})))),
        addresses: vec![BobAddress {
            address: listen.parse().unwrap(),
            optional: false,
            port: Port::Ours,
            bob: Some(Bob { health: answer.clone(), validation: answer }),
        }],
        host: Some("vps".to_owned()),
        remote: listen.to_owned(),
        paste: Paste::default(),
        ssh: Some(SshProgram { version: Some("OpenSSH_9.2p1".into()), keys: Some(keys), ..SshProgram::default() }),
        attempt: Some(Attempt::Up { millis: 20, server: Some("jkocr/1.0.0".into()) }),
        server: Some(server),
        reading: LocalReading::WhenDown,
        proxies: Vec::new(),
        models: Models { set: Some("v5-mobile".to_owned()), intact: 3, ..Models::default() },
        runtime: RuntimeState::Loads { file: "/r".into() },
        openvino: None,
        machine: Machine { memory: Some(memory), disk_free: Some(1 << 40), data: "/d".into(), cpu },
        clock: Some(ClockSkew { ahead: 0 }),
        installation: Some(Installation { program: "/p/bin/jkocr".into(), package: Package::Homebrew }),
        unsound_server_programs: Vec::new(),
    }
}

fn status(changes: &serde_json::Value) -> Status {
    let mut status = json!({
        "healthy": true, "state": "up", "since": "2026-01-01T00:00:00Z", "attempts": 0, "host": "vps",
        "listen": ["127.0.0.1:8080"], "requests": {"remote": 0, "local": 0, "failed": 0}, "fallbacks": {},
        "engine": "unloaded", "pid": 7, "version": "1.0.0",
    });
    for (name, value) in changes.as_object().unwrap() {
        status[name] = value.clone();
    }
    serde_json::from_value(status).unwrap()
}

fn up(facts: &mut Facts, changes: &serde_json::Value) {
    facts.up = RunningUp::Running(Box::new(status(changes)));
}

fn unit() -> UnitState {
    UnitState {
        name: UnitName::parse("jkocr.service").unwrap(),
        is_users: false,
        active: "active".into(),
        sub: "running".into(),
        result: "success".into(),
        restarts: 0,
    }
}

fn server(facts: &mut Facts) -> &mut ServerMachine {
    facts.server.as_mut().unwrap()
}

fn down(facts: &mut Facts, cause: Cause) {
    facts.attempt = Some(Attempt::Down { cause });
}

type Change = fn(&mut Facts);

/// A change to a healthy world, and what is not well then: check, severity, name.
type Case = (Change, &'static [(Check, Severity, &'static str)]);

fn text<T: for<'a> From<&'a str>>(text: &str) -> T {
    text.into()
}

fn reply(problem: &str) -> Reply {
    Reply::Unanswered { problem: problem.into() }
}

#[rustfmt::skip]
const HERE: &[Case] = &[
    (|_| {}, &[]),
    (|it| it.configuration = Configuration::Broken { error: text("x") }, &[(Check::Config, Failure, "unusable")]),
    (|it| { it.up = RunningUp::Stopped; it.addresses[0].port = Port::Free; it.addresses[0].bob = None; }, &[(Check::Up, Failure, "stopped")]),
    (|it| it.up = RunningUp::Unusable { problem: text("x") }, &[(Check::Up, Failure, "unusable")]),
    (|it| up(it, &json!({"version": "0.9.0"})), &[(Check::Up, Warning, "other-version")]),
    (|it| up(it, &json!({"host": "other"})), &[(Check::Up, Warning, "other-host")]),
    (|it| up(it, &json!({"healthy": false, "state": "blocked", "cause": {"id": "x", "message": "m", "remedy": "r"}})),
        &[(Check::Up, Warning, "behind")]),
    (|it| up(it, &json!({"healthy": false, "state": "connecting"})), &[(Check::Up, Note, "not-ready")]),
    (|it| { it.up = RunningUp::Stopped; it.addresses[0].port = Port::Held { by: Some(text("ssh (pid 7)")) }; },
        &[(Check::Up, Note, "stopped"), (Check::Port, Warning, "held")]),
    (|it| { let it = &mut it.addresses[0]; it.port = Port::Held { by: None }; it.bob.as_mut().unwrap().validation = reply("x"); },
        &[(Check::Port, Failure, "held")]),
    (|it| { let it = &mut it.addresses[0]; it.optional = true; it.port = Port::Held { by: None }; it.bob.as_mut().unwrap().validation = reply("x"); },
        &[(Check::Port, Warning, "held")]),
    (|it| { it.addresses[0].port = Port::Free; it.addresses[0].bob = None; }, &[(Check::Port, Failure, "not-listened")]),
    (|it| { it.addresses[0].port = Port::Free; it.addresses[0].bob = None; it.addresses[0].optional = true; },
        &[(Check::Port, Note, "not-listened")]),
    (|it| { it.addresses[0].port = Port::Refused { problem: text("x") }; it.addresses[0].bob = None; },
        &[(Check::Port, Failure, "refused")]),
    (|it| it.addresses[0].address = "0.0.0.0:8080".parse().unwrap(), &[(Check::Port, Failure, "public-bind")]),
    (|it| it.addresses[0].bob.as_mut().unwrap().validation = reply("x"), &[(Check::Bob, Failure, "validation-refused")]),
    (|it| it.addresses[0].bob.as_mut().unwrap().health = reply("x"), &[(Check::Bob, Warning, "health-refused")]),
    (|it| it.proxies = vec![ProxySetting { source: text("macOS"), server: text("h:1") }],
        &[(Check::Proxy, Warning, "catches-loopback")]),
    (|it| it.models.missing = vec![text("a")], &[(Check::Models, Warning, "missing")]),
    (|it| { it.models.missing = vec![text("a")]; it.reading = LocalReading::Never; }, &[]),
    (|it| it.models.better = Some(BetterSet { set: text("b"), gain: text("x") }), &[(Check::Models, Note, "better-set")]),
    (|it| { it.models.better = Some(BetterSet { set: text("b"), gain: text("x") }); it.reading = LocalReading::Never; }, &[]),
    (|it| it.models.damaged = vec![text("a")], &[(Check::Models, Failure, "damaged")]),
    (|it| { it.models.damaged = vec![text("a")]; it.reading = LocalReading::Never; }, &[(Check::Models, Warning, "damaged")]),
    (|it| it.models.problem = Some(text("x")), &[(Check::Models, Failure, "unknown-set")]),
    (|it| it.runtime = RuntimeState::Missing, &[(Check::Runtime, Warning, "missing")]),
    (|it| it.runtime = RuntimeState::Unloadable { file: "/r".into(), problem: text("x") }, &[(Check::Runtime, Failure, "unloadable")]),
    (|it| it.runtime = RuntimeState::Unsupported { problem: text("x"), remedy: None }, &[(Check::Runtime, Failure, "unsupported")]),
    (|it| { it.runtime = RuntimeState::Unsupported { problem: text("x"), remedy: None }; it.reading = LocalReading::Never; },
        &[(Check::Runtime, Note, "unsupported")]),
    (|it| it.models.faster = Some(text("x")), &[(Check::Runtime, Note, "openvino")]),
    (|it| { it.models.faster = Some(text("x")); it.reading = LocalReading::Never; }, &[]),
    (|it| it.openvino = Some(RuntimeState::Loads { file: "/o".into() }), &[]),
    (|it| it.openvino = Some(RuntimeState::Unloadable { file: "/o".into(), problem: text("x") }),
        &[(Check::Runtime, Warning, "openvino-unloadable")]),
    (|it| it.clock = Some(ClockSkew { ahead: -90 }), &[(Check::Clock, Warning, "apart")]),
    (|it| it.machine.memory.as_mut().unwrap().available = Some(1 << 20), &[(Check::Memory, Warning, "little-memory")]),
    (|it| it.machine.disk_free = Some(1 << 20), &[(Check::Disk, Warning, "little-room")]),
    (|it| it.machine.cpu.features.clear(), &[(Check::Cpu, Warning, "no-avx2")]),
    (|it| { it.machine.cpu.arch = text("aarch64"); it.machine.cpu.features = vec![text("asimd")]; }, &[]),
];

#[rustfmt::skip]
const SERVER: &[Case] = &[
    (|it| it.attempt = Some(Attempt::Late), &[(Check::Login, Failure, "late")]),
    (|it| server(it).listening = Some(vec!["0.0.0.0:8080".parse().unwrap()]), &[(Check::ServerAddress, Failure, "public-bind")]),
    (|it| server(it).listening = Some(vec!["[::]:8080".parse().unwrap()]), &[(Check::ServerAddress, Failure, "public-bind")]),
    (|it| server(it).listening = Some(vec!["[::ffff:127.0.0.1]:8080".parse().unwrap(), "0.0.0.0:22".parse().unwrap()]), &[]),
    (|it| server(it).units[0].active = text("failed"), &[(Check::ServerUnit, Warning, "unit-down")]),
    (|it| server(it).units.clear(), &[]),
    (|it| server(it).health = Some(reply("x")), &[(Check::ServerHealth, Warning, "unwell")]),
    (|it| it.attempt = Some(Attempt::Up { millis: 1, server: Some(text("jkocr/0.9.0")) }), &[(Check::ServerVersion, Warning, "other-version")]),
    (|it| it.attempt = Some(Attempt::Up { millis: 1, server: Some(text("uvicorn")) }), &[(Check::ServerVersion, Note, "other-server")]),
    (|it| { server(it).memory = Some(Memory { total: 1 << 30, available: Some(1 << 20), swap_total: 0, swap_free: 0 }); },
        &[(Check::ServerMemory, Warning, "little-memory")]),
    (|it| { server(it).memory = Some(Memory { total: 1 << 30, available: Some(1 << 20), swap_total: 1 << 31, swap_free: 1 << 31 }); },
        &[(Check::ServerMemory, Note, "little-memory")]),
    (|it| server(it).oom_kills = Some(3), &[(Check::ServerOom, Warning, "kills")]),
    (|it| server(it).units[0].result = text("oom-kill"), &[(Check::ServerOom, Failure, "killed")]),
    (|it| server(it).cpu.as_mut().unwrap().features.clear(), &[(Check::ServerCpu, Warning, "no-avx2")]),
    (|it| server(it).steal = Some(30.0), &[(Check::ServerSteal, Warning, "stolen")]),
    (|it| server(it).libc = Some(Libc::Glibc(2, 17)), &[(Check::ServerLibc, Note, "no-runtime")]),
    (|it| server(it).libc = Some(Libc::Other), &[(Check::ServerLibc, Note, "no-runtime")]),
    (|it| { down(it, Cause::ServiceDown { remote: text("r") }); server(it).libc = Some(Libc::Other); },
        &[(Check::Service, Failure, "service-down"), (Check::ServerLibc, Warning, "no-runtime")]),
    (|it| { it.ssh.as_mut().unwrap().keys = Some(Keys::default()); down(it, Cause::LoginRefused { account: text("a"), methods: text("publickey") }); },
        &[(Check::Keys, Failure, "no-key")]),
    (|it| down(it, Cause::NotReady { reason: text("loading") }), &[(Check::Service, Warning, "not-ready")]),
];

#[test]
fn a_table_of_worlds() {
    for (number, (change, expected)) in HERE.iter().chain(SERVER).enumerate() {
        let mut facts = well();
        change(&mut facts);
        let unwell: Vec<_> = judge(&facts)
            .into_iter()
            .filter_map(|finding| Some((finding.check, finding.severity, finding.cause?)))
            .collect();
        assert_eq!(unwell, *expected, "case {number}");
    }
}

#[test]
fn every_cause_of_the_tunnel_belongs_to_a_step_and_hides_what_comes_after_it() {
    let steps = [
        (Cause::SshNotFound { program: "ssh".into() }, Check::Ssh),
        (Cause::HostUnresolved { host: text("h") }, Check::Host),
        (Cause::Refused { address: text("a") }, Check::Reach),
        (Cause::HostKeyRevoked, Check::HostKey),
        (Cause::KeyLocked { file: text("/k") }, Check::Keys),
        (Cause::LoginStalled, Check::Login),
        (Cause::ForwardRefused { remote: text("r") }, Check::Forward),
        (Cause::Silent, Check::Service),
    ];
    for (cause, step) in steps {
        let mut facts = well();
        let id = cause.id();
        down(&mut facts, cause);
        if step <= Check::Login {
            facts.server = None;
        }
        let findings = judge(&facts);
        let failed: Vec<_> = findings.iter().filter(|finding| finding.severity == Failure).collect();
        assert_eq!(failed.iter().map(|it| (it.check, it.cause)).collect::<Vec<_>>(), [(step, Some(id))]);
        assert!(failed[0].remedy.is_some() && failed[0].why.is_some());
        let way = findings.iter().filter(|finding| (Check::Ssh..=Check::Service).contains(&finding.check));
        for finding in way.filter(|finding| finding.check != step) {
            let expected = if finding.check < step { (Ok, None) } else { (Skipped, Some(step)) };
            assert_eq!((finding.severity, finding.because), expected, "{id}: {:?}", finding.check);
        }
        let server = findings.iter().find(|finding| finding.check == Check::ServerMemory).unwrap();
        assert_eq!(server.severity == Skipped, step <= Check::Login, "{id}");
    }
}

#[test]
fn every_check_is_told_about_once_and_in_order() {
    let changes: [Change; 2] = [|_| {}, |it| (it.host, it.attempt, it.server, it.ssh) = (None, None, None, None)];
    for change in changes {
        let mut facts = well();
        change(&mut facts);
        let checks: Vec<_> = judge(&facts).into_iter().map(|finding| finding.check).collect();
        assert_eq!(checks, Check::ALL);
    }
}

#[test]
fn what_is_unwell_says_what_to_do() {
    for (number, (change, _)) in HERE.iter().chain(SERVER).enumerate() {
        let mut facts = well();
        change(&mut facts);
        for finding in judge(&facts).iter().filter(|finding| matches!(finding.severity, Warning | Failure)) {
            assert!(finding.why.is_some() && finding.remedy.is_some(), "case {number}: {finding:?}");
            let texts = [Some(&finding.saw), finding.why.as_ref(), finding.remedy.as_ref()];
            assert!(texts.iter().flatten().all(|text| !text.contains("%{") && !text.starts_with("doctor.")));
        }
    }
}

#[test]
fn the_summary_begins_with_what_the_others_wait_for() {
    let mut facts = well();
    facts.up = RunningUp::Stopped;
    let address = &mut facts.addresses[0];
    (address.port, address.bob) = (Port::Held { by: None }, None);
    let findings = judge(&facts);
    let told = crate::doctor::render::summary(&findings);
    assert!(told.contains(&format!("start with \"port {}\"", facts.addresses[0].address)), "{told}");
    // It would fail over the port.
    let up = findings.iter().find(|finding| finding.check == Check::Up).unwrap();
    assert!(up.command.is_none() && up.remedy.as_ref().is_some_and(|remedy| remedy.contains("free")), "{up:?}");
    facts.addresses[0].port = Port::Free;
    let told = crate::doctor::render::summary(&judge(&facts));
    assert!(told.contains("start with \"jkocr up\""), "{told}");
}
