//! Times the stages of reading an image, against the floor: what the models alone take for it.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::ocr::decode::{self, decode};
use crate::ocr::{self, Engine, Page, Params, Profile, Timings};
use crate::worker::{Done, LanePool};

/// Reads that are not counted: the first runs of a shape allocate.
const WARM_UP: usize = 2;

/// How often an image is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repetition {
    /// Reads that are counted.
    pub rounds: NonZeroUsize,
    /// No read is begun after this long; one is counted in any case.
    pub at_most: Duration,
}

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
    pub stages: StageTimes,
    /// What the models alone would take if their runs filled all lanes.
    pub floor: Floor,
    /// What the lanes did in that time.
    pub usage: Usage,
}

/// What the lanes did during a read, from the first byte to the last line.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Usage {
    /// What each lane did, of an average read; the pieces of all reads.
    pub lanes: Vec<Done>,
    /// Reads that were counted.
    pub reads: usize,
    /// The share of all lanes' time that they were at work, `0.0..=1.0`.
    pub busy: f64,
    /// Why they were not, the rest of it.
    pub idle: Idle,
}

/// Shares of all lanes' time in which a lane had nothing to do, `0.0..=1.0`, by what it waited for.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Idle {
    /// The file, which is decoded before there is anything to share out.
    pub decode: f64,
    /// The last tiles of the detection, on other lanes.
    pub tiles: f64,
    /// The boxes, which one lane finds in what the detector said.
    pub boxes: f64,
    /// The last lines, on other lanes.
    pub lines: f64,
    /// The layout, which one lane finds, and whatever comes between two pieces.
    pub layout: f64,
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
pub struct StageTimes {
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

/// Reads the image file `bytes` as often as `effort` says, on all lanes.
///
/// # Errors
/// [`Error`] if the image cannot be read.
pub fn measure(
    engine: &Engine,
    lanes: &LanePool,
    bytes: &[u8],
    params: &Params,
    effort: Repetition,
) -> Result<Measurement, Error> {
    let begun = Instant::now();
    let mut rounds = Vec::new();
    let mut before = lanes.pulse().done();
    while rounds.is_empty() || (rounds.len() < WARM_UP + effort.rounds.get() && begun.elapsed() < effort.at_most) {
        let (page, taken) = read(engine, lanes, bytes, params)?;
        let after = lanes.pulse().done();
        let done = after.iter().zip(&before).map(|(after, before)| *after - *before).collect();
        before = after;
        rounds.push(Round { page, taken, done });
    }
    rounds.drain(..WARM_UP.min(rounds.len() - 1));
    let stages = medians(&rounds.iter().map(|round| round.taken).collect::<Vec<_>>());
    let usage = usage(&rounds);
    let Some(Round { page: Page { width, height, lines, .. }, .. }) = rounds.pop() else {
        unreachable!("there is one round at least")
    };
    let floor = floor(&stages.models, params.profile, before.len() as u32);
    Ok(Measurement { width, height, lines: lines.len(), stages, floor, usage })
}

/// A read.
struct Round {
    page: Page,
    taken: StageTimes,
    /// By lane.
    done: Vec<Done>,
}

/// What the lanes did in `rounds`, of which there is one at least.
fn usage(rounds: &[Round]) -> Usage {
    let mut lanes = vec![Done::default(); rounds[0].done.len()];
    for round in rounds {
        lanes.iter_mut().zip(&round.done).for_each(|(lane, done)| *lane += *done);
    }
    let busy: f64 = lanes.iter().map(|lane| lane.busy.as_secs_f64()).sum();
    let taken = rounds.iter().map(|round| round.taken);
    let idle = taken
        .map(|taken| idle(&taken, lanes.len()))
        .fold([0.0; 4], |all, round| std::array::from_fn(|at| all[at] + round[at]));
    let all = lanes.len() as f64 * rounds.iter().map(|round| round.taken.total.as_secs_f64()).sum::<f64>();
    for lane in &mut lanes {
        lane.busy /= rounds.len() as u32;
    }
    let busy = (busy / all).min(1.0);
    let idle = idle.map(|seconds| seconds / all);
    // On a machine that others use a lane may lose its core within a piece, and be busy and waited for at once.
    let left = 1.0 - busy;
    let fit = (left / idle.iter().sum::<f64>()).min(1.0);
    let [decode, tiles, boxes, last_lines] = idle.map(|share| share * fit);
    let layout = (left - decode - tiles - boxes - last_lines).max(0.0);
    Usage { lanes, reads: rounds.len(), busy, idle: Idle { decode, tiles, boxes, lines: last_lines, layout } }
}

/// The seconds, summed over the lanes, in which one waited for the file, the last tiles, the boxes, the last lines.
fn idle(taken: &StageTimes, lanes: usize) -> [f64; 4] {
    let [all, others] = [lanes, lanes - 1].map(|count| count as f64);
    let Timings { detect, cut, recognize, .. } = taken.models;
    // A stage begins and ends on all lanes at once, so what they did not spend on its pieces they waited for its end.
    let rest = |wall: Duration, busy: Duration| (all * wall.as_secs_f64() - busy.as_secs_f64()).max(0.0);
    let in_detection = rest(detect.wall, detect.prepare + detect.run + detect.finish);
    let boxes = (others * detect.finish.as_secs_f64()).min(in_detection);
    let in_recognition = rest(recognize.wall, cut + recognize.prepare + recognize.run + recognize.finish);
    [all * taken.decode.as_secs_f64(), in_detection - boxes, boxes, in_recognition]
}

fn read(engine: &Engine, lanes: &LanePool, bytes: &[u8], params: &Params) -> Result<(Page, StageTimes), Error> {
    let started = Instant::now();
    let image = Arc::new(decode(bytes, &decode::Limits::default())?);
    let decode = started.elapsed();
    let reading = Instant::now();
    let page = lanes.read(engine, image, params)?;
    let read = reading.elapsed();
    let stages = StageTimes { decode, models: page.timings, read, total: started.elapsed() };
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
fn medians(rounds: &[StageTimes]) -> StageTimes {
    let of = |stage: fn(&StageTimes) -> Duration| median(rounds.iter().map(stage));
    StageTimes {
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
            stages: StageTimes { total, ..StageTimes::default() },
            floor: Floor { detect, recognize },
            usage: Usage::default(),
        };
        assert!((measurement.overhead().unwrap() - 0.1).abs() < 1e-9);
        measurement.floor = Floor::default();
        assert_eq!(measurement.overhead(), None);
    }

    #[test]
    fn lanes_are_busy_or_wait_for_something() {
        let ms = Duration::from_millis;
        let page = Page::blank(1, 1, Params::default());
        let stage =
            |run, finish, wall| ocr::Stage { run: ms(run), finish: ms(finish), wall: ms(wall), ..Default::default() };
        // Two lanes: three tiles of 10 ms and the boxes in 4 ms; a line of 30 and one of 20 ms; the layout in 6 ms.
        let models = Timings { detect: stage(30, 4, 24), recognize: stage(50, 0, 30), ..Timings::default() };
        let taken = StageTimes { decode: ms(10), models, read: ms(60), total: ms(70) };
        let done = vec![Done { pieces: 5, busy: ms(60) }, Done { pieces: 2, busy: ms(30) }];
        let round = || Round { page: page.clone(), taken, done: done.clone() };
        let Usage { lanes, reads, busy, idle } = usage(&[round(), round()]);
        assert_eq!((reads, lanes[0].pieces, lanes[1].busy), (2, 10, ms(30)));
        let shares = [busy, idle.decode, idle.tiles, idle.boxes, idle.lines, idle.layout].map(|share| share * 140.0);
        for (share, expected) in shares.into_iter().zip([90.0, 20.0, 10.0, 4.0, 10.0, 6.0]) {
            assert!((share - expected).abs() < 1e-6, "{shares:?}");
        }
    }
}
