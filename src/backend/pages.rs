//! A PDF as a request: its pages are drawn and read one after the other, between other people's images.

use std::time::Instant;

use tokio::sync::Semaphore;
use tokio::time::sleep;

use super::Local;
use super::local::drawn;
use crate::api::{self, Pictures};
use crate::metrics::Stages;
use crate::ocr::{Page, Params};
use crate::pdf::{self, Pages};
use crate::worker::{self, Reading};

/// PDFs that are drawn at a time: each may take as much memory as the largest page.
const PAINTERS: usize = 2;

/// What PDFs may cost.
pub struct Desk {
    limits: pdf::Limits,
    painters: Semaphore,
}

impl From<pdf::Limits> for Desk {
    fn from(limits: pdf::Limits) -> Self {
        Self { limits, painters: Semaphore::new(PAINTERS) }
    }
}

impl Local {
    /// Reads the pages of `file` up to the limit. The time of each stage is that of all pages together.
    pub(super) async fn read_pdf(
        &self,
        file: Vec<u8>,
        params: Params,
    ) -> Result<(Vec<(Page, Pictures)>, Stages), api::Error> {
        let _place = self.desk.painters.acquire().await.map_err(|_| api::Error::Stopping)?;
        let started = Instant::now();
        let mut pages = Pages::of(file, self.desk.limits).await?;
        let mut drawing = started.elapsed();
        let mut read = Vec::new();
        let mut stages = Stages::default();
        loop {
            let started = Instant::now();
            let sheet = pages.next().await?;
            drawing += started.elapsed();
            let Some(sheet) = sheet else { break };
            let reading = self.read_in_turn(&sheet.file, params).await?;
            let (page, pictures, taken) = drawn(reading).await?;
            stages.join(&taken);
            read.push((page, pictures));
        }
        if pages.total() > read.len() {
            tracing::info!(pages = pages.total(), read = read.len(), "only the first pages of a PDF are read");
        }
        stages.add("draw", drawing);
        Ok((read, stages))
    }

    /// Reads a page. One that finds no place waits for it: what was read before it would be lost.
    async fn read_in_turn(&self, file: &[u8], params: Params) -> Result<Reading, worker::Error> {
        loop {
            match self.worker.read(file.to_vec(), params).await {
                Err(worker::Error::Full { retry_after }) => sleep(retry_after).await,
                reading => return reading,
            }
        }
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
