//! What OpenVINO would change.

use bytesize::ByteSize;
use serde::Deserialize;

use super::{File, FileSize, LibraryBundle, OPENVINO, Set, Store};
use crate::processor::{Bf16, Processor};

/// The time of a set with OpenVINO, some of its models in bf16, as a share of ONNX Runtime's (see `models/README.md`).
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bf16Time {
    /// With AVX512-BF16; absent where nobody measured it.
    avx512: Option<f32>,
    /// With AMX; likewise.
    amx: Option<f32>,
}

impl Bf16Time {
    /// That on `processor`, if it is known and less than ONNX Runtime's.
    pub fn on(self, processor: Processor) -> Option<f32> {
        let share = match processor.bf16 {
            Bf16::No => None,
            Bf16::Avx512 => self.avx512,
            Bf16::Amx => self.amx,
        };
        share.filter(|share| *share < 1.0)
    }
}

/// OpenVINO, where reading would be faster with it.
#[derive(Debug, Clone)]
pub(crate) struct Faster {
    set: &'static Set,
    /// Per cent of ONNX Runtime's time.
    share: f32,
    bytes: u64,
}

impl Faster {
    /// On this machine; none where it is installed, and where it would change nothing.
    pub fn of(store: &Store, set: &'static Set, processor: Processor) -> Option<Self> {
        if store.installed_openvino().is_some() {
            return None;
        }
        Self::with(store.openvino().ok()?, set, processor)
    }

    /// On a machine with `processor` that `openvino` is for; none where it would change nothing.
    pub fn with(openvino: &LibraryBundle, set: &'static Set, processor: Processor) -> Option<Self> {
        let share = 100.0 * set.bf16_time?.on(processor)?;
        let FileSize::Exactly(bytes) = FileSize::sum(openvino.files().iter().map(File::travels)) else { return None };
        Some(Self { set, share, bytes })
    }

    /// What it would change, in a sentence without its end.
    pub fn gain(&self) -> String {
        t!("models.faster", set = self.set.name, share = self.share(), size = self.size()).into_owned()
    }

    /// Per cent of ONNX Runtime's time, as people read it.
    pub fn share(&self) -> String {
        format!("{:.0}", self.share)
    }

    /// What is fetched, as people read it.
    pub fn size(&self) -> String {
        ByteSize::b(self.bytes).display().si().to_string()
    }

    /// What fetches it.
    pub fn command() -> crate::shell::CommandLine {
        super::pull_command([OPENVINO])
    }
}
