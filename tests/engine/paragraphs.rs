//! Lines are joined where they were broken for want of room, and nowhere else.

use jkocr::ocr::layout::paragraph::paragraphs;
use jkocr::ocr::layout::reading_order::regions;
use jkocr::ocr::{Line, Quad};
use proptest::prelude::*;

/// A line of text: left edge, top, width, height.
fn line(left: i32, top: i32, width: i32, height: i32, text: &str) -> Line {
    let (right, bottom) = (left + width, top + height);
    Line::new(Quad::upright([left, top, right, bottom]), text, 0.9)
}

/// Lines 22 pixels high, one every 30 pixels, each with its left edge and its width.
fn column(top: i32, lines: &[(i32, i32, &str)]) -> Vec<Line> {
    (0..).zip(lines).map(|(row, &(left, width, text))| line(left, top + 30 * row, width, 22, text)).collect()
}

#[track_caller]
fn assert_paragraphs(lines: &[Line], expected: &[&str]) {
    let quads: Vec<Quad> = lines.iter().map(|line| line.quad).collect();
    let found: Vec<_> = regions(&quads).iter().flat_map(|region| paragraphs(region, lines)).collect();
    assert_eq!(found.iter().map(|paragraph| paragraph.text.as_str()).collect::<Vec<_>>(), expected);
    let mut places: Vec<usize> = found.into_iter().flat_map(|paragraph| paragraph.lines).collect();
    places.sort_unstable();
    assert_eq!(places, (0..lines.len()).collect::<Vec<_>>(), "each line is in one paragraph");
}

#[test]
fn a_paragraph_ends_with_a_line_that_is_not_full() {
    let lines = column(
        40,
        &[
            (40, 500, "The scheduler decides which thread runs next while mem-"),
            (40, 490, "ory pressure grows and the kernel reclaims pages that"),
            (40, 120, "nobody uses."),
            (40, 495, "Caches trade freshness for latency, and every layer adds"),
            (40, 90, "its own."),
        ],
    );
    assert_paragraphs(
        &lines,
        &[
            "The scheduler decides which thread runs next while memory pressure grows and the kernel reclaims pages that \
             nobody uses.",
            "Caches trade freshness for latency, and every layer adds its own.",
        ],
    );
}

#[test]
fn chinese_has_no_spaces_and_may_be_indented() {
    let lines = column(
        40,
        &[
            (80, 360, "操作系统负责管理硬件资源并为应用程序"),
            (40, 400, "提供服务。网络协议栈在内核中实现，套接字"),
            (40, 400, "是它的接口。同步原语包括互斥锁与条件变量"),
            (80, 360, "分布式系统必须面对部分失败。校验和可"),
            (40, 160, "以发现传输错误。"),
        ],
    );
    assert_paragraphs(
        &lines,
        &[
            "操作系统负责管理硬件资源并为应用程序提供服务。网络协议栈在内核中实现，套接字是它的接口。同步原语包括互斥锁与条件变量",
            "分布式系统必须面对部分失败。校验和可以发现传输错误。",
        ],
    );
}

#[test]
fn a_last_line_of_few_characters_may_have_a_higher_box() {
    let mut lines = column(
        40,
        &[(40, 400, "操作系统负责管理硬件资源并为应用程序提供"), (40, 400, "服务。网络协议栈在内核中实现，套接字是它")],
    );
    lines.push(line(38, 97, 52, 34, "的。"));
    assert_paragraphs(
        &lines,
        &["操作系统负责管理硬件资源并为应用程序提供服务。网络协议栈在内核中实现，套接字是它的。"],
    );
}

#[test]
fn a_heading_and_white_space_set_paragraphs_apart() {
    let mut lines = vec![line(40, 20, 500, 40, "How to run your own reader")];
    lines.extend(column(
        70,
        &[
            (40, 500, "A self-hosted reader keeps every picture on machines"),
            (40, 500, "that you control, and nobody else ever gets to see one"),
        ],
    ));
    lines.extend(column(
        140,
        &[(40, 500, "The service listens on one address only and is reached"), (40, 200, "through a tunnel.")],
    ));
    assert_paragraphs(
        &lines,
        &[
            "How to run your own reader",
            "A self-hosted reader keeps every picture on machines that you control, and nobody else ever gets to see one",
            "The service listens on one address only and is reached through a tunnel.",
        ],
    );
}

