//! The memory that all sessions share: how much there is, and giving it back.

use std::ffi::CStr;
use std::ptr;

use ort::AsPointer as _;
use ort::environment::Environment;
use ort::memory::{AllocationDevice, Allocator, AllocatorType, MemoryInfo, MemoryType};
use ort::session::{OutputSelector, RunOptions, Session};
use ort::value::{Tensor, TensorRef};

/// The setting of a run that gives back what no tensor uses in an arena (`onnxruntime_run_options_config_keys.h`).
const SHRINK: [&str; 2] = ["memory.enable_memory_arena_shrinkage", "cpu:0"];

/// A model in ONNX's protobuf format that copies its input `x`, one float, to its output `y`.
const COPY: &[u8] = b"\x08\x08\x3a\x37\x0a\x10\x0a\x01x\x12\x01y\x22\x08Identity\x12\x01g\
    \x5a\x0f\x0a\x01x\x12\x0a\x0a\x08\x08\x01\x12\x04\x0a\x02\x08\x01\
    \x62\x0f\x0a\x01y\x12\x0a\x0a\x08\x08\x01\x12\x04\x0a\x02\x08\x01\x42\x02\x10\x0d";

/// The arena of every session with `with_env_allocators`.
pub(super) struct Arena {
    /// A session that needs nothing of it: the arena is asked and shrunk through a session only.
    copy: Session,
}

impl Arena {
    /// Makes the arena, with ONNX Runtime's own settings.
    pub fn share(environment: &Environment) -> ort::Result<Self> {
        let memory = place()?;
        #[expect(
            unsafe_code,
            reason = "`ort` has no safe call for it; both pointers outlive the call, and null is the default"
        )]
        unsafe {
            let create = ort::api().CreateAndRegisterAllocator;
            ort::Error::result_from_status(create(environment.ptr().cast_mut(), memory.ptr(), ptr::null()))?;
        }
        let copy = Session::builder(environment)?.with_env_allocators()?.commit_from_memory(COPY)?;
        Ok(Self { copy })
    }

    /// Bytes it has taken from the system, used or not; none if the runtime does not say.
    pub fn held(&self) -> Option<u64> {
        let allocator = Allocator::new(&self.copy, place().ok()?).ok()?;
        let mut statistics = ptr::null_mut();
        #[expect(
            unsafe_code,
            reason = "`ort` has no safe call for it; the text is copied before its owner is released"
        )]
        unsafe {
            let api = ort::api();
            let asked = (api.AllocatorGetStats)(allocator.ptr(), &raw mut statistics);
            ort::Error::result_from_status(asked).ok()?;
            let value = (api.GetKeyValue)(statistics, c"TotalAllocated".as_ptr());
            let text = (!value.is_null()).then(|| CStr::from_ptr(value).to_string_lossy().into_owned());
            (api.ReleaseKeyValuePairs)(statistics);
            text?.parse().ok()
        }
    }

    /// Gives back what no tensor uses.
    ///
    /// The last run of a model cannot do that, since its output is still in the arena when it ends.
    pub fn shrink(&mut self) -> ort::Result<()> {
        let output = Tensor::<f32>::new(&Allocator::default(), [1_usize])?;
        let mut options = RunOptions::new()?.with_outputs(OutputSelector::default().preallocate("y", output));
        options.set(SHRINK[0], SHRINK[1])?;
        let input = TensorRef::from_array_view(([1_usize], [0.0_f32].as_slice()))?;
        self.copy.run_with_options(ort::inputs![input], &options)?;
        Ok(())
    }
}

fn place() -> ort::Result<MemoryInfo<'static>> {
    MemoryInfo::new(AllocationDevice::CPU, 0, AllocatorType::Arena, MemoryType::Default)
}
