//! For tests: what went in and came out of each model of the reference, and what it made of it in between.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use image::RgbImage;
use serde::Deserialize;

use super::detect::{self, HeatMap, Thresholds};
use super::recognize::crop::Crop;
use super::{Params, Profile, Quad, recognize};

const IMAGES: [&str; 2] = ["word_ok", "rotated"];

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data")
}

fn open(file: &Path) -> RgbImage {
    image::open(file).unwrap_or_else(|error| panic!("{}: {error}", file.display())).into_rgb8()
}

/// The floats of a NumPy file: a head that ends at the first line end, then little-endian values.
fn floats(file: &Path) -> Vec<f32> {
    let mut bytes = Vec::new();
    GzDecoder::new(fs::File::open(file).unwrap()).read_to_end(&mut bytes).unwrap();
    let head = bytes.iter().position(|&byte| byte == b'\n').unwrap() + 1;
    assert!(bytes[..head].windows(3).any(|part| part == b"<f4"), "{} holds no floats", file.display());
    bytes[head..].chunks_exact(4).map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap())).collect()
}

/// What the reference recorded for one image.
struct Recorded {
    image: RgbImage,
    folder: PathBuf,
    boxes: Boxes,
}

#[derive(Deserialize)]
struct Boxes {
    boxes_unsorted: Vec<[[i32; 2]; 4]>,
    scores: Vec<f64>,
}

fn recorded() -> Vec<Recorded> {
    let load = |name: &str| {
        let folder = data().join("stages").join(name);
        let boxes = serde_json::from_str(&fs::read_to_string(folder.join("boxes.json")).unwrap()).unwrap();
        Recorded { image: open(&data().join(format!("{name}.png"))), folder, boxes }
    };
    IMAGES.into_iter().map(load).collect()
}

impl Recorded {
    fn size(&self) -> [u32; 2] {
        [self.image.width(), self.image.height()]
    }

    /// The pieces in reading order, which is that of the crops in the folder.
    fn crops(&self) -> Vec<Crop> {
        let mut quads: Vec<Quad> = self.boxes.boxes_unsorted.iter().copied().map(Quad).collect();
        quads.sort_by_key(|quad| quad.0[0][1]);
        quads.iter().map(|quad| Crop::new(quad, self.size())).collect()
    }
}

#[test]
fn the_detection_model_is_given_what_the_reference_gives_it() {
    for case in recorded() {
        let input = detect::Input::new(&case.image, &Params::default(), &detect::levels());
        assert!(input.planes == floats(&case.folder.join("detection-input.npy.gz")), "{}", case.folder.display());
    }
}

#[test]
fn a_heat_map_becomes_the_boxes_and_scores_of_the_reference() {
    for case in recorded() {
        let input = detect::Input::new(&case.image, &Params::default(), &detect::levels());
        let values = floats(&case.folder.join("heat-map.npy.gz"));
        let heat = HeatMap { values: &values, width: input.width, height: input.height };
        let thresholds = Thresholds { pixel: 0.3, score: 0.6, unclip_ratio: 1.5, max_candidates: 1000 };
        let found = heat.boxes(case.size(), &thresholds);
        assert_eq!(found.iter().map(|found| found.quad.0).collect::<Vec<_>>(), case.boxes.boxes_unsorted);
        for (found, expected) in found.iter().zip(&case.boxes.scores) {
            assert!((found.score - expected).abs() < 1e-12, "{} instead of {expected}", found.score);
        }
    }
}

#[test]
fn pieces_are_cut_out_as_the_reference_cuts_them() {
    for case in recorded() {
        for (number, crop) in case.crops().iter().enumerate() {
            let expected = open(&case.folder.join(format!("crop-{number}.png")));
            assert!(crop.cut_out(&case.image) == expected, "{} {number}", case.folder.display());
        }
    }
}

#[test]
fn the_recognition_model_is_given_what_the_reference_gives_it() {
    for case in recorded() {
        let crops = case.crops();
        let mut batch: Vec<(f64, Vec<f32>)> = Vec::new();
        for (crop, fit) in crops.iter().zip(recognize::fits_of(&crops, Profile::Paddle, recognize::Widths::Tight)) {
            let mut tensor = Vec::new();
            recognize::fill(&mut tensor, fit, &crop.cut_out(&case.image), &recognize::levels());
            batch.push((crop.ratio(), tensor));
        }
        // The reference's first batch holds the narrowest lines.
        batch.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        let tensor: Vec<f32> = batch.into_iter().take(6).flat_map(|(_, tensor)| tensor).collect();
        assert!(tensor == floats(&case.folder.join("recognition-input.npy.gz")), "{}", case.folder.display());
    }
}
