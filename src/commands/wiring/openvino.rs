//! Whether OpenVINO reads screens on this machine, and how finely.

use std::path::Path;

use super::engine::{EngineLibrary, EngineUnusable, check_library};
use crate::config::{EngineChoice, PrecisionChoice};
use crate::models::{self, OPENVINO, Store};
use crate::ocr::{OpenVino, Precision};
use crate::processor::Processor;
use crate::report;

/// What the choice goes by.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances {
    /// `ocr.engine`.
    pub engine: EngineChoice,
    /// `ocr.precision`.
    pub precision: PrecisionChoice,
    /// What this machine computes with.
    pub processor: Processor,
    /// Whether all of OpenVINO's libraries are here.
    pub is_installed: bool,
    /// Whether the texts stay as they are with the detection and the recognition model in bf16.
    pub bf16: [bool; 2],
}

/// Precisions of the detection and the recognition model; none for what ONNX Runtime computes.
type Precisions = [Option<Precision>; 2];

/// What was asked for and cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Obstacle {
    NotInstalled,
    NoBf16,
}

/// What reads; ONNX Runtime, if it is not OpenVINO.
fn choose(given: Circumstances) -> (Option<Precisions>, Option<Obstacle>) {
    let can = given.processor.bf16.is_there();
    let precision = |may: bool| match given.precision {
        PrecisionChoice::Auto if may && can => Precision::Bf16,
        PrecisionChoice::Bf16 if can => Precision::Bf16,
        _ => Precision::F32,
    };
    let precisions = given.bf16.map(precision);
    let is_faster = precisions.contains(&Precision::Bf16);
    let wants_bf16 = given.precision == PrecisionChoice::Bf16;
    let obstacle = (wants_bf16 && !can).then_some(Obstacle::NoBf16);
    match given.engine {
        EngineChoice::OnnxRuntime => (None, None),
        EngineChoice::Auto if !is_faster => (None, obstacle),
        // Who leaves the choice to us need not know of it.
        EngineChoice::Auto if !given.is_installed => (None, wants_bf16.then_some(Obstacle::NotInstalled)),
        EngineChoice::OpenVino if !given.is_installed => (None, Some(Obstacle::NotInstalled)),
        // In 32 bits ONNX Runtime is as fast, and needs less.
        EngineChoice::Auto => {
            (Some(precisions.map(|precision| Some(precision).filter(|it| *it == Precision::Bf16))), None)
        }
        EngineChoice::OpenVino => (Some(precisions.map(Some)), obstacle),
    }
}

/// What OpenVINO computes of `store`'s models; none where ONNX Runtime does it all, with a word in the log if that is not
/// what was asked for.
pub fn chosen(given: Circumstances, store: &Store) -> Option<OpenVino> {
    let (precisions, obstacle) = choose(given);
    match obstacle {
        Some(Obstacle::NotInstalled) => {
            let command = models::pull_command([OPENVINO]);
            report::tell(&t!("engine.openvino_missing", command = command));
        }
        Some(Obstacle::NoBf16) => tracing::warn!("{}", t!("engine.no_bf16")),
        None => {}
    }
    let [detection, recognition] = precisions?;
    let library = store.installed_openvino()?;
    match usable(&library, store) {
        Ok(()) => Some(OpenVino { library, detection, recognition }),
        Err(error) => {
            report::tell(&t!("engine.openvino_unusable", reason = format!("{error:#}")));
            None
        }
    }
}

/// Whether its files are what they should be, load, and compute.
fn usable(library: &Path, store: &Store) -> Result<(), anyhow::Error> {
    store.confirm_openvino()?;
    check_library(EngineLibrary::OpenVino(library)).map_err(|EngineUnusable { reason, .. }| anyhow::Error::msg(reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    const F32: Option<Precision> = Some(Precision::F32);
    const BF16: Option<Precision> = Some(Precision::Bf16);

    /// On a machine with OpenVINO and these flags, with models like v5-mobile's: only recognition may be in bf16.
    fn on(flags: &[&str], engine: EngineChoice, precision: PrecisionChoice) -> Circumstances {
        let processor = Processor::with(flags);
        Circumstances { engine, precision, processor, is_installed: true, bf16: [false, true] }
    }

    const CAN: [&[&str]; 2] = [&["avx512_bf16"], &["amx_bf16"]];
    const CANNOT: [&[&str]; 3] = [&["avx2", "avx512f"], &["asimd", "bf16"], &[]];

    #[test]
    fn openvino_computes_what_it_is_faster_at() {
        for flags in CAN {
            let given = on(flags, EngineChoice::Auto, PrecisionChoice::Auto);
            assert_eq!(choose(given), (Some([None, BF16]), None));
            assert_eq!(choose(Circumstances { bf16: [true; 2], ..given }), (Some([BF16; 2]), None));
            assert_eq!(choose(Circumstances { bf16: [false; 2], ..given }), (None, None));
            assert_eq!(choose(Circumstances { is_installed: false, ..given }), (None, None));
            assert_eq!(choose(Circumstances { precision: PrecisionChoice::F32, ..given }), (None, None));
            assert_eq!(choose(Circumstances { precision: PrecisionChoice::Bf16, ..given }), (Some([BF16; 2]), None));
        }
        for flags in CANNOT {
            assert_eq!(choose(on(flags, EngineChoice::Auto, PrecisionChoice::Auto)), (None, None));
        }
    }

    #[test]
    fn who_asks_for_openvino_gets_it_wherever_it_runs() {
        let given = on(&["avx512_bf16"], EngineChoice::OpenVino, PrecisionChoice::Auto);
        assert_eq!(choose(given), (Some([F32, BF16]), None));
        assert_eq!(choose(Circumstances { precision: PrecisionChoice::F32, ..given }), (Some([F32; 2]), None));
        for flags in CANNOT {
            let given = on(flags, EngineChoice::OpenVino, PrecisionChoice::Auto);
            assert_eq!(choose(given), (Some([F32; 2]), None));
        }
    }

    #[test]
    fn what_cannot_be_is_said() {
        let not_here = |given: Circumstances| Circumstances { is_installed: false, ..given };
        let given = not_here(on(&["avx512_bf16"], EngineChoice::OpenVino, PrecisionChoice::Auto));
        assert_eq!(choose(given), (None, Some(Obstacle::NotInstalled)));
        let given = not_here(on(&["avx512_bf16"], EngineChoice::Auto, PrecisionChoice::Bf16));
        assert_eq!(choose(given), (None, Some(Obstacle::NotInstalled)));
        for flags in CANNOT {
            let given = on(flags, EngineChoice::Auto, PrecisionChoice::Bf16);
            assert_eq!(choose(given), (None, Some(Obstacle::NoBf16)));
            let given = on(flags, EngineChoice::OpenVino, PrecisionChoice::Bf16);
            assert_eq!(choose(given), (Some([F32; 2]), Some(Obstacle::NoBf16)));
        }
    }

    #[test]
    fn who_asks_for_onnxruntime_gets_nothing_else() {
        for precision in [PrecisionChoice::Auto, PrecisionChoice::F32, PrecisionChoice::Bf16] {
            assert_eq!(choose(on(&["amx_bf16"], EngineChoice::OnnxRuntime, precision)), (None, None));
        }
    }
}
