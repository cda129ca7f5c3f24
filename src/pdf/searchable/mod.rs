//! A PDF whose pages can be searched: each page as it was, or its picture, and over it, invisibly, what it says.
//!
//! A page of a PDF is kept as it is, as a form that the new page draws: text stays text and lines stay lines. Where
//! that cannot be done without loss, its picture takes its place: pages with filled forms or notes, which are no part
//! of a page's own content, and files that can be drawn but not copied.

mod font;
mod picture;
mod text;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use bytes::Bytes;
use hayro_write::hayro_syntax::Pdf as Original;
use hayro_write::hayro_syntax::object::{Array, Dict};
use hayro_write::hayro_syntax::page::Page;
use hayro_write::{ChunkSettings, ExtractionQuery, extract};
use image::RgbImage;
use pdf_writer::{Chunk, Content, Finish as _, Name, Pdf, Rect, Ref};

use super::SCALE;
use super::canvas::Document;
use crate::ocr;
use font::Font;

/// The longest side that a page may have, in points (ISO 32000-1, annex C.2).
const LONGEST_SIDE: f32 = 14_400.0;

/// The names of a page's own things.
const FONT: Name = Name(b"F");
const BACKGROUND: Name = Name(b"B");

/// A page of another PDF, copied into this one and not yet shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Copied {
    form: Ref,
    /// Width and height in points.
    size: [f32; 2],
}

/// The PDF that is being written.
pub struct Book {
    pdf: Pdf,
    next: Ref,
    tree: Ref,
    pages: Vec<Ref>,
    font: Font,
}

impl Default for Book {
    fn default() -> Self {
        let mut next = Ref::new(1);
        let tree = next.bump();
        Self { pdf: Pdf::new(), tree, pages: Vec::new(), font: Font::new(&mut next), next }
    }
}

impl Book {
    /// Whether nothing was added.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pages.is_empty()
    }

    /// Adds a page that shows the image file `file`, whose pixels are `image`, with what was `read` on it.
    pub(crate) fn add_picture(&mut self, file: &[u8], image: &RgbImage, read: &ocr::Page) {
        let (width, height) = image.dimensions();
        let longest = width.max(height) as f32;
        let points = (1.0 / SCALE).min(LONGEST_SIDE / longest);
        let size = [width, height].map(|pixels| pixels as f32 * points);
        let background = self.next.bump();
        picture::write(&mut self.pdf, background, file, image);
        let mut content = Content::new();
        content.save_state().transform([size[0], 0.0, 0.0, size[1], 0.0, 0.0]);
        content.x_object(BACKGROUND).restore_state();
        text::lay(&mut content, &mut self.font, read, size);
        self.add_page(background, size, content);
    }

    /// Adds a page that was copied, with what was `read` on it.
    pub(crate) fn add_copy(&mut self, copied: Copied, read: &ocr::Page) {
        let mut content = Content::new();
        content.save_state().x_object(BACKGROUND).restore_state();
        text::lay(&mut content, &mut self.font, read, copied.size);
        self.add_page(copied.form, copied.size, content);
    }

    /// Copies the pages of the PDF `file`, as far as that loses nothing; `None` for the others. No page, if the file
    /// cannot be copied at all.
    pub fn copy(&mut self, file: Bytes) -> Vec<Option<Copied>> {
        let first = self.next;
        let copied = catch_unwind(AssertUnwindSafe(|| copy(file, first)));
        let Some((chunk, next, copied)) = copied.ok().flatten() else { return Vec::new() };
        self.next = next;
        self.pdf.extend(&chunk);
        copied
    }

    /// The file.
    #[must_use]
    pub fn finish(mut self) -> Vec<u8> {
        let catalog = self.next.bump();
        self.pdf.catalog(catalog).pages(self.tree);
        self.pdf.pages(self.tree).kids(self.pages.iter().copied()).count(self.pages.len() as i32);
        self.font.write(&mut self.pdf);
        self.pdf.finish()
    }

    fn add_page(&mut self, background: Ref, [width, height]: [f32; 2], content: Content) {
        let [page, stream] = [self.next.bump(), self.next.bump()];
        let content = content.finish();
        let packed = pack(content.as_slice());
        self.pdf.stream(stream, &packed).filter(pdf_writer::Filter::FlateDecode);
        let mut writer = self.pdf.page(page);
        writer.parent(self.tree).media_box(Rect::new(0.0, 0.0, width, height)).contents(stream);
        let mut resources = writer.resources();
        resources.x_objects().pair(BACKGROUND, background);
        resources.fonts().pair(FONT, self.font.id());
        resources.finish();
        writer.finish();
        self.pages.push(page);
    }
}

/// The pages that can be copied, with references from `next` on, and the first free one after them.
fn copy(file: Bytes, mut next: Ref) -> Option<(Chunk, Ref, Vec<Option<Copied>>)> {
    let document = Document::open(Arc::new(file)).ok()?;
    let original: &Original = document.pdf();
    let pages = original.pages();
    let whole: Vec<usize> = (0..pages.len()).filter(|index| !has_appearances(&pages[*index])).collect();
    let queries: Vec<_> = whole.iter().map(|index| ExtractionQuery::new_xobject(*index)).collect();
    let extracted = extract(original, Box::new(|| next.bump()), ChunkSettings::default(), &queries).ok()?;
    let mut copied = vec![None; pages.len()];
    for (index, form) in whole.into_iter().zip(extracted.root_refs) {
        let (width, height) = pages[index].render_dimensions();
        copied[index] = form.ok().map(|form| Copied { form, size: [width, height] });
    }
    Some((extracted.chunk, next, copied))
}

/// Whether something is drawn on the page that its content does not say: forms, notes, stamps.
fn has_appearances(page: &Page<'_>) -> bool {
    let annotations = page.raw().get::<Array<'_>>(b"Annots");
    annotations.is_some_and(|all| all.iter::<Dict<'_>>().any(|one| one.contains_key(b"AP")))
}

/// zlib, which PDF calls Flate.
fn pack(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(bytes).and_then(|()| packed.finish()).expect("a Vec takes all bytes")
}
