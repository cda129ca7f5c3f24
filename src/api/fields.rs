//! The JSON object of a request, field by field, without copying it: each value stays the slice of the body it is.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::Error;

/// The fields that mean something; everything else is ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
pub enum Field {
    File,
    FileType,
    LogId,
    Visualize,
    ReturnWordBox,
    UseDocOrientationClassify,
    UseDocUnwarping,
    UseTextlineOrientation,
    TextRecScoreThresh,
    TextDetLimitSideLen,
    TextDetLimitType,
    TextDetThresh,
    TextDetBoxThresh,
    TextDetUnclipRatio,
    Profile,
    ReadingOrder,
    Layout,
    Ruby,
    Paragraphs,
    #[serde(other)]
    Unknown,
}

impl Field {
    /// As it is spelt on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::FileType => "fileType",
            Self::LogId => "logId",
            Self::Visualize => "visualize",
            Self::ReturnWordBox => "returnWordBox",
            Self::UseDocOrientationClassify => "useDocOrientationClassify",
            Self::UseDocUnwarping => "useDocUnwarping",
            Self::UseTextlineOrientation => "useTextlineOrientation",
            Self::TextRecScoreThresh => "textRecScoreThresh",
            Self::TextDetLimitSideLen => "textDetLimitSideLen",
            Self::TextDetLimitType => "textDetLimitType",
            Self::TextDetThresh => "textDetThresh",
            Self::TextDetBoxThresh => "textDetBoxThresh",
            Self::TextDetUnclipRatio => "textDetUnclipRatio",
            Self::Profile => "profile",
            Self::ReadingOrder => "readingOrder",
            Self::Layout => "layout",
            Self::Ruby => "ruby",
            Self::Paragraphs => "paragraphs",
            Self::Unknown => "",
        }
    }
}

/// The JSON text of each known field. Of a field that is there twice the last one counts, as in Python.
#[derive(Debug, Default)]
pub struct Fields<'a>([Option<&'a RawValue>; Field::Unknown as usize]);

impl<'a> Fields<'a> {
    /// # Errors
    /// [`Error::NotJson`], [`Error::NotObject`].
    pub fn parse(body: &'a [u8]) -> Result<Self, Error> {
        let object = body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
        if !object && serde_json::from_slice::<IgnoredAny>(body).is_ok() {
            return Err(Error::NotObject);
        }
        serde_json::from_slice(body).map_err(|_| Error::NotJson)
    }

    /// The JSON text of `field`; `None` if it is absent or null.
    pub fn raw(&self, field: Field) -> Option<&'a str> {
        self.0[field as usize].map(RawValue::get).filter(|text| *text != "null")
    }

    /// The boolean `field`.
    ///
    /// # Errors
    /// [`Error::NotBoolean`] for anything but true, false and null.
    pub fn boolean(&self, field: Field) -> Result<Option<bool>, Error> {
        match self.raw(field) {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(_) => Err(Error::NotBoolean { field: field.name() }),
        }
    }

    /// The number `field`, as the double that is nearest to its decimal digits.
    ///
    /// # Errors
    /// [`Error::NotNumber`] for anything but a finite number and null.
    pub fn number(&self, field: Field) -> Result<Option<f64>, Error> {
        let Some(text) = self.raw(field) else { return Ok(None) };
        // What is valid JSON and starts like this is a number that Rust reads, to the nearest double.
        let number =
            text.starts_with(|first: char| first == '-' || first.is_ascii_digit()).then(|| text.parse::<f64>());
        match number {
            Some(Ok(number)) if number.is_finite() => Ok(Some(number)),
            _ => Err(Error::NotNumber { field: field.name() }),
        }
    }

    /// The string `field`, for short ones.
    pub fn string(&self, field: Field) -> Option<String> {
        serde_json::from_str(self.raw(field)?).ok()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsVisitor)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Fields<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = Fields::default();
        while let Some(field) = map.next_key::<Field>()? {
            match fields.0.get_mut(field as usize) {
                Some(place) => *place = Some(map.next_value()?),
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(fields)
    }
}
