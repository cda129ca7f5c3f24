//! The values a setting can have that TOML has no type for.

use std::fmt;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::ocr;

/// A setting that is a closed set of words, read and written as that word.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $word)] #[value(name = $word)] $variant,)+
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(match self { $(Self::$variant => $word,)+ })
            }
        }
    };
}

words! {
    /// The language of messages for people.
    LanguageChoice {
        /// What the environment says; Chinese in answers to Bob.
        Auto = "auto",
        /// Chinese.
        Chinese = "zh",
        /// English.
        English = "en",
    }
}

words! {
    /// When this machine reads a screenshot itself.
    FallbackMode {
        /// Never.
        Off = "off",
        /// When the path to the server is not there.
        WhenDown = "when-down",
        /// Also when the server has not answered by the deadline.
        Race = "race",
    }
}

words! {
    /// What computes the models.
    EngineChoice {
        /// OpenVINO where it is installed and the processor makes it faster; else ONNX Runtime.
        Auto = "auto",
        /// ONNX Runtime.
        OnnxRuntime = "onnxruntime",
        /// OpenVINO, where it is installed.
        OpenVino = "openvino",
    }
}

words! {
    /// How finely OpenVINO computes.
    PrecisionChoice {
        /// In bf16, where the processor can and the texts were shown to stay; else in 32 bits.
        Auto = "auto",
        /// In 32 bits.
        F32 = "f32",
        /// In bf16 where the processor can, whatever the models.
        Bf16 = "bf16",
    }
}

words! {
    /// What pages are read for.
    Profile {
        /// What people see: judged by the text that was drawn.
        Screen = "screen",
        /// The official pipeline's answer, text for text.
        Paddle = "paddle",
    }
}

impl From<Profile> for ocr::Profile {
    fn from(profile: Profile) -> Self {
        match profile {
            Profile::Screen => Self::Screen,
            Profile::Paddle => Self::Paddle,
        }
    }
}

words! {
    /// The order in which the lines of a page are given.
    ReadingOrder {
        /// As people read: columns, tables, vertical text.
        Auto = "auto",
        /// As the official pipeline sorts boxes.
        Paddle = "paddle",
    }
}

impl From<ReadingOrder> for ocr::ReadingOrder {
    fn from(order: ReadingOrder) -> Self {
        match order {
            ReadingOrder::Auto => Self::Auto,
            ReadingOrder::Paddle => Self::Paddle,
        }
    }
}

words! {
    /// What a page's lines become.
    Layout {
        /// Each is a line of its own.
        Lines = "lines",
        /// Those of a paragraph are joined.
        Paragraphs = "paragraphs",
        /// Those side by side are one, indented and set apart as they stood.
        Kept = "kept",
    }
}

words! {
    /// What becomes of ruby, the small kana beside Han characters.
    Ruby {
        /// It is lines of its own.
        Lines = "lines",
        /// It is left out.
        Dropped = "dropped",
        /// It follows what it is beside, in brackets.
        Brackets = "brackets",
    }
}

impl From<Ruby> for ocr::Ruby {
    fn from(ruby: Ruby) -> Self {
        match ruby {
            Ruby::Lines => Self::Lines,
            Ruby::Dropped => Self::Dropped,
            Ruby::Brackets => Self::Brackets,
        }
    }
}

impl From<Layout> for ocr::Layout {
    fn from(layout: Layout) -> Self {
        match layout {
            Layout::Lines => Self::Lines,
            Layout::Paragraphs => Self::Paragraphs,
            Layout::Kept => Self::Kept,
        }
    }
}

words! {
    /// Whether large uncompressed images shrink before they travel.
    Recompress {
        /// As PNG, with identical pixels.
        Auto = "auto",
        /// The request's own bytes, always.
        Off = "off",
    }
}

/// A duration written as people write it: `10s`, `1m 30s`, `250ms`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span(pub Duration);

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&humantime::format_duration(self.0))
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// Not a duration.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", t!("config.bad_span", value = _0))]
pub struct BadSpan(String);

impl FromStr for Span {
    type Err = BadSpan;

    fn from_str(text: &str) -> Result<Self, BadSpan> {
        humantime::parse_duration(text).map(Self).map_err(|_| BadSpan(text.to_owned()))
    }
}

