//! Uncompressed screenshots travel as PNG, with the same pixels. Whatever is not plainly that travels as it came.

use std::io::Cursor;
use std::time::Instant;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use bytes::Bytes;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};

use crate::api::Request;
use crate::ocr::decode;

/// Smaller bodies are on their way sooner than they are encoded.
const WORTHWHILE: usize = 256 * 1024;

/// The base64 of the first bytes of a BMP, and of a TIFF of either byte order.
const SIGNATURES: [&[u8]; 3] = [b"Qk", b"SUkq", b"TU0A"];

/// More pixels are not decoded on this side.
const LIMITS: decode::Limits = decode::Limits::USUAL;

/// The request with its image as PNG if that is smaller; else the request itself.
pub(super) async fn to_png(body: Bytes) -> Bytes {
    if body.len() < WORTHWHILE {
        return body;
    }
    let original = body.clone();
    let shrunk = tokio::task::spawn_blocking(move || shrink(&body)).await;
    shrunk.ok().flatten().unwrap_or(original)
}

fn shrink(body: &[u8]) -> Option<Bytes> {
    let started = Instant::now();
    let text = Request::locate_file(body)?;
    if !SIGNATURES.iter().any(|signature| body[text.clone()].starts_with(signature)) {
        return None;
    }
    let image = Request::decode_file(body.to_vec(), text.clone())?;
    let png = encode(&image)?;
    let encoded = BASE64_STANDARD.encode(&png);
    // The reader's own eyes decide whether the pixels are the same: orientation, transparency and depth included.
    if encoded.len() >= text.len() || decode::decode(&image, &LIMITS).ok()? != decode::decode(&png, &LIMITS).ok()? {
        return None;
    }
    let smaller = [&body[..text.start], encoded.as_bytes(), &body[text.end..]].concat();
    let ms = started.elapsed().as_millis() as u64;
    tracing::info!(before = body.len(), after = smaller.len(), ms, "recompressed");
    Some(smaller.into())
}

fn encode(image: &[u8]) -> Option<Vec<u8>> {
    let pixels = image::load_from_memory(image).ok()?;
    let mut png = Cursor::new(Vec::new());
    let encoder = PngEncoder::new_with_quality(&mut png, CompressionType::Fast, FilterType::Adaptive);
    pixels.write_with_encoder(encoder).ok()?;
    Some(png.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(image: &[u8]) -> Vec<u8> {
        let file = BASE64_STANDARD.encode(image).replace('/', "\\/");
        format!("{{\"fileType\":1.0, \"file\":\"{file}\" ,\"x\":\"\\u4e2d\"}}").into_bytes()
    }

    #[test]
    fn an_uncompressed_image_keeps_its_pixels_and_the_request_its_other_bytes() {
        for name in ["text.bmp", "text-raw.tiff"] {
            let image = std::fs::read(format!("tests/data/formats/{name}")).expect("an image");
            let body = request(&image);
            let smaller = shrink(&body).expect("smaller");
            assert!(smaller.len() < body.len());
            assert!(smaller.starts_with(b"{\"fileType\":1.0, \"file\":\"iVBOR"));
            assert!(smaller.ends_with(b"\" ,\"x\":\"\\u4e2d\"}"));
            let text = Request::locate_file(&smaller).expect("a file");
            let png = Request::decode_file(smaller.to_vec(), text).expect("bytes");
            assert_eq!(decode::decode(&png, &LIMITS).expect("a PNG"), decode::decode(&image, &LIMITS).expect("pixels"));
        }
    }

    #[test]
    fn everything_else_stays_as_it_is() {
        let png = std::fs::read("tests/data/formats/text.png").expect("an image");
        assert_eq!(shrink(&request(&png)), None);
        for body in [b"".as_slice(), b"{}", b"not JSON", b"{\"file\":\"Qk0=\"}", b"{\"file\":\"SUkqAA!!\"}"] {
            assert_eq!(shrink(body), None);
        }
    }
}
