//! Times the stages of reading an image, against the floor: what the models alone take for it.

use std::time::{Duration, Instant};

use image::RgbImage;

use crate::ocr::decode::{self, decode};
use crate::ocr::{self, Engine, Floor, Page, Params, Timings};

/// Reads that are not counted: the first runs of a shape allocate.
const WARM_UP: usize = 2;

/// What an image took, over all rounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measurement {
    /// Width of the image in pixels.
    pub width: u32,
    /// Height of the image in pixels.
    pub height: u32,
    /// Lines that were read.
    pub lines: usize,
    /// Each stage's median.
    pub stages: Stages,
    /// The medians of the models alone.
    pub floor: Floor,
}

/// Where the time of a read goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stages {
    /// Bytes of a file to pixels.
    pub decode: Duration,
    /// The stages of both models.
    pub models: Timings,
    /// From the first byte to the last line; more than the sum of the others by what lies between them.
    pub total: Duration,
}

/// Why an image could not be timed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is no image that can be read.
    #[error(transparent)]
    Decode(#[from] decode::Error),
    /// The engine failed on it.
    #[error(transparent)]
    Read(#[from] ocr::Error),
}

impl Measurement {
    /// All that is not the models, as a share of the floor; 0.1 is a tenth on top. Nothing without a floor.
    #[must_use]
    pub fn overhead(&self) -> Option<f64> {
        let floor = (self.floor.detect + self.floor.recognize).as_secs_f64();
        (floor > 0.0).then(|| self.stages.total.as_secs_f64() / floor - 1.0)
    }
}

/// Reads the image file `bytes` `rounds` times (at least once), each time followed by the models alone, so that both see
/// the same state of the machine.
///
/// # Errors
/// [`Error`] if the image cannot be read.
pub fn measure(engine: &mut Engine, bytes: &[u8], params: &Params, rounds: usize) -> Result<Measurement, Error> {
    for _ in 0..WARM_UP {
        let (image, page, _) = read(engine, bytes, params)?;
        engine.floor(&image, &page.quads, params)?;
    }
    let mut stages = Vec::new();
    let mut floors = Vec::new();
    loop {
        let (image, page, taken) = read(engine, bytes, params)?;
        stages.push(taken);
        floors.push(engine.floor(&image, &page.quads, params)?);
        if stages.len() >= rounds {
            let Page { width, height, ref lines, .. } = page;
            let (stages, floor) = (medians(&stages), floor(&floors));
            return Ok(Measurement { width, height, lines: lines.len(), stages, floor });
        }
    }
}

fn read(engine: &mut Engine, bytes: &[u8], params: &Params) -> Result<(RgbImage, Page, Stages), Error> {
    let started = Instant::now();
    let image = decode(bytes, &decode::Limits::default())?;
    let decode = started.elapsed();
    let page = engine.read(&image, params, &|| false)?;
    let stages = Stages { decode, models: page.timings, total: started.elapsed() };
    Ok((image, page, stages))
}

/// The median of each stage by itself.
fn medians(rounds: &[Stages]) -> Stages {
    let of = |stage: fn(&Stages) -> Duration| median(rounds.iter().map(stage));
    Stages {
        decode: of(|round| round.decode),
        models: Timings {
            document: ocr::Stage::default(),
            detect: ocr::Stage {
                prepare: of(|round| round.models.detect.prepare),
                run: of(|round| round.models.detect.run),
                finish: of(|round| round.models.detect.finish),
            },
            cut: of(|round| round.models.cut),
            recognize: ocr::Stage {
                prepare: of(|round| round.models.recognize.prepare),
                run: of(|round| round.models.recognize.run),
                finish: of(|round| round.models.recognize.finish),
            },
        },
        total: of(|round| round.total),
    }
}

fn floor(rounds: &[Floor]) -> Floor {
    Floor {
        detect: median(rounds.iter().map(|round| round.detect)),
        recognize: median(rounds.iter().map(|round| round.recognize)),
    }
}

/// The middle value; the lower one of two. Zero without any.
fn median(values: impl Iterator<Item = Duration>) -> Duration {
    let mut values: Vec<_> = values.collect();
    values.sort_unstable();
    values.get(values.len().saturating_sub(1) / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_value() {
        let median = |values: &[u64]| median(values.iter().copied().map(Duration::from_millis)).as_millis();
        assert_eq!([median(&[]), median(&[7]), median(&[9, 1, 5]), median(&[4, 1, 3, 2])], [0, 7, 5, 2]);
    }

    #[test]
    fn overhead_is_what_is_on_top_of_the_models() {
        let [detect, recognize, total] = [100, 300, 440].map(Duration::from_millis);
        let mut measurement = Measurement {
            width: 1,
            height: 1,
            lines: 0,
            stages: Stages { total, ..Stages::default() },
            floor: Floor { detect, recognize },
        };
        assert!((measurement.overhead().unwrap() - 0.1).abs() < 1e-9);
        measurement.floor = Floor::default();
        assert_eq!(measurement.overhead(), None);
    }
}
