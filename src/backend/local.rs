//! This machine's engine as the answer to a request.

use bytes::Bytes;
use hyper::{HeaderMap, StatusCode};

use super::pdf_pages::PdfReader;
use super::reading::illustrated;
use super::{Answer, Backend, Image, ReaderNames, Source};
use crate::api::{self, Failure, LogId, Pictures, Request};
use crate::metrics::Stages;
use crate::ocr::document::{self, Turn};
use crate::ocr::{self, Page, Params, decode};
use crate::pdf;
use crate::worker::{self, Worker};

/// A body up to this size is taken apart where it is; a larger one, on a thread where that disturbs nobody.
const SMALL_BODY: usize = 64 * 1024;

/// The image that Bob's plugin validates with has 69 bytes; nothing much larger is looked at for being one pixel.
const LARGEST_DOT: usize = 1024;

/// What a service reads with where a request says nothing else, and the document models it has.
#[derive(Debug, Clone, Default)]
pub struct Offer {
    /// As configured.
    pub usual: Params,
    /// Where they are, or would be.
    pub document: document::ModelPaths,
    /// What a PDF may cost.
    pub pdf: pdf::Limits,
    /// PDFs that may wait, as many as images.
    pub places: usize,
}

/// Reads images with this process' own engine.
pub struct Local {
    worker: Worker,
    pdfs: PdfReader,
    offer: Offer,
}

impl Local {
    /// Answers with `worker`.
    #[must_use]
    pub fn new(worker: Worker, offer: Offer) -> Self {
        Self { worker, pdfs: PdfReader::new(offer.pdf, offer.places), offer }
    }

    /// Follows the engine.
    #[must_use]
    pub fn watch(&self) -> tokio::sync::watch::Receiver<worker::State> {
        self.worker.watch()
    }

    /// Whether the engine is in memory.
    pub(super) fn is_loaded(&self) -> bool {
        matches!(self.worker.state(), worker::State::Ready)
    }

    async fn answer_pdf(&self, request: Request) -> Result<Answer, Failure> {
        let Request { log_id, image: file, params } = request;
        // Pages are large, and the future that carries them would be, too.
        let read = match self.check(&params) {
            Ok(()) => Box::pin(self.pdfs.read(&self.worker, file, params)).await,
            Err(error) => Err(error),
        };
        match read {
            Ok((pages, stages)) => Ok(success(log_id, ReadPages::Pdf(&pages), stages)),
            Err(error) => Err(Failure { log_id, error }),
        }
    }

    /// Whether the models that `params` ask for are there.
    fn check(&self, params: &Params) -> Result<(), api::Error> {
        match self.offer.document.missing(params.document) {
            Some(model) => Err(api::Error::NoDocumentModel { field: model.switch() }),
            None => Ok(()),
        }
    }

    async fn read(&self, request: &mut Request) -> Result<(Page, Pictures, Stages), api::Error> {
        self.check(&request.params)?;
        if is_dot(&request.image) {
            return Ok((blank_dot(request.params), Pictures::default(), Stages::default()));
        }
        let reading = self.worker.read(std::mem::take(&mut request.image), request.params).await?;
        illustrated(reading).await
    }
}

impl Backend for Local {
    async fn answer(&self, body: Bytes) -> Result<Answer, Failure> {
        if matches!(self.worker.state(), worker::State::Loading) {
            return Err(api::Error::Loading.into());
        }
        let mut request = parse(body, self.offer.usual).await?;
        if pdf::is_pdf(&request.image) {
            return self.answer_pdf(request).await;
        }
        // A page is large, and the future that carries it would be, too.
        match Box::pin(self.read(&mut request)).await {
            Ok((page, pictures, stages)) => Ok(success(request.log_id, ReadPages::Image(&page, &pictures), stages)),
            Err(error) => Err(Failure { log_id: request.log_id, error }),
        }
    }

    async fn health(&self) -> Result<(), api::Error> {
        match self.worker.state() {
            worker::State::Ready | worker::State::Unloaded => Ok(()),
            worker::State::Loading => Err(api::Error::Loading),
            worker::State::Failed(_) => Err(api::Error::NoEngine),
        }
    }

    fn waiting(&self) -> usize {
        self.worker.waiting() + self.pdfs.waiting()
    }

    fn rebuilds(&self) -> u64 {
        self.worker.rebuilds()
    }
}

pub(super) async fn parse(body: Bytes, usual: Params) -> Result<Request, Failure> {
    if body.len() <= SMALL_BODY {
        return Request::parse(body, &usual);
    }
    let parsed = tokio::task::spawn_blocking(move || Request::parse(body, &usual)).await;
    parsed.unwrap_or_else(|_panic| Err(api::Error::Internal.into()))
}

/// Whether this is an image of one pixel, which the plugin validates its settings with.
pub(super) fn is_dot(image: &[u8]) -> bool {
    image.len() <= LARGEST_DOT && decode::decode(image, &decode::Limits { max_pixels: 1 }).is_ok()
}

/// What the reference reads on one pixel: nothing.
fn blank_dot(params: Params) -> Page {
    let mut page = Page::blank(1, 1, params);
    if params.document.orientation {
        page.origin.turn(Turn::None);
    }
    page
}

/// What was read.
#[derive(Clone, Copy)]
enum ReadPages<'p> {
    Image(&'p Page, &'p Pictures),
    Pdf(&'p [(Page, Pictures)]),
}

fn success(log_id: LogId, read: ReadPages<'_>, stages: Stages) -> Answer {
    let body = match read {
        ReadPages::Image(page, pictures) => api::success(&log_id, page, pictures),
        ReadPages::Pdf(pages) => api::pdf_success(&log_id, pages),
    };
    let size =
        |page: &Page, lines| Image { width: page.width, height: page.height, lines, reader: ReaderNames::of(page) };
    let image = match read {
        ReadPages::Image(page, _) => Some(size(page, page.lines.len())),
        // Of several pages, the first one's size.
        ReadPages::Pdf(pages) => {
            let lines = pages.iter().map(|(page, _)| page.lines.len()).sum();
            pages.first().map(|(page, _)| size(page, lines))
        }
    };
    Answer {
        status: StatusCode::OK,
        headers: HeaderMap::new(),
        body,
        source: Source::Local,
        log_id: Some(log_id),
        stages,
        image,
        reason: None,
    }
}

impl From<worker::Error> for api::Error {
    fn from(error: worker::Error) -> Self {
        match error {
            worker::Error::Full { retry_after } => Self::Busy { retry_after },
            worker::Error::Decode(error) => error.into(),
            worker::Error::Load(_) => Self::NoEngine,
            worker::Error::Read(ocr::Error::NoDocumentModel { model, .. }) => {
                Self::NoDocumentModel { field: model.switch() }
            }
            worker::Error::Read(ocr::Error::TooLargeForWhole { needed, allowed }) => {
                Self::TooLargeForWhole { needed, allowed }
            }
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
