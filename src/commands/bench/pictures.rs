//! The pictures that are timed: those of the user, or screenshots of sizes that people take.

use std::borrow::Cow;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::imageops;

use crate::ocr::decode;

/// A name, and the bytes of a file.
pub type NamedPicture = (String, Cow<'static, [u8]>);

/// A button of two letters.
const WORD: &[u8] = include_bytes!("../../../tests/data/word_ok.png");

/// Six lines of Chinese.
const CHAT: &[u8] = include_bytes!("../../../tests/data/chat_zh.png");

/// 1920x1080 full of text.
const FULL: &[u8] = include_bytes!("../../../tests/data/fullhd_dense.png");

/// The screenshot for those who have none at hand.
pub fn sample() -> NamedPicture {
    (t!("bench.sample.one").into_owned(), Cow::Borrowed(CHAT))
}

/// The samples, the smallest first.
///
/// # Errors
/// None but those of memory.
pub fn samples() -> Result<Vec<NamedPicture>> {
    Ok(vec![
        (t!("bench.sample.word").into_owned(), Cow::Borrowed(WORD)),
        (t!("bench.sample.chat").into_owned(), Cow::Borrowed(CHAT)),
        (t!("bench.sample.full").into_owned(), Cow::Borrowed(FULL)),
        (t!("bench.sample.retina").into_owned(), Cow::Owned(retina()?)),
    ])
}

/// The full screen with two pixels a point.
fn retina() -> Result<Vec<u8>> {
    let screen = decode::decode(FULL, &decode::Limits::default())?;
    let [width, height] = [screen.width(), screen.height()].map(|side| 2 * side);
    let screen = imageops::resize(&screen, width, height, imageops::FilterType::CatmullRom);
    let mut bytes = Cursor::new(Vec::new());
    screen.write_with_encoder(PngEncoder::new_with_quality(&mut bytes, CompressionType::Fast, FilterType::Sub))?;
    Ok(bytes.into_inner())
}

/// Name and content of every file.
///
/// # Errors
/// If one cannot be read.
pub fn of_files(files: &[PathBuf]) -> Result<Vec<NamedPicture>> {
    let load = |file: &PathBuf| {
        let bytes = fs::read(file).with_context(|| t!("ocr_command.file", file = file.display()))?;
        Ok((file_name(file), Cow::Owned(bytes)))
    };
    files.iter().map(load).collect()
}

/// The last part of a path.
pub fn file_name(file: &Path) -> String {
    file.file_name().unwrap_or(file.as_os_str()).to_string_lossy().into_owned()
}
