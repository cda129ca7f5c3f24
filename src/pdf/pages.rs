//! The pages of a PDF, drawn by another process, one at a time.

use std::path::PathBuf;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use tokio::runtime::Handle;
use tokio::time::timeout;

use super::speech::Message;
use super::{Error, Limits, painter};

/// A line of the process is not longer than this.
const LONGEST_LINE: u64 = 4096;

/// Bytes of a BMP besides its pixels, and of the padding of its longest column.
const BMP_EXTRA: u64 = 1 << 20;

/// A page as an image file, a BMP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// Which one, from 1.
    pub number: usize,
    /// The file.
    pub file: Vec<u8>,
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
    /// Starts to draw `pdf`. The next page is drawn while the one before is read; the process waits then.
    ///
    /// # Errors
    /// [`Error::NoPainter`]; [`Error::Damaged`], [`Error::Encrypted`], [`Error::Empty`].
    pub async fn of(pdf: Vec<u8>, limits: Limits) -> Result<Self, Error> {
        let mut painter = command(limits).spawn().map_err(|error| {
            tracing::error!(%error, "cannot start the process that draws PDF pages");
            Error::NoPainter
        })?;
        let (Some(mut input), Some(output)) = (painter.stdin.take(), painter.stdout.take()) else {
            return Err(Error::NoPainter);
        };
        // Ends by itself when the process does.
        tokio::spawn(async move { input.write_all(&pdf).await });
        let painter = Painter { child: Some(painter), runtime: Handle::current() };
        let mut pages = Self { _painter: painter, output: BufReader::new(output), limits, total: 0, drawn: 0 };
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
    pub fn total(&self) -> usize {
        self.total
    }

    /// The next page; `None` after the last one.
    ///
    /// # Errors
    /// [`Error::LargePage`]; [`Error::BrokenPage`] also if it took too long. Nothing comes after an error.
    pub async fn next(&mut self) -> Result<Option<Sheet>, Error> {
        let number = self.drawn + 1;
        let broken = Error::BrokenPage { page: number };
        match self.hear().await {
            Some(Message::Page { bytes }) if bytes as u64 <= 4 * self.limits.pixels + BMP_EXTRA => {
                let mut file = vec![0; bytes];
                let read = timeout(self.limits.page_time, self.output.read_exact(&mut file)).await;
                read.map_err(|_| broken)?.map_err(|_| broken)?;
                self.drawn = number;
                Ok(Some(Sheet { number, file }))
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
            tracing::warn!(page = self.drawn + 1, "drawing a PDF page takes too long");
        }
        serde_json::from_str(&line).ok()
    }
}

/// The process that draws, for as long as somebody waits for its pages.
struct Painter {
    child: Option<Child>,
    runtime: Handle,
}

impl Drop for Painter {
    fn drop(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        let _ = child.start_kill();
        // Left alone, its entry in the table of processes might stay until the next one ends.
        self.runtime.spawn(async move { child.wait().await });
    }
}

fn command(limits: Limits) -> Command {
    let mut command = Command::new(program());
    command
        .arg(painter::VERB)
        .args(["--pages", &limits.pages.to_string(), "--pixels", &limits.pixels.to_string()])
        // It has to know nothing, and what a library of it says may be of the document.
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    command
}

/// This program, also when its file has been replaced by a newer one since it was started.
fn program() -> PathBuf {
    if cfg!(target_os = "linux") {
        return PathBuf::from("/proc/self/exe");
    }
    std::env::current_exe().unwrap_or_else(|_| PathBuf::from("jkocr"))
}
