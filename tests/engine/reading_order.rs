//! The lines of a page come in the order in which people read them.
//!
//! Each layout is written down in the order that is wanted, and then shuffled.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should fail")]

use std::collections::BTreeMap;
use std::path::Path;

use jkocr::ocr::Quad;
use jkocr::ocr::layout::reading_order::{Direction, reading_order, regions};
use proptest::prelude::*;

/// Left, top, width, height.
pub type Rectangle = [i32; 4];

fn quad([left, top, width, height]: Rectangle) -> Quad {
    let (right, bottom) = (left + width, top + height);
    Quad([[left, top], [right, top], [right, bottom], [left, bottom]])
}

/// Lines of text below each other, each as long as `widths` says; boxes are 22 high.
fn column(left: i32, top: i32, pitch: i32, widths: &[i32]) -> Vec<Rectangle> {
    (0..).zip(widths).map(|(row, width)| [left, top + row * pitch, *width, 22]).collect()
}

/// Rows of cells, one below the other: left edge and width of each.
fn rows(top: i32, pitch: i32, rows: &[&[(i32, i32)]]) -> Vec<Rectangle> {
    let row = |(at, cells): (i32, &&[(i32, i32)])| {
        cells.iter().map(|&(left, width)| [left, top + at * pitch, width, 22]).collect::<Vec<_>>()
    };
    (0..).zip(rows).flat_map(row).collect()
}

