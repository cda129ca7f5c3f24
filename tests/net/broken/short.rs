//! The faults that people meet most, once each.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use rustix::process::Signal;

use super::bob::{Fate, Outcome};
use super::link::Weather;
use super::names::{self, NameServer, Names};
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
    wait_for("it is noticed", || world.up.log().contains("this machine has slept"), || world.up.log());
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

#[test]
fn a_name_that_gets_its_address_later_is_noticed() {
    if !namespace::are_possible() {
        return;
    }
    let site = Site::new();
    let names = NameServer::on(&site.mac, Names::Mute);
    let home = Home::new(&site.tunnel(names::HOST), "off");
    let up = site.mac.inside(|| Up::by(home, &["up"], names::own_names));
    until_cause(&up, "resolver-unavailable");
    names.set(Names::Unknown);
    until_cause(&up, "host-unresolved");
    assert_ne!(up.home.status()["state"], "blocked");
    names.set(Names::Known);
    up.until_up();
}

#[test]
fn a_restart_while_requests_are_under_way_is_noticed_by_nobody() {
    if !namespace::are_possible() {
        return;
    }
    let world = World::new("when-down");
    thread::scope(|scope| {
        let asking: Vec<_> = (0..4).map(|_| scope.spawn(|| world.post(150_000))).collect();
        world.restart_up();
        for outcome in asking.into_iter().map(|asked| asked.join().expect("an outcome")).chain([world.post(60_000)]) {
            let Fate::Read { texts, .. } = &outcome.fate else { panic!("{outcome:?}\n{}", world.up.log()) };
            assert_eq!(*texts, world.texts);
        }
    });
    world.up.until_up();
}
