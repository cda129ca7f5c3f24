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
    /// A body in another transfer coding than chunks.
    TransferCoding,
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
    /// `ruby` is none of the three.
    Ruby,
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
    /// The whole image would have to be looked at at once, which takes more memory than is allowed.
    TooLargeForWhole {
        /// Bytes, about.
        needed: u64,
        /// Bytes.
        allowed: u64,
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
        self.entry().0
    }

    /// When to ask again, for those that pass by themselves.
    #[must_use]
    pub(crate) fn retry_after(&self) -> Option<Duration> {
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
    pub(crate) fn is_ordinary(&self) -> bool {
        match self {
            Self::LongBody { .. }
            | Self::Pdf
            | Self::NoDocumentModel { .. }
            | Self::Heic { .. }
            | Self::NotImage
            | Self::TooManyPixels { .. }
            | Self::TooLargeForWhole { .. }
            | Self::Damaged
            | Self::NotPdf
            | Self::UnusablePdf(_) => true,
            Self::TransferCoding => false,
            error => error.status() >= 500,
        }
    }

    /// A short name for logs and metrics.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.entry().1
    }

    /// The catalogue key of its message.
    pub(super) fn key(&self) -> &'static str {
        self.entry().2
    }

    /// HTTP status, name for logs, key in the catalogue.
    #[rustfmt::skip]
    fn entry(&self) -> (u16, &'static str, &'static str) {
        match self {
            Self::NotHttp => (400, "not_http", "api.not_http"),
            Self::NoHost => (400, "no_host", "api.no_host"),
            Self::LongHeader => (431, "long_header", "api.long_header"),
            Self::SlowHeader => (408, "slow_header", "api.slow_header"),
            Self::SlowBody => (408, "slow_body", "api.slow_body"),
            Self::CutBody => (400, "cut_body", "api.cut_body"),
            Self::NoLength => (411, "no_length", "api.no_length"),
            Self::TransferCoding => (501, "transfer_coding", "api.transfer_coding"),
            Self::LongBody { .. } => (413, "long_body", "api.long_body"),
            Self::NotJsonType => (415, "not_json_type", "api.not_json_type"),
            Self::NotFound => (404, "not_found", "api.not_found"),
            Self::PostOnly => (405, "wrong_method", "api.post_only"),
            Self::GetOnly => (405, "wrong_method", "api.get_only"),
            Self::ForeignHost => (421, "foreign_host", "api.foreign_host"),
            Self::ForeignOrigin => (403, "foreign_origin", "api.foreign_origin"),
            Self::NoToken => (401, "no_token", "api.no_token"),
            Self::NotJson => (400, "not_json", "api.not_json"),
            Self::NotObject => (400, "not_json", "api.not_object"),
            Self::NoFile => (400, "bad_file", "api.no_file"),
            Self::FileIsUrl => (400, "bad_file", "api.file_is_url"),
            Self::NotBase64 => (400, "bad_file", "api.not_base64"),
            Self::EmptyFile => (400, "bad_file", "api.empty_file"),
            Self::FileType => (400, "bad_file", "api.file_type"),
            Self::Pdf => (400, "not_image", "api.pdf"),
            Self::NotPdf => (400, "not_image", "api.not_pdf"),
            Self::NotBoolean { .. } => (400, "bad_field", "api.not_boolean"),
            Self::NotNumber { .. } => (400, "bad_field", "api.not_number"),
            Self::NotInteger { .. } => (400, "bad_field", "api.not_integer"),
            Self::OutOfRange { .. } => (400, "bad_field", "api.out_of_range"),
            Self::LimitType => (400, "bad_field", "api.limit_type"),
            Self::Profile => (400, "bad_field", "api.profile"),
            Self::ReadingOrder => (400, "bad_field", "api.reading_order"),
            Self::Layout => (400, "bad_field", "api.layout"),
            Self::Ruby => (400, "bad_field", "api.ruby"),
            Self::NoDocumentModel { .. } => (400, "no_document_model", "api.no_document_model"),
            Self::Heic { .. } => (400, "not_image", "api.heic"),
            Self::NotImage => (400, "not_image", "api.not_image"),
            Self::TooManyPixels { .. } => (400, "too_many_pixels", "api.too_many_pixels"),
            Self::TooLargeForWhole { .. } => (400, "too_large_for_whole", "api.too_large_for_whole"),
            Self::Damaged => (400, "damaged_image", "api.damaged"),
            Self::UnusablePdf(pdf::Error::Encrypted) => (400, "unusable_pdf", "api.encrypted_pdf"),
            Self::UnusablePdf(pdf::Error::Empty) => (400, "unusable_pdf", "api.empty_pdf"),
            Self::UnusablePdf(pdf::Error::NoPainter) => (500, "unusable_pdf", "api.no_painter"),
            Self::UnusablePdf(pdf::Error::Replaced) => (500, "unusable_pdf", "api.replaced"),
            Self::UnusablePdf(pdf::Error::BrokenPage { .. }) => (400, "unusable_pdf", "api.broken_page"),
            Self::UnusablePdf(_) => (400, "unusable_pdf", "api.damaged_pdf"),
            Self::NoPath { .. } => (503, "no_path", "api.no_path"),
            Self::Loading => (503, "loading", "api.loading"),
            Self::NoEngine => (503, "no_engine", "api.no_engine"),
            Self::Busy { .. } => (503, "busy", "api.busy"),
            Self::NoMemory => (503, "no_memory", "api.no_memory"),
            Self::TooManyConnections => (503, "too_many_connections", "api.too_many_connections"),
            Self::TimedOut { .. } => (504, "timed_out", "api.timed_out"),
            Self::Stopping => (503, "stopping", "api.stopping"),
            Self::Unreadable => (500, "unreadable", "api.unreadable"),
            Self::Internal => (500, "internal", "api.internal"),
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