/// A permutation of `0..length` that `seed` decides.
fn shuffled(length: usize, seed: u64) -> Vec<usize> {
    let mut places: Vec<usize> = (0..length).collect();
    places.sort_by_key(|&place| (place as u64 + 1).wrapping_mul(seed | 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20);
    places
}

/// Fails unless `expected` is what its rectangles are read as, whatever order they come in.
#[track_caller]
pub fn assert_read_as(expected: &[Rectangle]) {
    for seed in [1, 2, 3, 5, 8, 13] {
        let places = shuffled(expected.len(), seed);
        let quads: Vec<Quad> = places.iter().map(|&place| quad(expected[place])).collect();
        let found: Vec<usize> = reading_order(&quads).into_iter().map(|place| places[place]).collect();
        let wanted: Vec<usize> = (0..expected.len()).collect();
        assert_eq!(found, wanted, "{:?}", found.iter().map(|&place| expected[place]).collect::<Vec<_>>());
    }
}

// --- columns ------------------------------------------------------------------------------------------------------

#[test]
fn three_columns_with_a_header_across() {
    let page = [
        vec![[200, 20, 600, 40]],
        column(40, 90, 30, &[270, 280, 275, 280, 270, 280, 150]),
        column(360, 90, 30, &[280, 270, 280, 275, 280, 130]),
        column(680, 90, 30, &[275, 280, 280, 270, 280, 270, 280, 200]),
        vec![[450, 400, 100, 22]],
    ];
    assert_read_as(&page.concat());
}

#[test]
fn columns_whose_lines_are_not_level() {
    let page =
        [column(40, 50, 30, &[400, 410, 390, 405, 120, 400, 380]), column(500, 61, 27, &[400, 410, 390, 405, 400])];
    assert_read_as(&page.concat());
}

#[test]
fn columns_half_a_line_apart() {
    let page = [column(40, 50, 30, &[400, 410, 390, 405, 400, 380]), column(500, 61, 30, &[400, 410, 390, 405, 400])];
    assert_read_as(&page.concat());
}

#[test]
fn a_column_longer_than_the_other_goes_on_with_its_paragraphs() {
    let left = [column(40, 50, 30, &[400, 410, 390, 150]), column(40, 205, 30, &[400, 410, 300])];
    let right = column(500, 50, 30, &[400, 390, 250]);
    assert_read_as(&[left.concat(), right].concat());
}

#[test]
fn a_list_beside_an_article_is_read_by_itself() {
    let list = [50, 117, 188, 256, 325, 393, 462, 533, 599, 673, 742].map(|top| [30, top, 90, 33]);
    let article = [68, 140, 215, 288, 360, 434, 476, 552, 593, 666, 741].map(|top| [604, top, 1900, 29]);
    assert_read_as(&[list, article].concat());
}

#[test]
fn a_heading_across_the_middle_parts_the_columns() {
    let page = [
        column(40, 50, 30, &[400, 410, 390, 400]),
        column(500, 50, 30, &[400, 390, 400, 250]),
        vec![[40, 190, 860, 30]],
        column(40, 240, 30, &[400, 410, 390, 400]),
        column(500, 240, 30, &[400, 390, 400, 250]),
    ];
    assert_read_as(&page.concat());
}

#[test]
fn a_footer_comes_after_the_columns() {
    let page = [
        column(40, 50, 30, &[400, 410, 390, 400]),
        column(500, 50, 30, &[400, 390, 400, 250]),
        vec![[40, 300, 200, 18]],
    ];
    assert_read_as(&page.concat());
}

#[test]
fn cards_are_read_one_by_one() {
    let card = |left, top| column(left, top, 28, &[180, 230, 240]);
    let page = [card(40, 40), card(340, 40), card(640, 40), card(40, 240), card(340, 240), card(640, 240)];
    assert_read_as(&page.concat());
}

#[test]
fn cards_whose_lines_are_level_are_read_one_by_one() {
    let card = |left, top| column(left, top, 22, &[110, 240, 40]);
    let row = |top| [card(30, top), card(330, top), card(620, top), card(915, top)].concat();
    assert_read_as(&[row(120), row(330)].concat());
}

#[test]
fn a_right_column_may_begin_higher_than_the_left() {
    let page = [column(40, 65, 30, &[400, 410, 390, 400, 120]), column(500, 50, 30, &[400, 390, 400, 390, 400, 250])];
    assert_read_as(&page.concat());
}

#[test]
fn a_date_above_the_right_column_comes_first() {
    let page = [
        vec![[760, 20, 140, 22]],
        column(40, 80, 30, &[400, 410, 390, 400, 120]),
        column(500, 80, 30, &[400, 390, 400, 390, 400, 250]),
    ];
    assert_read_as(&page.concat());
}

#[test]
fn a_sidebar_whose_lines_are_level_with_some_of_the_content() {
    let paragraph = |top| column(211, top, 24, &[702, 703, 701, 292]);
    let page = [
        column(22, 30, 34, &[36, 67, 68, 66, 67, 68, 66, 66]),
        vec![[211, 34, 328, 27]],
        [paragraph(91), paragraph(199), paragraph(307)].concat(),
    ];
    assert_read_as(&page.concat());
}

#[test]
fn a_sidebar_comes_before_its_content() {
    let page = [
        column(20, 80, 42, &[90, 110, 70, 120, 85, 100]),
        column(220, 74, 30, &[520, 540, 530, 525, 210, 530, 540, 500, 300]),
    ];
    assert_read_as(&page.concat());
}

#[test]
fn a_sidebar_a_table_and_a_note_on_the_right() {
    let row: &[(i32, i32)] = &[(200, 80), (330, 100), (480, 60)];
    let page = [
        column(20, 100, 37, &[90, 110, 70, 120, 85]),
        rows(95, 44, &[row; 5]),
        column(640, 97, 28, &[200, 210, 190, 205, 200, 120]),
    ];
    assert_read_as(&page.concat());
}

#[test]
fn a_sidebar_beside_two_columns() {
    let page = [
        column(20, 60, 41, &[90, 110, 70, 120, 85, 99, 77]),
        column(200, 50, 30, &[300, 310, 290, 305, 300, 310, 305, 300]),
        column(560, 50, 30, &[300, 310, 290, 305, 300, 310, 305, 120]),
    ];
    assert_read_as(&page.concat());
}

// --- rows ---------------------------------------------------------------------------------------------------------

#[test]
fn a_table_with_cells_missing() {
    let table = rows(
        40,
        40,
        &[
            &[(20, 90), (200, 60), (420, 50), (540, 60)],
            &[(20, 110), (200, 140), (420, 20), (540, 80)],
            &[(20, 110), (420, 20)],
            &[(200, 150), (540, 80)],
            &[(20, 100), (200, 120), (540, 90)],
            &[(20, 60), (540, 90)],
        ],
    );
    assert_read_as(&table);
}

#[test]
fn a_dense_table_of_short_cells() {
    let row: &[(i32, i32)] = &[(20, 90), (200, 110), (400, 80)];
    assert_read_as(&rows(20, 28, &[row; 8]));
}

#[test]
fn dense_lines_that_never_share_a_row_are_one_column() {
    let line = |(row, (left, width))| [left, 18 * row, width, 18];
    assert_read_as(
        &(0..).zip([(0, 100), (255, 88), (0, 60), (109, 152), (0, 80), (120, 70)]).map(line).collect::<Vec<_>>(),
    );
}

#[test]
fn large_and_small_lines_that_never_share_a_row_are_one_column() {
    let page =
        [[0, 0, 200, 29], [255, 29, 100, 18], [0, 47, 60, 29], [109, 76, 152, 18], [0, 94, 80, 29], [120, 123, 70, 18]];
    assert_read_as(&page);
}

#[test]
fn long_labels_and_long_values_far_apart() {
    let row: &[(i32, i32)] = &[(20, 200), (260, 280)];
    assert_read_as(&rows(20, 50, &[row; 6]));
}

#[test]
fn a_table_whose_cells_wrap_at_the_top() {
    let mut table = rows(20, 36, &[&[(20, 60), (200, 90), (560, 50)]]);
    for top in [70, 160, 250] {
        table.extend([[20, top, 80, 22], [200, top, 320, 22], [200, top + 25, 300, 22], [200, top + 50, 90, 22]]);
        table.push([560, top, 70, 22]);
    }
    assert_read_as(&table);
}

#[test]
fn a_table_whose_cells_are_centred() {
    let mut table = Vec::new();
    for top in [20, 100, 180, 260] {
        table.extend([[20, top + 13, 80, 22], [200, top, 320, 22], [200, top + 26, 300, 22], [560, top + 13, 70, 22]]);
    }
    assert_read_as(&table);
}

#[test]
fn rows_of_a_table_that_are_set_apart_in_groups() {
    let row: &[(i32, i32)] = &[(20, 90), (200, 120), (420, 40)];
    assert_read_as(&[rows(20, 30, &[row; 3]), rows(140, 30, &[row; 3]), rows(260, 30, &[row; 4])].concat());
}

#[test]
fn labels_and_their_values() {
    let form = [
        rows(40, 45, &[&[(60, 70), (220, 160)], &[(50, 80), (220, 420)], &[(20, 110), (220, 60)]]),
        // An address of three lines.
        vec![[60, 175, 70, 22], [220, 175, 330, 22], [220, 200, 280, 22], [220, 225, 90, 22]],
        rows(270, 45, &[&[(40, 90), (220, 120)], &[(400, 60), (500, 50)]]),
    ];
    assert_read_as(&form.concat());
}

#[test]
fn a_numbered_list_whose_items_wrap() {
    let list = [
        [20, 40, 20, 22],
        [60, 40, 500, 22],
        [60, 68, 510, 22],
        [60, 96, 120, 22],
        [20, 124, 20, 22],
        [60, 124, 480, 22],
        [20, 152, 22, 22],
        [60, 152, 505, 22],
        [60, 180, 200, 22],
        [20, 208, 20, 22],
        [60, 208, 300, 22],
    ];
    assert_read_as(&list);
}

#[test]
fn time_stamps_stay_with_what_they_stamp() {
    assert_read_as(&rows(30, 30, &[&[(20, 190), (240, 520)], &[(20, 190), (240, 610)], &[(20, 190), (240, 480)]]));
}

#[test]
fn bubbles_of_a_chat_alternate() {
    let chat = [
        column(30, 40, 28, &[250]),
        column(420, 95, 28, &[300, 180]),
        column(30, 178, 28, &[310, 320, 90]),
        column(500, 289, 28, &[220]),
        column(30, 344, 28, &[150]),
        column(30, 399, 28, &[150, 200]),
        column(410, 482, 28, &[310]),
    ];
    assert_read_as(&chat.concat());
}

#[test]
fn a_chat_stays_a_chat_when_two_bubbles_meet() {
    let chat = [
        column(30, 40, 28, &[250, 240, 120]),
        column(420, 140, 28, &[300, 180]),
        column(30, 210, 28, &[310, 320, 90]),
        column(500, 280, 28, &[220, 210]),
        column(30, 360, 28, &[150, 200]),
        column(410, 440, 28, &[310, 300, 80]),
    ];
    assert_read_as(&chat.concat());
}

#[test]
fn a_chat_beside_its_list_of_contacts() {
    let contacts = column(20, 30, 35, &[80, 130, 90, 120, 70, 140, 85, 120, 80, 100]);
    let chat = [
        column(240, 40, 28, &[250]),
        column(540, 90, 28, &[200, 180]),
        column(240, 168, 28, &[210, 220, 90]),
        column(560, 274, 28, &[180]),
        column(240, 330, 28, &[150]),
    ];
    assert_read_as(&[contacts, chat.concat()].concat());
}

#[test]
fn code_keeps_its_lines_whatever_their_indentation() {
    let indented =
        [(0, 300), (40, 200), (80, 90), (360, 200), (80, 400), (40, 10), (0, 10), (0, 120), (300, 150), (0, 8)];
    assert_read_as(
        &(0..).zip(indented).map(|(row, (left, width))| [20 + left, 30 + 27 * row, width, 22]).collect::<Vec<_>>(),
    );
}

#[test]
fn numbers_of_code_lines_stay_with_their_lines() {
    let row = |indent, width| [(10, 24), (60 + indent, width)];
    let code = [row(0, 300), row(40, 200), row(80, 90), row(80, 400), row(40, 10), row(0, 10)];
    assert_read_as(&rows(30, 27, &code.each_ref().map(<[(i32, i32); 2]>::as_slice)));
}

#[test]
fn words_of_a_menu_and_the_buttons_of_a_dialog() {
    let window = [
        rows(10, 30, &[&[(15, 40), (75, 50), (145, 45), (210, 60)]]),
        vec![[300, 120, 240, 40]],
        column(250, 180, 30, &[340, 330]),
        rows(280, 30, &[&[(300, 80), (460, 60)]]),
    ];
    assert_read_as(&window.concat());
}

#[test]
fn boxes_that_reach_into_each_other_are_still_rows() {
    let tight: Vec<Rectangle> =
        (0..8).flat_map(|row| [[20, 20 * row, 305, 24], [320, 20 * row + 2, 300, 24]]).collect();
    let order = reading_order(&tight.iter().map(|&rectangle| quad(rectangle)).collect::<Vec<_>>());
    assert_eq!(order, (0..16).collect::<Vec<_>>());
}

// --- vertical text ------------------------------------------------------------------------------------------------

/// Vertical lines from right to left, as long as `lengths` says; boxes are 24 wide.
fn vertical(right: i32, top: i32, pitch: i32, lengths: &[i32]) -> Vec<Rectangle> {
    (0..).zip(lengths).map(|(at, length)| [right - 24 - at * pitch, top, 24, *length]).collect()
}

#[test]
fn vertical_text_is_read_from_right_to_left_below_its_title() {
    let page = [vec![[250, 20, 300, 40]], vertical(760, 90, 36, &[300, 320, 310, 320, 80, 320, 200])];
    assert_read_as(&page.concat());
}

#[test]
fn a_vertical_title_comes_first() {
    assert_read_as(&[vec![[700, 40, 44, 260]], vertical(660, 40, 36, &[300, 320, 310, 320, 80, 320])].concat());
}

#[test]
fn tiers_of_vertical_text_are_read_from_top_to_bottom() {
    let page = [vertical(600, 40, 36, &[300, 310, 305, 310, 300]), vertical(600, 400, 36, &[300, 310, 305, 310, 120])];
    assert_read_as(&page.concat());
}

#[test]
fn a_vertical_poem_beside_a_horizontal_article() {
    let article = column(40, 40, 30, &[500, 510, 490, 505, 500, 505, 510, 495, 500, 200]);
    let page = [article, vertical(760, 40, 36, &[260, 280, 270])].concat();
    assert_read_as(&page);
    let quads: Vec<Quad> = page.into_iter().map(quad).collect();
    let directions: Vec<Direction> = regions(&quads).into_iter().map(|region| region.direction).collect();
    assert_eq!(directions, [Direction::Horizontal, Direction::Vertical]);
}

#[test]
fn narrow_digits_are_no_vertical_text() {
    let board: Vec<Rectangle> = (0..9).map(|cell| [40 + 60 * (cell % 3), 40 + 60 * (cell / 3), 15, 25]).collect();
    assert_read_as(&board);
}

// --- laws ---------------------------------------------------------------------------------------------------------

#[test]
fn a_page_askew_is_read_like_a_straight_one() {
    let page = [
        vec![[200, 20, 600, 40]],
        column(40, 90, 30, &[390, 400, 410, 400, 405, 390, 150]),
        column(520, 90, 30, &[400, 410, 400, 405, 390, 130]),
    ]
    .concat();
    for degrees in [-6.0_f64, 4.0] {
        let (sine, cosine) = degrees.to_radians().sin_cos();
        let turn = |[x, y]: [i32; 2]| {
            let (x, y) = (f64::from(x), f64::from(y));
            [(x * cosine - y * sine).round() as i32, (x * sine + y * cosine).round() as i32]
        };
        let quads: Vec<Quad> = page.iter().map(|&rectangle| Quad(quad(rectangle).0.map(turn))).collect();
        assert_eq!(reading_order(&quads), (0..page.len()).collect::<Vec<_>>(), "{degrees} degrees");
    }
}

#[test]
fn an_empty_page_has_no_regions() {
    assert!(regions(&[]).is_empty());
}

fn pages() -> impl Strategy<Value = Vec<Quad>> {
    let rectangle = (0..900_i32, 0..900_i32, 1..500_i32, 1..60_i32, any::<bool>());
    let upright = rectangle.prop_map(|(left, top, long, short, vertical)| {
        quad(if vertical { [left, top, short, long] } else { [left, top, long, short] })
    });
    let any = prop::array::uniform4(prop::array::uniform2(0..1000_i32)).prop_map(Quad);
    prop::collection::vec(prop_oneof![8 => upright, 1 => any], 0..60)
}

proptest! {
    #[test]
    fn every_line_is_read_once(page in pages()) {
        let mut order = reading_order(&page);
        order.sort_unstable();
        prop_assert_eq!(order, (0..page.len()).collect::<Vec<_>>());
    }

    #[test]
    fn place_and_size_of_the_image_do_not_matter(page in pages(), x in -500..500_i32, y in -500..500_i32, doublings in 1..4_u32) {
        let order = reading_order(&page);
        let moved: Vec<Quad> = page.iter().map(|quad| Quad(quad.0.map(|corner| [corner[0] + x, corner[1] + y]))).collect();
        prop_assert_eq!(&reading_order(&moved), &order);
        let scaled: Vec<Quad> = page.iter().map(|quad| Quad(quad.0.map(|corner| corner.map(|value| value << doublings)))).collect();
        prop_assert_eq!(&reading_order(&scaled), &order);
    }

    #[test]
    fn the_order_lines_come_in_does_not_matter(page in pages(), seed in any::<u64>()) {
        let places = shuffled(page.len(), seed);
        let moved: Vec<Quad> = places.iter().map(|&place| page[place]).collect();
        let read = |quads: &[Quad]| reading_order(quads).into_iter().map(|place| quads[place]).collect::<Vec<_>>();
        prop_assert_eq!(read(&moved), read(&page));
    }

    #[test]
    fn lines_below_each_other_are_read_from_top_to_bottom(
        lines in prop::collection::vec((0..400_i32, 60..900_i32, 18..30_i32, 0..40_i32), 1..40),
    ) {
        let mut top = 0;
        let mut page = Vec::new();
        for (left, width, height, gap) in lines {
            page.push(quad([left, top, width, height]));
            top += height + gap;
        }
        prop_assert_eq!(reading_order(&page), (0..page.len()).collect::<Vec<_>>());
    }
}

// --- real pages ---------------------------------------------------------------------------------------------------

/// `reading_order.json`: the outlines that PP-OCRv5 mobile found on web pages of two sizes (columns, sidebars, tables,
/// forms, chats, cards, code, vertical text), each page in the order of its document, which the texts confirmed.
#[test]
fn web_pages_are_read_in_the_order_of_their_documents() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/reading_order.json");
    let pages: BTreeMap<String, Vec<[[i32; 2]; 4]>> =
        serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    assert!(pages.len() > 40);
    for (name, corners) in pages {
        let places = shuffled(corners.len(), 5);
        let quads: Vec<Quad> = places.iter().map(|&place| Quad(corners[place])).collect();
        let found: Vec<usize> = reading_order(&quads).into_iter().map(|place| places[place]).collect();
        assert_eq!(found, (0..corners.len()).collect::<Vec<_>>(), "{name}");
    }
}

