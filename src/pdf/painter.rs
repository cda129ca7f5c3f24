//! The process that draws: a PDF on standard input, messages and pages on standard output, and bounds on itself.

use std::io::{self, BufWriter, Read as _, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::codecs::bmp::BmpEncoder;
use image::{ExtendedColorType, RgbImage};
use rustix::process::{Resource, Rlimit, setrlimit};

use super::Error;
use super::canvas::Document;
use super::speech::Message;

/// The hidden verb of this process.
pub const VERB: &str = "draw-pdf";

/// Memory besides that of the pixels: the program, fonts, the unpacked streams and images of a page.
const MEMORY: u64 = 768 << 20;

/// Bytes that a pixel costs while it is drawn: four on the canvas, four while layers are laid over one another, three
/// each in the picture and in the file.
const BYTES_PER_PIXEL: u64 = 14;

/// The most a page may compute, in seconds; the one who asked loses patience before.
const CPU_SECONDS: u64 = 300;

/// The stack that a page is drawn on. Nesting that needs more ends the process.
const STACK: usize = 64 << 20;

/// What is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// At most this many pages, from the first on.
    pub pages: usize,
    /// The most pixels of a page.
    pub pixels: u64,
}

/// Reads a PDF from standard input and writes its pages to standard output.
///
/// # Errors
/// When standard input or output cannot be used: nobody listens any more.
pub fn run(order: Order) -> io::Result<()> {
    restrain(order.pixels);
    let mut bytes = Vec::new();
    io::stdin().lock().read_to_end(&mut bytes)?;
    let draw = move || draw(bytes, order, &mut BufWriter::new(io::stdout().lock()));
    let thread = std::thread::Builder::new().name("draw".to_owned()).stack_size(STACK).spawn(draw)?;
    thread.join().unwrap_or_else(|_panic| Err(io::ErrorKind::Other.into()))
}

/// Bounds what this process can take, and lets it leave no image of its memory behind: a screenshot may be in it.
///
/// Where the system does not let it, as macOS does not for memory, the one who asked still has a clock.
fn restrain(pixels: u64) {
    let exactly = |limit| Rlimit { current: Some(limit), maximum: Some(limit) };
    for (resource, limit) in
        [(Resource::Core, 0), (Resource::As, MEMORY + BYTES_PER_PIXEL * pixels), (Resource::Cpu, CPU_SECONDS)]
    {
        let _ = setrlimit(resource, exactly(limit));
    }
}

fn draw(bytes: Vec<u8>, order: Order, output: &mut impl Write) -> io::Result<()> {
    let attempt = |page, work: &dyn Fn() -> Result<RgbImage, Error>| {
        catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(Error::BrokenPage { page }))
    };
    let opened = catch_unwind(AssertUnwindSafe(|| Document::open(bytes))).unwrap_or(Err(Error::Damaged));
    let document = match opened {
        Ok(document) => document,
        Err(error) => return say(output, &Message::Failed(error)),
    };
    say(output, &Message::Opened { pages: document.pages() })?;
    for index in 0..document.pages().min(order.pages) {
        match attempt(index + 1, &|| document.draw(index, order.pixels)) {
            Ok(image) => hand_over(output, &image)?,
            Err(error) => return say(output, &Message::Failed(error)),
        }
    }
    say(output, &Message::Done)
}

fn hand_over(output: &mut impl Write, image: &RgbImage) -> io::Result<()> {
    let mut file = Vec::new();
    let (width, height) = image.dimensions();
    let encoded = BmpEncoder::new(&mut file).encode(image.as_raw(), width, height, ExtendedColorType::Rgb8);
    encoded.map_err(io::Error::other)?;
    say(output, &Message::Page { bytes: file.len() })?;
    output.write_all(&file)?;
    output.flush()
}

fn say(output: &mut impl Write, message: &Message) -> io::Result<()> {
    serde_json::to_writer(&mut *output, message)?;
    output.write_all(b"\n")?;
    output.flush()
}
