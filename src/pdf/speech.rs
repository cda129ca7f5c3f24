//! What the process that draws says: a line of JSON for each message, and after that of a page the page itself.

use serde::{Deserialize, Serialize};

use super::Error;

/// One message.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Message {
    /// The first one: how many pages the PDF has.
    Opened {
        /// All of them.
        pages: usize,
    },
    /// A page, `bytes` of a BMP, follows.
    Page {
        /// How many.
        bytes: usize,
    },
    /// It is not, or no longer, possible.
    Failed(Error),
    /// That was all.
    Done,
}
