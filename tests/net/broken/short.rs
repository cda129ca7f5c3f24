//! The faults that people meet most, once each.

use std::fs;
use std::net::UdpSocket;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use rustix::process::Signal;

use super::bob::{Fate, Outcome};
use super::link::Weather;
use super::namespace;
use super::world::{Site, World};
use crate::sshd::wait_for;
use crate::up::rig::{Home, Up};

/// Fails unless the outcome is the right texts from `by`.
#[track_caller]
fn assert_read(world: &World, outcome: &Outcome, by: &str) {
    let expected = Fate::Read { texts: world.texts.clone(), by: by.to_owned() };
    assert_eq!(outcome.fate, expected, "{}\n{}", world.up.home.status(), world.up.log());
}

/// Waits for a cause in the status, and that nothing of it is missing.
fn until_cause(up: &Up, id: &str) {
    up.until(id, |status| status["cause"]["id"] == id || status["last_cause"]["id"] == id);
}

#[test]
fn what_is_under_way_when_the_link_goes_silent_is_read_here_and_the_tunnel_comes_back() {
    if !namespace::are_possible() {
        return;
    }
    for (there, back) in [(true, true), (false, true)] {
        let world = World::new("when-down");
        world.weather().hole_there.store(there, Ordering::SeqCst);
        world.weather().hole_back.store(back, Ordering::SeqCst);
        // The path is fresh, so it goes into the hole first.
        assert_read(&world, &world.post(400_000), "local");
        world.up.until("it is noticed", |status| status["healthy"] == false);
        assert_read(&world, &world.post(60_000), "local");
        world.weather().hole(false);
        world.up.until_up();
        assert_read(&world, &world.post(60_000), "remote");
    }
}

#[test]
fn a_flow_that_a_router_forgot_is_replaced_before_anybody_is_told() {
    if !namespace::are_possible() {
        return;
    }
    let world = World::new("off");
    let ssh = world.up.ssh();
    world.weather().forget_flows();
    assert_read(&world, &world.post(60_000), "remote");
    assert_ne!(world.up.ssh(), ssh);
    // So is one whose address went.
    world.move_to("10.77.0.3");
    assert_read(&world, &world.post(60_000), "remote");
}

#[test]
fn a_burst_while_the_link_is_down_is_read_here_to_the_last() {
    if !namespace::are_possible() {
        return;
    }
    let world = World::new("when-down");
    world.unplug();
    let outcomes = world.burst(13);
    for outcome in &outcomes {
        assert_read(&world, outcome, "local");
    }
    until_cause(&world.up, "no-network");
    let words = world.words();
    assert!(words.contains("Wi-Fi"), "a remedy while it is not up: {words}");
    world.plug();
    world.up.until_up();
}

#[test]
fn a_slow_upload_holds_nobody_up_and_is_not_given_up() {
    if !namespace::are_possible() {
        return;
    }
    let world = World::new("off");
    Weather::set(&world.weather().queue_ms, 2_000);
    Weather::set(&world.weather().rate, 60_000);
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let large = scope.spawn(|| {
            let outcome = world.post(900_000);
            done.store(true, Ordering::SeqCst);
            outcome
        });
        thread::sleep(Duration::from_secs(1));
        assert_read(&world, &world.post(25_000), "remote");
        assert!(!done.load(Ordering::SeqCst), "the small one was first");
        assert_read(&world, &large.join().expect("an outcome"), "remote");
    });
    assert_eq!(world.up.home.status()["requests"]["remote"], 3);
}

#[test]
fn a_server_that_hangs_is_told_from_a_dead_link_and_noticed_when_it_goes_on() {
    if !namespace::are_possible() {
        return;
    }
    let world = World::new("when-down");
    world.signal_serve(Signal::STOP);
    assert_read(&world, &world.post(60_000), "local");
    until_cause(&world.up, "silent");
    world.signal_serve(Signal::CONT);
    world.up.until_up();
    assert_read(&world, &world.post(60_000), "remote");
}

