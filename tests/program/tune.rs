//! `jkocr tune` with real models: what it measures, what it recommends, and what it writes.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should fail")]

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::common::{self, Jkocr, data};

/// Longer than anything takes, however busy the machine.
const AMPLE: &str = "1h";

/// With comments, and values that are not recommended.
const CONFIG: &str = "# mine\n[ocr] # here\nmodels = \"auto\" # the best\nthreads = 7\n";

/// `jkocr tune` of v5-mobile, one round, with a word and the configuration in `config`.
fn tune(config: &Path, flags: &[&str]) -> common::Run {
    tune_for(AMPLE, config, flags)
}

/// As [`tune`], with `limit` for a trial.
fn tune_for(limit: &str, config: &Path, flags: &[&str]) -> common::Run {
    let (config, word) = (config.to_str().unwrap(), data("word_ok.png"));
    let usual = ["--config", config, "tune", "--models", "v5-mobile", "--rounds", "1", "--limit", limit];
    Jkocr::new().run(usual.iter().copied().chain(flags.iter().copied()).chain([word.to_str().unwrap()]))
}

fn config(folder: &tempfile::TempDir) -> std::path::PathBuf {
    let file = folder.path().join("own.toml");
    fs::write(&file, CONFIG).unwrap();
    file
}

#[test]
fn every_set_is_measured_on_every_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let run = tune(&config(&folder), &["--json", "--within", AMPLE, "--threads", "1,2"]);
    let document: Value = serde_json::from_str(&run.exits(0).stdout()).unwrap();
    assert_eq!(
        [&document["images"][0]["file"], &document["images"][0]["width"]],
        [&Value::from("word_ok.png"), &60.into()]
    );
    let trials = document["trials"].as_array().unwrap();
    let tried: Vec<_> = trials.iter().map(|trial| (trial["set"].as_str(), trial["threads"].as_u64())).collect();
    assert_eq!(tried, [(Some("v5-mobile"), Some(1)), (Some("v5-mobile"), Some(2))]);
    for trial in trials {
        assert_eq!((trial["images"][0]["lines"].as_u64(), &trial["error"]), (Some(1), &Value::Null), "{trial}");
        assert!(trial["images"][0]["total"].as_f64().unwrap() > 0.0, "{trial}");
        assert_eq!(trial["accuracy"]["screen"].as_f64(), Some(57.6), "{trial}");
        #[cfg(target_os = "linux")]
        assert!(trial["memory"].as_u64().unwrap() > 10 << 20, "{trial}");
    }
    let available: Vec<_> =
        document["available"].as_array().unwrap().iter().map(|it| it["set"].as_str().unwrap()).collect();
    assert_eq!(available, ["v5-server", "v6-tiny", "v6-medium"]);
    assert_eq!(document["choice"]["set"], "v5-mobile");
}

#[test]
fn what_is_written_is_what_was_recommended_and_only_when_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let file = config(&folder);
    let run = tune(&file, &["--within", AMPLE, "--threads", "1"]);
    let text = run.exits(0).stdout();
    assert!(text.starts_with("models     threads  word_ok.png  "), "{text}");
    assert!(text.lines().nth(1).unwrap().starts_with("v5-mobile        1  "), "{text}");
    assert!(
        text.contains("Not installed: v5-server (~172.00 MB), accuracy 81.6 / 78.1 / 68.1, on screens +10.5 points"),
        "{text}"
    );
    assert!(text.contains("Recommended: `models = \"v5-mobile\"` and `threads = 1`"), "{text}");
    assert_eq!(fs::read_to_string(&file).unwrap(), CONFIG);
    // Nobody is at a terminal, so nobody is asked either.
    assert_eq!(run.stderr(), "");

    let run = tune(&file, &["--within", AMPLE, "--threads", "1,2", "--json", "--write"]);
    let document: Value = serde_json::from_str(&run.exits(0).stdout()).unwrap();
    let threads = document["choice"]["threads"].as_u64().unwrap();
    let expected = CONFIG.replace("\"auto\"", "\"v5-mobile\"").replace("threads = 7", &format!("threads = {threads}"));
    assert_eq!(fs::read_to_string(&file).unwrap(), expected);
    assert!(run.stderr().contains("own.toml"), "{}", run.stderr());
}

