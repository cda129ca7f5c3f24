//! What requests cost: the stages of one, and the counts of all in Prometheus' words.

use std::fmt::Write as _;
use std::sync::atomic::Ordering;
use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

use crate::memory;

/// The media type of [`Metrics::text`].
pub(crate) const TEXT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Where the time of one request went, in the order it went there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stages(Vec<(&'static str, Duration)>);

impl Stages {
    /// Adds a stage; the name is an HTTP token (`queue`, `detect`).
    pub(crate) fn add(&mut self, name: &'static str, took: Duration) {
        self.0.push((name, took));
    }

    /// Adds the times of `other` to those of the same name here.
    pub fn join(&mut self, other: &Self) {
        for (name, took) in other.iter() {
            match self.0.iter_mut().find(|(here, _)| *here == name) {
                Some((_, total)) => *total += took,
                None => self.add(name, took),
            }
        }
    }

    /// Every stage.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, Duration)> {
        self.0.iter().copied()
    }

    /// The value of a `Server-Timing` header (W3C Server Timing): durations in milliseconds.
    #[must_use]
    pub fn header(&self) -> String {
        let mut header = String::new();
        for (name, took) in self.iter() {
            let comma = if header.is_empty() { "" } else { ", " };
            let _ = write!(header, "{comma}{name};dur={:.1}", took.as_secs_f64() * 1000.0);
        }
        header
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    route: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StageLabels {
    stage: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct EngineLabels {
    engine: String,
}

/// The numbers that are looked up when somebody asks for [`Metrics::text`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// Images that wait for their turn.
    pub waiting: usize,
    /// Bytes of request bodies in memory.
    pub body_bytes: u64,
    /// Times the models were loaded anew because they held too much memory.
    pub rebuilds: u64,
}

/// The counts of a process.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    stages: Family<StageLabels, Histogram>,
    megapixels: Histogram,
    engines: Family<EngineLabels, Counter>,
    connections: Gauge,
    waiting: Gauge,
    body_bytes: Gauge,
    rebuilds: Counter,
    resident: Gauge,
}

impl Metrics {
    /// All zero.
    #[must_use]
    pub fn new() -> Self {
        let mut registry = Registry::default();
        // 1 ms to 65 s: a stage takes from nothing to the whole of a request's time.
        let durations: fn() -> Histogram = || Histogram::new(exponential_buckets(0.001, 2.0, 17));
        let metrics = Self {
            requests: Family::default(),
            stages: Family::new_with_constructor(durations),
            // 1/16 to 128 megapixels.
            megapixels: Histogram::new(exponential_buckets(0.0625, 2.0, 12)),
            engines: Family::default(),
            connections: Gauge::default(),
            waiting: Gauge::default(),
            body_bytes: Gauge::default(),
            rebuilds: Counter::default(),
            resident: Gauge::default(),
            registry: Registry::default(),
        };
        registry.register("jkocr_requests", "Requests by route and outcome", metrics.requests.clone());
        registry.register("jkocr_stage_seconds", "Time of each stage of a request", metrics.stages.clone());
        registry.register("jkocr_image_megapixels", "Sizes of the images read", metrics.megapixels.clone());
        registry.register("jkocr_images", "Images by what computed the models", metrics.engines.clone());
        registry.register("jkocr_connections", "Open connections", metrics.connections.clone());
        registry.register("jkocr_queue_depth", "Images that wait for their turn", metrics.waiting.clone());
        registry.register("jkocr_body_bytes", "Request bodies in memory", metrics.body_bytes.clone());
        let help = "Times the models were loaded anew because they held too much memory";
        registry.register("jkocr_rebuilds", help, metrics.rebuilds.clone());
        if memory::resident().is_some() {
            let help = "Resident memory of the process";
            registry.register("process_resident_memory_bytes", help, metrics.resident.clone());
        }
        Self { registry, ..metrics }
    }

    /// Counts a request that has been answered, or was given up.
    pub fn count(&self, route: &'static str, outcome: &'static str, stages: &Stages) {
        self.requests.get_or_create(&RequestLabels { route, outcome }).inc();
        for (stage, took) in stages.iter() {
            self.stages.get_or_create(&StageLabels { stage }).observe(took.as_secs_f64());
        }
    }

    /// Counts an image of `width` × `height` pixels.
    pub(crate) fn count_image(&self, width: u32, height: u32) {
        self.megapixels.observe(f64::from(width) * f64::from(height) / 1e6);
    }

    /// Counts an image by what computed the models.
    pub(crate) fn count_engine(&self, engine: &str) {
        let labels = EngineLabels { engine: engine.to_owned() };
        self.engines.get_or_create(&labels).inc();
    }

    /// The gauge of open connections.
    #[must_use]
    pub(crate) fn connections(&self) -> &Gauge {
        &self.connections
    }

    /// Everything in the `OpenMetrics` text format.
    #[must_use]
    pub fn text(&self, now: Now) -> String {
        self.waiting.set(now.waiting as i64);
        self.body_bytes.set(now.body_bytes as i64);
        self.rebuilds.inner().store(now.rebuilds, Ordering::Relaxed);
        self.resident.set(memory::resident().unwrap_or(0) as i64);
        let mut text = String::new();
        // A String takes all text; and half of the counts would be better than none.
        let _ = text::encode(&mut text, &self.registry);
        text
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Metrics, Now, Stages};

    #[test]
    fn stages_are_told_in_milliseconds() {
        let mut stages = Stages::default();
        assert_eq!(stages.header(), "");
        stages.add("queue", Duration::from_micros(1540));
        stages.add("detect", Duration::from_millis(250));
        assert_eq!(stages.header(), "queue;dur=1.5, detect;dur=250.0");
    }

    #[test]
    fn counts_are_told_by_outcome() {
        let metrics = Metrics::new();
        let mut stages = Stages::default();
        stages.add("queue", Duration::from_secs(1));
        metrics.count("ocr", "ok", &stages);
        metrics.count("ocr", "busy", &Stages::default());
        metrics.count_image(1920, 1080);
        metrics.count_engine("onnxruntime+openvino-bf16");
        let text = metrics.text(Now { waiting: 3, body_bytes: 7, rebuilds: 2 });
        for line in [
            "jkocr_requests_total{route=\"ocr\",outcome=\"ok\"} 1",
            "jkocr_requests_total{route=\"ocr\",outcome=\"busy\"} 1",
            "jkocr_stage_seconds_sum{stage=\"queue\"} 1.0",
            "jkocr_image_megapixels_bucket{le=\"2.0\"} 0",
            "jkocr_image_megapixels_bucket{le=\"4.0\"} 1",
            "jkocr_images_total{engine=\"onnxruntime+openvino-bf16\"} 1",
            "jkocr_queue_depth 3",
            "jkocr_body_bytes 7",
            "jkocr_rebuilds_total 2",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
        }
    }
}
