//! Where the text is: image → tensor → heat map → boxes.

mod allowance;
mod boxes;
mod filled;
mod heat_map;
mod score;
mod screen;
mod tiles;
mod unclip;
mod unseen;

use std::sync::Arc;
use std::time::Instant;

use image::RgbImage;

use super::piece::{self, Cores, Effort, Lanes};
use super::session::{Provider, Session};
use super::tensor::{self, Levels, Slot};
use super::{Error, LimitType, Options, Params, Profile, Quad, Stage};

use filled::{cut, filled};

pub use allowance::Allowance;
pub(super) use allowance::size;
pub use boxes::{Found, Thresholds};
pub use heat_map::HeatMap;
pub(super) use unseen::unseen;

/// Longest side in pixels that the model is given (`max_side_limit` in PaddleX's `configs/pipelines/OCR.yaml`).
pub(super) const MAX_SIDE: u32 = 4000;

/// Planes of a tensor.
const PLANES: usize = 3;

/// The model wants sides that are multiples of this.
const MULTIPLE: f64 = 32.0;

/// Images whose width and height add up to less are padded first (PaddleX's `DetResizeForTest.resize`).
const TINY: u32 = 64;

/// The detection model.
pub(super) struct Detector {
    session: Session,
    max_candidates: usize,
    allowance: Option<Allowance>,
    coarse_first: bool,
    levels: Levels,
}

impl Detector {
    /// Loads the model that `options` name, for `provider`.
    pub fn load(options: &Options, provider: Provider) -> Result<Self, Error> {
        let session = Session::load_for(provider, &options.detection, options, |_, _| None)?;
        let Options { max_candidates, allowance, coarse_first, .. } = *options;
        Ok(Self { session, max_candidates, allowance, coarse_first, levels: levels() })
    }

    /// See [`super::Engine::widen`].
    pub fn widen(&self) {
        self.session.widen();
    }

    /// The outlines of lines of text in `image`, which is not empty, in reading order, and where the time went.
    ///
    /// # Errors
    /// [`Error::TooLargeForWhole`] before anything is allocated for a whole page that would need more than is allowed.
    pub async fn detect(
        self: &Arc<Self>,
        image: &Arc<RgbImage>,
        params: &Params,
        lanes: &dyn Lanes,
    ) -> Result<(Vec<Quad>, Stage), Error> {
        match params.profile {
            Profile::Screen => screen::detect(self, image, params, lanes).await,
            Profile::Paddle => {
                let [width, height] = input_size(image.dimensions().into(), params);
                if let Some(allowance) = self.allowance {
                    allowance.check([width, height])?;
                }
                let (detector, image, params) = (Arc::clone(self), Arc::clone(image), *params);
                let effort = Effort { cost: (width * height) as u64, spreads: false };
                piece::one(lanes, effort, move |_| detector.whole(Cores::All, &image, &params)).await?
            }
        }
    }

    /// [`Detector::detect`] as the reference does it: all of `image` at once.
    fn whole(&self, cores: Cores, image: &RgbImage, params: &Params) -> Result<(Vec<Quad>, Stage), Error> {
        let started = Instant::now();
        let input = Input::new(image, params, &self.levels);
        let prepare = started.elapsed();

        let size = [input.width, input.height];
        let (quads, stage) = self.map(cores, size, &input.planes, |values| {
            let map = HeatMap { values, width: input.width, height: input.height };
            self.quads(&map, image.dimensions().into(), params)
        })?;
        Ok((quads, Stage { prepare: prepare + stage.prepare, ..stage }))
    }

    /// Runs the model on `planes` (`[3, height, width]`) and has something made of its map, which has the same size; all
    /// is timed.
    fn map<T>(
        &self,
        cores: Cores,
        [width, height]: [usize; 2],
        planes: &[f32],
        read: impl FnOnce(&[f32]) -> T,
    ) -> Result<(T, Stage), Error> {
        let started = Instant::now();
        let filled = self.session.wants_few_shapes().then(|| filled(planes, [width, height])).flatten();
        let (given, size) =
            filled.as_ref().map_or((planes, [width, height]), |(planes, size)| (planes.as_slice(), *size));
        let prepare = started.elapsed();

        let started = Instant::now();
        let output = self.session.run(cores, [1, PLANES, size[1], size[0]], given)?;
        let run = started.elapsed();

        let started = Instant::now();
        let ([_, _, rows, columns], values) = output.tensor()?;
        if [columns, rows] != size {
            return Err(output.unfit().into());
        }
        let result = if filled.is_some() { read(&cut(values, columns, [width, height])) } else { read(values) };
        Ok((result, Stage { prepare, run, finish: started.elapsed(), ..Stage::default() }))
    }

    /// The outlines in a map of a page of size `page`.
    fn quads(&self, map: &HeatMap, page: [u32; 2], params: &Params) -> Vec<Quad> {
        let found = map.boxes(page, &thresholds(params, self.max_candidates));
        in_reference_order(found.into_iter().map(|found| found.quad).collect())
    }
}

/// What the model is given.
pub(super) struct Input {
    /// `[3, height, width]`: blue, green, red.
    pub planes: Vec<f32>,
    pub width: usize,
    pub height: usize,
}

impl Input {
    /// `image`, which is not empty, as the model wants it.
    pub fn new(image: &RgbImage, params: &Params, levels: &Levels) -> Self {
        let padded = padded(image);
        let image = padded.as_ref().unwrap_or(image);
        let [width, height] = input_size([image.width(), image.height()], params);
        let mut planes = vec![0.0; PLANES * width * height];
        tensor::fill(&mut planes, Slot { width, height, stride: width }, image, levels);
        Self { planes, width, height }
    }
}