#[test]
fn items_of_a_list_stay_apart_and_keep_their_continuations() {
    let lines = column(
        40,
        &[
            (40, 500, "1. Names are the cheapest documentation that there"),
            (66, 470, "is, and the first that anybody reads when they come"),
            (66, 60, "along."),
            (40, 500, "2. A flaky test is worse than no test, since it teaches"),
            (66, 300, "people to ignore red lights."),
            (40, 480, "3. Small pull requests are merged faster than large"),
        ],
    );
    assert_paragraphs(
        &lines,
        &[
            "1. Names are the cheapest documentation that there is, and the first that anybody reads when they come along.",
            "2. A flaky test is worse than no test, since it teaches people to ignore red lights.",
            "3. Small pull requests are merged faster than large",
        ],
    );
}

#[test]
fn lines_of_code_and_of_a_log_stay_apart() {
    let code = [
        "let mut backoff = Duration::from_millis(250);",
        "sleep(backoff).await;",
        "backoff = (backoff * 2).min(longest);",
    ];
    assert_paragraphs(&column(40, &code.map(|text| (40, 400, text))), &code);
    let log = ["[2026-11-23 20:41:07] tunnel up: rtt 38 ms", "[2026-11-23 20:44:52] keepalive missed, wait"];
    assert_paragraphs(&column(40, &log.map(|text| (40, 400, text))), &log);
}

#[test]
fn cells_of_a_table_stay_apart_but_their_lines_do_not() {
    let mut lines = Vec::new();
    for (top, name, first, second) in [
        (20, "thresh", "a pixel is text if its probability", "is above this"),
        (110, "ratio", "how far boxes grow, as a multiple", "of their size"),
    ] {
        lines.push(line(20, top, 80, 22, name));
        lines.push(line(200, top, 320, 22, first));
        lines.push(line(200, top + 25, 120, 22, second));
        lines.push(line(600, top, 40, 22, "0.3"));
    }
    assert_paragraphs(
        &lines,
        &[
            "thresh",
            "a pixel is text if its probability is above this",
            "0.3",
            "ratio",
            "how far boxes grow, as a multiple of their size",
            "0.3",
        ],
    );
}

#[test]
fn bubbles_of_a_chat_stay_apart() {
    let lines = [
        line(30, 40, 250, 22, "are you coming to the meeting"),
        line(30, 68, 80, 22, "at nine"),
        line(420, 110, 120, 22, "yes, I am"),
        line(30, 152, 250, 22, "bring the quarterly report as"),
        line(30, 180, 60, 22, "well"),
    ];
    assert_paragraphs(
        &lines,
        &["are you coming to the meeting at nine", "yes, I am", "bring the quarterly report as well"],
    );
}

#[test]
fn words_of_a_menu_stay_apart() {
    let menu = ["File", "Edit", "View"].map(std::borrow::ToOwned::to_owned);
    let lines: Vec<Line> = (0..).zip(&menu).map(|(at, text)| line(20 + 80 * at, 10, 40, 22, text)).collect();
    assert_paragraphs(&lines, &["File", "Edit", "View"]);
}

#[test]
fn vertical_lines_are_joined_too() {
    let lines = [
        line(300, 20, 24, 240, "春はあけぼのやうやう白く"),
        line(264, 20, 24, 240, "なりゆく山ぎはは少し明か"),
        line(228, 20, 24, 60, "りて。"),
    ];
    assert_paragraphs(&lines, &["春はあけぼのやうやう白くなりゆく山ぎはは少し明かりて。"]);
}

proptest! {
    #[test]
    fn each_line_of_any_page_is_in_one_paragraph(
        page in prop::collection::vec((0..900_i32, 0..900_i32, 0..500_i32, 0..60_i32, ".{0,12}"), 0..40),
    ) {
        let lines: Vec<Line> = page.iter().map(|(left, top, width, height, text)| line(*left, *top, *width, *height, text)).collect();
        let quads: Vec<Quad> = lines.iter().map(|line| line.quad).collect();
        let order: Vec<usize> =
            regions(&quads).iter().flat_map(|region| paragraphs(region, &lines)).flat_map(|paragraph| paragraph.lines).collect();
        prop_assert_eq!(order, jkocr::ocr::layout::reading_order::reading_order(&quads));
    }
}

#[test]
fn nothing_gives_nothing() {
    assert_paragraphs(&[], &[]);
    assert_paragraphs(&[line(10, 10, 100, 20, "")], &[""]);
}