#[test]
fn after_a_sleep_the_path_is_proved_or_replaced() {
    if !namespace::are_possible() {
        return;
    }
    let world = World::new("off");
    let ssh = world.up.ssh();
    world.weather().forget_flows();
    world.sleep(Duration::from_secs(13));
    wait_for("it is noticed", || world.up.log().contains("change=Clock"), || world.up.log());
    world.up.until("another ssh", |status| status["state"] == "up" && world.up.ssh() != ssh);
    assert_read(&world, &world.post(60_000), "remote");
}

#[test]
fn large_packets_that_vanish_are_told_from_a_firewall() {
    if !namespace::are_possible() {
        return;
    }
    let site = Site::new();
    Weather::set(&site.link.weather.largest, 900);
    let home = site.home("off");
    let up = site.mac.inside(|| Up::start(home));
    until_cause(&up, "large-packets-vanish");
    Weather::set(&site.link.weather.largest, 0);
    up.until_up();
}

#[test]
fn a_host_that_accepts_and_says_nothing_is_told_from_a_firewall() {
    if !namespace::are_possible() {
        return;
    }
    let site = Site::new();
    site.sshd.signal_listener(Signal::STOP);
    let home = site.home("off");
    let up = site.mac.inside(|| Up::start(home));
    until_cause(&up, "no-banner");
    site.sshd.signal_listener(Signal::CONT);
    up.until_up();
}

/// Answers every question for an IPv4 address with that of the server, while `knows` is set; else that there is no such
/// name.
fn name_server(socket: &UdpSocket, knows: &AtomicBool, stop: &AtomicBool) {
    socket.set_read_timeout(Some(Duration::from_millis(100))).expect("a limit");
    let mut packet = [0; 512];
    while !stop.load(Ordering::SeqCst) {
        let Ok((length, from)) = socket.recv_from(&mut packet) else { continue };
        let question = &packet[..length];
        let Some(end) = question.get(12..).and_then(|names| names.iter().position(|byte| *byte == 0)) else { continue };
        let end = 12 + end + 5;
        let is_v4 = question.get(end - 4..end - 2) == Some(&[0, 1]);
        let is_known = knows.load(Ordering::SeqCst);
        let mut answer = question[..2].to_vec();
        answer.extend(if is_known { [0x81, 0x80] } else { [0x81, 0x83] });
        let count = u8::from(is_known && is_v4);
        answer.extend([0, 1, 0, count, 0, 0, 0, 0]);
        answer.extend(&question[12..end]);
        if count == 1 {
            answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 10, 77, 0, 1]);
        }
        let _ = socket.send_to(&answer, from);
    }
}

#[test]
fn a_name_that_gets_its_address_later_is_noticed() {
    if !namespace::are_possible() {
        return;
    }
    let site = Site::new();
    let (knows, stop) = (AtomicBool::new(false), AtomicBool::new(false));
    let socket = site.mac.inside(|| UdpSocket::bind("127.0.0.1:53").expect("the port of names"));
    thread::scope(|scope| {
        scope.spawn(|| name_server(&socket, &knows, &stop));
        let home = Home::new(&site.tunnel("vps.example"), "off");
        let up = site.mac.inside(|| Up::by(home, &["up"], own_names));
        until_cause(&up, "host-unresolved");
        assert_ne!(up.home.status()["state"], "blocked");
        knows.store(true, Ordering::SeqCst);
        up.until_up();
        drop(up);
        stop.store(true, Ordering::SeqCst);
    });
}

/// Has the program and all it starts ask the name server of its own machine. It has files of its own for that.
fn own_names(command: &mut Command) {
    let folder = command.get_envs().find(|(name, _)| *name == "JKOCR_HOME").and_then(|(_, value)| value);
    let folder = PathBuf::from(folder.expect("a home"));
    let (names, script) = (folder.join("resolv.conf"), folder.join("with-names"));
    fs::write(&names, "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n").expect("a file");
    let text =
        format!("#!/bin/sh\nmount --bind '{}' \"$(readlink -f /etc/resolv.conf)\" && exec \"$@\"\n", names.display());
    fs::write(&script, text).expect("a script");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).expect("a program");
    let program = command.get_program().to_owned();
    let mut wrapped = Command::new("unshare");
    wrapped.arg("-m").arg(script).arg(program).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => wrapped.env(name, value),
            None => wrapped.env_remove(name),
        };
    }
    wrapped.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    *command = wrapped;
}
