//! The engines that these tests share: each set of models is loaded once, and reads for all of them.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::OnceLock;

use jkocr::ocr::{Engine, Options, document};

use crate::common::Jkocr;

/// A pair of models.
pub struct Set {
    detection: &'static str,
    recognition: &'static str,
    max_candidates: usize,
    coarse_first: bool,
    engine: OnceLock<Engine>,
}

pub static V5_MOBILE: Set = Set::new("v5-mobile-det", "v5-mobile-rec", 1000, false);
pub static V6_SMALL: Set = Set::new("v6-small-det", "v6-small-rec", 3000, true);

impl Set {
    const fn new(
        detection: &'static str,
        recognition: &'static str,
        max_candidates: usize,
        coarse_first: bool,
    ) -> Self {
        Self { detection, recognition, max_candidates, coarse_first, engine: OnceLock::new() }
    }

    /// With every document model, for an engine of a test's own.
    pub fn options(&self) -> Options {
        Options {
            name: "test".to_owned(),
            runtime: installed("onnxruntime"),
            openvino: None,
            detection: installed(self.detection),
            recognition: installed(self.recognition),
            document: document::ModelPaths {
                orientation: installed("doc-orientation"),
                unwarping: installed("unwarping"),
                textline_orientation: installed("textline-orientation"),
            },
            max_candidates: self.max_candidates,
            allowance: None,
            coarse_first: self.coarse_first,
            threads: NonZeroUsize::new(2).expect("two"),
            kleidiai: false,
        }
    }

    /// The engine of all tests.
    pub fn engine(&self) -> &Engine {
        let load = || Engine::load(&self.options()).unwrap_or_else(|error| panic!("{:#}", anyhow::Error::from(error)));
        self.engine.get_or_init(load)
    }
}

/// The path of a model or of the runtime, as users find it.
fn installed(id: &str) -> PathBuf {
    let found = Jkocr::new().run(["models", "path", id]);
    PathBuf::from(found.exits(0).stdout().trim_end())
}
