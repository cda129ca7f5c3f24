//! What `jkocr bench` prints for people: a row for each image, times in milliseconds.

use std::io::{self, Write};
use std::time::Duration;

use indicatif::BinaryBytes;
use unicode_width::UnicodeWidthStr;

use super::Report;
use crate::bench::Measurement;

/// Columns after the file's name.
const COLUMNS: usize = 15;

/// Writes `report` as a table.
pub(super) fn print(report: &Report, output: &mut impl Write) -> io::Result<()> {
    // Without the digests of folded models.
    let [detection, recognition] = report.models.each_ref().map(|file| file.split('.').next().unwrap_or(file));
    writeln!(output, "{detection} + {recognition}, {}", t!("bench.threads", count = report.threads))?;
    let mut rows = vec![(t!("bench.image").into_owned(), headings())];
    rows.extend(report.images.iter().map(|(name, measurement)| (name.clone(), cells(measurement))));
    let name = rows.iter().map(|(name, _)| name.width()).max().unwrap_or(0);
    let widths: [usize; COLUMNS] =
        std::array::from_fn(|at| rows.iter().map(|(_, cells)| cells[at].width()).max().unwrap_or(0));
    for (text, cells) in &rows {
        write!(output, "{text}{}", " ".repeat(name - text.width()))?;
        for (cell, width) in cells.iter().zip(widths) {
            write!(output, "  {}{cell}", " ".repeat(width - cell.width()))?;
        }
        writeln!(output)?;
    }
    if let [Some(loaded), Some(after), Some(peak)] = report.memory.map(|bytes| bytes.map(BinaryBytes)) {
        writeln!(output, "{}", t!("bench.memory", loaded = loaded, after = after, peak = peak))?;
    }
    writeln!(output, "{}", t!("bench.legend"))
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
    let Measurement { width, height, lines, stages, floor, busy } = *measurement;
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
        format!("{:.0} %", 100.0 * busy),
    ]
}

fn millis(duration: Duration) -> String {
    format!("{:.1}", duration.as_secs_f64() * 1e3)
}
