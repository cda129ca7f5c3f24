//! Convex hulls, with their points in the order OpenCV gives them.

use std::cmp::Ordering;

/// A corner of one of the four chains that [`convex_hull`] is made of: an index into the sorted points.
type Chain = Vec<usize>;

/// The sign of turns and steps that a chain keeps, as `nsign` and `sign2` in OpenCV.
#[derive(Clone, Copy)]
struct Sense {
    vertical: i64,
    turn: i64,
}

/// The corners of the convex hull of `points`, without points on its edges.
///
/// `cv2.convexHull(points, clockwise=False)` of OpenCV 4.10 (`modules/imgproc/src/convhull.cpp`): Sklansky's scan over
/// the points sorted by x. Where the list starts decides which of two equally good rectangles is found around it, so
/// the order is kept, too. No points give no corners.
pub(in crate::ocr) fn convex_hull(points: &[[i32; 2]]) -> Vec<[i32; 2]> {
    let mut order: Vec<usize> = (0..points.len()).collect();
    order.sort_unstable_by_key(|&index| (points[index], index));
    let sorted: Vec<[i64; 2]> = order.iter().map(|&index| points[index].map(i64::from)).collect();
    let (Some(first), Some(last)) = (sorted.first(), sorted.last()) else {
        return Vec::new();
    };
    if first == last {
        return vec![points[order[0]]];
    }
    let corners = outline(&sorted).into_iter().map(|corner| order[corner]).collect();
    in_order_of_input(corners).into_iter().map(|index| points[index]).collect()
}

/// The hull as indices into `sorted`: upper half, then lower half ("upper" is where y is larger).
fn outline(sorted: &[[i64; 2]]) -> Vec<usize> {
    let end = sorted.len() - 1;
    let (lowest, highest) = extremes(sorted);
    let top_right = chain(sorted, 0, highest, Sense { vertical: -1, turn: 1 });
    let top_left = chain(sorted, end, highest, Sense { vertical: -1, turn: -1 });
    let mut bottom_left = chain(sorted, 0, lowest, Sense { vertical: 1, turn: -1 });
    let mut bottom_right = chain(sorted, end, lowest, Sense { vertical: 1, turn: 1 });

    let stop = if top_right.len() > 2 {
        Some(top_right[1])
    } else {
        (top_left.len() > 2).then(|| top_left[top_left.len() - 2])
    };
    let check = if bottom_left.len() > 2 {
        Some(bottom_left[1])
    } else {
        (bottom_left.len() + bottom_right.len() > 2).then(|| bottom_right[2 - bottom_left.len()])
    };
    if let (Some(stop), Some(check)) = (stop, check)
        && sorted[stop] == sorted[check]
    {
        // All points lie on one line, and the lower half is the upper one again.
        bottom_left.truncate(2);
        bottom_right.truncate(2);
    }
    let forth = |chain: &Chain| chain[..chain.len() - 1].to_vec();
    let back = |chain: &Chain| chain[1..].iter().rev().copied().collect::<Vec<_>>();
    [forth(&top_left), back(&top_right), forth(&bottom_left), back(&bottom_right)].concat()
}

/// The positions of the smallest and the largest y; of equals the first.
fn extremes(sorted: &[[i64; 2]]) -> (usize, usize) {
    let (mut lowest, mut highest) = (0, 0);
    for (index, point) in sorted.iter().enumerate() {
        if point[1] < sorted[lowest][1] {
            lowest = index;
        }
        if point[1] > sorted[highest][1] {
            highest = index;
        }
    }
    (lowest, highest)
}

/// One quarter of the hull, from `start` to `end` (`Sklansky_`).
fn chain(sorted: &[[i64; 2]], start: usize, end: usize, sense: Sense) -> Chain {
    if sorted[start] == sorted[end] {
        return vec![start];
    }
    let step = |index: usize| if end > start { index + 1 } else { index.wrapping_sub(1) };
    let after = step(end);
    let (mut previous, mut current) = (start, step(start));
    let mut next = step(current);
    let mut stack = vec![previous, current, next];
    while next != after {
        let by = sorted[next][1] - sorted[current][1];
        if by.signum() == sense.vertical {
            next = step(next);
            replace_last(&mut stack, next);
            continue;
        }
        let [ax, ay] = [0, 1].map(|axis| sorted[current][axis] - sorted[previous][axis]);
        let bx = sorted[next][0] - sorted[current][0];
        if (ay * bx - ax * by).signum() == sense.turn && (ax, ay) != (0, 0) {
            previous = current;
            current = next;
            next = step(next);
            stack.push(next);
        } else if previous == start {
            current = next;
            stack[1] = current;
            next = step(next);
            stack[2] = next;
        } else {
            let length = stack.len();
            stack[length - 2] = next;
            current = previous;
            previous = stack[length - 4];
            stack.pop();
        }
    }
    stack.pop();
    stack
}

fn replace_last(stack: &mut Chain, value: usize) {
    if let Some(last) = stack.last_mut() {
        *last = value;
    }
}

/// Starts the cycle `corners` at its smallest or largest index, if that makes the indices ascend or descend.
fn in_order_of_input(corners: Vec<usize>) -> Vec<usize> {
    let count = corners.len();
    if count < 3 {
        return corners;
    }
    let (mut smallest, mut largest, mut rises) = (0, 0, 0);
    for index in 1..count {
        rises += usize::from(corners[index - 1] < corners[index]);
        if rises > 1 && rises + 2 <= index {
            break;
        }
        if corners[index] < corners[smallest] {
            smallest = index;
        }
        if corners[index] > corners[largest] {
            largest = index;
        }
    }
    let distance = smallest.abs_diff(largest);
    if (distance != 1 && distance != count - 1) || (rises > 1 && rises + 2 < count) {
        return corners;
    }
    let expected = if (largest + 1) % count == smallest { Ordering::Less } else { Ordering::Greater };
    let start = if expected == Ordering::Less { smallest } else { largest };
    let mut turned = corners.clone();
    turned.rotate_left(start);
    if turned.windows(2).all(|pair| pair[0].cmp(&pair[1]) == expected) { turned } else { corners }
}
