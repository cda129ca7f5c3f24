//! What `jkocr tune --json` prints: a stable schema, times in milliseconds, memory in bytes, accuracies in per cent.

use std::io::{self, Write};
use std::num::NonZeroUsize;

use serde::Serialize;

use super::table::problem;
use super::{TriedPicture, TuneReport};
use crate::models::{Accuracy, File, FileSize, Set};
use crate::render::millis;
use crate::tune::{Outcome, Trial};

#[derive(Serialize)]
struct TuneJson<'a> {
    version: &'static str,
    within: f64,
    images: Vec<PictureJson<'a>>,
    trials: Vec<TrialJson<'a>>,
    /// Sets that are not installed.
    available: Vec<Available<'a>>,
    /// `null` if no set reads every image within the time.
    choice: Option<Chosen<'a>>,
}

#[derive(Serialize)]
struct PictureJson<'a> {
    file: &'a str,
    width: u32,
    height: u32,
}

#[derive(Serialize)]
struct TrialJson<'a> {
    set: &'a str,
    threads: NonZeroUsize,
    /// In the order of the images; empty where there is an error.
    images: Vec<TriedJson>,
    /// The most that was resident; `null` where the system does not say it.
    memory: Option<u64>,
    /// As published; `null` where nothing was.
    accuracy: Option<AccuracyJson>,
    error: Option<String>,
}

#[derive(Serialize)]
struct TriedJson {
    lines: usize,
    total: f64,
}

#[derive(Serialize)]
struct AccuracyJson {
    detection: f64,
    recognition: f64,
    screen: f64,
}

#[derive(Serialize)]
struct Available<'a> {
    set: &'a str,
    /// To download; `null` where only the server knows.
    bytes: Option<u64>,
    accuracy: Option<AccuracyJson>,
}

#[derive(Serialize)]
struct Chosen<'a> {
    set: &'a str,
    threads: NonZeroUsize,
    /// The time of the image that takes longest.
    slowest: Option<f64>,
}

/// Writes `report` as one JSON document.
pub(super) fn print(report: &TuneReport, output: &mut impl Write) -> io::Result<()> {
    let document = TuneJson {
        version: env!("CARGO_PKG_VERSION"),
        within: millis(report.within),
        images: report.pictures.iter().map(image).collect(),
        trials: report.trials.iter().map(|trial| of_trial(trial, report.set(&trial.set))).collect(),
        available: report.available.iter().map(|set| available(set, report)).collect(),
        choice: report.choice().map(|trial| Chosen {
            set: &trial.set,
            threads: trial.threads,
            slowest: trial.slowest().map(millis),
        }),
    };
    serde_json::to_writer_pretty(&mut *output, &document)?;
    writeln!(output)
}

fn image(picture: &TriedPicture) -> PictureJson<'_> {
    let [width, height] = picture.size;
    PictureJson { file: picture.name.as_str(), width, height }
}

fn of_trial<'a>(trial: &'a Trial, set: Option<&Set>) -> TrialJson<'a> {
    let (images, memory) = match &trial.outcome {
        Outcome::Measured(measured) => {
            let reads = measured.lines.iter().zip(&measured.times);
            (reads.map(|(lines, time)| TriedJson { lines: *lines, total: millis(*time) }).collect(), measured.memory)
        }
        Outcome::TooLong(_) | Outcome::Failed(_) => (Vec::new(), None),
    };
    let accuracy = set.and_then(accuracy);
    TrialJson { set: &trial.set, threads: trial.threads, images, memory, accuracy, error: problem(trial) }
}

fn available<'a>(set: &'a Set, report: &TuneReport) -> Available<'a> {
    let bytes = match FileSize::sum(report.store.registry().files_of(set).map(File::size)) {
        FileSize::Exactly(bytes) | FileSize::About(bytes) => Some(bytes),
        FileSize::Unknown => None,
    };
    Available { set: &set.name, bytes, accuracy: accuracy(set) }
}

fn accuracy(set: &Set) -> Option<AccuracyJson> {
    // As many digits as the authors published.
    let per_cent = |value: f32| (f64::from(value) * 10.0).round() / 10.0;
    set.accuracy.map(|Accuracy { detection, recognition, screen }| AccuracyJson {
        detection: per_cent(detection),
        recognition: per_cent(recognition),
        screen: per_cent(screen),
    })
}
