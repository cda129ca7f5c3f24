//! What is printed of a page.

use std::io::{self, Write};
use std::path::Path;

use super::{ReadImage, source};
use crate::cli::OutputFormat;
use crate::render;
use crate::untrusted::Untrusted;

/// A page is named as in an address (RFC 8118).
pub fn name(file: &Path, ReadImage { image, .. }: &ReadImage) -> String {
    of_page(source::name(file), image.page)
}

/// `file`, or that page of it.
fn of_page(file: String, page: Option<usize>) -> String {
    match page {
        Some(page) => format!("{file}#page={page}"),
        None => file,
    }
}

/// The line above a text where there are several.
///
/// # Errors
/// Those of `output`.
pub fn heading(file: &Path, read: &ReadImage, output: &mut impl Write) -> io::Result<()> {
    writeln!(output, "==> {} <==", Untrusted::new(&name(file, read)))
}

/// A page in a format; nothing in one that is no text.
///
/// # Errors
/// Those of `output`.
pub fn render(format: OutputFormat, file: &Path, read: &ReadImage, output: &mut impl Write) -> io::Result<()> {
    // For programs, in no language.
    let is_clipboard = file == Path::new(super::CLIPBOARD);
    let name = if is_clipboard { "clipboard".to_owned() } else { file.display().to_string() };
    let name = of_page(name, read.image.page);
    match format {
        OutputFormat::Text => render::text(&read.page, output),
        OutputFormat::Json => {
            let by = &read.by;
            render::json(Path::new(&name), &read.page, by, read.image.decode, output)
        }
        OutputFormat::Tsv => render::tsv(Path::new(&name), &read.page, output),
        OutputFormat::Cells => render::cells(&read.page, output),
        OutputFormat::SearchablePdf => Ok(()),
    }
}

/// Prints it.
///
/// # Errors
/// Those of standard output.
pub fn print(text: &[u8]) -> io::Result<()> {
    let mut output = io::stdout().lock();
    output.write_all(text)?;
    output.flush()
}
