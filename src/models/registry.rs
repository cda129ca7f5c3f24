//! The list of files that may be fetched: `models/registry.toml`, compiled in.

use std::path::Path;
use std::sync::LazyLock;

use serde::Deserialize;

use super::faster::Bf16Time;
use super::{Error, File, LibraryBundle, Platform};
use crate::nearest::nearest;
use crate::wording;

/// All files, sets and runtimes that this version knows.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registry {
    sets: Vec<Set>,
    files: Vec<File>,
    runtimes: Vec<Runtime>,
    #[serde(default)]
    openvino: Vec<LibraryBundle>,
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
    /// What its detector needs for each pixel of a whole page, in bytes; see `docs/memory.md`.
    pub memory_per_pixel: Option<u64>,
    /// Whether its detector finds as much of a screen in half its size (see `models/README.md`).
    #[serde(default)]
    pub coarse_first: bool,
    /// Rank among what `auto` may choose, 1 first; absent: only by name.
    for_auto: Option<u32>,
    /// As published.
    pub accuracy: Option<Accuracy>,
    /// As `benches/screens.sh` measured.
    pub measured: Option<ScreenScore>,
    /// What OpenVINO makes of it; absent where nothing of it may compute in bf16.
    pub(crate) bf16_time: Option<Bf16Time>,
}

/// What a set does to screens (see `models/README.md`).
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScreenScore {
    /// Per cent of the letters that were drawn.
    pub wrong: f32,
    /// As a multiple of what v5-mobile takes.
    pub time: f32,
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
    /// Oldest kernel of macOS: Darwin's major and minor version.
    pub min_darwin: Option<(u32, u32)>,
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
        registry.openvino.iter_mut().for_each(LibraryBundle::settle);
        Ok(registry)
    }

    /// All sets, as they are listed.
    #[must_use]
    pub(crate) fn sets(&self) -> &[Set] {
        &self.sets
    }

    /// All models.
    #[must_use]
    pub fn files(&self) -> &[File] {
        &self.files
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
    pub(crate) fn reading_sets(&self) -> impl Iterator<Item = &Set> {
        self.sets.iter().filter(|set| set.max_candidates.is_some())
    }

    /// What `auto` may choose, best first.
    pub(crate) fn auto_sets(&self) -> Vec<&Set> {
        let mut sets: Vec<_> = self.sets.iter().filter(|set| set.for_auto.is_some()).collect();
        sets.sort_by_key(|set| set.for_auto);
        sets
    }

    /// The files of a set, in its order.
    pub(crate) fn files_of<'a>(&'a self, set: &'a Set) -> impl Iterator<Item = &'a File> {
        set.files.iter().filter_map(|id| self.files.iter().find(|file| file.id == *id))
    }

    /// The ONNX Runtime that runs on `machine`.
    ///
    /// # Errors
    /// A sentence that says what the machine lacks.
    pub fn runtime(&self, machine: &Platform) -> Result<&Runtime, Error> {
        let runtime = self
            .runtimes
            .iter()
            .find(|runtime| runtime.os == machine.os && runtime.arch == machine.arch)
            .ok_or_else(|| machine.without("ONNX Runtime"))?;
        machine.can_run("ONNX Runtime", runtime.min_glibc, runtime.min_darwin)?;
        Ok(runtime)
    }

    /// The OpenVINO that runs on `machine`.
    ///
    /// # Errors
    /// A sentence that says what the machine lacks.
    pub fn openvino(&self, machine: &Platform) -> Result<&LibraryBundle, Error> {
        let found = self.openvino.iter().find(|bundle| bundle.os == machine.os && bundle.arch == machine.arch);
        let bundle = found.ok_or_else(|| machine.without("OpenVINO"))?;
        machine.can_run("OpenVINO", bundle.min_glibc, bundle.min_darwin)?;
        Ok(bundle)
    }
}

