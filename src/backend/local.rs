//! This machine's engine as the answer to a request.

use bytes::Bytes;
use hyper::{HeaderMap, StatusCode};

use super::{Answer, Backend, Image, Source};
use crate::api::{self, Failure, LogId, Request};
use crate::metrics::Stages;
use crate::ocr::worker::{self, Reading, State, Worker};
use crate::ocr::{Page, Params, Timings, decode};

/// A body up to this size is taken apart where it is; a larger one, on a thread where that disturbs nobody.
const SMALL_BODY: usize = 64 * 1024;

/// The image that Bob's plugin validates with has 69 bytes; nothing much larger is looked at for being one pixel.
const LARGEST_DOT: usize = 1024;

/// Reads images with this process' own engine.
pub struct Local {
    worker: Worker,
}

impl Local {
    /// Answers with `worker`.
    #[must_use]
    pub fn new(worker: Worker) -> Self {
        Self { worker }
    }

    /// Follows the engine.
    #[must_use]
    pub fn watch(&self) -> tokio::sync::watch::Receiver<State> {
        self.worker.watch()
    }

    async fn read(&self, request: &mut Request) -> Result<(Page, Stages), api::Error> {
        if let Some(field) = request.document {
            return Err(api::Error::NoDocumentModel { field });
        }
        if is_dot(&request.image) {
            return Ok((blank_dot(request.params), Stages::default()));
        }
        let reading = self.worker.read(std::mem::take(&mut request.image), request.params).await?;
        let stages = stages(&reading);
        Ok((reading.page, stages))
    }
}

impl Backend for Local {
    async fn answer(&self, body: Bytes) -> Result<Answer, Failure> {
        if matches!(self.worker.state(), State::Loading) {
            return Err(api::Error::Loading.into());
        }
        let mut request = parse(body).await?;
        match self.read(&mut request).await {
            Ok((page, stages)) => Ok(success(request.log_id, &page, stages)),
            Err(error) => Err(Failure { log_id: request.log_id, error }),
        }
    }

    async fn health(&self) -> Result<(), api::Error> {
        match self.worker.state() {
            State::Ready => Ok(()),
            State::Loading => Err(api::Error::Loading),
            State::Failed(_) => Err(api::Error::NoEngine),
        }
    }

    fn waiting(&self) -> usize {
        self.worker.waiting()
    }
}

pub(super) async fn parse(body: Bytes) -> Result<Request, Failure> {
    if body.len() <= SMALL_BODY {
        return Request::parse(body);
    }
    let parsed = tokio::task::spawn_blocking(|| Request::parse(body)).await;
    parsed.unwrap_or_else(|_panic| Err(api::Error::Internal.into()))
}

/// Whether this is an image of one pixel, which the plugin validates its settings with.
pub(super) fn is_dot(image: &[u8]) -> bool {
    image.len() <= LARGEST_DOT && decode::decode(image, &decode::Limits { max_pixels: 1 }).is_ok()
}

/// What the reference reads on one pixel: nothing.
fn blank_dot(params: Params) -> Page {
    Page { width: 1, height: 1, quads: Vec::new(), lines: Vec::new(), params, timings: Timings::default() }
}

fn success(log_id: LogId, page: &Page, stages: Stages) -> Answer {
    Answer {
        status: StatusCode::OK,
        headers: HeaderMap::new(),
        body: api::success(&log_id, page),
        source: Source::Local,
        log_id: Some(log_id),
        stages,
        image: Some(Image { width: page.width, height: page.height, lines: page.lines.len() }),
    }
}

fn stages(reading: &Reading) -> Stages {
    let Timings { detect, recognize } = reading.page.timings;
    let mut stages = Stages::default();
    stages.add("queue", reading.waited);
    stages.add("decode", reading.decoded);
    stages.add("detect", detect.prepare + detect.run + detect.finish);
    stages.add("recognize", recognize.prepare + recognize.run + recognize.finish);
    stages
}

impl From<worker::Error> for api::Error {
    fn from(error: worker::Error) -> Self {
        match error {
            worker::Error::Full { retry_after } => Self::Busy { retry_after },
            worker::Error::Decode(error) => error.into(),
            worker::Error::Load(_) => Self::NoEngine,
            worker::Error::Read(_) | worker::Error::Panicked => Self::Unreadable,
            worker::Error::Stopped => Self::Stopping,
        }
    }
}

impl From<decode::Error> for api::Error {
    fn from(error: decode::Error) -> Self {
        match error {
            decode::Error::Empty => Self::EmptyFile,
            decode::Error::Heic { name } => Self::Heic { name },
            decode::Error::Unknown => Self::NotImage,
            decode::Error::TooManyPixels { width, height, limit } => Self::TooManyPixels { width, height, limit },
            decode::Error::NoPixels { .. }
            | decode::Error::TooManyScans
            | decode::Error::TooMuchMemory { .. }
            | decode::Error::Unsupported { .. }
            | decode::Error::Damaged { .. } => Self::Damaged,
        }
    }
}
