//! Image files of every format become the pixels that the reference pipeline reads, and hostile ones become errors.
//!
//! `tests/data/formats/opencv/NAME.png` holds what OpenCV 4.10 decodes from `NAME`, where that is not `text.png`.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should fail")]

use std::io::{Cursor, Write as _};
use std::path::Path;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use jkocr::ocr::decode::{Error, Limits, decode};
use proptest::prelude::*;

const RED: Rgb<u8> = Rgb([255, 0, 0]);

fn file(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/formats").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn read(bytes: &[u8]) -> Result<RgbImage, Error> {
    decode(bytes, &Limits::default())
}

fn pixels(name: &str) -> RgbImage {
    read(&file(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn png(image: impl Into<DynamicImage>) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.into().write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// The largest difference between two samples.
fn difference(one: &RgbImage, other: &RgbImage) -> u8 {
    assert_eq!(one.dimensions(), other.dimensions());
    one.as_raw().iter().zip(other.as_raw()).map(|(a, b)| a.abs_diff(*b)).max().unwrap()
}

fn share_of_dark(image: &RgbImage) -> f64 {
    image.pixels().filter(|pixel| pixel[1] < 128).count() as f64 / image.pixels().len() as f64
}

#[test]
fn lossless_files_give_exactly_the_pixels_of_the_reference() {
    let text = pixels("text.png");
    assert_eq!(text.dimensions(), (640, 200));
    let dark = share_of_dark(&text);
    assert!((0.06..0.08).contains(&dark), "text.png shows text, {dark}");
    for name in [
        "text-gray.png",
        "text-gray16.png",
        "text-rgba.png",
        "text-raw.tiff",
        "text-lzw.tiff",
        "text.bmp",
        "text.webp",
        "text.gif",
    ] {
        assert!(pixels(name) == text, "{name} differs from text.png");
    }
    for name in ["text-1bit.png", "text-palette.png"] {
        assert!(pixels(name) == pixels(&format!("opencv/{name}.png")), "{name} differs from the reference");
    }
}

#[test]
fn jpegs_have_the_pixels_of_the_reference() {
    let whole = ["text.jpg", "text-exif6.jpg", "colors-progressive.jpg"];
    for name in whole.into_iter().chain(["colors-420.jpg", "colors-422.jpg", "colors-grey.jpg"]) {
        assert!(pixels(name) == pixels(&format!("opencv/{name}.png")), "{name} differs from the reference");
    }
    for name in ["text-cmyk.jpg", "colors-cmyk.jpg"] {
        let most = difference(&pixels(name), &pixels(&format!("opencv/{name}.png")));
        assert!(most <= 2, "{name} differs by {most}");
    }
    assert!(difference(&pixels("text.jpg"), &pixels("text.png")) <= 14);
}

#[test]
fn cmyk_has_the_colours_that_were_meant() {
    assert!(difference(&pixels("colors-cmyk.jpg"), &pixels("colors.png")) <= 3);
}

#[test]
fn the_first_page_and_the_first_frame_are_read() {
    for name in ["two-pages.tiff", "two-frames.gif", "two-frames.webp"] {
        let image = pixels(name);
        assert_eq!(image.dimensions(), (16, 8), "{name}");
        assert!(image.pixels().all(|pixel| *pixel == RED), "{name} is red on its first page");
    }
}

#[test]
fn the_smallest_and_the_blank_image_are_images() {
    assert_eq!(pixels("zz-1x1.png").dimensions(), (1, 1));
    assert!(pixels("zz-blank.png").pixels().all(|pixel| *pixel == Rgb([255; 3])));
}

#[test]
fn sixteen_bits_lose_their_low_byte() {
    let levels: [u16; 4] = [0x00FF, 0x7FFF, 0xFEFF, 0xFFFF];
    let grey = image::ImageBuffer::<image::Luma<u16>, _>::from_fn(4, 1, |x, _| image::Luma([levels[x as usize]]));
    let kept: Vec<u8> = read(&png(grey)).unwrap().pixels().map(|pixel| pixel[0]).collect();
    assert_eq!(kept, [0x00, 0x7F, 0xFE, 0xFF]);
}

// --- orientation --------------------------------------------------------------------------------------------------

/// A TIFF header and one entry: tag 0x0112, one SHORT.
fn exif(orientation: u8) -> Vec<u8> {
    let mut bytes = b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    bytes.extend([orientation, 0, 0, 0, 0, 0, 0]);
    bytes
}

/// Inserts an `eXIf` chunk before the first chunk called `name`.
fn with_exif(png: &[u8], orientation: u8, name: [u8; 4]) -> Vec<u8> {
    let content = [b"eXIf".as_slice(), &exif(orientation)].concat();
    let mut crc = flate2::Crc::new();
    crc.update(&content);
    let chunk = [&(content.len() as u32 - 4).to_be_bytes(), content.as_slice(), &crc.sum().to_be_bytes()].concat();
    let at = png.windows(4).position(|window| window == name).unwrap() - 4;
    [&png[..at], &chunk, &png[at..]].concat()
}

type Point = (u32, u32);

/// Per EXIF orientation: the size of a 3×2 image once upright, and where its first and second pixel come to lie.
const UPRIGHT: [(Point, Point, Point); 8] = [
    ((3, 2), (0, 0), (1, 0)),
    ((3, 2), (2, 0), (1, 0)),
    ((3, 2), (2, 1), (1, 1)),
    ((3, 2), (0, 1), (1, 1)),
    ((2, 3), (0, 0), (0, 1)),
    ((2, 3), (1, 0), (1, 1)),
    ((2, 3), (1, 2), (1, 1)),
    ((2, 3), (0, 2), (0, 1)),
];

#[test]
fn a_png_is_turned_upright_wherever_its_orientation_stands() {
    let plain = png(RgbImage::from_fn(3, 2, |x, y| Rgb([x as u8, y as u8, 9])));
    for (orientation, (size, first, second)) in (1..).zip(UPRIGHT) {
        for place in [b"IDAT", b"IEND"] {
            let image = read(&with_exif(&plain, orientation, *place)).unwrap();
            assert_eq!(image.dimensions(), size, "orientation {orientation}");
            assert_eq!(image.get_pixel(first.0, first.1), &Rgb([0, 0, 9]), "orientation {orientation}");
            assert_eq!(image.get_pixel(second.0, second.1), &Rgb([1, 0, 9]), "orientation {orientation}");
        }
    }
}

#[test]
fn a_jpeg_is_turned_upright() {
    let lying = file("text-exif6.jpg");
    assert_eq!(image::load_from_memory(&lying).unwrap().into_rgb8().dimensions(), (200, 640));
    let image = read(&lying).unwrap();
    assert_eq!(image.dimensions(), (640, 200));
    assert!(difference(&image, &pixels("text.png")) <= 14, "upright, not upside down");

    let plain = file("text.jpg");
    for (orientation, (size, ..)) in (1..).zip(UPRIGHT) {
        let content = [b"Exif\0\0".as_slice(), &exif(orientation)].concat();
        let length = (content.len() as u16 + 2).to_be_bytes();
        let turned = [&plain[..2], b"\xff\xe1", &length, &content, &plain[2..]].concat();
        let image = read(&turned).unwrap();
        assert_eq!(image.width() > image.height(), size.0 > size.1, "orientation {orientation}");
    }
}

#[test]
fn a_webp_is_not_turned() {
    assert_eq!(pixels("exif6.webp").dimensions(), (16, 8));
}

// --- transparency -------------------------------------------------------------------------------------------------

/// `ink` where `text.png` is dark, over transparent `paper`, with alpha as smooth as the glyphs.
fn transparent_text(ink: [u8; 3], paper: [u8; 3]) -> Vec<u8> {
    let text = pixels("text.png");
    png(RgbaImage::from_fn(text.width(), text.height(), |x, y| {
        let alpha = 255 - text.get_pixel(x, y)[1];
        let [red, green, blue] = if alpha == 0 { paper } else { ink };
        Rgba([red, green, blue, alpha])
    }))
}

#[test]
fn dark_text_on_nothing_is_laid_on_white() {
    let image = pixels("text-transparent-black.png");
    assert_eq!(image.get_pixel(0, 0), &Rgb([255; 3]));
    let dark = share_of_dark(&image);
    assert!((0.03..0.05).contains(&dark), "two lines of text are to be seen, {dark}");

    let most = difference(&read(&transparent_text([0; 3], [0; 3])).unwrap(), &pixels("text.png"));
    assert_eq!(most, 0, "as if it had been drawn on white");
}

#[test]
fn light_text_on_nothing_is_laid_on_black() {
    for paper in [[0; 3], [255; 3]] {
        let mut image = read(&transparent_text([255; 3], paper)).unwrap();
        image::imageops::invert(&mut image);
        assert_eq!(difference(&image, &pixels("text.png")), 0, "as if it had been drawn on black");
    }
}

#[test]
fn grey_with_alpha_gets_a_background_too() {
    let light = image::GrayAlphaImage::from_fn(8, 8, |x, _| image::LumaA([230, if x == 4 { 255 } else { 0 }]));
    let image = read(&png(light)).unwrap();
    assert_eq!((image.get_pixel(0, 0), image.get_pixel(4, 0)), (&Rgb([0; 3]), &Rgb([230; 3])));
}

#[test]
fn text_inside_an_opaque_window_does_not_decide() {
    // A dark window full of white text, cut out with a transparent margin: the margin becomes white.
    let window = RgbaImage::from_fn(100, 100, |x, y| match (x, y) {
        (10..90, 10..90) if (20..80).contains(&x) && (20..80).contains(&y) => Rgba([255, 255, 255, 255]),
        (10..90, 10..90) => Rgba([30, 30, 30, 255]),
        _ => Rgba([0, 0, 0, 0]),
    });
    assert_eq!(read(&png(window)).unwrap().get_pixel(0, 0), &Rgb([255; 3]));
}

#[test]
fn alpha_that_says_nothing_is_dropped() {
    let colours = |alpha| RgbaImage::from_fn(64, 64, move |x, y| Rgba([x as u8 * 4, y as u8 * 4, 77, alpha]));
    let expected = DynamicImage::from(colours(255)).into_rgb8();
    for alpha in [255, 0] {
        assert!(read(&png(colours(alpha))).unwrap() == expected, "alpha {alpha} everywhere");
    }
}

// --- what is not an image, or not a harmless one ------------------------------------------------------------------

/// A PNG of the given size with one `IDAT` of `data`.
fn raw_png(width: u32, height: u32, chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    for (name, content) in [(b"IHDR", header.as_slice())].iter().chain(chunks).chain(&[(b"IEND", [].as_slice())]) {
        let mut crc = flate2::Crc::new();
        crc.update(*name);
        crc.update(content);
        png.extend((content.len() as u32).to_be_bytes());
        png.extend_from_slice(*name);
        png.extend_from_slice(content);
        png.extend(crc.sum().to_be_bytes());
    }
    png
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn what_is_no_image_is_told_apart() {
    assert!(matches!(read(b""), Err(Error::Empty)));
    for bytes in [b"\0".as_slice(), b"%PDF-1.7\n", b"<svg xmlns=''/>", b"hello", &[7; 4096]] {
        assert!(matches!(read(bytes), Err(Error::Unknown)));
    }
}

#[test]
fn the_photo_formats_are_named() {
    for (major, compatible, expected) in [
        (b"heic", b"mif1", "HEIC"),
        (b"mif1", b"heic", "HEIC"),
        (b"hevc", b"msf1", "HEIC"),
        (b"mif1", b"mif1", "HEIF"),
        (b"avif", b"mif1", "AVIF"),
        (b"mif1", b"avif", "AVIF"),
    ] {
        let bytes = [b"\0\0\0\x18ftyp", major.as_slice(), b"\0\0\0\0", b"miaf", compatible, b"\0\0\0\x08meta"].concat();
        let error = read(&bytes).unwrap_err();
        assert!(matches!(error, Error::Heic { name } if name == expected), "{error:?}");
        assert!(error.to_string().contains(expected));
    }
    let video = b"\0\0\0\x14ftypisom\0\0\0\0mp42";
    assert!(matches!(read(video), Err(Error::Unknown)));
}

#[test]
fn too_many_pixels_are_refused_before_they_are_decoded() {
    for (width, height) in [(0x7FFF_FFFF, 0x7FFF_FFFF), (0x7FFF_FFFF, 1), (10_001, 10_000)] {
        let error = read(&raw_png(width, height, &[(b"IDAT", &deflated(&[0; 100]))])).unwrap_err();
        assert!(
            matches!(error, Error::TooManyPixels { width: w, height: h, .. } if (w, h) == (width, height)),
            "{error:?}"
        );
    }
    let at_the_limit = Limits { max_pixels: 640 * 200 };
    let below = Limits { max_pixels: 640 * 200 - 1 };
    for name in ["text.png", "text.jpg", "text-raw.tiff", "text.bmp", "text.webp", "text.gif"] {
        assert!(decode(&file(name), &at_the_limit).is_ok(), "{name}");
        let error = decode(&file(name), &below).unwrap_err();
        assert!(matches!(error, Error::TooManyPixels { width: 640, height: 200, .. }), "{name}: {error:?}");
    }
}

#[test]
fn a_webp_cannot_hide_a_huge_frame_in_a_small_canvas() {
    let frame = b"\x30\x01\x00\x9d\x01\x2a\xff\x3f\xff\x3f\0\0\0\0\0\0\0\0\0\0";
    let canvas = b"VP8X\x0a\0\0\0\0\0\0\0\0\0\0\0\0\0";
    let bytes = [b"RIFF\x36\0\0\0WEBP".as_slice(), canvas, b"VP8 \x14\0\0\0", frame].concat();
    let error = read(&bytes).unwrap_err();
    assert!(matches!(error, Error::TooManyPixels { width: 16383, height: 16383, .. }), "{error:?}");
}

#[test]
fn frames_inside_frames_of_a_webp_cost_no_stack() {
    let frames: Vec<u8> = (0..70_000_u32)
        .rev()
        .flat_map(|inside| [b"ANMF".as_slice(), &(24 * inside + 16).to_le_bytes(), &[0; 16]].concat())
        .collect();
    let canvas = b"VP8X\x0a\0\0\0\x02\0\0\0\0\0\0\0\0\0";
    let content = [b"WEBP".as_slice(), canvas, &frames].concat();
    let bytes = [b"RIFF".as_slice(), &(content.len() as u32).to_le_bytes(), &content].concat();
    // An overflow would end the process, and with it every test.
    let reader = std::thread::Builder::new().stack_size(256 << 10).spawn(move || read(&bytes).is_err()).unwrap();
    assert!(reader.join().unwrap(), "there is no picture in it");
}

#[test]
fn a_jpeg_that_repeats_its_scans_is_refused() {
    let plain = file("colors-progressive.jpg");
    let last = plain.windows(2).rposition(|pair| pair == b"\xff\xda").unwrap();
    let repeated = [&plain[..last], &plain[last..plain.len() - 2].repeat(200), b"\xff\xd9"].concat();
    assert!(matches!(read(&repeated), Err(Error::TooManyScans)));
}

#[test]
fn an_image_without_pixels_is_an_error() {
    assert!(matches!(read(&raw_png(0, 5, &[])), Err(Error::NoPixels { width: 0, height: 5, .. })));
}

#[test]
fn data_that_unpacks_to_more_than_the_image_changes_nothing() {
    let bomb = deflated(&vec![0; 64 << 20]);
    let rows = deflated(&[0; 10 * 31]);
    let profile = [b"x\0\0".as_slice(), &bomb].concat();
    for chunks in [
        [(b"iCCP", profile.as_slice()), (b"IDAT", &rows)].as_slice(),
        &[(b"zTXt", &profile), (b"IDAT", &rows)],
        &[(b"IDAT", &bomb)],
    ] {
        let image = read(&raw_png(10, 10, chunks)).unwrap();
        assert!(image.pixels().all(|pixel| *pixel == Rgb([0; 3])));
    }
}

#[test]
fn a_gif_frame_far_larger_than_its_screen_is_refused() {
    let gif =
        [b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff".as_slice(), b",\0\0\0\0\xff\xff\xff\xff\0\x02\x02L\x01\0;"]
            .concat();
    assert!(matches!(read(&gif), Err(Error::TooMuchMemory { .. })));
}

#[test]
fn a_png_that_was_cut_short_is_an_error() {
    let whole = file("text.png");
    for length in [20, 50, whole.len() / 2, whole.len() - 20] {
        assert!(matches!(read(&whole[..length]), Err(Error::Damaged { .. })), "{length} bytes");
    }
}

#[test]
fn a_jpeg_that_was_cut_short_shows_what_there_is() {
    let whole = file("text.jpg");
    let image = read(&whole[..whole.len() / 2]).unwrap();
    let first_line = |image: &RgbImage| image::imageops::crop_imm(image, 0, 0, 640, 64).to_image();
    assert!(difference(&first_line(&image), &first_line(&pixels("text.jpg"))) == 0, "the first line is whole");
    assert!(image != pixels("text.jpg"), "the rest is missing");
    assert!(matches!(read(&whole[..100]), Err(Error::Damaged { .. })), "no scan, no image");
}

#[test]
fn an_error_does_not_repeat_its_cause() {
    let error = read(&file("text.png")[..500]).unwrap_err();
    let cause = std::error::Error::source(&error).expect("the decoder says why").to_string();
    assert!(error.to_string().contains("PNG") && !error.to_string().contains(&cause));
}

#[test]
fn a_kind_of_image_that_takes_more_memory_may_have_fewer_pixels() {
    // The sizes in the headers are all that is looked at.
    let mut progressive = file("colors-progressive.jpg");
    let frame = progressive.windows(2).position(|pair| pair == b"\xff\xc2").unwrap();
    progressive[frame + 5..frame + 9].copy_from_slice(&[0x27, 0x10, 0x27, 0x10]);
    // 14 bits for each side, less one.
    let size: u32 = (9999 << 14) + 9999;
    let lossless = [b"RIFF\x16\0\0\0WEBPVP8L\x0a\0\0\0\x2f".as_slice(), &size.to_le_bytes(), &[0; 5]].concat();
    for (name, bytes) in [("progressive JPEG", progressive), ("lossless WebP", lossless)] {
        let error = read(&bytes).unwrap_err();
        let Error::TooManyPixels { width: 10_000, height: 10_000, limit } = error else { panic!("{name}: {error:?}") };
        assert!((40_000_000..100_000_000).contains(&limit), "{name}: {limit}");
    }
}

/// Bits, the lowest of each byte first.
fn packed(fields: &[(u32, u32)]) -> Vec<u8> {
    let bits: Vec<u8> =
        fields.iter().flat_map(|(value, count)| (0..*count).map(move |at| (value >> at & 1) as u8)).collect();
    bits.chunks(8).map(|byte| byte.iter().rev().fold(0, |sum, bit| sum << 1 | bit)).collect()
}

#[test]
fn a_webp_cannot_ask_for_codes_without_end() {
    // One pixel, no transform, no cache, and an image of one pixel that says: group 65,535.
    let code = |symbol| [(0b101, 3), (symbol, 8)];
    let mut fields = vec![(0x2f, 8), (0, 28), (0, 4), (0, 1), (0, 1), (1, 1), (0, 3), (0, 1)];
    fields.extend([255, 255, 0, 0, 0].into_iter().flat_map(code));
    // Of the groups, the first few; they are enough for a decoder to begin with.
    fields.extend((0..5).flat_map(|_| code(0)));
    let stream = packed(&fields);
    let file =
        [b"VP8L".as_slice(), &(stream.len() as u32).to_le_bytes(), &stream, &[0; 1][..stream.len() % 2]].concat();
    let bytes = [b"RIFF".as_slice(), &(file.len() as u32 + 4).to_le_bytes(), b"WEBP", &file].concat();
    let error = read(&bytes).unwrap_err();
    assert!(matches!(error, Error::TooMuchMemory { .. }), "{error:?}");
}

#[test]
fn a_tiff_cannot_hide_a_huge_jpeg_in_a_small_page() {
    let mut jpeg = file("text.jpg");
    let frame = jpeg.windows(2).position(|pair| pair == b"\xff\xc0").unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0x40, 0, 0x40, 0]);
    let entry = |tag: u16, kind: u16, value: u32| {
        [&tag.to_le_bytes()[..], &kind.to_le_bytes(), &1_u32.to_le_bytes(), &value.to_le_bytes()].concat()
    };
    let entries = [
        entry(256, 3, 16),
        entry(257, 3, 16),
        entry(258, 3, 8),
        entry(259, 3, 7),
        entry(262, 3, 1),
        entry(273, 4, 122),
        entry(277, 3, 1),
        entry(278, 3, 16),
        entry(279, 4, jpeg.len() as u32),
    ];
    let head = [b"II\x2a\0\x08\0\0\0".as_slice(), &9_u16.to_le_bytes(), &entries.concat(), &[0; 4]].concat();
    let error = read(&[head, jpeg].concat()).unwrap_err();
    assert!(matches!(error, Error::TooMuchMemory { .. }), "{error:?}");
}

const FILES: [&str; 13] = [
    "text-1bit.png",
    "text-palette.png",
    "text-transparent-black.png",
    "colors-420.jpg",
    "colors-cmyk.jpg",
    "colors-grey.jpg",
    "colors-progressive.jpg",
    "two-pages.tiff",
    "two-frames.gif",
    "two-frames.webp",
    "exif6.webp",
    "text.gif",
    "zz-1x1.png",
];

proptest! {
    #[test]
    fn any_bytes_are_decoded_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let _ = read(&bytes);
    }

    #[test]
    fn any_damage_is_decoded_or_refused(
        name in proptest::sample::select(&FILES[..]),
        edits in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>(), any::<bool>()), 1..12),
        cut in proptest::option::of(any::<proptest::sample::Index>()),
    ) {
        let mut bytes = file(name);
        for (place, value, near_the_start) in edits {
            let range = if near_the_start { bytes.len().min(128) } else { bytes.len() };
            bytes[place.index(range)] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let _ = decode(&bytes, &Limits { max_pixels: 1_000_000 });
    }
}
