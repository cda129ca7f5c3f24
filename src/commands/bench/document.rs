//! What `jkocr bench --json` prints: a stable schema, times in milliseconds, memory in bytes.

use std::io::{self, Write};

use serde::Serialize;

use super::BenchReport;
use crate::bench::{Idle, Measurement};
use crate::ocr::Providers;
use crate::render::{StageTimings, millis};
use crate::worker::Done;

#[derive(Serialize)]
struct BenchJson<'a> {
    version: &'static str,
    detection: &'a str,
    recognition: &'a str,
    engine: Providers,
    threads: usize,
    images: Vec<ImageJson<'a>>,
    /// `null` where the system does not say it.
    memory: MemoryJson,
}

#[derive(Serialize)]
struct ImageJson<'a> {
    file: &'a str,
    width: u32,
    height: u32,
    lines: usize,
    decode: f64,
    detect: StageTimings,
    cut: f64,
    recognize: StageTimings,
    total: f64,
    floor: FloorTimes,
    /// What is on top of the floor, as a share of it; `null` without a floor.
    overhead: Option<f64>,
    /// What each lane did, of an average read.
    lanes: Vec<LaneJson>,
    /// The share of all lanes' time that they were at work.
    busy: f64,
    /// The rest of it, by what lanes waited for.
    idle: IdleShares,
}

#[derive(Serialize)]
struct LaneJson {
    pieces: f64,
    busy: f64,
}

#[derive(Serialize)]
struct IdleShares {
    decode: f64,
    tiles: f64,
    boxes: f64,
    lines: f64,
    layout: f64,
}

#[derive(Serialize)]
struct FloorTimes {
    detect: f64,
    recognize: f64,
}

#[derive(Serialize)]
struct MemoryJson {
    loaded: Option<u64>,
    after: Option<u64>,
    peak: Option<u64>,
}

/// Writes `report` as one JSON document.
pub(super) fn print(report: &BenchReport, output: &mut impl Write) -> io::Result<()> {
    let [loaded, after, peak] = report.memory;
    let document = BenchJson {
        version: env!("CARGO_PKG_VERSION"),
        detection: &report.models[0],
        recognition: &report.models[1],
        engine: report.engine,
        threads: report.threads,
        images: report.images.iter().map(|(file, measurement)| image(file, measurement)).collect(),
        memory: MemoryJson { loaded, after, peak },
    };
    serde_json::to_writer_pretty(&mut *output, &document)?;
    writeln!(output)
}

fn image<'a>(file: &'a str, measurement: &Measurement) -> ImageJson<'a> {
    let Measurement { width, height, lines, stages, floor, ref usage } = *measurement;
    let lane =
        |lane: &Done| LaneJson { pieces: rounded(lane.pieces as f64 / usage.reads as f64), busy: millis(lane.busy) };
    let Idle { decode, tiles, boxes, lines: last_lines, layout } = usage.idle;
    let [decode, tiles, boxes, last_lines, layout] = [decode, tiles, boxes, last_lines, layout].map(rounded);
    ImageJson {
        file,
        width,
        height,
        lines,
        decode: millis(stages.decode),
        detect: stages.models.detect.into(),
        cut: millis(stages.models.cut),
        recognize: stages.models.recognize.into(),
        total: millis(stages.total),
        floor: FloorTimes { detect: millis(floor.detect), recognize: millis(floor.recognize) },
        overhead: measurement.overhead().map(rounded),
        lanes: usage.lanes.iter().map(lane).collect(),
        busy: rounded(usage.busy),
        idle: IdleShares { decode, tiles, boxes, lines: last_lines, layout },
    }
}

/// To four digits after the point.
fn rounded(share: f64) -> f64 {
    (share * 1e4).round() / 1e4
}
