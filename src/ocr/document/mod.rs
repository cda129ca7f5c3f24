//! The models that look at a page before its text is read: which way up it is, how it is bent, which of its lines stand
//! on their heads. Each is loaded by the first read that asks for it and stays as long as the engine.

mod classify;
mod origin;
pub(super) mod turn;
mod unwarping;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use image::RgbImage;

use super::recognize::crop::Crop;
use super::session::Session;
use super::tensor::Levels;
use super::{Error, Options, Stage, Switches};
pub(super) use classify::LINES;
pub use origin::Correction;
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
pub struct ModelPaths {
    /// `PP-LCNet_x1_0_doc_ori`.
    pub orientation: PathBuf,
    /// `UVDoc`.
    pub unwarping: PathBuf,
    /// `PP-LCNet_x1_0_textline_ori`.
    pub textline_orientation: PathBuf,
}

impl ModelPaths {
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
pub(super) struct DocumentModels {
    options: Options,
    sessions: [Mutex<Option<Arc<Session>>>; Model::ALL.len()],
    levels: Levels,
}

impl DocumentModels {
    /// Loads nothing yet.
    pub fn new(options: &Options) -> Self {
        Self { options: options.clone(), sessions: Default::default(), levels: Levels::imagenet() }
    }

    /// Turns and flattens a page, as far as that is switched on; none if nothing is.
    ///
    /// PaddleX's `pipelines/doc_preprocessor/pipeline.py`.
    pub fn straighten(
        &self,
        page: &RgbImage,
        switches: Switches,
        stage: &mut Stage,
    ) -> Result<(Correction, Option<RgbImage>), Error> {
        let mut origin = Correction::untouched(page.dimensions().into());
        let mut upright = None;
        if switches.orientation {
            let found = classify::way_up(&*self.session(Model::Orientation)?, page, &self.levels, stage)?;
            let started = Instant::now();
            upright = (found != Turn::None).then(|| turn(page, found));
            stage.finish += started.elapsed();
            origin.turn(found);
        }
        if switches.unwarping {
            let bent = upright.as_ref().unwrap_or(page);
            let grid = unwarping::grid(&*self.session(Model::Unwarping)?, bent, stage)?;
            let started = Instant::now();
            upright = Some(grid.flatten(bent));
            stage.finish += started.elapsed();
            origin.flatten(grid);
        }
        Ok((origin, upright))
    }

    /// Marks those of `crops`, at most [`LINES`], that stand on their heads.
    pub fn turn_lines(&self, page: &RgbImage, crops: &mut [Crop], stage: &mut Stage) -> Result<(), Error> {
        classify::turn_lines(&*self.session(Model::TextlineOrientation)?, (page, crops), &self.levels, stage)
    }

    /// Loads the models that are switched on and not loaded yet.
    pub fn load(&self, switches: Switches) -> Result<(), Error> {
        Model::ALL.into_iter().filter(|model| model.is_on(switches)).try_for_each(|model| self.session(model).map(drop))
    }

    fn session(&self, model: Model) -> Result<Arc<Session>, Error> {
        let mut place = self.sessions[model as usize].lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(session) = &*place {
            return Ok(Arc::clone(session));
        }
        let file = self.options.document.file(model);
        if !file.is_file() {
            return Err(Error::NoDocumentModel { model, source: None });
        }
        let loaded = Session::load(file, &self.options);
        let session = Arc::new(loaded.map_err(|source| Error::NoDocumentModel { model, source: Some(source) })?);
        Ok(Arc::clone(place.insert(session)))
    }
}
