//! `jkocr ocr`: the text of images, on standard output.

use std::{
    fs,
    io::{self, IsTerminal as _, Read as _, Write as _},
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use image::{ImageFormat, RgbImage};
use indicatif::{ProgressBar, ProgressStyle};
use rust_i18n::t;

use super::{Settings, engine};
use crate::{
    cli::{self, OutputFormat},
    ocr::{
        Engine, Page, Params,
        decode::{self, decode},
        draw,
    },
    render,
    report::{self, Exit, Misuse},
};

/// An image that was read.
struct Reading {
    image: RgbImage,
    page: Page,
    decode: Duration,
}

/// Reads every file in turn; one that cannot be read is reported and does not stop the rest.
///
/// # Errors
/// When no file can be read: no models, no runtime, or nobody reads standard output any more.
pub fn run(flags: &cli::Ocr, mut settings: Settings) -> Result<Exit> {
    if flags.visualize.is_some() && flags.files.len() > 1 {
        return Err(Misuse(t!("ocr_command.visualize_one").into_owned()).into());
    }
    flags.engine.apply(&mut settings.config);
    let mut engine = engine::load(&flags.engine, &settings)?;
    let usual = settings.config.ocr.params();
    let params = Params { rec_score_thresh: flags.min_score, word_boxes: flags.word_boxes, ..usual };
    let progress = progress(flags.files.len(), settings.quiet);
    let mut exit = Exit::Done;
    for file in &flags.files {
        match read(&mut engine, &params, file).and_then(|reading| save_boxes(flags, &reading).map(|()| reading)) {
            Ok(reading) => progress.suspend(|| print(flags, file, &reading))?,
            Err(error) => exit = progress.suspend(|| report::print(&error)),
        }
        progress.inc(1);
    }
    progress.finish_and_clear();
    Ok(exit)
}

fn read(engine: &mut Engine, params: &Params, file: &Path) -> Result<Reading> {
    let context = || t!("ocr_command.file", file = file.display());
    let bytes = load(file).with_context(context)?;
    let started = Instant::now();
    let image = decode(&bytes, &decode::Limits::default()).with_context(context)?;
    let decode = started.elapsed();
    let page = engine.read(&image, params, &|| false).with_context(context)?;
    Ok(Reading { image, page, decode })
}

fn load(file: &Path) -> io::Result<Vec<u8>> {
    if file == Path::new("-") {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes)?;
        return Ok(bytes);
    }
    fs::read(file)
}

fn save_boxes(flags: &cli::Ocr, reading: &Reading) -> Result<()> {
    let Some(target) = &flags.visualize else { return Ok(()) };
    draw::beside(&reading.image, &reading.page, draw::Size::Full)
        .save_with_format(target, ImageFormat::Png)
        .with_context(|| t!("ocr_command.visualize", file = target.display()))
}

fn print(flags: &cli::Ocr, file: &Path, reading: &Reading) -> io::Result<()> {
    let mut output = io::BufWriter::new(io::stdout().lock());
    match flags.format {
        OutputFormat::Text => {
            if flags.files.len() > 1 {
                writeln!(output, "==> {} <==", file.display())?;
            }
            render::text(&reading.page, &mut output)?;
        }
        OutputFormat::Json => render::json(file, &reading.page, reading.decode, &mut output)?,
        OutputFormat::Tsv => render::tsv(file, &reading.page, &mut output)?,
    }
    output.flush()
}

/// A bar for several files, if there is a terminal to show it on and somebody wants to see it.
fn progress(files: usize, quiet: bool) -> ProgressBar {
    if quiet || files < 2 || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {eta}").expect("the template is valid");
    ProgressBar::new(files as u64).with_style(style)
}
