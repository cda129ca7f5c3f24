//! Detection on screens: as coarse as the text allows, in tiles of bounded size.
//!
//! A screen with two pixels a point is detected as well at half its size, for a quarter of the work. So a page is looked
//! at like that first; where boxes come out so thin that small text may be lost or run together, it is looked at again at
//! its own size.

use std::sync::Arc;
use std::time::Instant;

use image::RgbImage;

use super::tiles::{Mosaic, Tile, core_of, tiles};
use super::{Detector, Found, HeatMap, MAX_SIDE, PLANES, Thresholds, input_size, thresholds};
use crate::ocr::piece::{self, Cores, Effort, Lanes};
use crate::ocr::{Error, Params, Quad, Stage, tensor};

/// Pages with no more pixels than this are looked at once, at their own size: what could be saved is less than what a
/// second look costs.
const SMALL: usize = 512 * 512;

/// Boxes with a shorter side than this many pixels of the coarse map are looked at again.
const THIN: f64 = 11.0;

/// What is a box in the coarse map, if it is only to say where to look again: anything that might be text.
const DOUBTFUL: f64 = 0.3;

/// The outlines of lines of text in `image`, which is not empty, in reading order, and where the time went.
pub(super) async fn detect(
    detector: &Arc<Detector>,
    image: &Arc<RgbImage>,
    params: &Params,
    lanes: &dyn Lanes,
) -> Result<(Vec<Quad>, Stage), Error> {
    let (detector, image, params) = (Arc::clone(detector), Arc::clone(image), *params);
    let size: [u32; 2] = image.dimensions().into();
    let fine = input_size(size, &params);
    if fine[0] * fine[1] <= SMALL {
        let effort = detector.effort(fine);
        return piece::one(lanes, effort, move |cores| detector.whole(cores, &image, &params)).await?;
    }
    let mut stage = Stage::default();
    let screen = Screen { detector: &detector, image: &image, lanes };
    let first = if detector.coarse_first { coarse(size, fine) } else { fine };
    let mut map = screen.look(Mosaic::blank(first), tiles(first), &mut stage).await?;
    if first != fine {
        let thresholds = thresholds(&params, detector.max_candidates);
        let refine = move || (Mosaic::stretched(&map, fine), thin(&map, fine, &thresholds));
        let (stretched, again) = screen.finish(refine, &mut stage).await?;
        map = screen.look(stretched, again, &mut stage).await?;
    }
    let finder = Arc::clone(&detector);
    let quads = screen.finish(move || finder.quads(&map.heat(), size, &params), &mut stage).await?;
    Ok((quads, stage))
}

/// Half the size of a page, as far as the model goes; never more than `fine`.
fn coarse(page: [u32; 2], fine: [usize; 2]) -> [usize; 2] {
    let half = |axis: usize| {
        let side = (page[axis] as usize / 2).min(MAX_SIDE as usize);
        side.next_multiple_of(32).min(fine[axis])
    };
    [half(0), half(1)]
}

/// A screen that is looked at.
struct Screen<'p> {
    detector: &'p Arc<Detector>,
    image: &'p Arc<RgbImage>,
    lanes: &'p dyn Lanes,
}

impl Screen<'_> {
    /// Puts what the model says of `tiles` into `map`.
    async fn look(&self, mut map: Mosaic, tiles: Vec<Tile>, stage: &mut Stage) -> Result<Mosaic, Error> {
        let size = map.size;
        let works = tiles.into_iter().map(|tile| {
            let (detector, image) = (Arc::clone(self.detector), Arc::clone(self.image));
            let effort = detector.effort(tile.size());
            (effort, move |cores| detector.look(cores, &image, size, &tile).map(|seen| (tile, seen)))
        });
        for seen in piece::all(self.lanes, works).await? {
            let (tile, (values, taken)) = seen?;
            *stage += taken;
            if let Some(values) = values {
                map.put(&tile.core, &values);
            }
        }
        Ok(map)
    }

    /// Has something made of what the model said.
    async fn finish<T: Send + 'static>(
        &self,
        make: impl FnOnce() -> T + Send + 'static,
        stage: &mut Stage,
    ) -> Result<T, Error> {
        let work = move |_| {
            let started = Instant::now();
            (make(), started.elapsed())
        };
        let (result, took) = piece::one(self.lanes, Effort::UNKNOWN, work).await?;
        stage.finish += took;
        Ok(result)
    }
}

