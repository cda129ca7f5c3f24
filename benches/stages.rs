//! The stages of reading an image, each by itself: `cargo bench --bench stages [FILTER]`. The models are those that the
//! program has installed (`JKOCR_HOME`); what is missing is fetched.

use std::hint::black_box;
use std::num::NonZeroUsize;
use std::path::Path;
use std::time::Duration;
use std::{env, fs};

use anyhow::Result;
use criterion::{Criterion, criterion_group, criterion_main};
use jkocr::models::{self, Access, Library, Network, Registry, Store, Wanted};
use jkocr::ocr::layout::reading_order;
use jkocr::ocr::{Engine, Options, Page, Params, PrunedResult, ReadingOrder, decode, document};
use jkocr::{Paths, folded};

/// One of small images and the largest of what people send.
const IMAGES: [&str; 2] = ["chat_zh.png", "fullhd_dense.png"];

/// A stage of a read.
type Part = (&'static str, fn(&Page) -> Duration);

const PARTS: [Part; 7] = [
    ("detect/prepare", |page| page.timings.detect.prepare),
    ("detect/run", |page| page.timings.detect.run),
    ("detect/finish", |page| page.timings.detect.finish),
    ("cut", |page| page.timings.cut),
    ("recognize/prepare", |page| page.timings.recognize.prepare),
    ("recognize/run", |page| page.timings.recognize.run),
    ("recognize/finish", |page| page.timings.recognize.finish),
];

fn stages(criterion: &mut Criterion) {
    let options = options().expect("v5-mobile and the ONNX Runtime can be had");
    let engine = Engine::load(&options).expect("the models can be loaded");
    for name in IMAGES {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name);
        let bytes = fs::read(file).expect("the repository has the image");
        let limits = decode::Limits::default();
        let mut group = criterion.benchmark_group(name);
        group.sample_size(10);
        group.bench_function("decode", |bencher| bencher.iter(|| decode::decode(black_box(&bytes), &limits)));
        let image = decode::decode(&bytes, &limits).expect("the image can be decoded");
        let params = Params::default();
        for (part, of) in PARTS {
            group.bench_function(part, |bencher| {
                bencher.iter_custom(|rounds| {
                    let read = |_| engine.read(&image, &params, &|| false).expect("the image can be read");
                    (0..rounds).map(read).map(|page| of(&page)).sum()
                });
            });
        }
        let page = engine.read(&image, &params, &|| false).expect("the image can be read");
        group.bench_function("reading order", |bencher| bencher.iter(|| reading_order::reading_order(&page.quads)));
        group.bench_function("to JSON", |bencher| bencher.iter(|| serde_json::to_vec(&PrunedResult::from(&page))));
        let params = Params { reading_order: ReadingOrder::Auto, ..params };
        group.bench_function("all", |bencher| bencher.iter(|| engine.read(&image, &params, &|| false)));
    }
}

/// The folded v5-mobile models with the threads of this machine.
fn options() -> Result<Options> {
    let store = Store::new(Registry::embedded(), Paths::discover(|name| env::var(name).ok())?.data);
    let network = Network::from_environment(|name| env::var(name).ok(), Access::Online)?;
    let wanted =
        Wanted { choice: Registry::embedded().choice("v5-mobile")?, runtime: Library::Pulled, document: Vec::new() };
    let ready = models::ensure(&store, &network, &wanted, &mut |_| {})?;
    let options = Options {
        name: ready.set.name.clone(),
        runtime: ready.runtime,
        openvino: None,
        detection: ready.detection,
        recognition: ready.recognition,
        document: document::ModelPaths::default(),
        max_candidates: ready.max_candidates,
        allowance: None,
        coarse_first: ready.set.coarse_first,
        threads: NonZeroUsize::MIN,
        kleidiai: false,
    };
    Ok(folded(options, &store)?)
}

criterion_group!(benches, stages);
criterion_main!(benches);
