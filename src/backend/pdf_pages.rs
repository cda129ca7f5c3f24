//! A PDF as a request: its pages are drawn and read one after the other, between other people's images.

use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::{pin, select};

use super::pdf_queue::{DrawPermit, PdfQueue};
use super::reading::illustrated;
use crate::api::{self, Pictures};
use crate::metrics::Stages;
use crate::ocr::{Page, Params};
use crate::pdf::{self, Pages};
use crate::worker::{Picture, Worker};

/// Reads PDFs, in the order and within the bounds of a [`PdfQueue`].
pub struct PdfReader {
    limits: pdf::Limits,
    queue: PdfQueue,
}

/// A PDF that is being read, as far as that has come.
struct OpenPdf<'w> {
    file: Bytes,
    params: Params,
    limits: pdf::Limits,
    worker: &'w Worker,
    read: Vec<(Page, Pictures)>,
    stages: Stages,
    /// Time in which a page was waited for.
    drawing: Duration,
}

impl PdfReader {
    /// For PDFs that may cost what `limits` say, with so many places for those that wait.
    pub fn new(limits: pdf::Limits, places: usize) -> Self {
        Self { limits, queue: PdfQueue::new(places) }
    }

    /// PDFs that wait for their turn.
    pub fn waiting(&self) -> usize {
        self.queue.waiting()
    }

    /// Reads the pages of `file` up to the limit with `worker`. The time of each stage is that of all pages together.
    pub async fn read(
        &self,
        worker: &Worker,
        file: Vec<u8>,
        params: Params,
    ) -> Result<(Vec<(Page, Pictures)>, Stages), api::Error> {
        let mut document = OpenPdf {
            file: file.into(),
            params,
            limits: self.limits,
            worker,
            read: Vec::new(),
            stages: Stages::default(),
            drawing: Duration::ZERO,
        };
        let queued = Instant::now();
        let turn = self.queue.quick().await?;
        document.waited(queued.elapsed());
        if !self.read_quickly(&mut document, turn).await? {
            let queued = Instant::now();
            let _turn = self.queue.slow().await?;
            document.waited(queued.elapsed());
            document.read_pages().await?;
        }
        document.stages.add("draw", document.drawing);
        Ok((document.read, document.stages))
    }

    /// Reads the pages of `document`; false if it took too long and has to wait before it goes on. The page that it was
    /// at is begun anew then.
    async fn read_quickly<'q>(&'q self, document: &mut OpenPdf<'_>, turn: DrawPermit<'q>) -> Result<bool, api::Error> {
        let (reading, slowed) = (document.read_pages(), self.queue.slowed(turn));
        pin!(reading, slowed);
        let _turn = select! {
            read = &mut reading => return read.map(|()| true),
            turn = slowed => match turn {
                Some(turn) => turn,
                None => return Ok(false),
            },
        };
        reading.await.map(|()| true)
    }
}

impl OpenPdf<'_> {
    /// Counts time in a line; a PDF may wait in both, and its pages wait for the engine.
    fn waited(&mut self, time: Duration) {
        let mut stages = Stages::default();
        stages.add("queue", time);
        self.stages.join(&stages);
    }

    /// Reads the pages that are left.
    async fn read_pages(&mut self) -> Result<(), api::Error> {
        let started = Instant::now();
        let mut pages = Pages::open(self.file.clone(), self.read.len() + 1, self.limits).await?;
        self.drawing += started.elapsed();
        loop {
            let started = Instant::now();
            let page = pages.next().await?;
            self.drawing += started.elapsed();
            let Some(page) = page else { break };
            let reading = self.worker.read(Picture::Page(page.image), self.params).await?;
            let (page, pictures, taken) = illustrated(reading).await?;
            self.stages.join(&taken);
            self.read.push((page, pictures));
        }
        if pages.total() > self.read.len() {
            tracing::info!(pages = pages.total(), read = self.read.len(), "pdf-cut");
        }
        Ok(())
    }
}

impl From<pdf::Error> for api::Error {
    fn from(error: pdf::Error) -> Self {
        match error {
            pdf::Error::LargePage { width, height, limit, .. } => Self::TooManyPixels { width, height, limit },
            error => Self::UnusablePdf(error),
        }
    }
}