/// The tiles of a map of size `fine` that are to be looked at again: those in which boxes of the coarse `map` are thin,
/// and whatever the lines in them reach into, since halves of a line that come from different maps do not meet.
fn thin(map: &Mosaic, fine: [usize; 2], thresholds: &Thresholds) -> Vec<Tile> {
    let thresholds = Thresholds { score: thresholds.score.min(DOUBTFUL), ..*thresholds };
    let found = map.heat().boxes(map.size.map(|side| side as u32), &thresholds);
    let scale = [0, 1].map(|axis| fine[axis] as f64 / map.size[axis] as f64);
    let bounds = |quad: &Quad| {
        let [left, top, right, bottom] = quad.bounds().map(f64::from);
        [left * scale[0], top * scale[1], right * scale[0], bottom * scale[1]]
    };
    let (mut again, mut rest): (Vec<Tile>, Vec<Tile>) = (Vec::new(), tiles(fine));
    let (thin, mut thick): (Vec<&Found>, Vec<&Found>) = found.iter().partition(|found| short_side(&found.quad) < THIN);
    let mut reached: Vec<[f64; 4]> = thin.into_iter().map(|found| bounds(&found.quad)).collect();
    while !reached.is_empty() {
        let moved = rest.extract_if(.., |tile| reached.iter().any(|bounds| tile.meets(*bounds)));
        again.extend(moved);
        let cut = |found: &mut &Found| again.iter().any(|tile| tile.meets(bounds(&found.quad)));
        reached = thick.extract_if(.., cut).map(|found| bounds(&found.quad)).collect();
    }
    again
}

/// The shorter side of a quad that is nearly a rectangle.
fn short_side(quad: &Quad) -> f64 {
    let side = |from: usize, to: usize| {
        let [x, y] = [0, 1].map(|axis| f64::from(quad.0[from][axis] - quad.0[to][axis]));
        x.hypot(y)
    };
    side(0, 1).min(side(0, 3))
}

impl Detector {
    /// That of looking at so much (`[width, height]`).
    fn effort(&self, size: [usize; 2]) -> Effort {
        Effort { cost: size.iter().product::<usize>() as u64, spreads: self.session.spreads() }
    }

    /// What the model says of a tile of a map of size `size`: the values of its core, none if it shows but one colour.
    fn look(
        &self,
        cores: Cores,
        image: &RgbImage,
        size: [usize; 2],
        tile: &Tile,
    ) -> Result<(Option<Vec<f32>>, Stage), Error> {
        let started = Instant::now();
        let [width, height] = tile.size();
        let mut planes = vec![0.0; PLANES * width * height];
        let is_flat = tensor::fill_part(&mut planes, image, (size, &tile.seen), &self.levels);
        let prepare = started.elapsed();
        if is_flat {
            return Ok((None, Stage { prepare, ..Stage::default() }));
        }

        let (core, stage) = self.map(cores, tile.size(), &planes, |values| core_of(tile, values))?;
        Ok((Some(core), Stage { prepare: prepare + stage.prepare, ..stage }))
    }
}

impl Mosaic {
    fn heat(&self) -> HeatMap<'_> {
        HeatMap { values: &self.values, width: self.size[0], height: self.size[1] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_coarse_map_has_half_the_size_of_the_page_in_multiples_of_the_model() {
        assert_eq!(coarse([3024, 1964], [3008, 1952]), [1536, 992]);
        assert_eq!(coarse([5120, 2880], [4000, 2240]), [2560, 1440]);
        assert_eq!(coarse([20_000, 100], [4000, 32]), [4000, 32]);
    }
}
