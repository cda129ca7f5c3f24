//! The input of a model: three planes of floats, blue, green, red, as PaddleX's models are fed.

use image::RgbImage;

use super::resize::resize;

/// The float that each byte becomes, per plane: blue, green, red.
pub(super) struct Levels([[f32; 256]; 3]);

impl Levels {
    /// `levels[plane][byte] = value(plane, byte)`.
    pub fn new(value: impl Fn(usize, f32) -> f32) -> Self {
        Self(std::array::from_fn(|plane| std::array::from_fn(|byte| value(plane, byte as f32))))
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
    let (blue, rest) = planes.split_at_mut(slot.height * slot.stride);
    let (green, red) = rest.split_at_mut(slot.height * slot.stride);
    let [blue_levels, green_levels, red_levels] = &levels.0;
    resize(image, slot.width, slot.height, |y, row| {
        let columns = y * slot.stride..y * slot.stride + slot.width;
        let (blue, green, red) = (&mut blue[columns.clone()], &mut green[columns.clone()], &mut red[columns]);
        let planes = blue.iter_mut().zip(green).zip(red);
        for (pixel, ((blue, green), red)) in row.chunks_exact(3).zip(planes) {
            *blue = blue_levels[usize::from(pixel[2])];
            *green = green_levels[usize::from(pixel[1])];
            *red = red_levels[usize::from(pixel[0])];
        }
    });
}
