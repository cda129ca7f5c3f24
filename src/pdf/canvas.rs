//! A PDF in this process: its pages' sizes, and their pixels.

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_interpret::util::TransformExt as _;
use hayro::hayro_syntax::{LoadPdfError, Pdf, PdfData};
use hayro::kurbo::Affine;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::vello_cpu::{Pixmap, RasterizerSettings, RenderContext, Resources, TargetInit};
use hayro::{RenderCache, RenderSettings, render_into};

use super::{Error, MOST_DRAWN, SCALE};

/// A PDF whose page tree could be read.
pub struct Document(Pdf);

/// A page as it was drawn.
pub struct Drawing(Pixmap);

impl Document {
    /// Reads the structure of a PDF; a broken cross-reference table is searched for and mended.
    ///
    /// # Errors
    /// [`Error::Damaged`], [`Error::Encrypted`], [`Error::Empty`].
    pub fn open(bytes: impl Into<PdfData>) -> Result<Self, Error> {
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

    /// Draws page `index` on white, with its annotations and forms, upright, at [`SCALE`], or smaller if it would have
    /// more than [`MOST_DRAWN`] pixels then.
    ///
    /// # Errors
    /// [`Error::LargePage`] if it has more than `limit` pixels at [`SCALE`], which is checked before anything is drawn.
    pub fn draw(&self, index: usize, limit: u64) -> Result<Drawing, Error> {
        let page = &self.0.pages()[index];
        let (width, height) = page.render_dimensions();
        let points = [width, height];
        let [width, height] = pixels(points, SCALE);
        if f64::from(width) * f64::from(height) > limit as f64 {
            return Err(Error::LargePage { page: index + 1, width: width as u32, height: height as u32, limit });
        }
        let scale = bounded(points);
        let (Some(columns), Some(rows)) = pixels(points, scale).map(narrow).into() else {
            return Err(Error::LargePage { page: index + 1, width: width as u32, height: height as u32, limit });
        };
        let mut context = RenderContext::new(columns, rows);
        let stretch = Affine::scale(f64::from(scale));
        let transform = stretch * page.initial_transform(true).to_kurbo();
        let settings = InterpreterSettings::default();
        render_into(page, &RenderCache::new(), &settings, &RenderSettings::default(), &mut context, transform);
        context.flush();
        let mut pixmap = Pixmap::new(columns, rows);
        let settings = RasterizerSettings { target_init: TargetInit::Clear(WHITE), ..Default::default() };
        context.render_with(&mut pixmap, &mut Resources::default(), settings);
        Ok(Drawing(pixmap))
    }
}

impl Drawing {
    /// Pixels in a row.
    pub fn width(&self) -> u16 {
        self.0.width()
    }

    /// Rows.
    pub fn height(&self) -> u16 {
        self.0.height()
    }

    /// Red, green and blue of each pixel, from left to right in each row; on white, every pixel is opaque.
    pub fn rows(&self) -> impl Iterator<Item = impl Iterator<Item = [u8; 3]>> {
        let rows = self.0.data().chunks_exact(usize::from(self.width()));
        rows.map(|row| row.iter().map(|pixel| [pixel.r, pixel.g, pixel.b]))
    }
}

/// Pixels of a page at so many pixels a point, in whole numbers, at least one.
fn pixels(points: [f32; 2], scale: f32) -> [f32; 2] {
    points.map(|side| (side * scale).ceil().max(1.0))
}

/// Pixels a point for a page of this size.
fn bounded(points: [f32; 2]) -> f32 {
    let [width, height] = pixels(points, SCALE).map(f64::from);
    let surplus = width * height / MOST_DRAWN as f64;
    // A pixel less in each direction makes up for rounding up.
    if surplus <= 1.0 { SCALE } else { (f64::from(SCALE) / surplus.sqrt() * 0.999) as f32 }
}

/// A length that can be drawn.
fn narrow(pixels: f32) -> Option<u16> {
    // No conversion is lossless here: the length is whole and not negative.
    (pixels <= f32::from(u16::MAX)).then_some(pixels as u16)
}

#[cfg(test)]
mod tests {
    use super::{MOST_DRAWN, SCALE, bounded, pixels};

    #[test]
    fn a_page_is_drawn_smaller_only_if_it_would_be_too_large() {
        for points in [[595.0, 842.0], [0.1, 3.0], [2384.0, 3370.0]] {
            assert_eq!(bounded(points).to_bits(), SCALE.to_bits(), "{points:?}");
        }
        for points in [[5000.0, 5000.0], [14_400.0, 1700.0], [900.0, 27_000.0]] {
            let scale = bounded(points);
            let [width, height] = pixels(points, scale).map(f64::from);
            let share = width * height / MOST_DRAWN as f64;
            assert!(scale < SCALE && (0.98..=1.0).contains(&share), "{points:?}: {share}");
        }
    }
}
