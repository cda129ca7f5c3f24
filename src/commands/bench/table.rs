//! What `jkocr bench` prints for people: a row for each image, times in milliseconds.

use std::io::{self, Write};
use std::time::Duration;

use indicatif::BinaryBytes;

use super::BenchReport;
use crate::bench::{Idle, Measurement, Usage};
use crate::commands::columns;
use crate::wording;

/// Columns after the file's name.
const COLUMNS: usize = 15;

/// Writes `report` as a table.
pub(super) fn print(report: &BenchReport, output: &mut impl Write) -> io::Result<()> {
    // Without the digests of folded models.
    let [detection, recognition] = report.models.each_ref().map(|file| file.split('.').next().unwrap_or(file));
    writeln!(
        output,
        "{detection} + {recognition}, {}, {}",
        report.engine,
        t!("bench.threads", count = report.threads)
    )?;
    let mut rows = vec![row(t!("bench.image").into_owned(), headings())];
    rows.extend(report.images.iter().map(|(name, measurement)| row(name.clone(), cells(measurement))));
    columns::print(&rows, output)?;
    for (name, measurement) in &report.images {
        writeln!(output, "{}", lanes(name, &measurement.usage))?;
    }
    if let [Some(loaded), Some(after), Some(peak)] = report.memory.map(|bytes| bytes.map(BinaryBytes)) {
        writeln!(output, "{}", t!("bench.memory", loaded = loaded, after = after, peak = peak))?;
    }
    writeln!(output, "{}", t!("bench.legend"))
}

fn row(name: String, cells: [String; COLUMNS]) -> Vec<String> {
    [name].into_iter().chain(cells).collect()
}

fn headings() -> [String; COLUMNS] {
    [
        t!("bench.size"),
        t!("bench.lines"),
        t!("bench.decode"),
        t!("bench.detect_prepare"),
        t!("bench.detect_run"),
        t!("bench.detect_finish"),
        t!("bench.cut"),
        t!("bench.recognize_prepare"),
        t!("bench.recognize_run"),
        t!("bench.recognize_finish"),
        t!("bench.total"),
        t!("bench.floor_detect"),
        t!("bench.floor_recognize"),
        t!("bench.overhead"),
        t!("bench.busy"),
    ]
    .map(std::borrow::Cow::into_owned)
}

fn cells(measurement: &Measurement) -> [String; COLUMNS] {
    let Measurement { width, height, lines, stages, floor, ref usage } = *measurement;
    let (detect, recognize) = (stages.models.detect, stages.models.recognize);
    let overhead = measurement.overhead().map_or_else(|| "-".to_owned(), |share| format!("{:.1} %", 100.0 * share));
    [
        format!("{width}x{height}"),
        lines.to_string(),
        millis(stages.decode),
        millis(detect.prepare),
        millis(detect.run),
        millis(detect.finish),
        millis(stages.models.cut),
        millis(recognize.prepare),
        millis(recognize.run),
        millis(recognize.finish),
        millis(stages.total),
        millis(floor.detect),
        millis(floor.recognize),
        overhead,
        per_cent(usage.busy),
    ]
}

/// What the lanes did, and what they waited for, most of it first.
fn lanes(name: &str, usage: &Usage) -> String {
    let pieces = usage.lanes.iter().map(|lane| lane.pieces as f64 / usage.reads as f64);
    let (least, most) = pieces.fold((f64::INFINITY, 0.0_f64), |(least, most), one| (least.min(one), most.max(one)));
    let Idle { decode, tiles, boxes, lines, layout } = usage.idle;
    let mut idle = [
        (decode, t!("bench.idle.decode")),
        (tiles, t!("bench.idle.tiles")),
        (boxes, t!("bench.idle.boxes")),
        (lines, t!("bench.idle.lines")),
        (layout, t!("bench.idle.layout")),
    ];
    idle.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    let reasons =
        idle.iter().filter(|(share, _)| *share >= 0.005).map(|(share, why)| format!("{why} {}", per_cent(*share)));
    let idle = [per_cent((1.0 - usage.busy).max(0.0))].into_iter().chain(reasons).collect::<Vec<_>>();
    let (least, most) = (format!("{least:.0}"), format!("{most:.0}"));
    t!("bench.lanes", image = name, count = usage.lanes.len(), least = least, most = most, idle = wording::list(idle))
        .into_owned()
}

fn per_cent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}

fn millis(duration: Duration) -> String {
    format!("{:.1}", duration.as_secs_f64() * 1e3)
}
