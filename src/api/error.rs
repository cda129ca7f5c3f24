//! Everything that can keep a request from its texts, and the HTTP status of each.

use std::time::Duration;

use super::LogId;
use crate::pdf;

/// Why a request is not answered with texts. Its words are in `message.rs`.
#[derive(Debug, Clone, PartialEq)]
pub enum Error {
    // What HTTP itself asks for.
    /// The bytes on the connection are not HTTP.
    NotHttp,
    /// No `Host`, or two of them.
    NoHost,
    /// The address and the header are longer than the server reads.
    LongHeader,
    /// The header did not arrive in time.
    SlowHeader,
    /// The body did not arrive in time.
    SlowBody,
    /// The connection ended within the body.
    CutBody,
    /// A `POST` that says neither how long its body is nor that it comes in chunks.
    NoLength,
    /// The body is larger than `limit` bytes.
    LongBody {
        /// The most bytes a body may have.
        limit: u64,
    },
    /// `Content-Type` is not JSON, or the body is compressed.
    NotJsonType,

    // Where and by whom.
    /// No such route.
    NotFound,
    /// `/ocr` with another method than `POST`.
    PostOnly,
    /// Another route with another method than `GET`.
    GetOnly,
    /// The request was made for another host: DNS rebinding, or a name the owner has not allowed.
    ForeignHost,
    /// The request comes from a web page.
    ForeignOrigin,
    /// The bearer token is missing or wrong.
    NoToken,

    // What the body says.
    /// Not JSON.
    NotJson,
    /// JSON, but no object.
    NotObject,
    /// `file` is missing, null, blank or no string.
    NoFile,
    /// `file` is an address: nothing is fetched.
    FileIsUrl,
    /// `file` is not standard, padded base64.
    NotBase64,
    /// `file` is base64 of no bytes.
    EmptyFile,
    /// `fileType` is neither 0, 1 nor null.
    FileType,
    /// A PDF, and `fileType` says that it is an image.
    Pdf,
    /// `fileType` says that it is a PDF, and it is not.
    NotPdf,
    /// A switch is neither a boolean nor null.
    NotBoolean {
        /// The field.
        field: &'static str,
    },
    /// Not a number.
    NotNumber {
        /// The field.
        field: &'static str,
    },
    /// Not a whole number.
    NotInteger {
        /// The field.
        field: &'static str,
    },
    /// A number outside of what the field can mean.
    OutOfRange {
        /// The field.
        field: &'static str,
        /// The range, as text: `[0.0, 1.0]`.
        range: &'static str,
    },
    /// `textDetLimitType` is none of the three.
    LimitType,
    /// `profile` is neither of the two.
    Profile,
    /// `readingOrder` is neither of the two.
    ReadingOrder,
    /// `layout` is none of the three.
    Layout,
    /// A document switch is on, and its model is not installed, or damaged.
    NoDocumentModel {
        /// The field.
        field: &'static str,
    },

    // What the image is.
    /// HEIC, HEIF or AVIF.
    Heic {
        /// Which of them.
        name: &'static str,
    },
    /// No image, or none of a format that is read.
    NotImage,
    /// More pixels than the server decodes.
    TooManyPixels {
        /// As the file says.
        width: u32,
        /// As the file says.
        height: u32,
        /// The most pixels.
        limit: u64,
    },
    /// An image that cannot be decoded.
    Damaged,
    /// A PDF whose pages cannot be had; never [`pdf::Error::LargePage`], which is [`Error::TooManyPixels`].
    UnusablePdf(pdf::Error),

    // What the service can do now.
    /// The server cannot be reached, and this machine does not read instead.
    NoPath {
        /// Why, as one sentence in the language of the service.
        reason: String,
    },
    /// The models are being loaded.
    Loading,
    /// The models cannot be loaded.
    NoEngine,
    /// All places in the queue are taken.
    Busy {
        /// When there may be a place.
        retry_after: Duration,
    },
    /// The bodies of other requests take all the memory that is set aside for them.
    NoMemory,
    /// More connections than the server keeps.
    TooManyConnections,
    /// Not read within the time for it.
    TimedOut {
        /// That time.
        after: Duration,
    },
    /// The service is about to end.
    Stopping,
    /// Reading this image failed.
    Unreadable,
    /// A fault of our own.
    Internal,
}

