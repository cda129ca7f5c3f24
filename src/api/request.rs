//! What a request says, checked: the image file's bytes and how it is to be read.

use std::ops::{Range, RangeInclusive};

use bytes::Bytes;

use super::base64::decode_in_place;
use super::fields::{Field, Fields};
use super::{Error, Failure, LogId};
use crate::ocr::{Layout, LimitType, Params, Profile, ReadingOrder, Ruby, Switches};
use crate::pdf;

/// The largest `textDetLimitSideLen`: the pipeline shrinks to 4000 afterwards, so more changes nothing.
const LONGEST_SIDE: f64 = 10_000.0;

/// The fields that tune the reference's detection.
const DETECTION: [Field; 5] = [
    Field::TextDetLimitSideLen,
    Field::TextDetLimitType,
    Field::TextDetThresh,
    Field::TextDetBoxThresh,
    Field::TextDetUnclipRatio,
];

/// A request that can be read.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Names the exchange.
    pub log_id: LogId,
    /// The image file, or a PDF.
    pub image: Vec<u8>,
    /// How to read it.
    pub params: Params,
}

impl Request {
    /// Takes `body` apart; what it does not say is as `usual`. Its memory becomes the image's if nobody else holds it.
    ///
    /// # Errors
    /// What is wrong, with the caller's `logId` if that much could be read.
    pub fn parse(body: Bytes, usual: &Params) -> Result<Self, Failure> {
        let body = Vec::from(body);
        let fields = Fields::parse(&body)?;
        let log_id = LogId::of(fields.string(Field::LogId));
        match settings(&fields, &body, usual) {
            Ok((file, kind, params)) => match decode_in_place(body, file) {
                Ok(image) if kind == Some(FileType::Image) && pdf::is_pdf(&image) => {
                    Err(Failure { log_id, error: Error::Pdf })
                }
                Ok(image) if kind == Some(FileType::Pdf) && !pdf::is_pdf(&image) => {
                    Err(Failure { log_id, error: Error::NotPdf })
                }
                Ok(image) => Ok(Self { log_id, image, params }),
                Err(error) => Err(Failure { log_id, error }),
            },
            Err(error) => Err(Failure { log_id, error }),
        }
    }
}

impl Request {
    /// Where in `body` the base64 of the image file is, without its quotes; `None` if it is not there.
    #[must_use]
    pub fn locate_file(body: &[u8]) -> Option<Range<usize>> {
        let fields = Fields::parse(body).ok()?;
        file(&fields, body).ok()
    }

    /// The image file at that place.
    #[must_use]
    pub fn decode_file(body: Vec<u8>, text: Range<usize>) -> Option<Vec<u8>> {
        decode_in_place(body, text).ok()
    }
}

fn settings(
    fields: &Fields<'_>,
    body: &[u8],
    usual: &Params,
) -> Result<(Range<usize>, Option<FileType>, Params), Error> {
    Ok((file(fields, body)?, file_type(fields)?, params(fields, usual)?))
}

/// Where in `body` the text of `file` is, without its quotes.
fn file(fields: &Fields<'_>, body: &[u8]) -> Result<Range<usize>, Error> {
    let raw = fields.raw(Field::File).ok_or(Error::NoFile)?;
    let text = raw.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).ok_or(Error::NoFile)?;
    if is_blank(raw, text) {
        return Err(Error::NoFile);
    }
    let start: String = text.chars().take(12).filter(|character| *character != '\\').collect();
    let start = start.to_ascii_lowercase();
    if start.starts_with("http://") || start.starts_with("https://") {
        return Err(Error::FileIsUrl);
    }
    let offset = text.as_ptr().addr() - body.as_ptr().addr();
    Ok(offset..offset + text.len())
}

/// Whether the JSON string `raw`, which is `text` in quotes, holds nothing but white space.
///
/// A base64 text starts with neither white space nor an escape other than `\/`, and is not looked at any further.
fn is_blank(raw: &str, text: &str) -> bool {
    let suspect = text.starts_with(char::is_whitespace) || (text.starts_with('\\') && !text.starts_with("\\/"));
    text.is_empty() || (suspect && serde_json::from_str::<String>(raw).is_ok_and(|text| text.trim().is_empty()))
}

/// What `fileType` says that the file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FileType {
    Pdf,
    Image,
}

