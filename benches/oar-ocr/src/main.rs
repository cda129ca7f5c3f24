//! Reads paths from standard input and answers each with `MILLISECONDS LINES`.
//! Arguments: detection model, recognition model, its characters (a file, one a line), threads, `reference` to take the
//! official pipeline's settings instead of its own.

use std::{
    env,
    error::Error,
    io::{self, Write},
    path::Path,
    time::Instant,
};

use oar_ocr::{
    core::config::OrtSessionConfig,
    domain::tasks::TextDetectionConfig,
    oarocr::OAROCRBuilder,
    processors::LimitType,
    utils::load_image,
};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [detection, recognition, characters, threads, settings @ ..] = arguments.as_slice() else {
        return Err("detection, recognition, characters, threads [reference]".into());
    };
    let session = OrtSessionConfig { intra_threads: Some(threads.parse()?), ..OrtSessionConfig::default() };
    let mut builder =
        OAROCRBuilder::new(Path::new(detection), Path::new(recognition), characters).ort_session(session);
    if settings == ["reference"] {
        builder = builder.region_batch_size(6).text_detection_config(TextDetectionConfig {
            score_threshold: 0.3,
            box_threshold: 0.6,
            unclip_ratio: 1.5,
            max_candidates: 1000,
            limit_side_len: Some(64),
            limit_type: Some(LimitType::Min),
            max_side_len: Some(4000),
        });
    }
    let ocr = builder.build()?;
    for path in io::stdin().lines() {
        let started = Instant::now();
        let results = ocr.predict(vec![load_image(Path::new(path?.trim()))?])?;
        println!("{:.3} {}", started.elapsed().as_secs_f64() * 1e3, results[0].text_regions.len());
        io::stdout().flush()?;
    }
    Ok(())
}
