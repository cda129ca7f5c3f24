//! The PDF that `--format searchable-pdf` writes.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use bytes::Bytes;

use super::ReadImage;
use super::source::SourceImage;
use crate::paths;
use crate::pdf::searchable::{Book, Copied};

/// The pages so far, and where they are to be.
pub struct Searchable {
    book: Book,
    /// Those of the PDF that is read now, as far as they could be copied.
    copied: Vec<Option<Copied>>,
    target: PathBuf,
}

impl Searchable {
    /// Nothing is written before [`Searchable::save`].
    pub fn new(target: &Path) -> Self {
        Self { book: Book::default(), copied: Vec::new(), target: target.to_owned() }
    }

    /// A PDF's pages come next.
    pub fn begin_pdf(&mut self, file: Bytes) {
        self.copied = self.book.copy(file);
    }

    /// Adds what was read.
    pub fn add(&mut self, ReadImage { image, page, .. }: &ReadImage) {
        let SourceImage { file, pixels, page: number, .. } = image;
        let copied = number.and_then(|number| self.copied.get(number - 1).copied().flatten());
        match copied {
            Some(copied) => self.book.add_copy(copied, page),
            None => self.book.add_picture(file, pixels, page),
        }
    }

    /// Writes the file, whole or not at all, for its owner alone; nothing, if there are no pages.
    ///
    /// # Errors
    /// Those of the system.
    pub fn save(self) -> Result<()> {
        if self.book.is_empty() {
            return Ok(());
        }
        let pdf = self.book.finish();
        if self.target == Path::new("-") {
            return Ok(super::delivery::print(&pdf)?);
        }
        paths::replace(&self.target, 0o600, &pdf).with_context(|| t!("pdf.unwritable", file = self.target.display()))
    }
}