/// `None` if the content is to decide.
fn file_type(fields: &Fields<'_>) -> Result<Option<FileType>, Error> {
    match fields.number(Field::FileType) {
        Ok(None) => Ok(None),
        Ok(Some(0.0)) => Ok(Some(FileType::Pdf)),
        Ok(Some(1.0)) => Ok(Some(FileType::Image)),
        _ => Err(Error::FileType),
    }
}

fn params(fields: &Fields<'_>, usual: &Params) -> Result<Params, Error> {
    let fraction =
        |field, usual| -> Result<f64, Error> { Ok(ranged(fields, field, 0.0..=1.0, "[0.0, 1.0]")?.unwrap_or(usual)) };
    let switch = |field, usual| -> Result<bool, Error> { Ok(fields.boolean(field)?.unwrap_or(usual)) };
    Ok(Params {
        profile: profile(fields)?.unwrap_or(usual.profile),
        limit_side_len: side_length(fields)?.unwrap_or(usual.limit_side_len),
        limit_type: limit_type(fields)?.unwrap_or(usual.limit_type),
        thresh: fraction(Field::TextDetThresh, usual.thresh)?,
        box_thresh: fraction(Field::TextDetBoxThresh, usual.box_thresh)?,
        unclip_ratio: ranged(fields, Field::TextDetUnclipRatio, 0.0..=10.0, "[0.0, 10.0]")?
            .unwrap_or(usual.unclip_ratio),
        rec_score_thresh: fraction(Field::TextRecScoreThresh, usual.rec_score_thresh)?,
        word_boxes: switch(Field::ReturnWordBox, usual.word_boxes)?,
        document: Switches {
            orientation: switch(Field::UseDocOrientationClassify, usual.document.orientation)?,
            unwarping: switch(Field::UseDocUnwarping, usual.document.unwarping)?,
            textline_orientation: switch(Field::UseTextlineOrientation, usual.document.textline_orientation)?,
        },
        reading_order: reading_order(fields)?.unwrap_or(usual.reading_order),
        layout: layout(fields)?.unwrap_or(usual.layout),
        ruby: ruby(fields)?.unwrap_or(usual.ruby),
        visualize: switch(Field::Visualize, usual.visualize)?,
    })
}

/// The profile that a request asks for. Whoever tunes the reference's detection is given the reference.
fn profile(fields: &Fields<'_>) -> Result<Option<Profile>, Error> {
    match fields.raw(Field::Profile) {
        None => Ok(DETECTION.iter().any(|field| fields.raw(*field).is_some()).then_some(Profile::Paddle)),
        Some("\"screen\"") => Ok(Some(Profile::Screen)),
        Some("\"paddle\"") => Ok(Some(Profile::Paddle)),
        Some(_) => Err(Error::Profile),
    }
}

/// The layout that a request asks for; `paragraphs` is an older name for two of them.
fn layout(fields: &Fields<'_>) -> Result<Option<Layout>, Error> {
    let joined = fields.boolean(Field::Paragraphs)?;
    match fields.raw(Field::Layout) {
        None => Ok(joined.map(|joined| if joined { Layout::Paragraphs } else { Layout::Lines })),
        Some("\"lines\"") => Ok(Some(Layout::Lines)),
        Some("\"paragraphs\"") => Ok(Some(Layout::Paragraphs)),
        Some("\"kept\"") => Ok(Some(Layout::Kept)),
        Some(_) => Err(Error::Layout),
    }
}

fn ruby(fields: &Fields<'_>) -> Result<Option<Ruby>, Error> {
    match fields.raw(Field::Ruby) {
        None => Ok(None),
        Some("\"lines\"") => Ok(Some(Ruby::Lines)),
        Some("\"dropped\"") => Ok(Some(Ruby::Dropped)),
        Some("\"brackets\"") => Ok(Some(Ruby::Brackets)),
        Some(_) => Err(Error::Ruby),
    }
}

fn reading_order(fields: &Fields<'_>) -> Result<Option<ReadingOrder>, Error> {
    match fields.raw(Field::ReadingOrder) {
        None => Ok(None),
        Some("\"auto\"") => Ok(Some(ReadingOrder::Auto)),
        Some("\"paddle\"") => Ok(Some(ReadingOrder::Paddle)),
        Some(_) => Err(Error::ReadingOrder),
    }
}

