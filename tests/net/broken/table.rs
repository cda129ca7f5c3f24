//! Every scenario in every mode, for the record: minutes each, so only on demand.
//!
//! `tests/net/table.sh` runs them. `JKOCR_NET_SCENARIOS` (names) and `JKOCR_NET_MODES` choose some.

use std::env;
use std::fmt::Write as _;
use std::thread::sleep;
use std::time::Duration;

use super::bob::{self, Bob, Fate, Tally};
use super::link::Weather;
use super::namespace;
use super::scenario::{ALL, Scenario};
use super::world::{Site, World};

/// One request a second.
const EVERY: Duration = Duration::from_secs(1);

/// Between a request and the moment it breaks: some are under way, whatever takes how long.
const BEFORE: Duration = Duration::from_millis(2_500);

/// Requests go on for this long after it is mended.
const AFTER: Duration = Duration::from_secs(5);

fn chosen(name: &str, all: &[&str]) -> Vec<String> {
    let wanted = env::var(name).unwrap_or_default();
    let words: Vec<String> = wanted.split_whitespace().map(ToOwned::to_owned).collect();
    if words.is_empty() { all.iter().map(|word| (*word).to_owned()).collect() } else { words }
}

/// Runs `scenario` once; its row.
fn row(scenario: &Scenario, mode: &str) -> String {
    let world = if scenario.named { World::named(mode) } else { World::new(mode) };
    let (_, files) = world.cost();
    let mut back = None;
    let outcomes = bob::steady(&world.mac, (&world.bob, world.up.port()), (EVERY, scenario.sizes), || {
        sleep(BEFORE);
        (scenario.fault)(&world);
        if scenario.ends {
            back = bob::until_remote(&world.mac, world.up.port());
        }
        sleep(AFTER);
    });
    let tally = Tally::of(&outcomes, &world.texts);
    let back = match back {
        Some(back) => format!("{:.1}", back.as_secs_f64()),
        None if scenario.ends => "never".to_owned(),
        None => "–".to_owned(),
    };
    let Tally { requests, wrong, failed, cut, local, longest, p95, messages } = tally;
    let (memory, files_after) = world.settled(files);
    let (memory, opened) = (memory >> 20, files_after as i64 - files as i64);
    let mut row = format!(
        "| {} | {mode} | {requests} | {wrong} | {cut} | {failed} | {local} | {longest:.1} | {p95:.1} | {back} | {memory} | {opened} |",
        scenario.name
    );
    for message in messages {
        let _ = write!(row, "\n    {message}");
    }
    if env::var_os("JKOCR_NET_LOG").is_some() {
        let _ = write!(row, "\n{}\n{}", world.up.home.status(), world.up.log());
    }
    row
}

/// Forty per cent of all packets are lost, and only `ssh -N -L` carries requests, started again when it ends.
fn plain_row() -> String {
    let site = Site::new();
    let plain = site.plain_ssh();
    let outcomes = bob::steady(&site.mac, (&Bob::default(), plain.port()), (EVERY, &[0]), || {
        sleep(BEFORE);
        Weather::set(&site.link.weather.loss, 400);
        sleep(Duration::from_secs(90));
        Weather::set(&site.link.weather.loss, 0);
        sleep(AFTER);
    });
    let Fate::Read { texts, .. } = &outcomes[0].fate else { panic!("{:?}", outcomes[0]) };
    let Tally { requests, wrong, failed, cut, longest, p95, .. } = Tally::of(&outcomes, texts);
    format!(
        "| loss-40%-small | ssh | {requests} | {wrong} | {cut} | {failed} | 0 | {longest:.1} | {p95:.1} | – | – | – |"
    )
}

#[test]
#[ignore = "takes minutes: tests/net/table.sh"]
fn table() {
    if !namespace::are_possible() {
        return;
    }
    println!(
        "| scenario | mode | requests | wrong | cut | errors | here | longest s | p95 s | back s | MiB | more files |\n\
         |---|---|---|---|---|---|---|---|---|---|---|---|"
    );
    let names: Vec<&str> = ALL.iter().map(|scenario| scenario.name).collect();
    let scenarios = chosen("JKOCR_NET_SCENARIOS", &names);
    if env::var_os("JKOCR_NET_MODES").is_none_or(|modes| modes.to_string_lossy().contains("ssh")) {
        println!("{}", plain_row());
    }
    for mode in chosen("JKOCR_NET_MODES", &["when-down", "race", "off"]) {
        if mode == "ssh" {
            continue;
        }
        for scenario in ALL.iter().filter(|scenario| scenarios.iter().any(|name| name == scenario.name)) {
            println!("{}", row(scenario, &mode));
        }
    }
}
