//! The process that draws: a PDF on standard input, messages and pages on standard output, and bounds on itself.

use std::io::{self, BufWriter, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use super::canvas::{Document, Drawing};
use super::message::{self, Message};
use super::{Error, MOST_DRAWN, confinement};

/// The hidden verb of this process.
pub(crate) const VERB: &str = "draw-pdf";

/// The version of this program, its commit and its target.
pub(super) const BUILD: &str = env!("BUILD_VERSION");

/// Memory besides that of the pixels: the program, fonts, the unpacked streams and images of a page.
const MEMORY: u64 = 768 << 20;

/// Bytes that a pixel costs while it is drawn: four on the canvas, and four each for layers that are laid over it.
const BYTES_PER_PIXEL: u64 = 12;

/// The stack that a page is drawn on. Nesting that needs more ends the process.
const STACK: usize = 64 << 20;

/// What is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// The build of the program that asks, which must be that of the one that draws: they may speak another language.
    pub build: String,
    /// The first page, from 1.
    pub first: usize,
    /// No page behind this one.
    pub last: usize,
    /// The most pixels of a page at [`super::SCALE`].
    pub pixels: u64,
}

/// Reads a PDF from standard input and writes its pages to standard output, until that is done or standard input ends.
///
/// # Errors
/// When standard input or output cannot be used: nobody listens any more.
pub fn run(order: PageRequest) -> io::Result<()> {
    if order.build != BUILD {
        return Message::Failed(Error::Replaced).send(&mut io::stdout().lock());
    }
    confinement::restrain(MEMORY + BYTES_PER_PIXEL * order.pixels.min(MOST_DRAWN));
    let pdf = message::receive(&mut io::stdin().lock())?;
    confinement::end_with_parent()?;
    let draw = move || draw(pdf, &order, &mut BufWriter::new(io::stdout().lock()));
    let thread = thread::Builder::new().name("draw".to_owned()).stack_size(STACK).spawn(draw)?;
    thread.join().unwrap_or_else(|_panic| Err(io::ErrorKind::Other.into()))
}

fn draw(pdf: Vec<u8>, order: &PageRequest, output: &mut impl Write) -> io::Result<()> {
    let opened = catch_unwind(AssertUnwindSafe(|| Document::open(pdf))).unwrap_or(Err(Error::Damaged));
    let document = match opened {
        Ok(document) => document,
        Err(error) => return Message::Failed(error).send(output),
    };
    Message::Opened { pages: document.pages() }.send(output)?;
    for page in order.first..=document.pages().min(order.last) {
        let drawn = catch_unwind(AssertUnwindSafe(|| document.draw(page - 1, order.pixels)));
        match drawn.unwrap_or(Err(Error::BrokenPage { page })) {
            Ok(drawing) => hand_over(output, &drawing)?,
            Err(error) => return Message::Failed(error).send(output),
        }
    }
    Message::Done.send(output)
}

fn hand_over(output: &mut impl Write, drawing: &Drawing) -> io::Result<()> {
    Message::Page { width: drawing.width(), height: drawing.height() }.send(output)?;
    let mut row = Vec::with_capacity(3 * usize::from(drawing.width()));
    for pixels in drawing.rows() {
        row.clear();
        row.extend(pixels.flatten());
        output.write_all(&row)?;
    }
    output.flush()
}
