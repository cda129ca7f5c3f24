//! A page for standard output: its lines, a JSON document, or rows of a table.

use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use crate::backend::Credit;
use crate::ocr::{Page, PrunedResult, Stage, layout};

/// Writes the text of each line that has one.
///
/// # Errors
/// Those of `output`.
pub fn text(page: &Page, output: &mut impl Write) -> io::Result<()> {
    let lines = page.lines.iter().filter(|line| !line.text.is_empty());
    lines.into_iter().try_for_each(|line| writeln!(output, "{}", line.text))
}

/// Writes a row for each line: file, number of the line from 1, score, `x0,y0,…,x3,y3`, text.
///
/// Tabs and line ends cannot occur in a text: the models' characters have none.
///
/// # Errors
/// Those of `output`.
pub fn tsv(file: &Path, page: &Page, output: &mut impl Write) -> io::Result<()> {
    for (number, line) in (1..).zip(&page.lines) {
        let corners: Vec<_> = line.quad.0.iter().flatten().map(ToString::to_string).collect();
        writeln!(output, "{}\t{number}\t{:.4}\t{}\t{}", file.display(), line.score, corners.join(","), line.text)?;
    }
    Ok(())
}

/// Writes the cells of a page: a row on each line, with tabs between its cells. Cells of one column are as many tabs from
/// the start, empty ones included.
///
/// # Errors
/// Those of `output`.
pub fn cells(page: &Page, output: &mut impl Write) -> io::Result<()> {
    layout::cells(&page.lines).iter().try_for_each(|row| writeln!(output, "{}", row.join("\t")))
}

/// What `--format json` prints for a file.
#[derive(Serialize)]
struct FileJson<'a> {
    input_path: String,
    #[serde(flatten)]
    result: PrunedResult<'a>,
    models: &'a str,
    profile: &'a str,
    engine: &'a str,
    backend: &'static str,
    timings: TimingsJson,
}

/// Milliseconds.
#[derive(Serialize)]
struct TimingsJson {
    decode: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<StageTimings>,
    detect: StageTimings,
    cut: f64,
    recognize: StageTimings,
}

/// A stage as documents show it: milliseconds.
#[derive(Serialize)]
pub(crate) struct StageTimings {
    prepare: f64,
    run: f64,
    finish: f64,
}

impl From<Stage> for StageTimings {
    fn from(stage: Stage) -> Self {
        Self { prepare: millis(stage.prepare), run: millis(stage.run), finish: millis(stage.finish) }
    }
}

/// Writes one JSON document on a line of its own: the keys of `PaddleX`, what read it, then the timings in milliseconds.
///
/// # Errors
/// Those of `output`.
pub fn json(file: &Path, page: &Page, by: &Credit, decode: Duration, output: &mut impl Write) -> io::Result<()> {
    let document = FileJson {
        input_path: file.display().to_string(),
        result: PrunedResult::from(page),
        models: by.names.models.as_str(),
        profile: by.names.profile.as_str(),
        engine: by.names.engine.as_str(),
        backend: by.source.name(),
        timings: TimingsJson {
            decode: millis(decode),
            document: page.params.document.any().then(|| page.timings.document.into()),
            detect: page.timings.detect.into(),
            cut: millis(page.timings.cut),
            recognize: page.timings.recognize.into(),
        },
    };
    serde_json::to_writer(&mut *output, &document)?;
    writeln!(output)
}

/// Milliseconds, to the microsecond.
pub(crate) fn millis(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}
