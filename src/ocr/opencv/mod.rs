//! What repeats OpenCV 4.10 to the bit: the reference's results rest on its roundings.

pub(super) mod contours;
pub(super) mod fill_poly;
mod hull;
pub(super) mod min_area_rect;
pub(super) mod perspective;
#[cfg(test)]
pub(super) mod recordings;
pub(super) mod resize;
pub(super) mod warp;
