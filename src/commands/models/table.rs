//! `jkocr models list`

use std::io;

use anyhow::Result;
use indicatif::DecimalBytes;
use unicode_width::UnicodeWidthStr;

use super::Outputs;
use crate::models::{Accuracy, Choice, File, FileSize, OPENVINO, Store};
use crate::report;
use crate::wording;

/// Columns, the last of which is not padded.
type TableRow = [String; 6];

/// Prints a row for each set and one for the runtime.
pub(super) fn print(store: &Store, outputs: &mut Outputs<'_>) -> Result<()> {
    let mut rows = vec![heading()];
    let best = store.chosen(Choice::Auto);
    for set in store.registry().sets() {
        let files: Vec<_> = store.registry().files_of(set).collect();
        let mut row = row(store, &set.name, &files, set.accuracy);
        if best.is_some_and(|best| best.name == set.name) {
            row[2] = t!("models.list.in_use").into_owned();
        }
        rows.push(row);
    }
    match store.runtime() {
        Ok(runtime) => {
            let mut row = row(store, &runtime.file.id, &[&runtime.file], None);
            row[5] = format!("{} {}", runtime.file.id, runtime.version);
            rows.push(row);
        }
        Err(error) => outputs.progress.note(&error.to_string()),
    }
    // Whoever cannot have it reads as well without.
    if let Ok(bundle) = store.openvino() {
        let mut row = row(store, OPENVINO, &bundle.files().iter().collect::<Vec<_>>(), None);
        row[5] = format!("{OPENVINO} {}", bundle.version);
        rows.push(row);
    }
    let widths: Vec<_> = (0..6).map(|at| rows.iter().map(|row| row[at].width()).max().unwrap_or(0)).collect();
    let shown = fitting(&widths, report::columns(io::stdout()).unwrap_or(usize::MAX));
    for row in &rows {
        let cells = shown.iter().map(|&at| format!("{}{}", row[at], " ".repeat(widths[at] - row[at].width())));
        writeln!(outputs.results, "{}", cells.collect::<Vec<_>>().join("  ").trim_end())?;
    }
    outputs.progress.note(&t!("models.list.legend"));
    if let Some((set, accuracy)) = best.and_then(|set| Some((set, set.accuracy?))) {
        let screen = format!("{:.1}", accuracy.screen);
        outputs.progress.note(&t!("models.list.best", set = set.name, screen = screen));
    }
    if let Some(advice) = best.and_then(|set| super::faster(store, set)) {
        outputs.progress.note(&advice);
    }
    Ok(())
}

/// The columns that a terminal has room for: the names of the files go first, and then the licences.
fn fitting(widths: &[usize], room: usize) -> Vec<usize> {
    let all: Vec<_> = (0..widths.len()).collect();
    let choices = [all, vec![0, 1, 2, 3, 4], vec![0, 1, 2, 4]];
    let width = |shown: &[usize]| shown.iter().map(|&at| widths[at] + 2).sum::<usize>() - 2;
    let [.., narrowest] = choices.clone();
    choices.into_iter().find(|shown| width(shown) <= room).unwrap_or(narrowest)
}

fn heading() -> TableRow {
    [
        t!("models.list.set"),
        t!("models.list.size"),
        t!("models.list.installed"),
        t!("models.list.licence"),
        t!("models.list.accuracy"),
        t!("models.list.files"),
    ]
    .map(std::borrow::Cow::into_owned)
}

fn row(store: &Store, name: &str, files: &[&File], accuracy: Option<Accuracy>) -> TableRow {
    let here = files.iter().filter(|file| store.has(file)).count();
    let installed = match here {
        0 => t!("models.list.no"),
        all if all == files.len() => t!("models.list.yes"),
        _ => t!("models.list.partly"),
    };
    let mut licences: Vec<_> = files.iter().map(|file| file.licence.as_str()).collect();
    licences.sort_unstable();
    licences.dedup();
    let accuracy = accuracy.map_or_else(
        || "-".to_owned(),
        |per_cent| format!("{:.1} / {:.1} / {:.1}", per_cent.detection, per_cent.recognition, per_cent.screen),
    );
    let ids: Vec<_> = files.iter().map(|file| file.id.as_str()).collect();
    [
        name.to_owned(),
        size(FileSize::sum(files.iter().map(|file| file.size()))),
        installed.into_owned(),
        wording::list(licences),
        accuracy,
        ids.join(" "),
    ]
}

pub(super) fn size(size: FileSize) -> String {
    match size {
        FileSize::Exactly(bytes) => DecimalBytes(bytes).to_string(),
        FileSize::About(bytes) => format!("~{}", DecimalBytes(bytes)),
        FileSize::Unknown => t!("models.progress.unknown_size").into_owned(),
    }
}
