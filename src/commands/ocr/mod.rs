//! `jkocr ocr`: the text of images and PDFs, on standard output, in files, or laid over their pages.

mod batch;
mod boxes;
mod delivery;
mod heic;
mod searchable;
mod source;
mod via;
mod worklist;

use std::io::{self, IsTerminal as _};
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use anyhow::{Context as _, Error, Result};
use indicatif::{ProgressBar, ProgressStyle};

use super::{Settings, wiring::engine};
use crate::{
    backend,
    cli::{self, OutputFormat},
    clipboard,
    ocr::{Layout, Page, Params},
    paths,
    report::{self, Exit, Misuse},
};
use batch::{OutputPiece, PieceSender};
use searchable::Searchable;
use source::{PendingImages, SourceImage};
use worklist::{WorkItem, Worklist};

/// The most files that are read at a time unless somebody wants more: each is an image in memory.
const MOST_JOBS: usize = 4;

/// What stands for the clipboard where files are named: no file can be called so.
const CLIPBOARD: &str = "\0clipboard";

/// An image or a page, and what was read on it.
struct ReadImage {
    image: SourceImage,
    page: Page,
    by: backend::Credit,
}

/// Whoever reads.
enum PageReader {
    Here(engine::LoadedEngine),
    Server(via::ViaServer),
}

/// What every file is read with.
struct BatchReader<'f> {
    flags: &'f cli::Ocr,
    engine: PageReader,
    params: Params,
    /// Whether the text of each file is preceded by its name.
    has_headings: bool,
    /// The one PDF that all pages go into.
    book: Option<Mutex<Searchable>>,
}

/// Reads every file; one that cannot be read is reported and does not stop the rest.
///
/// # Errors
/// When no file can be read: no models, no runtime, or nobody reads standard output any more; when the PDF that is
/// asked for cannot be written.
pub fn run(flags: &cli::Ocr, mut settings: Settings) -> Result<Exit> {
    if flags.visualize.is_some() && flags.files.len() > 1 {
        return Err(Misuse(t!("ocr_command.visualize_one").into_owned()).into());
    }
    if let Some(target) = &flags.visualize {
        boxes::format(target)?;
    }
    let Worklist { items, is_batch } = Worklist::of(flags)?;
    let (done, items): (Vec<_>, Vec<_>) = items.into_iter().partition(worklist::is_done);
    let book = book(flags, &items)?;
    let quiet = settings.quiet;
    flags.engine.apply(&mut settings.config);
    let started = Instant::now();
    let mut outcome = FileOutcome::default();
    // What is done needs no models.
    if !items.is_empty() {
        let reader = BatchReader::new(flags, &settings, items.len(), book)?;
        let progress = progress(items.len(), quiet);
        outcome = reader.read_all(&items, &progress)?;
        progress.finish_and_clear();
        if let Some(book) = reader.book {
            book.into_inner().unwrap_or_else(PoisonError::into_inner).save()?;
        }
    } else if done.is_empty() {
        if !quiet {
            report::tell(&nothing_found(flags));
        }
        return Ok(Exit::Done);
    }
    if flags.copy {
        clipboard::put(&outcome.text)?;
        if !quiet {
            report::tell(&t!("ocr_command.copied"));
        }
    }
    if is_batch && !quiet {
        report::tell(&summary(items.len() - outcome.failed, done.len(), outcome.failed, started));
    }
    Ok(outcome.exit)
}

/// What is said when the folders that were named hold nothing.
fn nothing_found(flags: &cli::Ocr) -> String {
    let folders = crate::wording::list(flags.files.iter().map(|folder| format!("`{}`", source::name(folder))));
    if flags.recursive {
        t!("ocr_command.nothing_found", folders = folders)
    } else {
        t!("ocr_command.nothing_found_below", folders = folders)
    }
    .into_owned()
}

/// How it went.
struct FileOutcome {
    exit: Exit,
    failed: usize,
    /// All that was printed, if it is to be copied.
    text: String,
}

impl Default for FileOutcome {
    fn default() -> Self {
        Self { exit: Exit::Done, failed: 0, text: String::new() }
    }
}

/// Where the one searchable PDF goes, if one is asked for.
fn book(flags: &cli::Ocr, items: &[WorkItem]) -> Result<Option<Mutex<Searchable>>> {
    match (flags.format, &flags.output) {
        (OutputFormat::SearchablePdf, None) => Err(Misuse(t!("ocr_command.output_needed").into_owned()).into()),
        (OutputFormat::SearchablePdf, Some(target)) if items.iter().all(|item| item.target.is_none()) => {
            Ok(Some(Mutex::new(Searchable::new(target))))
        }
        _ => Ok(None),
    }
}

