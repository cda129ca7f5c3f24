//! What passes between this process and the one that draws: the PDF one way, and the other way a line of JSON for each
//! message, and after that of a page its pixels.

use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize};

use super::Error;

/// Bytes of the length before the PDF, which is no more than the address space can hold.
const LENGTH: usize = size_of::<u64>();

/// What the process that draws says.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Message {
    /// The first one: how many pages the PDF has.
    Opened {
        /// All of them.
        pages: usize,
    },
    /// A page; red, green and blue of each pixel follow, row after row.
    Page {
        /// Pixels in a row.
        width: u16,
        /// Rows.
        height: u16,
    },
    /// It is not, or no longer, possible.
    Failed(Error),
    /// That was all.
    Done,
}

impl Message {
    /// Writes it.
    ///
    /// # Errors
    /// Those of `output`.
    pub fn send(&self, output: &mut impl Write) -> io::Result<()> {
        serde_json::to_writer(&mut *output, self)?;
        output.write_all(b"\n")?;
        output.flush()
    }
}

/// What is sent before a PDF of `length` bytes. The PDF has no other end: the pipe stays open for as long as somebody
/// waits for its pages.
pub fn announce(length: usize) -> [u8; LENGTH] {
    (length as u64).to_le_bytes()
}

/// A PDF that was announced.
///
/// # Errors
/// Those of `input`, also if it ends before the PDF does.
pub fn receive(input: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut length = [0; LENGTH];
    input.read_exact(&mut length)?;
    let length = u64::from_le_bytes(length);
    // What is announced is not allocated before it is there.
    let mut pdf = Vec::new();
    input.take(length).read_to_end(&mut pdf)?;
    if pdf.len() as u64 == length { Ok(pdf) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}
