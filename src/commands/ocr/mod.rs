//! `jkocr ocr`: the text of images and PDFs, on standard output or laid over their pages.

mod searchable;
mod source;

use std::{
    io::{self, IsTerminal as _, Write as _},
    path::Path,
    sync::Arc,
    time::Instant,
};

use anyhow::{Context as _, Result};
use image::ImageFormat;
use indicatif::{ProgressBar, ProgressStyle};

use super::{Settings, wiring::engine};
use crate::{
    cli::{self, OutputFormat},
    ocr::{ENGINE, Layout, Page, Params, draw},
    render,
    report::{self, Exit, Misuse},
    untrusted::Untrusted,
};
use searchable::Searchable;
use source::{PendingImages, SourceImage};

/// An image or a page, and what was read on it.
struct ReadImage {
    image: SourceImage,
    page: Page,
}

/// What every file is read with.
struct Reader<'f> {
    flags: &'f cli::Ocr,
    engine: engine::LoadedEngine,
    params: Params,
    progress: ProgressBar,
    searchable: Option<Searchable>,
}

/// Reads every file in turn; one that cannot be read is reported and does not stop the rest.
///
/// # Errors
/// When no file can be read: no models, no runtime, or nobody reads standard output any more; when the PDF that is
/// asked for cannot be written.
pub fn run(flags: &cli::Ocr, mut settings: Settings) -> Result<Exit> {
    if flags.visualize.is_some() && flags.files.len() > 1 {
        return Err(Misuse(t!("ocr_command.visualize_one").into_owned()).into());
    }
    let searchable = searchable(flags)?;
    flags.engine.apply(&mut settings.config);
    let engine = engine::load(&flags.engine, &settings)?;
    let usual = settings.config.ocr.params();
    // Over a page, and in a table, each line stands in its own box.
    let layout = match flags.format {
        OutputFormat::SearchablePdf | OutputFormat::Cells => Layout::Lines,
        _ => usual.layout,
    };
    let usual = Params { layout, ..usual };
    let params = Params { rec_score_thresh: flags.min_score, word_boxes: flags.word_boxes, ..usual };
    let progress = progress(flags.files.len(), settings.quiet);
    let mut reader = Reader { flags, engine, params, progress, searchable };
    let mut exit = Exit::Done;
    for file in &flags.files {
        if let Some(failed) = reader.read_file(file)? {
            exit = failed;
        }
        reader.progress.inc(1);
    }
    reader.progress.finish_and_clear();
    reader.searchable.map_or(Ok(()), Searchable::save)?;
    Ok(exit)
}

/// Where the searchable PDF goes, if one is asked for.
fn searchable(flags: &cli::Ocr) -> Result<Option<Searchable>> {
    match (flags.format, &flags.output) {
        (OutputFormat::SearchablePdf, Some(target)) => Ok(Some(Searchable::new(target))),
        (OutputFormat::SearchablePdf, None) => Err(Misuse(t!("ocr_command.output_needed").into_owned()).into()),
        (_, Some(_)) => Err(Misuse(t!("ocr_command.output_unused").into_owned()).into()),
        (_, None) => Ok(None),
    }
}

impl Reader<'_> {
    /// Reads the image or the pages of `file` and passes them on; the exit code if one of them could not be read.
    fn read_file(&mut self, file: &Path) -> io::Result<Option<Exit>> {
        let context = || t!("ocr_command.file", file = file.display());
        let mut source = match self.open(file).with_context(context) {
            Ok(source) => source,
            Err(error) => return Ok(Some(self.report(&error))),
        };
        loop {
            match self.read_next(&mut source).with_context(context) {
                Ok(Some(read)) => self.deliver(file, &read)?,
                Ok(None) => return Ok(None),
                Err(error) => return Ok(Some(self.report(&error))),
            }
        }
    }

    fn open(&mut self, file: &Path) -> Result<PendingImages> {
        let bytes = source::load(file)?;
        let source = PendingImages::open(bytes.clone(), self.flags.max_pages)?;
        if let (Some(searchable), PendingImages::Pdf(_)) = (&mut self.searchable, &source) {
            searchable.begin_pdf(bytes);
        }
        Ok(source)
    }

    fn read_next(&mut self, source: &mut PendingImages) -> Result<Option<ReadImage>> {
        let Some(image) = source.next()? else { return Ok(None) };
        let started = Instant::now();
        let page = self.engine.read(Arc::clone(&image.pixels), &self.params)?;
        tracing::info!(
            models = &*page.models,
            profile = page.params.profile.name(),
            engine = ENGINE,
            backend = "local",
            width = page.width,
            height = page.height,
            lines = page.lines.len(),
            ms = started.elapsed().as_millis() as u64,
            "picture-read"
        );
        let read = ReadImage { image, page };
        save_boxes(self.flags, &read)?;
        Ok(Some(read))
    }

    fn deliver(&mut self, file: &Path, read: &ReadImage) -> io::Result<()> {
        match &mut self.searchable {
            Some(searchable) => {
                searchable.add(read);
                Ok(())
            }
            None => self.progress.suspend(|| print(self.flags, file, read)),
        }
    }

    fn report(&self, error: &anyhow::Error) -> Exit {
        self.progress.suspend(|| report::print(error))
    }
}

fn save_boxes(flags: &cli::Ocr, ReadImage { image, page }: &ReadImage) -> Result<()> {
    let Some(target) = &flags.visualize else { return Ok(()) };
    if image.page.is_some_and(|page| page > 1) {
        return Err(Misuse(t!("ocr_command.visualize_one").into_owned()).into());
    }
    draw::side_by_side(&image.pixels, page, draw::Size::Full)
        .save_with_format(target, ImageFormat::Png)
        .with_context(|| t!("ocr_command.visualize", file = target.display()))
}

fn print(flags: &cli::Ocr, file: &Path, ReadImage { image, page }: &ReadImage) -> io::Result<()> {
    let mut output = io::BufWriter::new(io::stdout().lock());
    // A page is named as in an address (RFC 8118).
    let name = match image.page {
        Some(page) => format!("{}#page={page}", file.display()),
        None => file.display().to_string(),
    };
    match flags.format {
        OutputFormat::Text => {
            if flags.files.len() > 1 || image.page.is_some() {
                writeln!(output, "==> {} <==", Untrusted::new(&name))?;
            }
            render::text(page, &mut output)?;
        }
        OutputFormat::Json => render::json(Path::new(&name), page, image.decode, &mut output)?,
        OutputFormat::Tsv => render::tsv(Path::new(&name), page, &mut output)?,
        OutputFormat::Cells => render::cells(page, &mut output)?,
        OutputFormat::SearchablePdf => {}
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
