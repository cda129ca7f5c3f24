//! `jkocr bench`: where the time goes on this machine.

mod document;
pub(super) mod pictures;
mod table;

use std::io::{self, Write as _};

use anyhow::{Context as _, Result};

use super::Settings;
use super::wiring::engine;
use crate::bench::{Measurement, Repetition, measure};
use crate::ocr::{Layout, Params, Providers, Switches};
use crate::report::Exit;
use crate::{cli, memory};
use pictures::NamedPicture;

/// Everything that was found out.
struct BenchReport {
    /// File names of the detection and the recognition model.
    models: [String; 2],
    /// What computes them.
    engine: Providers,
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
    let engine::LoadedEngine { engine, lanes } = engine::loaded(&options)?;
    engine.widen();
    let loaded = memory::resident();
    let params = Params { document: Switches::default(), layout: Layout::Lines, ..settings.config.ocr.params() };
    let effort = Repetition { rounds: flags.rounds, at_most: flags.at_most.0 };
    let mut images = Vec::new();
    for (name, bytes) in pictures_of(flags)? {
        let context = || t!("ocr_command.file", file = &name);
        let measurement = measure(&engine, &lanes, &bytes, &params, effort).with_context(context)?;
        images.push((name, measurement));
    }
    let report = BenchReport {
        models: [&options.detection, &options.recognition].map(|file| pictures::file_name(file)),
        engine: engine.providers(params.profile),
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

fn pictures_of(flags: &cli::bench::Bench) -> Result<Vec<NamedPicture>> {
    match flags {
        cli::bench::Bench { samples: true, .. } => pictures::samples(),
        cli::bench::Bench { files, .. } if files.is_empty() => Ok(vec![pictures::sample()]),
        cli::bench::Bench { files, .. } => pictures::of_files(files),
    }
}
