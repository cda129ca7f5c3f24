//! `jkocr completions` and `jkocr man`: what [`crate::cli::generated`] makes, on standard output or in a folder.

use std::fs;
use std::io::{self, Write as _};

use anyhow::{Context as _, Result};

use crate::cli::{Completions, Man, generated};
use crate::report::Exit;

/// Prints the completions of a shell.
///
/// # Errors
/// Those of standard output.
pub fn completions(flags: &Completions) -> Result<Exit> {
    generated::completions(flags.shell, &mut io::stdout().lock())?;
    Ok(Exit::Done)
}

/// Prints the first page of the manual, or writes all pages into a folder.
///
/// # Errors
/// Those of standard output or of the folder.
pub fn manual(flags: &Man) -> Result<Exit> {
    let pages = generated::manual()?;
    let Some(folder) = &flags.folder else {
        pages.first().map_or(Ok(()), |(_, page)| io::stdout().lock().write_all(page))?;
        return Ok(Exit::Done);
    };
    fs::create_dir_all(folder).with_context(|| t!("init.error.unwritable", file = folder.display()))?;
    for (name, page) in pages {
        let file = folder.join(name);
        fs::write(&file, page).with_context(|| t!("init.error.unwritable", file = file.display()))?;
    }
    Ok(Exit::Done)
}
