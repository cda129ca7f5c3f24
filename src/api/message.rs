//! The words of every failure: one line, what is wrong and what to do, in the language of the service.

use std::fmt::Display;

use bytesize::ByteSize;

use super::Error;
use crate::language::Language;
use crate::{catalogue, pdf};

/// The most characters of a reason in a message: the rest of the 450 UTF-16 units is our own words.
const LONGEST_REASON: usize = 180;

impl Error {
    /// The `errorMsg`: at most 450 UTF-16 units, since Bob's plugin shows no more; no paths, no words of libraries.
    #[must_use]
    pub(crate) fn message(&self, language: Language) -> String {
        let values = self.values();
        let mut values: Vec<_> = values.iter().map(|(name, value)| (*name, value as &dyn Display)).collect();
        values.push(("locale", &language));
        catalogue::text(self.key(), &values).into_owned()
    }

    /// The values in its message, by name.
    fn values(&self) -> Vec<(&'static str, String)> {
        let field_of = |field: &&str| ("field", (*field).to_owned());
        match self {
            Self::LongBody { limit } => vec![("limit", size(*limit))],
            Self::TooLargeForWhole { needed, allowed } => vec![("needed", size(*needed)), ("allowed", size(*allowed))],
            Self::NotBoolean { field }
            | Self::NotNumber { field }
            | Self::NotInteger { field }
            | Self::NoDocumentModel { field } => vec![field_of(field)],
            Self::OutOfRange { field, range } => vec![field_of(field), ("range", (*range).to_owned())],
            Self::Heic { name } => vec![("name", (*name).to_owned())],
            Self::TooManyPixels { width, height, limit } => vec![
                ("width", width.to_string()),
                ("height", height.to_string()),
                ("limit", (limit / 1_000_000).to_string()),
            ],
            Self::UnusablePdf(pdf::Error::BrokenPage { page }) => vec![("page", page.to_string())],
            Self::Busy { retry_after } => vec![("seconds", retry_after.as_secs().to_string())],
            Self::NoPath { reason } => vec![("reason", short(reason))],
            Self::TimedOut { after } => vec![("seconds", after.as_secs().to_string())],
            _ => Vec::new(),
        }
    }
}

/// `bytes` as people read them.
fn size(bytes: u64) -> String {
    ByteSize(bytes).display().iec().to_string()
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
            Error::TransferCoding,
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
            Error::UnusablePdf(pdf::Error::Replaced),
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
            Error::TooLargeForWhole { needed: 2_880_000_000, allowed: 1 << 30 },
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
