//! The words of every failure: one line, what is wrong and what to do, in the language of the service.

use super::Error;
use crate::language::Language;
use crate::pdf;

/// The most characters of a reason in a message: the rest of the 450 UTF-16 units is our own words.
const LONGEST_REASON: usize = 180;

impl Error {
    /// The `errorMsg`: at most 450 UTF-16 units, since Bob's plugin shows no more; no paths, no words of libraries.
    #[must_use]
    pub fn message(&self, language: Language) -> String {
        let locale = language.code();
        match self {
            Self::LongBody { limit } => {
                t!("api.long_body", limit = bytesize::ByteSize(*limit).display().iec(), locale = locale)
            }
            Self::NotBoolean { field } => t!("api.not_boolean", field = field, locale = locale),
            Self::NotNumber { field } => t!("api.not_number", field = field, locale = locale),
            Self::NotInteger { field } => t!("api.not_integer", field = field, locale = locale),
            Self::OutOfRange { field, range } => t!("api.out_of_range", field = field, range = range, locale = locale),
            Self::NoDocumentModel { field } => t!("api.no_document_model", field = field, locale = locale),
            Self::Heic { name } => t!("api.heic", name = name, locale = locale),
            Self::TooManyPixels { width, height, limit } => {
                let limit = limit / 1_000_000;
                t!("api.too_many_pixels", width = width, height = height, limit = limit, locale = locale)
            }
            Self::UnusablePdf(pdf::Error::BrokenPage { page }) => {
                t!("api.broken_page", page = page, locale = locale)
            }
            Self::Busy { retry_after } => t!("api.busy", seconds = retry_after.as_secs(), locale = locale),
            Self::NoPath { reason } => t!("api.no_path", reason = short(reason), locale = locale),
            Self::TimedOut { after } => t!("api.timed_out", seconds = after.as_secs(), locale = locale),
            error => t!(error.key(), locale = locale),
        }
        .into_owned()
    }

    /// The catalogue key of a message without values.
    fn key(&self) -> &'static str {
        match self {
            Self::NotHttp => "api.not_http",
            Self::NoHost => "api.no_host",
            Self::LongHeader => "api.long_header",
            Self::SlowHeader => "api.slow_header",
            Self::SlowBody => "api.slow_body",
            Self::CutBody => "api.cut_body",
            Self::NoLength => "api.no_length",
            Self::NotJsonType => "api.not_json_type",
            Self::NotFound => "api.not_found",
            Self::PostOnly => "api.post_only",
            Self::GetOnly => "api.get_only",
            Self::ForeignHost => "api.foreign_host",
            Self::ForeignOrigin => "api.foreign_origin",
            Self::NoToken => "api.no_token",
            Self::NotJson => "api.not_json",
            Self::NotObject => "api.not_object",
            Self::NoFile => "api.no_file",
            Self::FileIsUrl => "api.file_is_url",
            Self::NotBase64 => "api.not_base64",
            Self::EmptyFile => "api.empty_file",
            Self::FileType => "api.file_type",
            Self::Pdf => "api.pdf",
            Self::NotPdf => "api.not_pdf",
            Self::UnusablePdf(pdf::Error::Encrypted) => "api.encrypted_pdf",
            Self::UnusablePdf(pdf::Error::Empty) => "api.empty_pdf",
            Self::UnusablePdf(pdf::Error::NoPainter) => "api.no_painter",
            Self::UnusablePdf(_) => "api.damaged_pdf",
            Self::LimitType => "api.limit_type",
            Self::Profile => "api.profile",
            Self::ReadingOrder => "api.reading_order",
            Self::Layout => "api.layout",
            Self::NotImage => "api.not_image",
            Self::Damaged => "api.damaged",
            Self::Loading => "api.loading",
            Self::NoEngine => "api.no_engine",
            Self::NoMemory => "api.no_memory",
            Self::TooManyConnections => "api.too_many_connections",
            Self::Stopping => "api.stopping",
            Self::Unreadable => "api.unreadable",
            _ => "api.internal",
        }
    }
}