#[test]
fn where_nothing_is_fast_enough_nothing_is_recommended_or_written() {
    let folder = tempfile::tempdir().unwrap();
    let file = config(&folder);
    let run = tune(&file, &["--within", "1us", "--threads", "1", "--write"]);
    let text = run.exits(1).stdout();
    assert!(text.contains("Nothing here reads every picture within"), "{text}");
    assert_eq!(fs::read_to_string(&file).unwrap(), CONFIG);
}

#[test]
fn a_trial_that_takes_too_long_is_ended_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let run = tune_for("1ms", &config(&folder), &["--threads", "1"]);
    let text = run.exits(1).stdout();
    assert!(text.contains("v5-mobile, threads: 1: not done within"), "{text}");
    assert!(text.contains("Nothing could be measured"), "{text}");
}

#[test]
fn sets_that_are_unknown_or_not_installed_are_told_before_anything_is_tried() {
    let word = data("word_ok.png");
    let tune = |models: &str| Jkocr::new().run(["tune", "--models", models, word.to_str().unwrap()]);
    for (models, words) in [
        ("v5-mobil", "the nearest is `v5-mobile`"),
        ("v5-mobile,v6-tiny", "`jkocr models pull v6-tiny`"),
        ("doc", "cannot read text"),
        ("auto", "not a set"),
    ] {
        let run = tune(models);
        assert_eq!(run.exits(1).stdout(), "", "{models}");
        assert!(run.stderr().contains(words), "{}", run.stderr());
    }
    let run = Jkocr::bare().run(["tune"]);
    assert!(run.exits(1).stderr().contains("`jkocr models pull v5-mobile`"), "{}", run.stderr());
    let run = Jkocr::new().run(["tune", "/nonexistent.png"]);
    assert!(run.exits(1).stderr().contains("cannot read `/nonexistent.png`"), "{}", run.stderr());
}

/// The trial under way is a process of its own: it must not go on alone.
#[cfg(target_os = "linux")]
#[test]
fn an_interrupt_ends_the_trial_as_well() {
    use std::process::{Command, Stdio};
    use std::time::{Duration, Instant};

    let until = |what: &str, condition: &mut dyn FnMut() -> bool| {
        let begun = Instant::now();
        while !condition() {
            assert!(begun.elapsed() < Duration::from_mins(2), "{what}");
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    let mut command = common::jkocr();
    command.env("JKOCR_HOME", common::home()).args([
        "tune",
        "--rounds",
        "1000",
        "--limit",
        AMPLE,
        "--models",
        "v5-mobile",
    ]);
    let mut tune = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let threads = format!("/proc/{}/task", tune.id());
    let children = || {
        let lists = fs::read_dir(&threads).into_iter().flatten().flatten().map(|thread| thread.path().join("children"));
        lists.filter_map(|list| fs::read_to_string(list).ok()).collect::<String>()
    };
    let mut trial = String::new();
    until("no trial begins", &mut || {
        trial = children().split_whitespace().next().unwrap_or_default().to_owned();
        !trial.is_empty()
    });
    assert!(Command::new("kill").args(["-INT", &tune.id().to_string()]).status().unwrap().success());
    let mut ended = None;
    until("it does not end", &mut || {
        ended = tune.try_wait().unwrap();
        ended.is_some()
    });
    assert_eq!(ended.unwrap().code(), Some(130));
    until("the trial goes on", &mut || {
        let status = fs::read_to_string(format!("/proc/{trial}/status")).unwrap_or_default();
        status.is_empty() || status.contains("State:\tZ")
    });
}
