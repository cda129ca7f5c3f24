//! PDF: pages in as pictures, and pages out with the text that was read laid invisibly over them.
//!
//! A PDF is a program by a stranger. The interpreter cannot be told to stop, a deep enough nesting ends the stack and
//! with it the process, and a small stream unpacks to as much memory as its author likes. So pages are drawn by
//! another process of this program ([`painter`]), with bounds on its memory and time: it can be ended, and its end is
//! one message to one user.

mod canvas;
mod confinement;
mod message;
mod pages;
pub(crate) mod painter;
pub mod searchable;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::ocr::decode;

pub use pages::{DrawnPage, Pages};

/// Pixels for each point, of which an inch has 72: `PaddleX` draws at this scale (`infra/utils.py`, `read_pdf`).
pub(crate) const SCALE: f32 = 2.0;

/// The most pixels that a page is drawn with: A0 at [`SCALE`], and more than twice what the text detector looks at. A
/// larger page is drawn smaller.
pub(crate) const MOST_DRAWN: u64 = 40_000_000;

/// Where a PDF's header may be at the latest (ISO 32000-1, annex H.3, note 13).
const HEADER_WITHIN: usize = 1024;

/// What a PDF may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Only this many pages are drawn, from the first on.
    pub pages: usize,
    /// The most pixels of a page at [`SCALE`], checked before it is drawn.
    pub pixels: u64,
    /// The longest time from one page to the next.
    pub page_time: Duration,
}

impl Default for Limits {
    /// Ten pages, as in `PaddleX` (`max_num_input_imgs`).
    fn default() -> Self {
        Self { pages: 10, pixels: decode::Limits::USUAL.max_pixels, page_time: Duration::from_secs(30) }
    }
}

/// Why a PDF gives no pages, or no more of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Error {
    /// Not a PDF, or one that is damaged beyond repair.
    #[error("{}", t!("pdf.damaged"))]
    Damaged,
    /// It wants a password, or its encryption is not known.
    #[error("{}", t!("pdf.encrypted"))]
    Encrypted,
    /// It has no pages.
    #[error("{}", t!("pdf.empty"))]
    Empty,
    /// A page is larger than is allowed.
    #[error("{}", t!("pdf.large_page", page = page, width = width, height = height, limit = limit))]
    LargePage {
        /// Which one, from 1.
        page: usize,
        /// Pixels in a row.
        width: u32,
        /// Rows.
        height: u32,
        /// The most pixels of a page.
        limit: u64,
    },
    /// A page that takes more time or memory than it may, or that cannot be drawn.
    #[error("{}", t!("pdf.broken_page", page = page))]
    BrokenPage {
        /// Which one, from 1.
        page: usize,
    },
    /// The process that draws cannot be started.
    #[error("{}", t!("pdf.no_painter"))]
    NoPainter,
    /// Where this program was, there is another version of it, or none, since it was started.
    #[error("{}", t!("pdf.replaced"))]
    Replaced,
}

/// Whether a file is to be taken for a PDF, by its first bytes.
#[must_use]
pub fn is_pdf(bytes: &[u8]) -> bool {
    let start = &bytes[..bytes.len().min(HEADER_WITHIN)];
    start.windows(5).any(|window| window == b"%PDF-") && image::guess_format(bytes).is_err()
}

#[cfg(test)]
mod tests {
    use super::is_pdf;

    #[test]
    fn a_header_makes_a_pdf_unless_it_is_an_image_that_speaks_of_one() {
        assert!(is_pdf(b"%PDF-1.7\n") && is_pdf(b"\n\n%PDF-1.4"));
        assert!(!is_pdf(b"") && !is_pdf(b"%PDF") && !is_pdf(b"\x89PNG\r\n\x1a\n%PDF-"));
        assert!(!is_pdf(&[vec![b' '; 2000], b"%PDF-1.4".to_vec()].concat()));
    }
}
