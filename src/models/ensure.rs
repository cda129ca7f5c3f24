//! What a command that reads text needs, fetched if it is missing.

use std::path::PathBuf;

use super::pull::{offline, pull};
use super::{Access, Choice, Error, Event, File, Kind, Network, Set, Store, Watch};

/// Where the ONNX Runtime library comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Library {
    /// The store.
    Pulled,
    /// A file of the user's own: `--onnxruntime`, `ORT_DYLIB_PATH`.
    Given(PathBuf),
}

/// What a command is to read text with.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Which models.
    pub choice: Choice,
    /// Which library.
    pub runtime: Library,
    /// Which document models as well.
    pub document: Vec<Kind>,
}

/// Everything that is needed to read text is in these files.
#[derive(Debug, Clone)]
pub struct Ready {
    /// The models' set.
    pub set: &'static Set,
    /// The detector.
    pub detection: PathBuf,
    /// The recogniser.
    pub recognition: PathBuf,
    /// Whether the texts stay as they are with the detector and the recogniser in bf16.
    pub bf16: [bool; 2],
    /// The ONNX Runtime library.
    pub runtime: PathBuf,
    /// How many boxes the official pipeline considers on a page with these models.
    pub max_candidates: usize,
}

/// Finds the models and the runtime, and fetches what is missing.
///
/// [`Choice::Auto`] takes the best set that is installed, and v5-mobile (the last of those it may take) when none is;
/// then [`Event::Chosen`] says what else there is. With everything in place this opens no connection, and reads no file
/// that was read before and that nothing has touched since.
///
/// # Errors
/// Those of [`pull()`]; [`Error::Altered`] when a file that is here has other bytes than it should; a sentence when no ONNX Runtime runs on this machine; [`Error::ReadsNothing`].
pub fn ensure(store: &Store, network: &Network, wanted: &Wanted, watch: &mut Watch) -> Result<Ready, Error> {
    let chosen = store.chosen(wanted.choice);
    let set = chosen.or_else(|| store.registry().auto_sets().pop());
    let set = set.ok_or_else(|| Error::ReadsNothing { name: "auto".to_owned() })?;
    let mut needed: Vec<_> = store.registry().files_of(set).collect();
    let document: Vec<_> =
        store.registry().files().iter().filter(|file| wanted.document.contains(&file.kind)).collect();
    needed.extend(&document);
    let runtime = match &wanted.runtime {
        Library::Given(path) => path.clone(),
        Library::Pulled => {
            let library = &store.runtime()?.file;
            needed.push(library);
            store.path(library)
        }
    };
    let of = |kind| {
        let file = needed.iter().find(|file| file.kind == kind);
        file.map(|file| store.path(file)).ok_or_else(|| Error::ReadsNothing { name: set.name.clone() })
    };
    let max_candidates = set.max_candidates.ok_or_else(|| Error::ReadsNothing { name: set.name.clone() })?;
    let (detection, recognition) = (of(Kind::Detection)?, of(Kind::Recognition)?);
    let may = |kind| needed.iter().any(|file| file.kind == kind && file.bf16);
    let bf16 = [may(Kind::Detection), may(Kind::Recognition)];
    let ready = Ready { set, detection, recognition, bf16, runtime, max_candidates };

    // Each is checked before anything loads it; those of the document as well, which a request may ask for.
    let is_optional = |file: &&File| file.kind.is_of_document() && !wanted.document.contains(&file.kind);
    let optional = store.registry().files().iter().filter(is_optional);
    needed.iter().copied().chain(optional).filter(|file| store.has(file)).try_for_each(|file| store.confirm(file))?;
    let missing: Vec<_> = needed.iter().copied().filter(|file| !store.has(file)).collect();
    if missing.is_empty() {
        return Ok(ready);
    }
    if network.access == Access::Offline {
        let what = if missing.iter().all(|file| wanted.document.contains(&file.kind)) { "doc" } else { &set.name };
        return Err(offline(&missing, &[what]));
    }
    if chosen.is_none() {
        let others: Vec<_> = store.registry().reading_sets().filter(|other| other.name != set.name).collect();
        watch(Event::Chosen { set, others: &others });
    }
    pull(store, network, &missing, watch)?;
    Ok(ready)
}
