//! Which images may be read side by side.

use std::panic::catch_unwind;

use super::Picture;
use super::queue::Size;
use crate::ocr::{Params, detect};

/// The most pixels of a small image, and of what the detector is given for it. Two of them together need about as much
/// memory as one that fills a screen; and the fewer pixels there are, the less a second thread helps with them.
const SMALL: u64 = 1 << 20;

/// The size of `picture`, of a file by its header; what cannot be told is large. So is what needs more than the text
/// models, which only the whole engine has, or stays in memory afterwards.
pub(super) fn of(picture: &Picture, params: &Params) -> Size {
    if params.document.any() || params.visualize {
        return Size::Large;
    }
    // A decoder that panics does so again on the worker's thread, where the caller is told.
    let dimensions = catch_unwind(|| picture.dimensions()).ok().flatten();
    let is_small = dimensions.is_some_and(|(width, height)| {
        let [wide, high] = detect::input_size([width, height], params);
        width > 0 && height > 0 && u64::from(width) * u64::from(height) <= SMALL && wide as u64 * high as u64 <= SMALL
    });
    if is_small { Size::Small } else { Size::Large }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{ImageFormat, RgbImage};

    use super::{Picture, Size, of};
    use crate::ocr::{Params, Switches};

    fn file(width: u32, height: u32, format: ImageFormat) -> Picture {
        let mut bytes = Cursor::new(Vec::new());
        RgbImage::new(width, height).write_to(&mut bytes, format).expect("an image");
        Picture::File(bytes.into_inner())
    }

    #[test]
    fn a_part_of_the_screen_is_small_in_every_format_and_a_screen_is_large() {
        let formats = [
            ImageFormat::Png,
            ImageFormat::Jpeg,
            ImageFormat::Bmp,
            ImageFormat::WebP,
            ImageFormat::Tiff,
            ImageFormat::Gif,
        ];
        for format in formats {
            assert_eq!(of(&file(1000, 700, format), &Params::default()), Size::Small, "{format:?}");
            assert_eq!(of(&file(1920, 1080, format), &Params::default()), Size::Large, "{format:?}");
        }
    }

    #[test]
    fn what_cannot_be_told_or_needs_more_is_large() {
        let small = file(64, 64, ImageFormat::Png);
        assert_eq!(of(&small, &Params::default()), Size::Small);
        for file in [b"\x89PNG\r\n\x1a\n".to_vec(), Vec::new()] {
            assert_eq!(of(&Picture::File(file), &Params::default()), Size::Large);
        }
        assert_eq!(of(&Picture::Page(RgbImage::new(64, 64)), &Params::default()), Size::Small);
        let turned = Params { document: Switches { orientation: true, ..Switches::default() }, ..Params::default() };
        let drawn = Params { visualize: true, ..Params::default() };
        let magnified = Params { limit_side_len: 2000, ..Params::default() };
        for params in [turned, drawn, magnified] {
            assert_eq!(of(&small, &params), Size::Large, "{params:?}");
        }
    }
}
