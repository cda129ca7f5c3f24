//! How long a request will take on either machine, by what the last ones took here.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hyper::HeaderMap;
use serde::{Deserialize, Serialize};

use super::decision::Expected;

/// What is assumed before anything was measured: a small machine, and models that are loaded from a disk.
const READ: Duration = Duration::from_millis(1500);

/// See [`READ`].
const LOAD: Duration = Duration::from_millis(1500);

/// How much the last measurement counts against those before it.
const WEIGHT: f64 = 0.3;

/// A request smaller than this, in bytes, tells nothing about the link's rate.
const TELLING: usize = 64 * 1024;

/// The shortest upload that tells anything.
const SHORTEST: Duration = Duration::from_millis(2);

/// What was measured. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Estimates(Arc<Mutex<MovingAverages>>);

/// What the last requests took, each a moving average; `None` before the first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct MovingAverages {
    /// How fast requests reach the server, in bytes per second.
    pub upload_rate: Option<f64>,
    /// The server's own work on an image, in milliseconds.
    pub server_ms: Option<f64>,
    /// This machine's work on an image, in milliseconds.
    pub here_ms: Option<f64>,
    /// Loading this machine's engine, in milliseconds.
    pub load_ms: Option<f64>,
}

impl Estimates {
    /// What was measured so far.
    #[must_use]
    pub(crate) fn measured(&self) -> MovingAverages {
        *self.lock()
    }

    /// What a request of `bytes` is expected to take. `waiting` images are before it on this machine.
    pub(super) fn expect(&self, bytes: usize, (is_loaded, waiting): (bool, usize)) -> Expected {
        let measured = self.measured();
        let upload = measured.upload_rate.map_or(0.0, |rate| bytes as f64 / rate.max(1.0));
        let remote = Duration::from_secs_f64(upload.min(3600.0)) + or(measured.server_ms, READ);
        let load = if is_loaded { Duration::ZERO } else { or(measured.load_ms, LOAD) };
        let local = load + or(measured.here_ms, READ) * (waiting as u32 + 1);
        Expected { remote, local }
    }

    /// The server answered a request of `bytes` after `took`; `headers` are those of its answer.
    pub(super) fn answered(&self, bytes: usize, took: Duration, headers: &HeaderMap) {
        let Some(own) = own_time(headers) else { return };
        let own = own.min(took);
        let mut measured = self.lock();
        average(&mut measured.server_ms, own.as_secs_f64() * 1000.0);
        let upload = took.saturating_sub(own);
        if bytes >= TELLING && upload >= SHORTEST {
            average(&mut measured.upload_rate, bytes as f64 / upload.as_secs_f64());
        }
    }

    /// A request of `bytes` was not there after `age`: the link is slower than was thought.
    pub(super) fn late(&self, bytes: usize, age: Duration) {
        let mut measured = self.lock();
        let at_most = bytes as f64 / age.as_secs_f64().max(0.001);
        if bytes >= TELLING && measured.upload_rate.is_none_or(|rate| rate > at_most) {
            measured.upload_rate = Some(at_most);
        }
    }

    /// This machine read an image in `work` after it had waited `load` for its engine.
    pub(super) fn read_here(&self, work: Duration, load: Option<Duration>) {
        let mut measured = self.lock();
        average(&mut measured.here_ms, work.as_secs_f64() * 1000.0);
        if let Some(load) = load {
            average(&mut measured.load_ms, load.as_secs_f64() * 1000.0);
        }
    }

    fn lock(&self) -> MutexGuard<'_, MovingAverages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn or(ms: Option<f64>, usual: Duration) -> Duration {
    ms.map_or(usual, |ms| Duration::from_secs_f64(ms / 1000.0))
}

fn average(value: &mut Option<f64>, seen: f64) {
    *value = Some(value.map_or(seen, |value| value + WEIGHT * (seen - value)));
}

/// What the server says that it was busy for, waiting in its queue included: `total` of `Server-Timing`, without the
/// time that the body took to arrive.
fn own_time(headers: &HeaderMap) -> Option<Duration> {
    let mut own = None;
    let mut body = 0.0;
    for value in headers.get_all("server-timing") {
        for entry in value.to_str().ok()?.split(',') {
            let Some((name, ms)) = entry.trim().split_once(";dur=") else { continue };
            let ms: f64 = ms.parse().ok().filter(|ms: &f64| (0.0..=3_600_000.0).contains(ms))?;
            match name {
                "total" => own = Some(ms),
                "body" => body = ms,
                _ => {}
            }
        }
    }
    own.map(|own| Duration::from_secs_f64((own - body).max(0.0) / 1000.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    fn headers(timing: &str) -> HeaderMap {
        HeaderMap::from_iter([("server-timing".parse().unwrap(), timing.parse().unwrap())])
    }

    #[test]
    fn a_slow_link_shows_in_what_is_expected_of_the_server() {
        let estimates = Estimates::default();
        assert_eq!(estimates.expect(1 << 20, (true, 0)), Expected { remote: READ, local: READ });
        assert_eq!(estimates.expect(0, (false, 2)).local, LOAD + 3 * READ);
        // 320 kB in 10 s, besides half a second of work.
        estimates.answered(320_000, MS(10_500), &headers("body;dur=9000, detect;dur=200, total;dur=9500"));
        assert_eq!(
            estimates.measured(),
            MovingAverages { upload_rate: Some(32_000.0), server_ms: Some(500.0), ..MovingAverages::default() }
        );
        assert_eq!(estimates.expect(3_200_000, (true, 0)).remote, MS(100_500));
        estimates.read_here(MS(1_000), Some(MS(2_000)));
        assert_eq!(estimates.expect(0, (false, 0)).local, MS(3_000));
    }

    #[test]
    fn an_upload_that_does_not_end_is_a_measurement() {
        let estimates = Estimates::default();
        estimates.late(320_000, MS(10_000));
        assert_eq!(estimates.measured().upload_rate, Some(32_000.0));
        estimates.late(320_000, MS(1_000));
        estimates.late(100, MS(60_000));
        assert_eq!(estimates.measured().upload_rate, Some(32_000.0), "it was thought no faster");
    }

    #[test]
    fn a_server_that_says_nothing_or_nonsense_changes_nothing() {
        let estimates = Estimates::default();
        for timing in ["", "total", "total;dur=x", "total;dur=-1", "total;dur=NaN", "detect;dur=5"] {
            estimates.answered(100_000, MS(100), &headers(timing));
        }
        assert_eq!(estimates.measured(), MovingAverages::default());
    }
}
