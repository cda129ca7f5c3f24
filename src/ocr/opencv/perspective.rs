//! The projective map between a rectangle and a quadrilateral, in the arithmetic of OpenCV.

/// A 3x3 matrix, row by row, that maps `[x, y, 1]`.
pub(in crate::ocr) type Matrix = [f64; 9];

/// Below this a pivot counts as zero (`LU64f` in OpenCV's `matrix_decomp.cpp`).
const SINGULAR: f64 = f64::EPSILON * 10.0;

/// The map from an upright rectangle of `size` (`[width, height]`) with its top left corner at the origin to the
/// quadrilateral `corners`, clockwise from the top left. All zero if a side is 0.
///
/// `cv2.getPerspectiveTransform` from the corners to the rectangle, inverted as `cv2.warpPerspective` does
/// (OpenCV 4.10, `imgwarp.cpp` and `lapack.cpp`).
pub(in crate::ocr) fn onto(corners: &[[f32; 2]; 4], size: [u32; 2]) -> Matrix {
    let [width, height] = size.map(|side| side as f32);
    let rectangle = [[0.0, 0.0], [width, 0.0], [width, height], [0.0, height]];
    let mut rows = [[0.0; 9]; 8];
    for (index, (&[x, y], &[to_x, to_y])) in corners.iter().zip(&rectangle).enumerate() {
        // The products are in single precision, as the corners are.
        let products = [[-x * to_x, -y * to_x], [-x * to_y, -y * to_y]].map(|pair| pair.map(f64::from));
        let [x, y, to_x, to_y] = [x, y, to_x, to_y].map(f64::from);
        rows[index] = [x, y, 1.0, 0.0, 0.0, 0.0, products[0][0], products[0][1], to_x];
        rows[index + 4] = [0.0, 0.0, 0.0, x, y, 1.0, products[1][0], products[1][1], to_y];
    }
    let mut matrix = [1.0; 9];
    matrix[..8].copy_from_slice(&solve(rows));
    invert(&matrix)
}

/// Solves eight equations, the right side in the last column, by Gauss' elimination with partial pivoting (`LUImpl`).
/// All zero if they have no single solution.
fn solve(mut rows: [[f64; 9]; 8]) -> [f64; 8] {
    for step in 0..8 {
        let mut pivot = step;
        for row in step + 1..8 {
            if rows[row][step].abs() > rows[pivot][step].abs() {
                pivot = row;
            }
        }
        if rows[pivot][step].abs() < SINGULAR {
            return [0.0; 8];
        }
        rows.swap(step, pivot);
        let inverse = -1.0 / rows[step][step];
        let (above, below) = rows.split_at_mut(step + 1);
        for row in below {
            let factor = row[step] * inverse;
            for (value, &pivot) in row[step + 1..].iter_mut().zip(&above[step][step + 1..]) {
                *value += factor * pivot;
            }
        }
    }
    let mut solution = [0.0; 8];
    for row in (0..8).rev() {
        let known = (row + 1..8).fold(rows[row][8], |sum, column| sum - rows[row][column] * solution[column]);
        solution[row] = known / rows[row][row];
    }
    solution
}

/// The inverse by cofactors; all zero if there is none (`cv::invert` of 3x3).
fn invert(matrix: &Matrix) -> Matrix {
    let minor =
        |plus: [usize; 2], minus: [usize; 2]| matrix[plus[0]] * matrix[plus[1]] - matrix[minus[0]] * matrix[minus[1]];
    let determinant =
        matrix[0] * minor([4, 8], [5, 7]) - matrix[1] * minor([3, 8], [5, 6]) + matrix[2] * minor([3, 7], [4, 6]);
    if determinant == 0.0 {
        return [0.0; 9];
    }
    let scale = 1.0 / determinant;
    [
        minor([4, 8], [5, 7]) * scale,
        minor([2, 7], [1, 8]) * scale,
        minor([1, 5], [2, 4]) * scale,
        minor([5, 6], [3, 8]) * scale,
        minor([0, 8], [2, 6]) * scale,
        minor([2, 3], [0, 5]) * scale,
        minor([3, 7], [4, 6]) * scale,
        minor([1, 6], [0, 7]) * scale,
        minor([0, 4], [1, 3]) * scale,
    ]
}
