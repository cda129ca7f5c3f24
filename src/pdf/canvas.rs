//! A PDF in this process: its pages' sizes, and their pixels.

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_interpret::util::TransformExt as _;
use hayro::hayro_syntax::{LoadPdfError, Pdf};
use hayro::kurbo::Affine;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::vello_cpu::{Pixmap, RasterizerSettings, RenderContext, Resources, TargetInit};
use hayro::{RenderCache, RenderSettings, render_into};
use image::RgbImage;

use super::{Error, SCALE};

/// A PDF whose page tree could be read.
pub struct Document(Pdf);

impl Document {
    /// Reads the structure of a PDF; a broken cross-reference table is searched for and mended.
    ///
    /// # Errors
    /// [`Error::Damaged`], [`Error::Encrypted`], [`Error::Empty`].
    pub fn open(bytes: Vec<u8>) -> Result<Self, Error> {
        let pdf = Pdf::new(bytes).map_err(|error| match error {
            LoadPdfError::Decryption(_) => Error::Encrypted,
            LoadPdfError::Invalid => Error::Damaged,
        })?;
        if pdf.pages().is_empty() { Err(Error::Empty) } else { Ok(Self(pdf)) }
    }

    /// The PDF itself, for copying its pages.
    pub fn pdf(&self) -> &Pdf {
        &self.0
    }

    /// How many pages there are; at least one.
    pub fn pages(&self) -> usize {
        self.0.pages().len()
    }

    /// Draws page `index` on white, with its annotations and forms, upright.
    ///
    /// # Errors
    /// [`Error::LargePage`] if it has more than `limit` pixels, which is checked before anything is drawn.
    pub fn draw(&self, index: usize, limit: u64) -> Result<RgbImage, Error> {
        let page = &self.0.pages()[index];
        let (width, height) = page.render_dimensions();
        let [width, height] = [width, height].map(|points| (points * SCALE).ceil().max(1.0));
        let (Ok(columns), Ok(rows)) = (narrow(width), narrow(height)) else {
            return Err(Error::LargePage { page: index + 1, width: width as u32, height: height as u32, limit });
        };
        if u64::from(columns) * u64::from(rows) > limit {
            return Err(Error::LargePage { page: index + 1, width: columns.into(), height: rows.into(), limit });
        }
        let mut context = RenderContext::new(columns, rows);
        let scale = f64::from(SCALE);
        let transform = Affine::scale_non_uniform(scale, scale) * page.initial_transform(true).to_kurbo();
        let settings = InterpreterSettings::default();
        render_into(page, &RenderCache::new(), &settings, &RenderSettings::default(), &mut context, transform);
        context.flush();
        let mut pixmap = Pixmap::new(columns, rows);
        let settings = RasterizerSettings { target_init: TargetInit::Clear(WHITE), ..Default::default() };
        context.render_with(&mut pixmap, &mut Resources::default(), settings);
        // On white, every pixel is opaque.
        let pixels = pixmap.data().iter().flat_map(|pixel| [pixel.r, pixel.g, pixel.b]).collect();
        RgbImage::from_raw(columns.into(), rows.into(), pixels).ok_or(Error::BrokenPage { page: index + 1 })
    }
}

/// A length that the painter can have.
fn narrow(pixels: f32) -> Result<u16, ()> {
    // No conversion is lossless here: the length is whole and not negative.
    if pixels <= f32::from(u16::MAX) { Ok(pixels as u16) } else { Err(()) }
}
