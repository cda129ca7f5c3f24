//! Tiles filled up to few sizes, for an engine that makes code for each size it meets.

/// Sides are filled up to multiples of this: the more sizes there are, the more often the engine meets a new one.
const STEP: usize = 64;

/// A tensor of `planes` (`[3, height, width]`) in a size that is met more often, its last columns and rows repeated; none if
/// it has one already.
pub(super) fn filled(planes: &[f32], [width, height]: [usize; 2]) -> Option<(Vec<f32>, [usize; 2])> {
    let size @ [columns, rows] = [width, height].map(|side| side.next_multiple_of(STEP));
    if size == [width, height] {
        return None;
    }
    let mut filled = Vec::with_capacity(planes.len() / (width * height) * columns * rows);
    for plane in planes.chunks_exact(width * height) {
        for y in 0..rows {
            let row = &plane[y.min(height - 1) * width..][..width];
            filled.extend_from_slice(row);
            filled.extend(std::iter::repeat_n(row[width - 1], columns - width));
        }
    }
    Some((filled, size))
}

/// What a map of a filled tensor (`[columns, rows]`) says of the tensor as it was.
pub(super) fn cut(map: &[f32], columns: usize, [width, height]: [usize; 2]) -> Vec<f32> {
    map.chunks_exact(columns).take(height).flat_map(|row| &row[..width]).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_filled_up_is_cut_off_again() {
        let [width, height] = [96, 32];
        let planes: Vec<f32> = (0..3 * width * height).map(|at| at as f32).collect();
        let (filled, [columns, rows]) = filled(&planes, [width, height]).unwrap();
        assert_eq!([columns, rows, filled.len()], [128, 64, 3 * 128 * 64]);
        let plane = columns * rows;
        for (place, plane) in filled.chunks_exact(plane).enumerate() {
            let start = place * width * height;
            assert!(cut(plane, columns, [width, height]) == planes[start..start + width * height]);
            // The corner is the nearest pixel there is.
            assert_eq!(plane.last(), planes[start..start + width * height].last());
        }
        assert_eq!(super::filled(&vec![0.0; 3 * 64 * 128], [64, 128]), None);
    }
}