/// The nearest of `known` goes into the error, or all of them.
pub(super) fn unknown<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Error {
    let known: Vec<_> = known.collect();
    match nearest(name, known.iter().copied()) {
        Some(nearest) => Error::UnknownName { name: name.to_owned(), nearest: nearest.to_owned() },
        None => Error::NoSuchName { name: name.to_owned(), known: wording::list(known) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::{FileSize, FileSource, Kind, OPENVINO};

    fn all_files(registry: &Registry) -> impl Iterator<Item = &File> {
        let libraries = registry.openvino.iter().flat_map(LibraryBundle::files);
        registry.files.iter().chain(registry.runtimes.iter().map(|runtime| &runtime.file)).chain(libraries)
    }

    #[test]
    fn every_set_consists_of_known_files() {
        let registry = Registry::embedded();
        for set in &registry.sets {
            assert_eq!(registry.files_of(set).count(), set.files.len(), "{}", set.name);
            let kinds: Vec<_> = registry.files_of(set).map(|file| file.kind).collect();
            let reads = kinds == [Kind::Detection, Kind::Recognition];
            assert_eq!(reads, set.max_candidates.is_some(), "{}", set.name);
            assert_eq!(reads, set.memory_per_pixel.is_some(), "{}", set.name);
            assert!(reads || set.for_auto.is_none(), "{}", set.name);
        }
        let names: Vec<_> = registry.sets.iter().map(|set| set.name.as_str()).collect();
        assert_eq!(names, ["v5-mobile", "v5-server", "v6-tiny", "v6-small", "v6-medium", "doc"]);
    }

    #[test]
    fn names_and_digests_are_unique_and_every_file_has_sources() {
        let registry = Registry::embedded();
        let mut names: Vec<_> = registry.sets.iter().map(|set| set.name.as_str()).collect();
        names.extend(registry.files.iter().map(|file| file.id.as_str()));
        names.extend(["onnxruntime", OPENVINO]);
        let machine = registry.openvino.first().unwrap();
        names.extend(machine.files().iter().map(|file| file.id.as_str()));
        let mut digests: Vec<_> = all_files(registry).map(|file| file.sha256.to_string()).collect();
        for list in [&mut names.iter().map(ToString::to_string).collect(), &mut digests] {
            let before = list.len();
            list.sort();
            list.dedup();
            assert_eq!(list.len(), before);
        }
        for file in all_files(registry) {
            assert!(!file.sources.is_empty() && !file.licence.is_empty(), "{}", file.id);
            for source in &file.sources {
                match source {
                    FileSource::Https { url } => assert!(url.starts_with("https://"), "{url}"),
                    FileSource::Wheel(member) => {
                        let stem = format!("{}-{}-", member.project.replace('-', "_"), member.version);
                        assert!(member.wheel.starts_with(&stem), "{}", member.wheel);
                        assert!(
                            matches!(file.size(), FileSize::Exactly(bytes) if bytes >= member.packed),
                            "{}",
                            file.id
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn the_default_models_and_every_runtime_are_obtainable_from_the_package_index() {
        let registry = Registry::embedded();
        let wheel = |file: &File| matches!(file.sources.first(), Some(FileSource::Wheel(_)));
        assert!(registry.files_of(registry.set("v5-mobile").unwrap()).all(wheel));
        let platforms: Vec<_> = registry.runtimes.iter().map(|it| (it.os.as_str(), it.arch.as_str())).collect();
        assert_eq!(platforms, [("linux", "x86_64"), ("linux", "aarch64"), ("macos", "aarch64"), ("macos", "x86_64")]);
        for runtime in &registry.runtimes {
            assert!(wheel(&runtime.file) && runtime.file.kind == Kind::Runtime && runtime.file.id == "onnxruntime");
            assert!(runtime.min_glibc.is_some() != runtime.min_darwin.is_some());
        }
    }

    #[test]
    fn every_openvino_has_what_a_model_on_the_processor_needs() {
        for bundle in &Registry::embedded().openvino {
            let names: Vec<_> = bundle.files().iter().map(|file| file.id.as_str()).collect();
            assert!(names[0].starts_with("libopenvino_c."), "{names:?}");
            for needed in ["libopenvino.", "cpu_plugin", "onnx_frontend", "libtbb.", "libtbbbind", "libhwloc"] {
                assert_eq!(names.iter().filter(|name| name.contains(needed)).count(), 1, "{needed} of {names:?}");
            }
            assert!(bundle.min_glibc.is_some() != bundle.min_darwin.is_some());
            assert!(bundle.files().iter().all(|file| file.kind == Kind::Library));
        }
        let names: Vec<_> = Registry::embedded().openvino.iter().map(|it| (it.os.as_str(), it.arch.as_str())).collect();
        assert_eq!(names, [("linux", "x86_64"), ("linux", "aarch64"), ("macos", "aarch64"), ("macos", "x86_64")]);
    }

    #[test]
    fn only_models_compute_in_bf16() {
        let registry = Registry::embedded();
        for set in &registry.sets {
            assert!(set.bf16_time.is_none() || registry.files_of(set).any(|file| file.bf16), "{}", set.name);
        }
        assert!(
            all_files(registry)
                .filter(|file| file.bf16)
                .all(|file| { matches!(file.kind, Kind::Detection | Kind::Recognition) })
        );
    }

    #[test]
    fn auto_prefers_what_reads_screens_best() {
        let names: Vec<_> = Registry::embedded().auto_sets().iter().map(|set| set.name.as_str()).collect();
        assert_eq!(names, ["v6-medium", "v6-small", "v5-server", "v6-tiny", "v5-mobile"]);
    }

    #[test]
    fn what_is_worth_fetching_was_measured_to_be() {
        let measured = |name| Registry::embedded().set(name).unwrap().measured.unwrap();
        let (usual, better) = (measured("v5-mobile"), measured("v6-small"));
        assert!(better.wrong < usual.wrong);
        assert!(usual.time.to_bits() == 1.0_f32.to_bits() && better.time > 1.0);
    }

    #[test]
    fn a_choice_is_auto_or_a_set_that_reads() {
        let registry = Registry::embedded();
        assert!(matches!(registry.choice("auto"), Ok(Choice::Auto)));
        assert!(matches!(registry.choice("v6-tiny"), Ok(Choice::Set(set)) if set.name == "v6-tiny"));
        assert!(matches!(registry.choice("doc"), Err(Error::ReadsNothing { .. })));
        let error = registry.choice("v5-mobil").unwrap_err();
        assert!(matches!(&error, Error::UnknownName { nearest, .. } if nearest == "v5-mobile"), "{error}");
    }

    #[test]
    fn a_digest_that_is_none_is_refused() {
        let text = include_str!("../../models/registry.toml").replacen("4d97c44a20d3", "4d97c44a20", 1);
        let error = Registry::parse(&text).unwrap_err().to_string();
        assert!(error.contains("SHA-256"), "{error}");
    }
}
