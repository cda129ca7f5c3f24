//! The models that look at a page before its text is read: which way up it is, how it is bent, which of its lines stand
//! on their heads. Each is loaded by the first read that asks for it and stays as long as the engine.

mod classify;
mod origin;
pub(super) mod turn;
mod unwarping;

use std::path::{Path, PathBuf};
use std::time::Instant;

use image::RgbImage;

use super::recognize::crop::Crop;
use super::session::Session;
use super::tensor::Levels;
use super::{Error, Options, Stage, Switches};
pub use origin::Origin;
pub use turn::Turn;
use turn::turn;

/// A document model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Model {
    /// Which way up a page is.
    Orientation,
    /// How a page is bent.
    Unwarping,
    /// Which way up a line is.
    TextlineOrientation,
}

impl Model {
    const ALL: [Self; 3] = [Self::Orientation, Self::Unwarping, Self::TextlineOrientation];

    /// The name of its switch in a request, which is `PaddleX`'s.
    #[must_use]
    pub fn switch(self) -> &'static str {
        match self {
            Self::Orientation => "useDocOrientationClassify",
            Self::Unwarping => "useDocUnwarping",
            Self::TextlineOrientation => "useTextlineOrientation",
        }
    }

    fn is_on(self, switches: Switches) -> bool {
        match self {
            Self::Orientation => switches.orientation,
            Self::Unwarping => switches.unwarping,
            Self::TextlineOrientation => switches.textline_orientation,
        }
    }
}

/// Where the files of the document models are, or would be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Models {
    /// `PP-LCNet_x1_0_doc_ori`.
    pub orientation: PathBuf,
    /// `UVDoc`.
    pub unwarping: PathBuf,
    /// `PP-LCNet_x1_0_textline_ori`.
    pub textline_orientation: PathBuf,
}

impl Models {
    /// The first model that is switched on and whose file is not there.
    #[must_use]
    pub fn missing(&self, switches: Switches) -> Option<Model> {
        Model::ALL.into_iter().find(|model| model.is_on(switches) && !self.file(*model).is_file())
    }

    fn file(&self, model: Model) -> &Path {
        match model {
            Model::Orientation => &self.orientation,
            Model::Unwarping => &self.unwarping,
            Model::TextlineOrientation => &self.textline_orientation,
        }
    }
}

/// The document models, as far as they have been asked for.
pub(super) struct Document {
    options: Options,
    sessions: [Option<Session>; Model::ALL.len()],
    levels: Levels,
}

impl Document {
    /// Loads nothing yet.
    pub fn new(options: &Options) -> Self {
        Self { options: options.clone(), sessions: [None, None, None], levels: Levels::imagenet() }
    }

    /// Loads what is switched on and not loaded yet.
    pub fn load(&mut self, switches: Switches) -> Result<(), Error> {
        for model in Model::ALL.into_iter().filter(|model| model.is_on(switches)) {
            let place = &mut self.sessions[model as usize];
            if place.is_none() {
                let file = self.options.document.file(model);
                if !file.is_file() {
                    return Err(Error::NoDocumentModel { model, source: None });
                }
                let loaded = Session::load(file, &self.options);
                *place = Some(loaded.map_err(|source| Error::NoDocumentModel { model, source: Some(source) })?);
            }
        }
        Ok(())
    }

    /// Turns and flattens a page, as far as that is switched on; none if nothing is. [`Document::load`] comes first.
    ///
    /// PaddleX's `pipelines/doc_preprocessor/pipeline.py`.
    pub fn straighten(
        &mut self,
        page: &RgbImage,
        switches: Switches,
        stage: &mut Stage,
    ) -> Result<(Origin, Option<RgbImage>), Error> {
        let mut origin = Origin::untouched(page.dimensions().into());
        let mut upright = None;
        if let (true, Some(session)) = (switches.orientation, self.session(Model::Orientation)) {
            let found = classify::way_up(session, page, &Levels::imagenet(), stage)?;
            let started = Instant::now();
            upright = (found != Turn::None).then(|| turn(page, found));
            stage.finish += started.elapsed();
            origin.turn(found);
        }
        if let (true, Some(session)) = (switches.unwarping, self.session(Model::Unwarping)) {
            let bent = upright.as_ref().unwrap_or(page);
            let grid = unwarping::grid(session, bent, stage)?;
            let started = Instant::now();
            upright = Some(grid.flatten(bent));
            stage.finish += started.elapsed();
            origin.flatten(grid);
        }
        Ok((origin, upright))
    }

    /// Finds the lines that stand on their heads and marks them in `crops`; says which. [`Document::load`] comes first.
    pub fn turn_lines(
        &mut self,
        page: &RgbImage,
        crops: &mut [Crop],
        cancelled: &dyn Fn() -> bool,
        stage: &mut Stage,
    ) -> Result<Vec<bool>, Error> {
        let levels = &self.levels;
        let session = self.sessions[Model::TextlineOrientation as usize].as_mut();
        let Some(session) = session else { return Ok(vec![false; crops.len()]) };
        for batch in crops.chunks_mut(classify::LINES) {
            if cancelled() {
                return Err(Error::Cancelled);
            }
            classify::turn_lines(session, (page, batch), levels, stage)?;
        }
        Ok(crops.iter().map(|crop| crop.upside_down).collect())
    }

    fn session(&mut self, model: Model) -> Option<&mut Session> {
        self.sessions[model as usize].as_mut()
    }
}
