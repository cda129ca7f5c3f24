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

/// OpenVINO, on a machine that has not got it and would read faster with it.
#[derive(Debug, Clone)]
pub(crate) struct Faster {
    set: &'static Set,
    /// Per cent of ONNX Runtime's time.
    share: f32,
    bytes: u64,
}

impl Faster {
    /// None where it is installed, and where it would change nothing.
    pub fn of(store: &Store, set: &'static Set, processor: Processor) -> Option<Self> {
        let share = 100.0 * set.bf16_time?.on(processor)?;
        let files = store.openvino().map(LibraryBundle::files).ok()?;
        let FileSize::Exactly(bytes) = FileSize::sum(files.iter().map(File::travels)) else { return None };
        store.installed_openvino().is_none().then_some(Self { set, share, bytes })
    }

    /// What it would change, in a sentence without its end.
    pub fn gain(&self) -> String {
        let (share, size) = (format!("{:.0}", self.share), ByteSize::b(self.bytes).display().si().to_string());
        t!("models.faster", set = self.set.name, share = share, size = size).into_owned()
    }

    /// What fetches it.
    pub fn command() -> crate::shell::CommandLine {
        super::pull_command([OPENVINO])
    }
}