// --- the cases of the reference -----------------------------------------------------------------------------------

struct Case {
    name: &'static str,
    quads: Vec<Quad>,
    texts: Vec<String>,
    truth: String,
}

fn case(models: &str, name: &'static str) -> Case {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let golden = std::fs::read_to_string(data.join(format!("golden-{models}/{name}.png.json"))).unwrap();
    let golden: serde_json::Value = serde_json::from_str(&golden).unwrap();
    Case {
        name,
        quads: serde_json::from_value::<Vec<_>>(golden["rec_polys"].clone()).unwrap().into_iter().map(Quad).collect(),
        texts: serde_json::from_value(golden["rec_texts"].clone()).unwrap(),
        truth: std::fs::read_to_string(data.join(format!("truth/{name}.txt"))).unwrap(),
    }
}

impl Case {
    /// Edits per character between the truth and the texts in some order, white space aside.
    fn error_rate(&self, order: &[usize]) -> f64 {
        let plain = |text: &str| text.chars().filter(|character| !character.is_whitespace()).collect::<Vec<_>>();
        let found = plain(&order.iter().map(|&place| self.texts[place].as_str()).collect::<String>());
        let truth = plain(&self.truth);
        let mut costs: Vec<usize> = (0..=found.len()).collect();
        for (row, expected) in truth.iter().enumerate() {
            let mut diagonal = std::mem::replace(&mut costs[0], row + 1);
            for (column, character) in found.iter().enumerate() {
                let replaced = diagonal + usize::from(character != expected);
                diagonal = costs[column + 1];
                costs[column + 1] = replaced.min(costs[column] + 1).min(diagonal + 1);
            }
        }
        costs[found.len()] as f64 / truth.len() as f64
    }
}

#[test]
fn columns_and_vertical_text_of_the_cases_become_readable() {
    // In the vertical case v5-mobile drops two of 25 characters, v6-small one: the rest is the order's.
    for (models, name, at_most) in [
        ("v5", "fullhd_dense", 0.02),
        ("v6small", "fullhd_dense", 0.02),
        ("v5", "vertical_jp", 0.08),
        ("v6small", "vertical_jp", 0.05),
        ("v5", "rotated", 0.1),
    ] {
        let case = case(models, name);
        let rate = case.error_rate(&reading_order(&case.quads));
        assert!(rate <= at_most, "{name}, {models}: {rate}");
    }
}

#[test]
fn the_order_of_the_reference_is_kept_where_it_is_right() {
    for name in [
        "article_mixed",
        "chat_zh",
        "code_dark",
        "japanese",
        "retina_dialog",
        "small_font",
        "sparse_ui",
        "table_prices",
        "traditional",
        "word_ok",
    ] {
        let case = case("v5", name);
        assert_eq!(reading_order(&case.quads), (0..case.quads.len()).collect::<Vec<_>>(), "{}", case.name);
    }
}