/// The line at the end.
fn summary(read: usize, done: usize, failed: usize, started: Instant) -> String {
    let took = crate::log::duration(started.elapsed().as_millis() as u64);
    let mut parts = vec![t!("ocr_command.read_count", count = read)];
    if done > 0 {
        parts.push(t!("ocr_command.done_count", count = done));
    }
    if failed > 0 {
        parts.push(t!("ocr_command.failed_count", count = failed));
    }
    t!("ocr_command.summary", counts = crate::wording::list(&parts), took = took).into_owned()
}

impl<'f> BatchReader<'f> {
    fn new(flags: &'f cli::Ocr, settings: &Settings, files: usize, book: Option<Mutex<Searchable>>) -> Result<Self> {
        let engine = match &flags.via {
            Some(address) => PageReader::Server(via::ViaServer::find(address, flags, settings)?),
            None => PageReader::Here(engine::load(&flags.engine, settings)?),
        };
        let usual = settings.config.ocr.params();
        // Over a page, and in a table, each line stands in its own box.
        let layout = match flags.format {
            OutputFormat::SearchablePdf | OutputFormat::Cells => Layout::Lines,
            _ => usual.layout,
        };
        let usual = Params { layout, ..usual };
        let params = Params { rec_score_thresh: flags.min_score, word_boxes: flags.word_boxes, ..usual };
        Ok(Self { flags, engine, params, has_headings: files > 1, book })
    }

    /// How many files are read at a time.
    fn jobs(&self) -> NonZeroUsize {
        if self.book.is_some() || self.flags.visualize.is_some() {
            return NonZeroUsize::MIN;
        }
        let usual = match &self.engine {
            PageReader::Here(loaded) => loaded.lanes.count().get().min(MOST_JOBS),
            PageReader::Server(_) => MOST_JOBS,
        };
        self.flags.jobs.or(NonZeroUsize::new(usual)).unwrap_or(NonZeroUsize::MIN)
    }

    fn read_all(&self, items: &[WorkItem], progress: &ProgressBar) -> io::Result<FileOutcome> {
        let mut outcome = FileOutcome::default();
        let mut last_failed = None;
        let tell = |number, piece| {
            progress.suspend(|| match piece {
                OutputPiece::Text(text) => {
                    if self.flags.copy {
                        outcome.text += &String::from_utf8_lossy(&text);
                    }
                    delivery::print(&text)
                }
                OutputPiece::Note(note) => {
                    report::tell(&note);
                    Ok(())
                }
                OutputPiece::Failed(error) => {
                    outcome.exit = report::print(&error);
                    outcome.failed += usize::from(last_failed.replace(number) != Some(number));
                    Ok(())
                }
            })
        };
        batch::run(items, self.jobs(), |item, output| self.read_item(item, output), tell, || progress.inc(1))?;
        Ok(outcome)
    }

    /// Reads the image or the pages of a file, as far as that goes.
    fn read_item(&self, item: &WorkItem, output: &PieceSender) {
        let name = source::name(&item.file);
        let read = match &item.target {
            Some(target) => self.read_into(&item.file, target, output),
            None => self.read(&item.file, &mut |read| {
                self.deliver(&item.file, &read, output)?;
                // Somebody has the text by then, whatever becomes of the picture.
                self.save_boxes(&read)
            }),
        };
        if let Err(error) = read {
            // A closed output ends the rest by itself.
            let context = if item.file == Path::new(CLIPBOARD) {
                t!("ocr_command.clipboard_unreadable")
            } else {
                t!("ocr_command.file", file = name)
            };
            let error = if error.is::<boxes::Unwritable>() { error } else { error.context(context) };
            let _ = output.put(OutputPiece::Failed(error));
        }
    }

