//! Who answers a request that got past the guards and limits.

mod local;
mod pdf_pages;
mod pdf_queue;
pub(crate) mod proxy;
pub(crate) mod read_header;
mod reading;

use bytes::Bytes;
use hyper::{HeaderMap, StatusCode};

use crate::api::{self, Failure, LogId};
use crate::metrics::Stages;
use crate::ocr::Page;
use crate::untrusted::Untrusted;

pub use local::{Local, Offer};
pub use proxy::Proxy;

/// Answers the bodies of `POST /ocr`: this machine's engine, or the way to another one's.
///
/// The future of an answer is dropped when the client has gone; whatever was under way must end then.
pub trait Backend: Send + Sync + 'static {
    /// Answers one request body.
    fn answer(&self, body: Bytes) -> impl Future<Output = Result<Answer, Failure>> + Send;

    /// Whether a request would be answered now.
    fn health(&self) -> impl Future<Output = Result<(), api::Error>> + Send;

    /// How many requests wait for their turn.
    fn waiting(&self) -> usize {
        0
    }

    /// How often the engine was built anew because it held too much memory.
    fn rebuilds(&self) -> u64 {
        0
    }
}

/// An answer as it goes out, and what the log may say about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// 200, or what the other server said.
    pub status: StatusCode,
    /// What the other server said about its answer; empty for this machine's own.
    pub headers: HeaderMap,
    /// JSON, byte for byte.
    pub body: Bytes,
    /// Who read the image.
    pub source: Source,
    /// The exchange's name, if it is known.
    pub log_id: Option<LogId>,
    /// Where the time went.
    pub stages: Stages,
    /// The image, if its size is known.
    pub image: Option<Image>,
    /// Why this machine read in the server's place, if it did; a name for programs.
    pub reason: Option<&'static str>,
}

/// What the log may say about an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Lines of text on it.
    pub lines: usize,
    /// Who read it.
    pub reader: ReaderNames,
}

/// Who read an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credit {
    /// The models, and what they ran on.
    pub names: ReaderNames,
    /// The machine.
    pub source: Source,
}

/// What an image was read with; names, empty where they are not known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReaderNames {
    /// The models.
    pub models: Untrusted,
    /// What they were read for.
    pub profile: Untrusted,
    /// What the models run on.
    pub engine: Untrusted,
}

impl ReaderNames {
    /// What `page` was read with.
    #[must_use]
    pub fn of(page: &Page) -> Self {
        Self {
            models: page.models.as_ref().into(),
            profile: page.params.profile.name().into(),
            engine: page.providers.to_string().as_str().into(),
        }
    }
}

/// Which machine's engine read an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// This one's.
    Local,
    /// The server's, behind the tunnel.
    Remote,
}

impl Source {
    /// The value of `X-Jkocr-Backend`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Remote => "remote",
        }
    }
}