/// One line of at most [`LONGEST_REASON`] characters.
fn short(reason: &str) -> String {
    let line = reason.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST_REASON) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Error;
    use crate::language::Language;
    use crate::pdf;

    fn one_of_each() -> Vec<Error> {
        let field = "useDocOrientationClassify";
        vec![
            Error::NotHttp,
            Error::NoHost,
            Error::LongHeader,
            Error::SlowHeader,
            Error::SlowBody,
            Error::CutBody,
            Error::NoLength,
            Error::LongBody { limit: 96 << 20 },
            Error::NotJsonType,
            Error::NotFound,
            Error::PostOnly,
            Error::GetOnly,
            Error::ForeignHost,
            Error::ForeignOrigin,
            Error::NoToken,
            Error::NotJson,
            Error::NotObject,
            Error::NoFile,
            Error::FileIsUrl,
            Error::NotBase64,
            Error::EmptyFile,
            Error::FileType,
            Error::Pdf,
            Error::NotPdf,
            Error::UnusablePdf(pdf::Error::Damaged),
            Error::UnusablePdf(pdf::Error::Encrypted),
            Error::UnusablePdf(pdf::Error::Empty),
            Error::UnusablePdf(pdf::Error::BrokenPage { page: 3 }),
            Error::UnusablePdf(pdf::Error::NoPainter),
            Error::NotBoolean { field },
            Error::NotNumber { field },
            Error::NotInteger { field },
            Error::OutOfRange { field, range: "[0.0, 1.0]" },
            Error::LimitType,
            Error::Profile,
            Error::ReadingOrder,
            Error::NoDocumentModel { field },
            Error::Heic { name: "HEIC" },
            Error::NotImage,
            Error::TooManyPixels { width: 20_000, height: 20_000, limit: 100_000_000 },
            Error::Damaged,
            Error::NoPath { reason: format!("VPS\n{}", "x".repeat(900)) },
            Error::Loading,
            Error::NoEngine,
            Error::Busy { retry_after: Duration::from_secs(3) },
            Error::NoMemory,
            Error::TooManyConnections,
            Error::TimedOut { after: Duration::from_mins(1) },
            Error::Stopping,
            Error::Unreadable,
            Error::Internal,
        ]
    }

    #[test]
    fn every_failure_has_a_short_line_in_both_languages() {
        for error in one_of_each() {
            for language in [Language::Chinese, Language::English] {
                let message = error.message(language);
                assert!(!message.starts_with("api.") && !message.contains("%{"), "{error:?}: {message}");
                assert!(!message.contains(['\n', '\r']) && message.encode_utf16().count() <= 450, "{error:?}");
                let chinese = message.chars().any(|character| ('\u{4e00}'..='\u{9fff}').contains(&character));
                assert_eq!(chinese, language == Language::Chinese, "{error:?}: {message}");
            }
        }
    }

    #[test]
    fn only_an_internal_fault_speaks_of_one() {
        let internal = Error::Internal.message(Language::Chinese);
        for error in one_of_each().into_iter().filter(|error| *error != Error::Internal) {
            assert_ne!(error.message(Language::Chinese), internal, "{error:?}");
        }
    }

    #[test]
    fn the_words_that_bobs_plugin_and_its_users_know_stay() {
        let said = |error: Error| error.message(Language::Chinese);
        assert_eq!(said(Error::NotFound), "接口不存在，仅支持 POST /ocr。");
        assert_eq!(said(Error::PostOnly), "仅支持 POST /ocr。");
        assert_eq!(said(Error::NotJson), "请求体不是合法 JSON。");
        assert_eq!(said(Error::NotObject), "请求体必须是 JSON 对象。");
        assert_eq!(said(Error::NoFile), "file 必须是非空 Base64 字符串。");
        assert_eq!(said(Error::NotBase64), "file 不是合法的 Base64 字符串。");
        assert_eq!(said(Error::EmptyFile), "file 解码后为空。");
        assert_eq!(said(Error::NotBoolean { field: "useDocUnwarping" }), "useDocUnwarping 必须是布尔值。");
        assert_eq!(said(Error::NotNumber { field: "textRecScoreThresh" }), "textRecScoreThresh 必须是数值。");
        let range = Error::OutOfRange { field: "textRecScoreThresh", range: "[0.0, 1.0]" };
        assert_eq!(said(range), "textRecScoreThresh 必须在 [0.0, 1.0] 范围内。");
        assert!(said(Error::LongBody { limit: 96 << 20 }).starts_with("请求体过大。"));
        assert_eq!(said(Error::Loading), "模型加载中，请稍候。");
    }
}
