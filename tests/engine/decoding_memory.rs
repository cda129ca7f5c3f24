//! What decoding holds in memory, by the peak of a process that does nothing else.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should fail")]

use std::io::{Cursor, Write as _};

use image::{DynamicImage, ImageFormat, RgbImage, Rgba, RgbaImage};
use jkocr::ocr::decode::{Limits, decode};

/// A GIF of 35 bytes: a screen of that size, and a frame of one pixel.
fn sparse_gif(width: u16, height: u16) -> Vec<u8> {
    let size = [width.to_le_bytes(), height.to_le_bytes()].concat();
    let rest = b"\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\x01\0\x01\0\0\x02\x02L\x01\0;";
    [b"GIF89a".as_slice(), &size, rest].concat()
}

fn encoded(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.into().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// In a process of its own, says how much it had in memory at most after reading the file that is named there.
#[test]
fn a_child_that_decodes() {
    let Some(file) = std::env::var_os("DECODE") else { return };
    let read = decode(&std::fs::read(file).unwrap(), &Limits::default()).map(|image| image.dimensions());
    writeln!(std::io::stdout(), "peak={} read={read:?}", jkocr::memory::peak().unwrap_or_default()).unwrap();
}

/// Megabytes (10⁶ bytes) that a process has at most that decodes `bytes`.
fn peak(name: &str, bytes: &[u8]) -> u64 {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(name);
    std::fs::write(&file, bytes).unwrap();
    let program = std::env::current_exe().unwrap();
    let mut child = std::process::Command::new(program);
    let output = child
        .args(["decoding_memory::a_child_that_decodes", "--exact", "--nocapture"])
        .env("DECODE", &file)
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("read=Ok"), "{name}: {said}");
    let peak = said.split("peak=").nth(1).and_then(|rest| rest.split(' ').next()).unwrap();
    peak.parse::<u64>().unwrap() / 1_000_000
}

#[test]
fn decoding_holds_an_image_once() {
    // Four million pixels; four bytes for each, and a process that does nothing has some ten megabytes.
    let (width, height) = (4000, 4000);
    let rgba16 = image::ImageBuffer::<Rgba<u16>, _>::from_pixel(width, height, Rgba([60_000, 9000, 200, 30_000]));
    let files = [
        ("sparse.gif", sparse_gif(4000, 4000), 4),
        ("rgba16.png", encoded(rgba16, ImageFormat::Png), 4),
        ("rgb.png", encoded(RgbImage::new(width, height), ImageFormat::Png), 3),
        ("rgba.bmp", encoded(RgbaImage::new(width, height), ImageFormat::Bmp), 8),
        ("grey.jpg", encoded(image::GrayImage::new(width, height), ImageFormat::Jpeg), 4),
    ];
    for (name, bytes, for_each) in files {
        let peak = peak(name, &bytes);
        assert!(peak <= for_each * 16 + 24, "{name}: {peak} MB");
    }
}