fn ranged(
    fields: &Fields<'_>,
    field: Field,
    range: RangeInclusive<f64>,
    name: &'static str,
) -> Result<Option<f64>, Error> {
    match fields.number(field)? {
        Some(number) if !range.contains(&number) => Err(Error::OutOfRange { field: field.name(), range: name }),
        number => Ok(number),
    }
}

fn side_length(fields: &Fields<'_>) -> Result<Option<u32>, Error> {
    let field = Field::TextDetLimitSideLen;
    match ranged(fields, field, 0.0..=LONGEST_SIDE, "[0, 10000]")? {
        Some(number) if number.fract() != 0.0 => Err(Error::NotInteger { field: field.name() }),
        number => Ok(number.map(|number| number as u32)),
    }
}

fn limit_type(fields: &Fields<'_>) -> Result<Option<LimitType>, Error> {
    match fields.raw(Field::TextDetLimitType) {
        // The reference takes an empty text for an absent one.
        None | Some("\"\"") => Ok(None),
        Some("\"min\"") => Ok(Some(LimitType::Min)),
        Some("\"max\"") => Ok(Some(LimitType::Max)),
        Some("\"resize_long\"") => Ok(Some(LimitType::ResizeLong)),
        Some(_) => Err(Error::LimitType),
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use proptest::prelude::{any, proptest};
    use serde_json::{Value, json};

    use super::{DETECTION, Error, Field, Layout, LimitType, Params, Profile, ReadingOrder, Request, Ruby, Switches};

    fn parse(body: impl Into<Vec<u8>>) -> Result<Request, Error> {
        Request::parse(Bytes::from(body.into()), &Params::default()).map_err(|failure| failure.error)
    }

    /// Bob's request with `changes`; a field set to `"absent"` is left out.
    fn with(changes: Value) -> Result<Request, Error> {
        let mut request = json!({ "file": "YWJj", "fileType": 1, "visualize": false, "textRecScoreThresh": 0 });
        let Value::Object(changes) = changes else { panic!("changes are an object") };
        for (field, value) in changes {
            request[&field] = value;
        }
        request.as_object_mut().expect("an object").retain(|_, value| value != "absent");
        parse(request.to_string())
    }

    #[test]
    fn bobs_bodies_say_the_same_however_they_are_written() {
        let apple = parse(*include_bytes!("../../tests/data/requests/ocr-text-png.apple.json")).expect("a request");
        let plain = parse(*include_bytes!("../../tests/data/requests/ocr-text-png.plain.json")).expect("a request");
        assert_eq!(apple.image, plain.image);
        assert!(apple.image.starts_with(b"\x89PNG"));
        assert_eq!(apple.params, Params { rec_score_thresh: 0.3, ..Params::default() });
        assert_eq!(apple.params, plain.params);
        assert!(!apple.params.document.any() && !apple.params.visualize);
    }

    #[test]
    fn numbers_are_read_to_the_nearest_double() {
        let body = r#"{"file":"YWJj","fileType":1.0,"textRecScoreThresh":0.29999999999999999}"#;
        assert_eq!(parse(body).expect("a request").params.rec_score_thresh.to_bits(), 0.3f64.to_bits());
        let request = with(json!({ "textRecScoreThresh": 0 })).expect("a request");
        assert_eq!(request.params.rec_score_thresh.to_bits(), 0.0f64.to_bits());
    }

    #[test]
    fn a_body_that_is_no_json_object_is_refused() {
        for body in [
            "",
            "  ",
            "{",
            "{\"file\":\"YWJj\"",
            "{\"file\":\"YWJj\"} x",
            "{'file':1}",
            "{\"file\": NaN}",
            "\u{feff}{}",
        ] {
            assert_eq!(parse(body), Err(Error::NotJson), "{body}");
        }
        assert_eq!(parse(b"{\"file\":\"\xff\"}".as_slice()), Err(Error::NotJson));
        for body in ["[]", "[\"YWJj\"]", "1", "\"x\"", "null", " true"] {
            assert_eq!(parse(body), Err(Error::NotObject), "{body}");
        }
    }

    #[test]
    fn the_file_must_be_base64_of_something() {
        for file in [json!("absent"), Value::Null, json!(1), json!(""), json!("  "), json!("\n\t "), json!(["YWJj"])] {
            assert_eq!(with(json!({ "file": file })), Err(Error::NoFile), "{file}");
        }
        for file in ["YWJ", "not base64!", "YWJj\n", "图片"] {
            assert_eq!(with(json!({ "file": file })), Err(Error::NotBase64), "{file}");
        }
        assert_eq!(with(json!({ "file": "=" })), Err(Error::EmptyFile));
        assert_eq!(parse(r#"{"file":"\/\/8="}"#).expect("a request").image, [0xff, 0xff]);
    }

    #[test]
    fn nothing_is_fetched() {
        for body in [r#"{"file":"http://a/b.png"}"#, r#"{"file":"HTTPS:\/\/a\/b.png"}"#] {
            assert_eq!(parse(body), Err(Error::FileIsUrl), "{body}");
        }
    }

    #[test]
    fn an_image_or_a_pdf_is_what_it_is_said_to_be() {
        for kind in [json!("absent"), Value::Null, json!(1), json!(1.0)] {
            assert!(with(json!({ "fileType": kind })).is_ok(), "{kind}");
        }
        for kind in [json!(2), json!("1"), json!(true), json!(0.5)] {
            assert_eq!(with(json!({ "fileType": kind })), Err(Error::FileType), "{kind}");
        }
        assert_eq!(with(json!({ "fileType": 0 })), Err(Error::NotPdf));
        assert_eq!(with(json!({ "file": "JVBERi0xLjc=" })), Err(Error::Pdf));
        for kind in [Value::Null, json!(0), json!(0.0)] {
            assert!(with(json!({ "file": "JVBERi0xLjc=", "fileType": kind })).is_ok(), "{kind}");
        }
    }

    #[test]
    fn a_switch_is_a_boolean_or_null() {
        for field in [
            "useDocOrientationClassify",
            "useDocUnwarping",
            "useTextlineOrientation",
            "visualize",
            "returnWordBox",
            "paragraphs",
        ] {
            for value in [json!(0), json!("true"), json!([]), json!({})] {
                assert_eq!(with(json!({ field: value })), Err(Error::NotBoolean { field }), "{field} {value}");
            }
            assert!(with(json!({ field: null })).is_ok());
        }
        let request = with(json!({ "useDocUnwarping": true, "useTextlineOrientation": true })).expect("a request");
        let switches = Switches { orientation: false, unwarping: true, textline_orientation: true };
        assert_eq!(request.params.document, switches);
        assert!(with(json!({ "returnWordBox": true })).expect("a request").params.word_boxes);
        assert!(with(json!({ "visualize": true })).expect("a request").params.visualize);
    }

    #[test]
    fn whoever_tunes_detection_is_given_the_reference() {
        let usual = Params { profile: Profile::Screen, ..Params::default() };
        let read = |fields: &str| Request::parse(format!(r#"{{"file":"YWJj"{fields}}}"#).into(), &usual);
        let profile = |fields: &str| read(fields).map(|request| request.params.profile).expect("a request");
        assert_eq!(profile(""), Profile::Screen);
        assert_eq!(profile(r#","textRecScoreThresh":0.5,"returnWordBox":true"#), Profile::Screen);
        assert_eq!(profile(r#","profile":"paddle""#), Profile::Paddle);
        for field in DETECTION {
            let name = field.name();
            let value = if field == Field::TextDetLimitType { "\"max\"" } else { "1" };
            assert_eq!(profile(&format!(r#","{name}":{value}"#)), Profile::Paddle, "{name}");
            assert_eq!(profile(&format!(r#","{name}":null"#)), Profile::Screen, "{name}");
            assert_eq!(profile(&format!(r#","{name}":{value},"profile":"screen""#)), Profile::Screen, "{name}");
        }
        assert_eq!(read(r#","profile":"people""#).map_err(|failure| failure.error), Err(Error::Profile));
    }

    #[test]
    fn what_a_request_does_not_say_is_as_usual() {
        let usual = Params {
            document: Switches { orientation: true, unwarping: true, textline_orientation: false },
            reading_order: ReadingOrder::Auto,
            layout: Layout::Paragraphs,
            ..Params::default()
        };
        let said = |body: &'static str| Request::parse(Bytes::from(body), &usual).expect("a request").params;
        assert_eq!(said(r#"{"file":"YWJj"}"#), usual);
        assert_eq!(said(r#"{"file":"YWJj","useDocUnwarping":null,"readingOrder":null}"#), usual);
        let other = said(r#"{"file":"YWJj","useDocUnwarping":false,"readingOrder":"paddle","paragraphs":false}"#);
        let document = Switches { unwarping: false, ..usual.document };
        assert_eq!(other, Params { document, reading_order: ReadingOrder::Paddle, layout: Layout::Lines, ..usual });
        let layout =
            |layout: &str| with(json!({ "layout": layout, "paragraphs": true })).map(|request| request.params.layout);
        assert_eq!(layout("kept"), Ok(Layout::Kept));
        assert_eq!(layout("lines"), Ok(Layout::Lines));
        assert_eq!(layout("columns"), Err(Error::Layout));
        assert_eq!(with(json!({ "ruby": "brackets" })).map(|request| request.params.ruby), Ok(Ruby::Brackets));
        assert_eq!(with(json!({ "ruby": true })), Err(Error::Ruby));
        assert_eq!(with(json!({ "readingOrder": "people" })), Err(Error::ReadingOrder));
        assert_eq!(with(json!({ "readingOrder": 1 })), Err(Error::ReadingOrder));
    }

    #[test]
    fn a_threshold_is_a_number_in_its_range() {
        let field = "textRecScoreThresh";
        for value in [json!(true), json!("0.5"), json!([]), json!({})] {
            assert_eq!(with(json!({ field: value })), Err(Error::NotNumber { field }), "{value}");
        }
        assert_eq!(parse(r#"{"file":"YWJj","textRecScoreThresh":1e999}"#), Err(Error::NotNumber { field }));
        for value in [json!(-0.1), json!(1.5), json!(2)] {
            assert_eq!(with(json!({ field: value })), Err(Error::OutOfRange { field, range: "[0.0, 1.0]" }), "{value}");
        }
    }

    #[test]
    fn the_fields_of_paddlex_are_honoured() {
        let request = with(json!({
            "textDetLimitSideLen": 960.0, "textDetLimitType": "max", "textDetThresh": 0.2, "textDetBoxThresh": 0.45,
            "textDetUnclipRatio": 1.4, "textRecScoreThresh": 0.5, "logId": "mine", "somethingElse": [1, {}],
        }))
        .expect("a request");
        let expected = Params {
            limit_side_len: 960,
            limit_type: LimitType::Max,
            thresh: 0.2,
            box_thresh: 0.45,
            unclip_ratio: 1.4,
            rec_score_thresh: 0.5,
            ..Params::default()
        };
        assert_eq!(request.params, expected);
        assert_eq!(request.log_id.as_str(), "mine");
        assert_eq!(with(json!({ "textDetLimitType": "bogus" })), Err(Error::LimitType));
        let field = "textDetLimitSideLen";
        assert_eq!(with(json!({ field: 64.5 })), Err(Error::NotInteger { field }));
        assert_eq!(with(json!({ field: -1 })), Err(Error::OutOfRange { field, range: "[0, 10000]" }));
    }

    #[test]
    fn a_refusal_carries_the_callers_id() {
        let body = r#"{"logId":"mine","file":"YWJ"}"#;
        assert_eq!(
            Request::parse(Bytes::from_static(body.as_bytes()), &Params::default()).expect_err("bad").log_id.as_str(),
            "mine"
        );
    }

    #[test]
    fn of_a_field_that_comes_twice_the_last_one_counts() {
        assert_eq!(parse(r#"{"file":"AAAA","file":"YWJj"}"#).expect("a request").image, b"abc");
    }

    #[test]
    fn the_memory_of_the_body_becomes_that_of_the_image() {
        let body = format!("{{\"file\":\"{}\"}}", "YWJj".repeat(1000)).into_bytes();
        let place = body.as_ptr();
        assert_eq!(parse(body).expect("a request").image.as_ptr(), place);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(body in proptest::collection::vec(any::<u8>(), 0..256)) {
            let _ = parse(body);
        }

        #[test]
        fn no_json_makes_it_panic(
            file in "\"[A-Za-z0-9+/=\\\\u]{0,40}\"|[0-9.eE-]{1,8}|null|\\[\\]",
            other in "\"\\PC{0,8}\"|[0-9.eE-]{1,12}|true|null|\\{\"a\":1\\}",
            field in "file|fileType|textRecScoreThresh|textDetLimitSideLen|useDocUnwarping|logId|[a-zA-Z]{0,8}",
        ) {
            let _ = parse(format!("{{\"file\":{file},\"{field}\":{other}}}"));
        }
    }
}