impl Error {
    /// The HTTP status, which is the `errorCode` too.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::NoToken => 401,
            Self::ForeignOrigin => 403,
            Self::NotFound => 404,
            Self::PostOnly | Self::GetOnly => 405,
            Self::SlowHeader | Self::SlowBody => 408,
            Self::NoLength => 411,
            Self::LongBody { .. } => 413,
            Self::NotJsonType => 415,
            Self::ForeignHost => 421,
            Self::LongHeader => 431,
            Self::Unreadable | Self::Internal | Self::UnusablePdf(pdf::Error::NoPainter) => 500,
            Self::NoPath { .. }
            | Self::Loading
            | Self::NoEngine
            | Self::Busy { .. }
            | Self::NoMemory
            | Self::TooManyConnections
            | Self::Stopping => 503,
            Self::TimedOut { .. } => 504,
            _ => 400,
        }
    }

    /// When to ask again, for those that pass by themselves.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Busy { retry_after } => Some(*retry_after),
            Self::Loading | Self::NoMemory | Self::TooManyConnections | Self::Stopping => Some(Duration::from_secs(2)),
            _ => None,
        }
    }

    /// Whether a user of Bob meets it in ordinary use: a large or odd image, a busy or a starting service.
    ///
    /// Bob shows such a message best when it comes with HTTP 200.
    #[must_use]
    pub fn is_ordinary(&self) -> bool {
        match self {
            Self::LongBody { .. }
            | Self::Pdf
            | Self::NoDocumentModel { .. }
            | Self::Heic { .. }
            | Self::NotImage
            | Self::TooManyPixels { .. }
            | Self::Damaged
            | Self::NotPdf
            | Self::UnusablePdf(_) => true,
            error => error.status() >= 500,
        }
    }

    /// A short name for logs and metrics.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::NotHttp => "not_http",
            Self::NoHost => "no_host",
            Self::LongHeader => "long_header",
            Self::SlowHeader => "slow_header",
            Self::SlowBody => "slow_body",
            Self::CutBody => "cut_body",
            Self::NoLength => "no_length",
            Self::LongBody { .. } => "long_body",
            Self::NotJsonType => "not_json_type",
            Self::NotFound => "not_found",
            Self::PostOnly | Self::GetOnly => "wrong_method",
            Self::ForeignHost => "foreign_host",
            Self::ForeignOrigin => "foreign_origin",
            Self::NoToken => "no_token",
            Self::NotJson | Self::NotObject => "not_json",
            Self::NoFile | Self::FileIsUrl | Self::NotBase64 | Self::EmptyFile | Self::FileType => "bad_file",
            Self::NotBoolean { .. }
            | Self::NotNumber { .. }
            | Self::NotInteger { .. }
            | Self::OutOfRange { .. }
            | Self::LimitType
            | Self::Profile
            | Self::ReadingOrder
            | Self::Layout => "bad_field",
            Self::Pdf | Self::NotPdf | Self::Heic { .. } | Self::NotImage => "not_image",
            Self::UnusablePdf(_) => "unusable_pdf",
            Self::NoDocumentModel { .. } => "no_document_model",
            Self::TooManyPixels { .. } => "too_many_pixels",
            Self::Damaged => "damaged_image",
            Self::NoPath { .. } => "no_path",
            Self::Loading => "loading",
            Self::NoEngine => "no_engine",
            Self::Busy { .. } => "busy",
            Self::NoMemory => "no_memory",
            Self::TooManyConnections => "too_many_connections",
            Self::TimedOut { .. } => "timed_out",
            Self::Stopping => "stopping",
            Self::Unreadable => "unreadable",
            Self::Internal => "internal",
        }
    }
}

/// An [`Error`] with the exchange it belongs to.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// The caller's `logId` if it could be read.
    pub log_id: LogId,
    /// What went wrong.
    pub error: Error,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { log_id: LogId::fresh(), error }
    }
}
