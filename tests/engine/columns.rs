//! Columns whose lines happen to be level, with the boxes that the detector really finds: left, top, width, height.

use super::reading_order::{Rectangle, assert_read_as};

/// The entries of a list, a little nearer to each other than the paragraphs beside it.
const LIST: [Rectangle; 14] = [
    [31, 49, 121, 46],
    [29, 117, 96, 48],
    [32, 186, 148, 47],
    [32, 256, 120, 42],
    [33, 327, 90, 43],
    [32, 396, 201, 40],
    [33, 464, 173, 41],
    [31, 531, 149, 45],
    [31, 599, 121, 46],
    [32, 669, 148, 46],
    [32, 737, 148, 45],
    [31, 805, 94, 47],
    [29, 874, 96, 48],
    [35, 948, 143, 32],
];

#[test]
fn a_list_beside_paragraphs_at_nearly_the_same_heights() {
    let article: [Rectangle; 14] = [
        [680, 59, 3005, 53],
        [681, 111, 698, 42],
        [682, 180, 2586, 48],
        [681, 255, 1773, 46],
        [682, 329, 1550, 44],
        [682, 402, 903, 43],
        [680, 472, 1198, 46],
        [681, 546, 1116, 47],
        [681, 616, 2772, 47],
        [681, 689, 2935, 49],
        [681, 738, 924, 45],
        [681, 809, 1368, 46],
        [681, 882, 1263, 48],
        [680, 950, 1054, 45],
    ];
    assert_read_as(&[LIST, article].concat());
}

#[test]
fn a_list_and_its_values_are_rows_though_one_is_missing() {
    let value = |entry: &Rectangle| [680, entry[1] + 3, 3 * entry[2], 43];
    let table: Vec<Rectangle> = LIST.iter().flat_map(|entry| [*entry, value(entry)]).collect();
    assert_read_as(&table);
    let missing: Vec<Rectangle> = (0..).zip(table).filter(|(place, _)| *place != 9).map(|(_, cell)| cell).collect();
    assert_read_as(&missing);
}

#[test]
fn columns_that_touch_where_the_detector_bridged_the_white() {
    let left: [Rectangle; 7] = [
        [523, 66, 1710, 37],
        [522, 111, 1691, 36],
        [525, 160, 353, 31],
        [524, 228, 1709, 37],
        [522, 273, 933, 40],
        [520, 345, 1662, 39],
        [524, 393, 109, 33],
    ];
    let right: [Rectangle; 8] = [
        [2218, 66, 733, 37],
        [2224, 115, 516, 30],
        [2224, 186, 763, 32],
        [2220, 230, 721, 33],
        [2224, 278, 761, 33],
        [2224, 320, 728, 30],
        [2227, 366, 724, 30],
        [2226, 413, 158, 34],
    ];
    assert_read_as(&[left.as_slice(), &right].concat());
}

#[test]
fn paragraphs_of_one_line_that_begin_at_the_same_heights() {
    let left: [Rectangle; 12] = [
        [542, 33, 429, 17],
        [542, 66, 982, 16],
        [542, 97, 776, 17],
        [542, 131, 702, 17],
        [541, 161, 443, 19],
        [542, 196, 1092, 16],
        [543, 229, 989, 14],
        [542, 262, 1362, 14],
        [542, 293, 1597, 17],
        [541, 325, 950, 16],
        [543, 359, 715, 14],
        [541, 389, 1571, 19],
    ];
    let right: [Rectangle; 5] =
        [[2622, 34, 751, 14], [2620, 64, 538, 18], [2621, 97, 1160, 17], [2622, 119, 326, 14], [2622, 151, 1171, 14]];
    assert_read_as(&[left.as_slice(), &right].concat());
}

#[test]
fn what_goes_on_above_the_first_line_of_the_left_column_is_no_note() {
    let left: [Rectangle; 5] =
        [[33, 63, 928, 34], [36, 104, 441, 35], [32, 171, 829, 30], [36, 206, 802, 29], [37, 249, 872, 32]];
    let right: [Rectangle; 5] =
        [[1032, 39, 405, 29], [1032, 102, 870, 31], [1037, 141, 276, 37], [1035, 210, 843, 25], [1033, 246, 508, 36]];
    assert_read_as(&[left, right].concat());
}
