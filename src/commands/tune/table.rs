//! What `jkocr tune` prints for people: a row for each trial, what else there is, and the recommendation.

use std::io::{self, Write};
use std::time::Duration;

use indicatif::BinaryBytes;

use super::TuneReport;
use crate::commands::columns;
use crate::commands::models::{faster, size_of};
use crate::models::{self, Accuracy, Set};
use crate::tune::{Outcome, Trial, fastest};

/// Writes `report` as a table and sentences.
pub(super) fn print(report: &TuneReport, output: &mut impl Write) -> io::Result<()> {
    let mut rows = vec![headings(report)];
    rows.extend(report.trials.iter().map(|trial| row(trial, report)));
    columns::print(&rows, output)?;
    writeln!(output, "{}", t!("tune.legend"))?;
    for trial in &report.trials {
        if let Some(problem) = problem(trial) {
            writeln!(output, "{}", t!("tune.problem", set = trial.set, threads = trial.threads, problem = problem))?;
        }
    }
    for set in &report.available {
        writeln!(output, "{}", available(set, report))?;
    }
    let reads = report.choice().or_else(|| report.trials.first()).and_then(|trial| report.set(&trial.set));
    if let Some(advice) = reads.and_then(|set| faster(&report.store, set)) {
        writeln!(output, "{advice}")?;
    }
    writeln!(output, "{}", recommendation(report))
}

/// Why a trial has no times.
pub(super) fn problem(trial: &Trial) -> Option<String> {
    match &trial.outcome {
        Outcome::Measured(_) => None,
        Outcome::TooLong(limit) => Some(t!("tune.too_long", limit = time(*limit)).into_owned()),
        Outcome::Failed(reason) => Some(reason.as_str().to_owned()),
    }
}

fn headings(report: &TuneReport) -> Vec<String> {
    let mut cells = vec![t!("tune.set").into_owned(), t!("tune.threads").into_owned()];
    cells.extend(report.pictures.iter().map(|picture| picture.name.as_str().to_owned()));
    cells.extend([t!("tune.memory").into_owned(), t!("tune.accuracy").into_owned()]);
    cells
}

fn row(trial: &Trial, report: &TuneReport) -> Vec<String> {
    let mut cells = vec![trial.set.clone(), trial.threads.to_string()];
    let nothing = || "-".to_owned();
    match &trial.outcome {
        Outcome::Measured(measured) => {
            cells.extend(measured.times.iter().map(|duration| time(*duration)));
            cells.push(measured.memory.map_or_else(nothing, |bytes| BinaryBytes(bytes).to_string()));
        }
        Outcome::TooLong(_) | Outcome::Failed(_) => {
            cells.extend(report.pictures.iter().map(|_| nothing()).chain([nothing()]));
        }
    }
    cells.push(report.set(&trial.set).and_then(|set| set.accuracy).map_or_else(nothing, published));
    cells
}

fn published(accuracy: Accuracy) -> String {
    let Accuracy { detection, recognition, screen } = accuracy;
    format!("{detection:.1} / {recognition:.1} / {screen:.1}")
}

/// What a set that is not installed would bring, compared with the best that was tried.
fn available(set: &Set, report: &TuneReport) -> String {
    let tried = report.trials.iter().filter_map(|trial| report.set(&trial.set)?.accuracy);
    let best = tried.map(|accuracy| accuracy.screen).max_by(f32::total_cmp);
    let brings = if let (Some(accuracy), Some(best)) = (set.accuracy, best) {
        let points = format!("{:+.1}", accuracy.screen - best);
        t!("tune.brings", accuracy = published(accuracy), points = points)
    } else {
        t!("tune.brings_unknown")
    };
    let command = models::pull_command([&set.name]);
    t!("tune.available", set = set.name, size = size_of(&report.store, set), brings = brings, command = command)
        .into_owned()
}

fn recommendation(report: &TuneReport) -> String {
    let within = time(report.within);
    if let Some(choice) = report.choice() {
        let slowest = choice.slowest().map(time).unwrap_or_default();
        let (set, threads) = (&choice.set, choice.threads);
        return t!("tune.recommended", set = set, threads = threads, slowest = slowest, within = within).into_owned();
    }
    match fastest(&report.trials) {
        Some((trial, slowest)) => {
            let (set, threads, slowest) = (&trial.set, trial.threads, time(slowest));
            t!("tune.none_within", within = within, set = set, threads = threads, slowest = slowest).into_owned()
        }
        None => t!("tune.none").into_owned(),
    }
}

/// As people write it.
fn time(duration: Duration) -> String {
    match duration.as_secs_f64() {
        seconds if seconds < 0.1 => format!("{:.1} ms", 1e3 * seconds),
        seconds if seconds < 1.0 => format!("{:.0} ms", 1e3 * seconds),
        seconds => format!("{seconds:.2} s"),
    }
}
