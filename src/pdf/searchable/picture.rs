//! An image as the background of a page: a JPEG as it is, everything else without loss.

use std::io::Cursor;

use image::codecs::jpeg::JpegDecoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::metadata::Orientation;
use image::{ExtendedColorType, ImageDecoder as _, ImageEncoder as _, RgbImage};
use pdf_writer::types::Predictor;
use pdf_writer::{Filter, Finish as _, Name, Pdf, Ref};

/// Writes the image file `file`, whose pixels are `image`, as the object `id`.
pub fn write(pdf: &mut Pdf, id: Ref, file: &[u8], image: &RgbImage) {
    let (width, height) = image.dimensions();
    if let Some(components) = plain_jpeg(file, [width, height]) {
        describe(pdf, id, file, [width, height], components).filter(Filter::DctDecode);
        return;
    }
    let is_grey = image.pixels().all(|pixel| pixel.0[0] == pixel.0[1] && pixel.0[1] == pixel.0[2]);
    let (packed, components) = if is_grey {
        let grey: Vec<u8> = image.pixels().map(|pixel| pixel.0[0]).collect();
        (pack(&grey, width, height, ExtendedColorType::L8), 1)
    } else {
        (pack(image.as_raw(), width, height, ExtendedColorType::Rgb8), 3)
    };
    let mut object = describe(pdf, id, &packed, [width, height], components);
    object.filter(Filter::FlateDecode);
    let mut parameters = object.decode_parms();
    parameters.predictor(Predictor::PngOptimum).colors(components.into()).columns(width as i32);
    parameters.finish();
    object.finish();
}

fn describe<'p>(
    pdf: &'p mut Pdf,
    id: Ref,
    samples: &'p [u8],
    [width, height]: [u32; 2],
    components: u8,
) -> pdf_writer::writers::ImageXObject<'p> {
    let mut object = pdf.image_xobject(id, samples);
    object.width(width as i32).height(height as i32).bits_per_component(8);
    object.color_space_name(if components == 1 { Name(b"DeviceGray") } else { Name(b"DeviceRGB") });
    object
}

/// The components of a JPEG that a PDF shows as we do: one or three, upright, of the expected size.
fn plain_jpeg(file: &[u8], [width, height]: [u32; 2]) -> Option<u8> {
    let (columns, rows, components) = frame(file)?;
    let mut decoder = JpegDecoder::new(Cursor::new(file)).ok()?;
    let is_upright = decoder.orientation().ok()? == Orientation::NoTransforms;
    (is_upright && [columns, rows] == [width, height] && matches!(components, 1 | 3)).then_some(components)
}

/// Width, height and components from the header of the frame (ITU-T T.81 §B.2.2).
fn frame(file: &[u8]) -> Option<(u32, u32, u8)> {
    let mut rest = file.strip_prefix(b"\xff\xd8")?;
    while let [0xff, marker, high, low, ..] = *rest {
        let length = usize::from(u16::from_be_bytes([high, low]));
        if matches!(marker, 0xc0..=0xc2) {
            let [rows, columns] = [5, 7].map(|at| Some(u16::from_be_bytes([*rest.get(at)?, *rest.get(at + 1)?])));
            return Some((columns?.into(), rows?.into(), *rest.get(9)?));
        }
        rest = rest.get(2 + length..)?;
    }
    None
}

/// Samples filtered and packed as a PNG's: its data are what PDF calls Flate with a predictor.
fn pack(samples: &[u8], width: u32, height: u32, color: ExtendedColorType) -> Vec<u8> {
    let mut png = Vec::new();
    let encoder = PngEncoder::new_with_quality(&mut png, CompressionType::Default, FilterType::Adaptive);
    encoder.write_image(samples, width, height, color).expect("a Vec takes all bytes");
    let mut packed = Vec::new();
    let mut rest = &png[8..];
    while let Some((head, after)) = rest.split_at_checked(8) {
        let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
        if &head[4..] == b"IDAT" {
            packed.extend_from_slice(&after[..length]);
        }
        rest = &after[length + 4..];
    }
    packed
}