/// A place to listen on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// An IP address and port.
    Tcp(SocketAddr),
    /// A Unix socket (`unix:/absolute/path`).
    Unix(PathBuf),
}

/// Not an address: neither `ip:port` nor `unix:/path`.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", t!("config.bad_address", value = _0))]
pub struct BadAddress(String);

impl FromStr for Address {
    type Err = BadAddress;

    fn from_str(text: &str) -> Result<Self, BadAddress> {
        match text.strip_prefix("unix:") {
            Some(path) if path.starts_with('/') => Ok(Self::Unix(PathBuf::from(path))),
            Some(_) => Err(BadAddress(text.to_owned())),
            None => text.parse().map(Self::Tcp).map_err(|_| BadAddress(text.to_owned())),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(formatter),
            Self::Unix(path) => write!(formatter, "unix:{}", path.display()),
        }
    }
}

/// One of Bob's addresses: a trailing `?` makes it optional.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listen {
    /// Starting fails when this address is taken.
    Required(SocketAddr),
    /// Taken by someone else, it is only warned about.
    Optional(SocketAddr),
}

impl Listen {
    /// The address itself.
    #[must_use]
    pub fn address(self) -> SocketAddr {
        match self {
            Self::Required(address) | Self::Optional(address) => address,
        }
    }
}

/// Not an address that Bob could ask at: `ip:port`, or `ip:port?`.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", t!("config.bad_listen", value = _0))]
pub struct BadListen(String);

impl FromStr for Listen {
    type Err = BadListen;

    fn from_str(text: &str) -> Result<Self, BadListen> {
        let (address, kind): (_, fn(SocketAddr) -> Self) = match text.strip_suffix('?') {
            Some(address) => (address, Self::Optional),
            None => (text, Self::Required),
        };
        address.parse().map(kind).map_err(|_| BadListen(text.to_owned()))
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Required(address) => address.fmt(formatter),
            Self::Optional(address) => write!(formatter, "{address}?"),
        }
    }
}

/// Which models read the text: the best installed ones, or a set of the registry by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelChoice {
    /// The best set installed.
    Auto,
    /// This set.
    Set(String),
}

impl FromStr for ModelChoice {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(if text == "auto" { Self::Auto } else { Self::Set(text.to_owned()) })
    }
}

impl fmt::Display for ModelChoice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => formatter.write_str("auto"),
            Self::Set(name) => formatter.write_str(name),
        }
    }
}

/// Threads of the ONNX Runtime; in the file, 0 means as many as there are cores worth one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Threads {
    /// Physical cores within the affinity of the process and the quotas of its cgroups; on a Mac the performance cores.
    Auto,
    /// This many.
    Exactly(NonZeroUsize),
}

/// Not a number of threads.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", t!("config.bad_threads", value = _0))]
pub struct BadThreads(String);

impl FromStr for Threads {
    type Err = BadThreads;

    fn from_str(text: &str) -> Result<Self, BadThreads> {
        text.parse::<usize>().map(Self::from).map_err(|_| BadThreads(text.to_owned()))
    }
}

impl From<usize> for Threads {
    fn from(count: usize) -> Self {
        NonZeroUsize::new(count).map_or(Self::Auto, Self::Exactly)
    }
}

impl Serialize for Threads {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Auto => serializer.serialize_u64(0),
            Self::Exactly(count) => serializer.serialize_u64(count.get() as u64),
        }
    }
}

impl<'de> Deserialize<'de> for Threads {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        usize::deserialize(deserializer).map(Self::from)
    }
}

/// Serializes through `Display` and `FromStr`, for types whose text form is their configuration form.
macro_rules! as_text {
    ($($name:ty),+) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }
    )+};
}

as_text!(Address, Listen, ModelChoice);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_mark_makes_an_address_optional() {
        let address = "127.0.0.1:50000".parse().unwrap();
        assert_eq!("127.0.0.1:50000?".parse(), Ok(Listen::Optional(address)));
        assert_eq!("127.0.0.1:50000".parse(), Ok(Listen::Required(address)));
        assert!("50000".parse::<Listen>().is_err());
    }

    #[test]
    fn a_unix_socket_needs_an_absolute_path() {
        assert_eq!("unix:/run/a.sock".parse(), Ok(Address::Unix("/run/a.sock".into())));
        assert!("unix:a.sock".parse::<Address>().is_err());
    }
}
