//! The input of a model: three planes of floats, blue, green, red, as PaddleX's detection and recognition are fed, or
//! red, green, blue, as its classifiers are.

use image::RgbImage;

use super::opencv::resize::{Window, resize, resize_part};

/// Mean and standard deviation of the planes, in the order of planes: the values of ImageNet for red, green and blue,
/// which the reference applies to blue, green and red where that is the order.
const MEAN: [f64; 3] = [0.485, 0.456, 0.406];
const DEVIATION: [f64; 3] = [0.229, 0.224, 0.225];

/// The float that each byte becomes, per plane: blue, green, red, unless somebody says otherwise.
pub(super) struct Levels([[f32; 256]; 3]);

impl Levels {
    /// `levels[plane][byte] = value(plane, byte)`.
    pub fn new(value: impl Fn(usize, f32) -> f32) -> Self {
        Self(std::array::from_fn(|plane| std::array::from_fn(|byte| value(plane, byte as f32))))
    }

    /// Zero mean and unit deviation, in the order of planes, by the figures of ImageNet.
    ///
    /// PaddleX's `NormalizeImage` (`models/text_detection/processors.py`), which rounds twice to single precision.
    pub fn imagenet() -> Self {
        Self::new(|plane, byte| {
            let factor = 1.0 / 255.0 / DEVIATION[plane];
            let offset = -MEAN[plane] / DEVIATION[plane];
            byte * factor as f32 + offset as f32
        })
    }
}

/// Writes row `y` of an image of size `[width, height]` into three planes (`[3, height, width]`): red, green, blue,
/// which is what `levels` is about, too.
pub(super) fn put_rgb(planes: &mut [f32], [width, height]: [usize; 2], (y, row): (usize, &[u8]), levels: &Levels) {
    let planes = planes.chunks_exact_mut(width * height).zip(&levels.0);
    for (channel, (plane, levels)) in planes.enumerate() {
        let bytes = row.iter().skip(channel).step_by(3);
        for (value, &byte) in plane[y * width..][..width].iter_mut().zip(bytes) {
            *value = levels[usize::from(byte)];
        }
    }
}

/// Where an image goes in a tensor: its size there, and the width of the planes, which may be larger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot {
    /// Columns that the image takes.
    pub width: usize,
    /// Rows of the image and of a plane.
    pub height: usize,
    /// Columns of a plane, at least `width`.
    pub stride: usize,
}

/// Resizes `image` into the left of three planes (`[3, height, stride]`); columns beyond `width` are left alone.
pub(super) fn fill(planes: &mut [f32], slot: Slot, image: &RgbImage, levels: &Levels) {
    let mut planes = Planes::new(planes, slot, levels);
    resize(image, slot.width, slot.height, |y, row| planes.put(y, row));
}

/// As [`fill`] with the part of `image` that lies in `window` once it has `size` (`[width, height]`), which fills the
/// planes. Whether it is all of one colour.
pub(super) fn fill_part(
    planes: &mut [f32],
    image: &RgbImage,
    (size, window): ([usize; 2], &Window),
    levels: &Levels,
) -> bool {
    let (width, height) = (window.columns.len(), window.rows.len());
    let mut planes = Planes::new(planes, Slot { width, height, stride: width }, levels);
    let mut color = None;
    let mut is_flat = true;
    resize_part(image, size, window, |y, row| {
        let pixels = row.as_chunks::<3>().0;
        let color = *color.get_or_insert(pixels[0]);
        is_flat = is_flat && pixels.iter().all(|pixel| *pixel == color);
        planes.put(y, row);
    });
    is_flat
}

/// Three planes that are filled row by row: blue, green, red.
struct Planes<'p> {
    channels: [&'p mut [f32]; 3],
    slot: Slot,
    levels: &'p Levels,
}

impl<'p> Planes<'p> {
    fn new(planes: &'p mut [f32], slot: Slot, levels: &'p Levels) -> Self {
        let (blue, rest) = planes.split_at_mut(slot.height * slot.stride);
        let (green, red) = rest.split_at_mut(slot.height * slot.stride);
        Self { channels: [blue, green, red], slot, levels }
    }

    /// `row`: red, green and blue of each pixel.
    fn put(&mut self, y: usize, row: &[u8]) {
        let columns = y * self.slot.stride..y * self.slot.stride + self.slot.width;
        let [blue, green, red] = self.channels.each_mut().map(|plane| &mut plane[columns.clone()]);
        let [blue_levels, green_levels, red_levels] = &self.levels.0;
        let planes = blue.iter_mut().zip(green).zip(red);
        for (pixel, ((blue, green), red)) in row.chunks_exact(3).zip(planes) {
            *blue = blue_levels[usize::from(pixel[2])];
            *green = green_levels[usize::from(pixel[1])];
            *red = red_levels[usize::from(pixel[0])];
        }
    }
}
