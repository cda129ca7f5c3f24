//! Times the stages of reading an image, against the floor: what the models alone take for it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::ocr::decode::{self, decode};
use crate::ocr::{self, Engine, Page, Params, Profile, Timings};
use crate::worker::Lanes;

/// Reads that are not counted: the first runs of a shape allocate.
const WARM_UP: usize = 2;

/// What an image took, over all rounds.
#[derive(Debug, Clone, PartialEq)]
pub struct Measurement {
    /// Width of the image in pixels.
    pub width: u32,
    /// Height of the image in pixels.
    pub height: u32,
    /// Lines that were read.
    pub lines: usize,
    /// Each stage's median.
    pub stages: Stages,
    /// What the models alone would take if their runs filled all lanes.
    pub floor: Floor,
    /// The share of all lanes' time that they were at work, `0.0..=1.0`; the rest they waited for each other.
    pub busy: f64,
}

/// What the models alone take for an image: the part of a read that only faster models could shorten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Floor {
    /// The runs of the detection model.
    pub detect: Duration,
    /// The runs of the recognition model, one a line.
    pub recognize: Duration,
}

/// Where the time of a read goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stages {
    /// Bytes of a file to pixels.
    pub decode: Duration,
    /// The stages of both models, summed over the lanes.
    pub models: Timings,
    /// From the pixels to the last line.
    pub read: Duration,
    /// From the first byte to the last line.
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

/// Reads the image file `bytes` `rounds` times (at least once) on all lanes.
///
/// # Errors
/// [`Error`] if the image cannot be read.
pub fn measure(
    engine: &Engine,
    lanes: &Lanes,
    bytes: &[u8],
    params: &Params,
    rounds: usize,
) -> Result<Measurement, Error> {
    let read = || read(engine, lanes, bytes, params);
    for _ in 0..WARM_UP {
        read()?;
    }
    let before = lanes.pulse().done();
    let mut rounds: Vec<(Page, Stages)> = (0..rounds.max(1)).map(|_| read()).collect::<Result<_, _>>()?;
    let after = lanes.pulse().done();
    let all = rounds.iter().map(|(_, taken)| taken.read).sum::<Duration>().as_secs_f64() * after.len() as f64;
    let busy = after
        .iter()
        .zip(&before)
        .map(|(after, before)| after.busy.as_secs_f64() - before.busy.as_secs_f64())
        .sum::<f64>();
    let stages = medians(&rounds.iter().map(|(_, taken)| *taken).collect::<Vec<_>>());
    let Some((Page { width, height, lines, .. }, _)) = rounds.pop() else {
        unreachable!("there is one round at least")
    };
    let floor = floor(&stages.models, params.profile, after.len() as u32);
    Ok(Measurement { width, height, lines: lines.len(), stages, floor, busy: (busy / all).min(1.0) })
}

fn read(engine: &Engine, lanes: &Lanes, bytes: &[u8], params: &Params) -> Result<(Page, Stages), Error> {
    let started = Instant::now();
    let image = Arc::new(decode(bytes, &decode::Limits::default())?);
    let decode = started.elapsed();
    let reading = Instant::now();
    let page = lanes.read(engine, image, params)?;
    let read = reading.elapsed();
    let stages = Stages { decode, models: page.timings, read, total: started.elapsed() };
    Ok((page, stages))
}

/// The runs spread over all lanes. Those of the detection of whole pages have all threads already.
fn floor(models: &Timings, profile: Profile, lanes: u32) -> Floor {
    let detect = match profile {
        Profile::Screen => models.detect.run / lanes,
        Profile::Paddle => models.detect.run,
    };
    Floor { detect, recognize: models.recognize.run / lanes }
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
                wall: of(|round| round.models.detect.wall),
            },
            cut: of(|round| round.models.cut),
            recognize: ocr::Stage {
                prepare: of(|round| round.models.recognize.prepare),
                run: of(|round| round.models.recognize.run),
                finish: of(|round| round.models.recognize.finish),
                wall: of(|round| round.models.recognize.wall),
            },
        },
        read: of(|round| round.read),
        total: of(|round| round.total),
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
            busy: 1.0,
        };
        assert!((measurement.overhead().unwrap() - 0.1).abs() < 1e-9);
        measurement.floor = Floor::default();
        assert_eq!(measurement.overhead(), None);
    }
}
