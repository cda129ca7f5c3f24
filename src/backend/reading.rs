//! What is answered of a reading, whether of an image or of a page.

use std::time::Instant;

use crate::api::{self, Pictures};
use crate::metrics::Stages;
use crate::ocr::{Page, Timings};
use crate::worker::Reading;

/// The page that was read, the pictures of it if they are asked for, and where the time went.
///
/// # Errors
/// [`api::Error::Internal`] if drawing the pictures panics.
pub async fn illustrated(reading: Reading) -> Result<(Page, Pictures, Stages), api::Error> {
    let mut stages = stages(&reading);
    let Reading { page, image, .. } = reading;
    let Some(image) = image else { return Ok((page, Pictures::default(), stages)) };
    let started = Instant::now();
    let drawn = tokio::task::spawn_blocking(move || (Pictures::draw(&image, &page), page)).await;
    let (pictures, page) = drawn.map_err(|_panic| api::Error::Internal)?;
    stages.add("visualize", started.elapsed());
    Ok((page, pictures, stages))
}

fn stages(reading: &Reading) -> Stages {
    let Timings { document, detect, cut, recognize } = reading.page.timings;
    let mut stages = Stages::default();
    stages.add("queue", reading.waited);
    stages.add("decode", reading.decoded);
    if reading.page.params.document.any() {
        stages.add("document", document.wall);
    }
    stages.add("detect", detect.wall);
    stages.add("cut", cut);
    stages.add("recognize", recognize.wall);
    stages
}
