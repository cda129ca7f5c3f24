//! The PDF that `--format searchable-pdf` writes.

use std::{
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use tempfile::NamedTempFile;

use super::{Reading, source::Picture};
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
    pub fn begin_pdf(&mut self, file: Vec<u8>) {
        self.copied = self.book.copy(file);
    }

    /// Adds what was read.
    pub fn add(&mut self, Reading { picture, page }: &Reading) {
        let Picture { file, image, page: number, .. } = picture;
        let copied = number.and_then(|number| self.copied.get(number - 1).copied().flatten());
        match copied {
            Some(copied) => self.book.add_copy(copied, page),
            None => self.book.add_picture(file, image, page),
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
        replace(&self.target, &self.book.finish()).with_context(|| t!("pdf.unwritable", file = self.target.display()))
    }
}

fn replace(target: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(target)?;
    Ok(())
}
