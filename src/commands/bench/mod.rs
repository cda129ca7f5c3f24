//! `jkocr bench`: where the time goes on this machine.

mod document;
mod table;

use std::{
    borrow::Cow,
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

use super::{Settings, wiring::engine};
use crate::{
    bench::{Measurement, measure},
    cli, memory,
    ocr::{Layout, Params, Switches},
    report::Exit,
};

/// A screenshot of six lines of Chinese, for those who have none at hand.
const SAMPLE: &[u8] = include_bytes!("../../../tests/data/chat_zh.png");

/// Everything that was found out.
struct Report {
    /// File names of the detection and the recognition model.
    models: [String; 2],
    /// Lanes.
    threads: usize,
    images: Vec<(String, Measurement)>,
    /// Resident bytes after the models were loaded, after the last image, and at most.
    memory: [Option<u64>; 3],
}

/// Times every image in turn and prints a table or a JSON document.
///
/// # Errors
/// When there is no engine, or an image cannot be read.
pub fn run(flags: &cli::bench::Bench, mut settings: Settings) -> Result<Exit> {
    flags.engine.apply(&mut settings.config);
    let options = engine::options(&flags.engine, &settings)?;
    let engine::Loaded { engine, lanes } = engine::loaded(&options)?;
    engine.widen();
    let loaded = memory::resident();
    let params = Params { document: Switches::default(), layout: Layout::Lines, ..settings.config.ocr.params() };
    let mut images = Vec::new();
    for (name, bytes) in images_of(&flags.files)? {
        let context = || t!("ocr_command.file", file = &name);
        let measurement = measure(&engine, &lanes, &bytes, &params, flags.rounds.get()).with_context(context)?;
        images.push((name, measurement));
    }
    let report = Report {
        models: [&options.detection, &options.recognition].map(|file| file_name(file)),
        threads: options.threads.get(),
        images,
        memory: [loaded, memory::resident(), memory::peak()],
    };
    let mut output = io::stdout().lock();
    if flags.json {
        document::print(&report, &mut output)?;
    } else {
        table::print(&report, &mut output)?;
    }
    output.flush()?;
    Ok(Exit::Done)
}

/// Name and content of every file; of the sample without any.
fn images_of(files: &[PathBuf]) -> Result<Vec<(String, Cow<'static, [u8]>)>> {
    if files.is_empty() {
        return Ok(vec![(t!("bench.sample").into_owned(), Cow::Borrowed(SAMPLE))]);
    }
    let load = |file: &PathBuf| {
        let bytes = fs::read(file).with_context(|| t!("ocr_command.file", file = file.display()))?;
        Ok((file_name(file), Cow::Owned(bytes)))
    };
    files.iter().map(load).collect()
}

fn file_name(file: &Path) -> String {
    file.file_name().unwrap_or(file.as_os_str()).to_string_lossy().into_owned()
}
