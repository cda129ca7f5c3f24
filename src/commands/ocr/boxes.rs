//! `--visualize`: the picture with its lines framed and numbered.

use std::path::{Path, PathBuf};
use std::{fs, io};

use anyhow::Result;
use image::ImageFormat;

use super::{ReadImage, source};
use crate::ocr::draw;
use crate::report::Misuse;

/// The picture cannot be written where it should go.
#[derive(Debug, thiserror::Error)]
#[error("{}", t!("ocr_command.visualize", file = file.display()))]
pub struct Unwritable {
    file: PathBuf,
    source: io::Error,
}

/// What a file of this name is to be.
///
/// # Errors
/// [`Misuse`] if that is no picture that can be written.
pub fn format(target: &Path) -> Result<ImageFormat> {
    match source::ending(target).as_str() {
        "png" => Ok(ImageFormat::Png),
        "jpg" | "jpeg" => Ok(ImageFormat::Jpeg),
        "webp" => Ok(ImageFormat::WebP),
        _ => Err(Misuse(t!("ocr_command.visualize_name", file = target.display()).into_owned()).into()),
    }
}

/// Draws what was read beside what was found. Of a PDF, page 2 goes to `name-2.png`.
///
/// # Errors
/// [`Unwritable`].
pub fn save(target: &Path, ReadImage { image, page, .. }: &ReadImage) -> Result<()> {
    let format = format(target)?;
    let target = numbered(target, image.page);
    let mut bytes = io::Cursor::new(Vec::new());
    draw::side_by_side(&image.pixels, page, draw::Size::Full).write_to(&mut bytes, format)?;
    Ok(fs::write(&target, bytes.into_inner()).map_err(|source| Unwritable { file: target, source })?)
}

fn numbered(target: &Path, page: Option<usize>) -> PathBuf {
    let Some(page @ 2..) = page else { return target.to_owned() };
    let mut name = target.file_stem().unwrap_or_default().to_owned();
    name.push(format!("-{page}."));
    name.push(target.extension().unwrap_or_default());
    target.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_of_a_pdf_get_pictures_of_their_own() {
        assert_eq!(numbered(Path::new("a/v.png"), None), Path::new("a/v.png"));
        assert_eq!(numbered(Path::new("a/v.png"), Some(1)), Path::new("a/v.png"));
        assert_eq!(numbered(Path::new("a/v.png"), Some(12)), Path::new("a/v-12.png"));
    }
}
