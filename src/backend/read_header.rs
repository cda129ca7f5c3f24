//! What a server says of an answer besides its texts, for whoever carries it: `X-Jkocr-Read`.

use std::fmt::Write as _;

use hyper::header::{HeaderMap, HeaderName, HeaderValue};

use super::{Image, ReaderNames};
use crate::untrusted::Untrusted;

/// The header's name.
pub(crate) const READ: HeaderName = HeaderName::from_static("x-jkocr-read");

/// The most characters of a name.
const LONGEST: usize = 40;

impl Image {
    /// The header's value: `width=1920; height=1080; lines=35; models=v6-small; profile=screen; engine=onnxruntime`.
    pub(crate) fn header(&self) -> Option<HeaderValue> {
        let Self { width, height, lines, reader } = self;
        let mut text = format!("width={width}; height={height}; lines={lines}");
        for (name, value) in [("models", &reader.models), ("profile", &reader.profile), ("engine", &reader.engine)] {
            if is_token(value.as_str()) {
                // Writing to a string does not fail.
                let _ = write!(text, "; {name}={value}");
            }
        }
        HeaderValue::try_from(text).ok()
    }

    /// What the header of `headers` says; `None` if there is none, or none that says the size.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let text = headers.get(READ)?.to_str().ok()?;
        let value = |wanted: &str| {
            let mut pairs = text.split(';').filter_map(|pair| pair.trim().split_once('='));
            pairs.find_map(|(name, value)| (name == wanted).then_some(value))
        };
        let named = |name| value(name).filter(|value| is_token(value)).map(Untrusted::new).unwrap_or_default();
        Some(Self {
            width: value("width")?.parse().ok()?,
            height: value("height")?.parse().ok()?,
            lines: value("lines")?.parse().ok()?,
            reader: ReaderNames { models: named("models"), profile: named("profile"), engine: named("engine") },
        })
    }
}

/// Whether `text` is a name that a header can have.
fn is_token(text: &str) -> bool {
    let fits = |char: char| char.is_ascii_alphanumeric() || ['-', '_', '.', '+'].contains(&char);
    !text.is_empty() && text.len() <= LONGEST && text.chars().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(text: &'static str) -> Option<Image> {
        Image::of(&HeaderMap::from_iter([(READ, HeaderValue::from_static(text))]))
    }

    #[test]
    fn the_header_comes_back_as_it_was_said() {
        let reader = ReaderNames { models: "v6-small".into(), profile: "screen".into(), engine: "onnxruntime".into() };
        let said = Image { width: 1920, height: 1080, lines: 35, reader };
        let headers = HeaderMap::from_iter([(READ, said.header().expect("a header"))]);
        assert_eq!(Image::of(&headers), Some(said));
    }

    #[test]
    fn what_is_no_number_or_name_is_not_believed() {
        assert_eq!(image("width=x; height=2; lines=3"), None);
        assert_eq!(image("nothing"), None);
        let odd = image("width=1; height=2; lines=3; models=\u{61}\"b c; engine=").expect("the size is said");
        assert_eq!((odd.reader.models.as_str(), odd.reader.engine.as_str()), ("", ""));
    }
}