    /// Reads a file and writes what it says to `target`, whole or not at all.
    fn read_into(&self, file: &Path, target: &Path, output: &PieceSender) -> Result<()> {
        let mut book = (self.flags.format == OutputFormat::SearchablePdf).then(|| Searchable::new(target));
        let mut text = Vec::new();
        self.read_with(file, &mut |event| {
            match (event, &mut book) {
                (FileEvent::Pdf(bytes), Some(book)) => book.begin_pdf(bytes),
                (FileEvent::Read(read), Some(book)) => book.add(&read),
                (FileEvent::Read(read), None) => {
                    self.note_blank(file, &read, output)?;
                    delivery::render(self.flags.format, file, &read, &mut text)?;
                }
                (FileEvent::Pdf(_), None) => {}
            }
            Ok(())
        })?;
        let folder = target.parent().unwrap_or(Path::new("."));
        let unwritable = || t!("ocr_command.visualize", file = target.display());
        std::fs::create_dir_all(folder).with_context(unwritable)?;
        match book {
            Some(book) => book.save(),
            None => paths::replace(target, 0o600, &text).with_context(unwritable),
        }
    }

    fn read(&self, file: &Path, take: &mut dyn FnMut(ReadImage) -> Result<()>) -> Result<()> {
        self.read_with(file, &mut |event| match event {
            FileEvent::Read(read) => take(*read),
            FileEvent::Pdf(bytes) => {
                if let Some(book) = &self.book {
                    book.lock().unwrap_or_else(PoisonError::into_inner).begin_pdf(bytes);
                }
                Ok(())
            }
        })
    }

    fn read_with(&self, file: &Path, take: &mut dyn FnMut(FileEvent) -> Result<()>) -> Result<()> {
        let bytes = if file == Path::new(CLIPBOARD) { clipboard::picture()?.into() } else { source::load(file)? };
        let bytes = heic::readable(bytes)?;
        let mut source = PendingImages::open(bytes.clone(), self.flags.max_pages)?;
        if let PendingImages::Pdf(_) = &source {
            take(FileEvent::Pdf(bytes))?;
        }
        while let Some(image) = source.next()? {
            let started = Instant::now();
            let (page, by) = self.engine.read(&image, &self.params)?;
            tracing::info!(
                models = by.names.models.as_str(),
                profile = by.names.profile.as_str(),
                engine = by.names.engine.as_str(),
                backend = by.source.name(),
                width = page.width,
                height = page.height,
                lines = page.lines.len(),
                ms = started.elapsed().as_millis() as u64,
                "picture-read"
            );
            take(FileEvent::Read(Box::new(ReadImage { image, page, by })))?;
        }
        Ok(())
    }

    fn deliver(&self, file: &Path, read: &ReadImage, output: &PieceSender) -> Result<()> {
        if let Some(book) = &self.book {
            book.lock().unwrap_or_else(PoisonError::into_inner).add(read);
            return Ok(());
        }
        let mut text = Vec::new();
        if self.flags.format == OutputFormat::Text && (self.has_headings || read.image.page.is_some()) {
            delivery::heading(file, read, &mut text)?;
        }
        delivery::render(self.flags.format, file, read, &mut text)?;
        output.put(OutputPiece::Text(text)).map_err(Error::from)?;
        self.note_blank(file, read, output)
    }

    /// Says that there was nothing to print, to somebody who would wonder.
    fn note_blank(&self, file: &Path, read: &ReadImage, output: &PieceSender) -> Result<()> {
        if read.page.lines.iter().all(|line| line.text.is_empty()) && self.flags.format == OutputFormat::Text {
            let note = t!("ocr_command.no_text", file = delivery::name(file, read));
            output.put(OutputPiece::Note(note.into_owned()))?;
        }
        Ok(())
    }

    fn save_boxes(&self, read: &ReadImage) -> Result<()> {
        match &self.flags.visualize {
            Some(target) => boxes::save(target, read),
            None => Ok(()),
        }
    }
}

impl PageReader {
    fn read(&self, image: &SourceImage, params: &Params) -> Result<(Page, backend::Credit)> {
        match self {
            Self::Here(loaded) => {
                let page = loaded.read(Arc::clone(&image.pixels), params)?;
                let by = backend::Credit { names: backend::ReaderNames::of(&page), source: backend::Source::Local };
                Ok((page, by))
            }
            Self::Server(server) => {
                let (page, reader) = server.read(image, params)?;
                Ok((page, backend::Credit { names: reader, source: backend::Source::Remote }))
            }
        }
    }
}

/// What is met in a file.
enum FileEvent {
    /// It is a PDF, with these bytes.
    Pdf(bytes::Bytes),
    /// An image of it was read.
    Read(Box<ReadImage>),
}

/// A bar for several files, if there is a terminal to show it on and somebody wants to see it.
fn progress(files: usize, quiet: bool) -> ProgressBar {
    if quiet || files < 2 || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {eta}").expect("the template is valid");
    let progress = ProgressBar::new(files as u64).with_style(style);
    progress.tick();
    progress
}
