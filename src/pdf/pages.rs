//! The pages of a PDF, drawn by another process, one at a time.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::process::Stdio;

use bytes::Bytes;
use image::RgbImage;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::message::{self, Message};
use super::{Error, Limits, MOST_DRAWN, painter};

/// A line of the process is not longer than this.
const LONGEST_LINE: u64 = 4096;

/// A page as it was drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct DrawnPage {
    /// Which one, from 1.
    pub number: usize,
    /// 8-bit RGB, as large as the page at the resolution it was drawn with.
    pub image: RgbImage,
}

/// The pages yet to come. Dropping it ends the process that draws them.
pub struct Pages {
    _painter: Painter,
    output: BufReader<ChildStdout>,
    limits: Limits,
    total: usize,
    drawn: usize,
}

impl Pages {
    /// Starts to draw `pdf` from page `first` on, counted from 1. The next page is drawn while the one before is read; the
    /// process waits then.
    ///
    /// # Errors
    /// [`Error::NoPainter`], [`Error::Replaced`]; [`Error::Damaged`], [`Error::Encrypted`], [`Error::Empty`].
    pub async fn open(pdf: Bytes, first: usize, limits: Limits) -> Result<Self, Error> {
        let mut child = command(first, limits).spawn().map_err(|error| {
            tracing::error!(%error, "painter-failed");
            if error.kind() == ErrorKind::NotFound { Error::Replaced } else { Error::NoPainter }
        })?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(Error::NoPainter);
        };
        let painter = Painter { child: Some(child), runtime: Handle::current(), input: tokio::spawn(feed(input, pdf)) };
        let output = BufReader::new(output);
        let mut pages = Self { _painter: painter, output, limits, total: 0, drawn: first - 1 };
        match pages.hear().await {
            Some(Message::Opened { pages: total }) => pages.total = total,
            Some(Message::Failed(error)) => return Err(error),
            // It died over the structure of the file.
            _ => return Err(Error::Damaged),
        }
        Ok(pages)
    }

    /// How many pages the PDF has, those beyond the limit included.
    #[must_use]
    pub(crate) fn total(&self) -> usize {
        self.total
    }

    /// The next page; `None` after the last one.
    ///
    /// # Errors
    /// [`Error::LargePage`]; [`Error::BrokenPage`] also if it took too long. Nothing comes after an error.
    pub async fn next(&mut self) -> Result<Option<DrawnPage>, Error> {
        let number = self.drawn + 1;
        let broken = Error::BrokenPage { page: number };
        match self.hear().await {
            Some(Message::Page { width, height }) if u64::from(width) * u64::from(height) <= MOST_DRAWN => {
                let mut image = RgbImage::new(width.into(), height.into());
                let read = timeout(self.limits.page_time, self.output.read_exact(&mut image)).await;
                read.map_err(|_| broken)?.map_err(|_| broken)?;
                self.drawn = number;
                Ok(Some(DrawnPage { number, image }))
            }
            Some(Message::Done) => Ok(None),
            Some(Message::Failed(error)) => Err(error),
            _ => Err(broken),
        }
    }

    /// The next message; `None` if there is none within the time for a page.
    async fn hear(&mut self) -> Option<Message> {
        let mut line = String::new();
        let mut bounded = (&mut self.output).take(LONGEST_LINE);
        let heard = timeout(self.limits.page_time, bounded.read_line(&mut line)).await;
        if !matches!(heard, Ok(Ok(_))) {
            tracing::warn!(page = self.drawn + 1, "page-slow");
        }
        serde_json::from_str(&line).ok()
    }
}

/// Sends the PDF. The pipe is handed back open: it is cut when nobody wants its pages any more.
async fn feed(mut input: ChildStdin, pdf: Bytes) -> ChildStdin {
    // If this fails, the process has ended, which is seen at its other end.
    if input.write_all(&message::announce(pdf.len())).await.is_ok() {
        let _ = input.write_all(&pdf).await;
    }
    input
}

/// The process that draws, for as long as somebody waits for its pages.
struct Painter {
    child: Option<Child>,
    runtime: Handle,
    input: JoinHandle<ChildStdin>,
}

impl Drop for Painter {
    fn drop(&mut self) {
        self.input.abort();
        let Some(mut child) = self.child.take() else { return };
        let _ = child.start_kill();
        // Left alone, its entry in the table of processes might stay until the next one ends.
        self.runtime.spawn(async move { child.wait().await });
    }
}

fn command(first: usize, limits: Limits) -> Command {
    let mut command = Command::new(program());
    command
        .arg(painter::VERB)
        .args(["--build", painter::BUILD])
        .args(["--first", &first.to_string(), "--last", &limits.pages.to_string()])
        .args(["--pixels", &limits.pixels.to_string()])
        // It has to know nothing, and what a library of it says may be of the document.
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    command
}

/// This program, on Linux also when its file has been replaced by a newer one since it was started. Elsewhere that one
/// would be started, and says that it is not the one that was meant.
fn program() -> PathBuf {
    if cfg!(target_os = "linux") {
        return PathBuf::from("/proc/self/exe");
    }
    std::env::current_exe().unwrap_or_else(|_| PathBuf::from("jkocr"))
}
