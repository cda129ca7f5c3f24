//! What a network does to people. Each scenario takes a healthy world, breaks it, and mends it.

use std::sync::atomic::Ordering;
use std::thread::{self, sleep};
use std::time::Duration;

use rustix::process::Signal;

use super::link::Weather;
use super::names::Names;
use super::world::World;
use crate::sshd::{signal, wait_for};

/// A fault: broken when it is called, mended when it returns.
pub struct Scenario {
    pub name: &'static str,
    /// Breaks, waits, mends.
    pub fault: fn(&World),
    /// The link is as it was at the end; else nothing has to come back.
    pub ends: bool,
    /// How large the requests are, one after the other.
    pub sizes: &'static [usize],
    /// The server has a name, and the Mac a name server.
    pub named: bool,
}

/// Screenshots.
const USUAL: &[usize] = &[60_000, 150_000, 400_000];

const fn scenario(name: &'static str, fault: fn(&World)) -> Scenario {
    Scenario { name, fault, ends: true, sizes: USUAL, named: false }
}

const fn lasting(name: &'static str, fault: fn(&World)) -> Scenario {
    Scenario { name, fault, ends: false, sizes: USUAL, named: false }
}

/// All of them.
pub const ALL: &[Scenario] = &[
    scenario("link-down-5s", |world| unplugged(world, 5)),
    scenario("link-down-60s", |world| unplugged(world, 60)),
    scenario("silent-30s", |world| hole(world, true, true)),
    scenario("silent-there-30s", |world| hole(world, true, false)),
    scenario("silent-back-30s", |world| hole(world, false, true)),
    scenario("mtu-hole-66s", |world| {
        Weather::set(&world.weather().largest, 900);
        sleep(Duration::from_secs(66));
        Weather::set(&world.weather().largest, 0);
    }),
    scenario("address-change", |world| {
        world.move_to("10.77.0.3");
        sleep(Duration::from_secs(1));
    }),
    scenario("nat-forgets", |world| world.weather().forget_flows()),
    scenario("asleep-60s", |world| {
        world.weather().forget_flows();
        world.sleep(Duration::from_mins(1));
    }),
    scenario("flapping", |world| {
        for _ in 0..6 {
            world.weather().hole(true);
            sleep(Duration::from_secs(3));
            world.weather().hole(false);
            sleep(Duration::from_secs(4));
        }
    }),
    scenario("serve-hung-30s", |world| {
        world.signal_serve(Signal::STOP);
        sleep(Duration::from_secs(30));
        world.signal_serve(Signal::CONT);
    }),
    scenario("sshd-sessions-killed", |world| {
        for _ in 0..5 {
            world.kill_sessions();
            sleep(Duration::from_secs(3));
        }
    }),
    scenario("server-frozen-30s", |world| {
        let sessions = world.sshd().sessions();
        world.sshd().signal_listener(Signal::STOP);
        for pid in &sessions {
            signal(*pid, Signal::STOP);
        }
        sleep(Duration::from_secs(30));
        for pid in &sessions {
            signal(*pid, Signal::CONT);
        }
        world.sshd().signal_listener(Signal::CONT);
    }),
    scenario("power-cut-10s", |world| world.power_cut(Duration::from_secs(10))),
    scenario("serve-killed-10s", |world| world.without_serve(Duration::from_secs(10))),
    scenario("no-banner-30s", |world| {
        world.sshd().signal_listener(Signal::STOP);
        world.kill_sessions();
        sleep(Duration::from_secs(30));
        world.sshd().signal_listener(Signal::CONT);
    }),
    Scenario { name: "dns-gone-20s", fault: |world| names(world, Names::Mute), ends: true, sizes: USUAL, named: true },
    Scenario {
        name: "dns-denies-20s",
        fault: |world| names(world, Names::Unknown),
        ends: true,
        sizes: USUAL,
        named: true,
    },
    lasting("server-busy-20s", |world| world.busy(Duration::from_secs(20))),
    lasting("restarts-under-load", |world| {
        for _ in 0..8 {
            world.restart_up();
            sleep(Duration::from_secs(2));
        }
    }),
    // Each upload is cut somewhere else.
    Scenario { name: "30-mb-cut", fault: cuts, ends: false, sizes: &[0], named: false },
    Scenario { name: "3-mb-at-256-kbit/s", fault: narrow, ends: false, sizes: &[0], named: false },
    lasting("loss-40%", loss),
    // As much as a single connection can carry on such a link.
    Scenario { name: "loss-40%-small", fault: loss, ends: false, sizes: &[0], named: false },
    lasting("256-kbit/s", |world| {
        Weather::set(&world.weather().rate, 32_000);
        Weather::set(&world.weather().queue_ms, 2_000);
        sleep(Duration::from_mins(1));
        Weather::set(&world.weather().rate, 0);
    }),
    lasting("rtt-2s", |world| {
        Weather::set(&world.weather().delay_ms, 1_000);
        sleep(Duration::from_secs(45));
        Weather::set(&world.weather().delay_ms, 10);
    }),
    lasting("burst-of-12-while-down", |world| {
        world.weather().hole(true);
        sleep(Duration::from_secs(4));
        world.bob.note(world.burst(12));
        world.weather().hole(false);
    }),
];

fn loss(world: &World) {
    Weather::set(&world.weather().loss, 400);
    sleep(Duration::from_secs(90));
    Weather::set(&world.weather().loss, 0);
}

/// The name server is out of order when ssh has to connect anew.
fn names(world: &World, fault: Names) {
    world.set_names(fault);
    world.kill_sessions();
    sleep(Duration::from_secs(20));
    world.set_names(Names::Known);
}

/// The sizes of the two pictures, as the plugin sends them.
const MB_30: usize = 40_000_000;
const MB_3: usize = 4_000_000;

fn cuts(world: &World) {
    for part in [1, 3, 5, 7, 9] {
        Weather::set(&world.weather().rate, 20_000_000);
        let start = world.weather().carried.load(Ordering::SeqCst);
        thread::scope(|scope| {
            let asking = scope.spawn(|| world.post(MB_30));
            let until = start + (MB_30 / 10 * part) as u64;
            // This machine may have read it before.
            let is_time = || world.weather().carried.load(Ordering::SeqCst) > until || asking.is_finished();
            wait_for("it is under way", is_time, || world.up.log());
            world.kill_sessions();
            world.bob.note(vec![asking.join().expect("an outcome")]);
        });
    }
    Weather::set(&world.weather().rate, 0);
}

fn narrow(world: &World) {
    Weather::set(&world.weather().rate, 32_000);
    Weather::set(&world.weather().queue_ms, 2_000);
    for _ in 0..3 {
        world.bob.note(vec![world.post(MB_3)]);
        sleep(Duration::from_secs(5));
    }
    Weather::set(&world.weather().rate, 0);
}

fn unplugged(world: &World, seconds: u64) {
    world.unplug();
    sleep(Duration::from_secs(seconds));
    world.plug();
}

fn hole(world: &World, there: bool, back: bool) {
    let set = |is_there: bool| {
        world.weather().hole_there.store(there && is_there, Ordering::SeqCst);
        world.weather().hole_back.store(back && is_there, Ordering::SeqCst);
    };
    set(true);
    sleep(Duration::from_secs(30));
    set(false);
}