/// The values that the model is given for bytes.
pub(super) fn levels() -> Levels {
    Levels::imagenet()
}

/// A tiny image with black to its right and below; none if `image` is not tiny. Boxes are still scaled as if the map
/// stood for the image alone, which squeezes them: the reference's way.
fn padded(image: &RgbImage) -> Option<RgbImage> {
    if image.width() + image.height() >= TINY {
        return None;
    }
    let mut padded = RgbImage::new(image.width().max(32), image.height().max(32));
    image::imageops::replace(&mut padded, image, 0, 0);
    Some(padded)
}

/// The size `[width, height]` in which an image of `size` is given to the model.
///
/// PaddleX's `DetResizeForTest.resize_image_type0` (`models/text_detection/processors.py`).
pub(crate) fn input_size(size: [u32; 2], params: &Params) -> [usize; 2] {
    let sides = size.map(f64::from);
    let (shorter, longer) = (sides[0].min(sides[1]), sides[0].max(sides[1]));
    let limit = f64::from(or_default(params.limit_side_len, Params::default().limit_side_len));
    let ratio = match params.limit_type {
        LimitType::Min if shorter < limit => limit / shorter,
        LimitType::Max if longer > limit => limit / longer,
        LimitType::Min | LimitType::Max => 1.0,
        LimitType::ResizeLong => limit / longer,
    };
    let mut sides = sides.map(|side| (side * ratio).trunc());
    let longer = sides[0].max(sides[1]);
    if longer > f64::from(MAX_SIDE) {
        let ratio = f64::from(MAX_SIDE) / longer;
        sides = sides.map(|side| (side * ratio).trunc());
    }
    sides.map(|side| ((side / MULTIPLE).round_ties_even() * MULTIPLE).max(MULTIPLE) as usize)
}

fn thresholds(params: &Params, max_candidates: usize) -> Thresholds {
    let default = Params::default();
    Thresholds {
        pixel: or_default(params.thresh, default.thresh),
        score: or_default(params.box_thresh, default.box_thresh),
        unclip_ratio: or_default(params.unclip_ratio, default.unclip_ratio),
        max_candidates,
    }
}

/// Python's `value or default`.
fn or_default<T: Default + PartialEq>(value: T, default: T) -> T {
    if value == T::default() { default } else { value }
}

/// From top to bottom, and from left to right where tops are less than 10 pixels apart.
///
/// PaddleX's `SortQuadBoxes` (`pipelines/components/common/sort_boxes.py`); not a total order, so the way it sorts is
/// part of the result.
fn in_reference_order(mut quads: Vec<Quad>) -> Vec<Quad> {
    quads.sort_by_key(|quad| (quad.0[0][1], quad.0[0][0]));
    for end in 1..quads.len() {
        for index in (0..end).rev() {
            let ([left, top], [next_left, next_top]) = (quads[index].0[0], quads[index + 1].0[0]);
            if (next_top - top).abs() >= 10 || next_left >= left {
                break;
            }
            quads.swap(index, index + 1);
        }
    }
    quads
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::*;
    use crate::ocr::opencv::recordings::recorded;

    #[derive(Deserialize)]
    struct Case {
        size: [u32; 2],
        limit_type: String,
        limit_side_len: u32,
        input: [usize; 2],
    }

    #[derive(Deserialize)]
    struct Order {
        corners: Vec<[i32; 2]>,
        sorted: Vec<[i32; 2]>,
    }

    /// Quads told apart by their first corner.
    fn quads(corners: &[[i32; 2]]) -> Vec<Quad> {
        corners.iter().map(|&corner| Quad([corner, [0, 0], [0, 0], [0, 0]])).collect()
    }

    #[test]
    fn images_are_given_to_the_model_in_the_size_of_the_reference() {
        for case in recorded::<Case>("input_size") {
            let limit_type = match case.limit_type.as_str() {
                "min" => LimitType::Min,
                "max" => LimitType::Max,
                _ => LimitType::ResizeLong,
            };
            let params = Params { limit_side_len: case.limit_side_len, limit_type, ..Params::default() };
            assert_eq!(input_size(case.size, &params), case.input, "{:?} {params:?}", case.size);
        }
    }

    #[test]
    fn zero_means_the_default() {
        let zero = Params { limit_side_len: 0, thresh: 0.0, box_thresh: 0.0, unclip_ratio: 0.0, ..Params::default() };
        assert_eq!(thresholds(&zero, 1000), thresholds(&Params::default(), 1000));
        assert_eq!(input_size([323, 30], &zero), input_size([323, 30], &Params::default()));
    }

    #[test]
    fn boxes_are_sorted_as_the_reference_sorts_them() {
        for case in recorded::<Order>("order") {
            assert_eq!(in_reference_order(quads(&case.corners)), quads(&case.sorted));
        }
    }

    proptest! {
        #[test]
        fn sorting_loses_and_invents_nothing(corners in prop::collection::vec([0..50_i32, 0..80_i32], 0..30)) {
            let key = |quad: &Quad| quad.0[0];
            let mut before = quads(&corners);
            let mut after = in_reference_order(before.clone());
            before.sort_by_key(key);
            after.sort_by_key(key);
            prop_assert_eq!(before, after);
        }
    }
}
