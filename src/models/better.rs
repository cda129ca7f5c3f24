//! What another set would change.

use bytesize::ByteSize;

use super::{FileSize, Registry, ScreenScore, Set, Store};

/// The set that is fetched where nothing is installed; others are compared to it.
const USUAL: &str = "v5-mobile";
/// The set that is worth fetching for reading screens.
const WORTH: &str = "v6-small";

/// A set that would read screens better than what is installed.
#[derive(Debug, Clone)]
pub(crate) struct Better {
    /// What people type.
    pub set: &'static str,
    size: FileSize,
    is: ScreenScore,
    usual: ScreenScore,
}

impl Better {
    /// None where it or a better one is installed.
    pub fn of(store: &Store) -> Option<Self> {
        let registry = store.registry();
        let sets = registry.auto_sets();
        let worth = sets.iter().position(|set| set.name == WORTH)?;
        let is_new = sets[..=worth].iter().all(|set| !store.has_set(set));
        is_new.then(|| Self::than_usual(registry, sets[worth]))?
    }

    fn than_usual(registry: &'static Registry, set: &'static Set) -> Option<Self> {
        let usual = registry.set(USUAL).ok()?.measured?;
        let size = FileSize::sum(registry.files_of(set).map(super::File::size));
        Some(Self { set: &set.name, size, is: set.measured?, usual })
    }

    /// What it would change, in a sentence without its end.
    pub fn gain(&self) -> String {
        let size = match self.size {
            FileSize::Exactly(bytes) | FileSize::About(bytes) => ByteSize::b(bytes).display().si().to_string(),
            FileSize::Unknown => t!("models.progress.unknown_size").into_owned(),
        };
        let times = self.is.time / self.usual.time;
        let (wrong, usually) = (format!("{:.2}", self.is.wrong), format!("{:.2}", self.usual.wrong));
        let times = format!("{times:.1}");
        t!("models.better", set = self.set, wrong = wrong, usual = USUAL, usually = usually, times = times, size = size)
            .into_owned()
    }
}
