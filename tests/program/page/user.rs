//! What its user does: paste, drop, pick, read, copy.

use base64::prelude::{BASE64_STANDARD, Engine as _};

use super::browser::{Browser, LONG};
use super::server::Server;
use crate::common;
use crate::pdf::maker;

const CONTROL: &str = "\u{e009}";
const DOWN: &str = "\u{e015}";
const ENTER: &str = "\u{e007}";

/// What v6-small reads on the picture of the tests, in the reference's order.
fn lines() -> Vec<String> {
    let golden = std::fs::read(common::data("golden-v6small/article_mixed.png.json")).expect("a golden result");
    let golden: serde_json::Value = serde_json::from_slice(&golden).expect("JSON");
    let result = golden.get("res").unwrap_or(&golden);
    serde_json::from_value(result["rec_texts"].clone()).expect("strings")
}

fn picture() -> Vec<u8> {
    std::fs::read(common::data("article_mixed.png")).expect("a screenshot")
}

fn opened(language: &str) -> (Server, Browser) {
    let server = Server::start(&["--profile", "paddle", "--reading-order", "paddle"]);
    let browser = Browser::start(language);
    browser.open(&server.url("/"));
    browser.until("the service is well", || {
        browser.run("return document.querySelector('#health').dataset.state") == "good"
    });
    (server, browser)
}

fn until_read(browser: &Browser, count: u64) {
    browser.until("the lines are there", || browser.count("#lines li") == count);
}

/// Nothing was refused by the policy, missing or thrown.
#[track_caller]
fn assert_quiet(browser: &Browser) {
    assert_eq!(browser.console(), Vec::<String>::new());
}

#[test]
fn a_pasted_screenshot_is_read_and_shown() {
    let (_server, browser) = opened("en-US");
    browser.allow_clipboard();
    browser.copy_picture(&picture());
    browser.press(&[CONTROL, "v"]);
    until_read(&browser, 10);
    assert_eq!(browser.texts("#lines .words"), lines());
    assert_eq!(browser.count("#pages polygon"), 10);
    assert_eq!(browser.text("#count"), "10 lines");
    assert_eq!(browser.text("#backend"), "this service");
    assert!(browser.text("#total").ends_with('s'), "{}", browser.text("#total"));
    let stages = browser.texts("#stages li").join(" ");
    assert!(stages.contains("detect") && stages.contains("recognize"), "{stages}");
    // Each box lies within the picture, and the picture is shown as large as its boxes are.
    let fits = "const svg = document.querySelector('#pages svg').getBoundingClientRect(); \
                const image = document.querySelector('#pages img').getBoundingClientRect(); \
                return image.width > 200 && Math.abs(svg.width - image.width) < 3 \
                  && Math.abs(svg.height - image.height) < 3 \
                  && [...document.querySelectorAll('polygon')].every((one) => { \
                       const box = one.getBoundingClientRect(); \
                       return box.left >= svg.left - 3 && box.right <= svg.right + 3 && box.bottom <= svg.bottom + 3; });";
    browser.until("the picture is shown", || browser.run(fits) == true);
    if let Some(folder) = std::env::var_os("JKOCR_TEST_PICTURES") {
        std::fs::write(std::path::Path::new(&folder).join("read.png"), browser.screenshot()).expect("a picture");
    }
    assert_quiet(&browser);
}

#[test]
fn a_line_and_its_box_light_up_together_and_texts_are_copied() {
    let (_server, browser) = opened("en-US");
    browser.allow_clipboard();
    browser.enter("#file", common::data("article_mixed.png").to_str().expect("text"));
    until_read(&browser, 10);

    let lit =
        || browser.run("return [...document.querySelectorAll('.lit')].map((one) => one.tagName + one.dataset.line)");
    browser.point_at("#lines li:nth-child(3)");
    assert_eq!(lit(), serde_json::json!(["polygon2", "LI2"]));
    browser.point_at("#pages polygon:nth-of-type(5)");
    assert_eq!(lit(), serde_json::json!(["polygon4", "LI4"]));

    browser.click("#copy-all");
    browser.until("it is copied", || browser.text("#told") == "Copied");
    assert_eq!(browser.clipboard_text(), lines().join("\n"));
    browser.run("document.querySelector('#lines .copy').focus()");
    browser.press(&[DOWN]);
    assert_eq!(lit(), serde_json::json!(["polygon1", "LI1"]));
    browser.press(&[ENTER]);
    browser.until("the line is copied", || browser.clipboard_text() == lines()[1]);
    assert_quiet(&browser);
}

#[test]
fn a_dropped_file_is_read_and_a_failure_is_told_until_the_next() {
    let (_server, browser) = opened("zh-CN");
    assert_eq!(browser.text("#welcome .lead"), "粘贴、拖入或选择一张截图");
    assert_eq!(browser.run("return document.documentElement.lang"), "zh-CN");
    let drop = |bytes: &[u8]| {
        let script = "const bytes = Uint8Array.from(atob(arguments[0]), (one) => one.charCodeAt(0)); \
                      const dataTransfer = new DataTransfer(); \
                      dataTransfer.items.add(new File([bytes], 'dropped')); \
                      document.querySelector('#pictures').dispatchEvent( \
                        new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer }));"
            .replace("arguments[0]", &format!("'{}'", BASE64_STANDARD.encode(bytes)));
        browser.run(&script);
    };
    assert_quiet(&browser);
    drop(b"no picture");
    browser.until("the failure is told", || browser.text("#problem").contains("无法识别的图片格式"));
    // That the service refused it is all that the console says.
    let console = browser.console();
    assert!(console.len() == 1 && console[0].contains("400"), "{console:?}");

    drop(&picture());
    until_read(&browser, 10);
    assert_eq!(browser.text("#problem"), "");
    assert_eq!(browser.text("#count"), "10 行");
    browser.click("[data-language=en]");
    assert_eq!(browser.text("#count"), "10 lines");
    assert_eq!(browser.text("#health"), "Ready");
    assert_quiet(&browser);
}

#[test]
fn a_picture_that_the_browser_cannot_show_still_has_its_boxes() {
    let (_server, browser) = opened("en-US");
    browser.enter("#file", common::data("formats/text-lzw.tiff").to_str().expect("text"));
    until_read(&browser, 3);
    browser.until("the texts stand in for it", || browser.count("#pages .blank text") == 3);
    assert_eq!((browser.count("#pages img"), browser.count("#pages polygon")), (0, 3));
    let text = browser.texts("#pages text");
    assert!(text[0].contains("Hello Bob"), "{text:?}");
    assert_quiet(&browser);
}

#[test]
fn the_pages_of_a_pdf_are_shown_one_below_the_other() {
    let (_server, browser) = opened("en-US");
    let pages = ["Page one", "Page two"].map(|line| maker::leaf(&[line]));
    let file = tempfile::Builder::new().suffix(".pdf").tempfile().expect("a file");
    std::fs::write(file.path(), maker::pdf(&pages)).expect("written");
    browser.enter("#file", file.path().to_str().expect("text"));
    until_read(&browser, 2);
    assert_eq!(browser.texts("#lines .words"), ["Page one", "Page two"]);
    assert_eq!((browser.count("#pages figure"), browser.count("#pages polygon")), (2, 2));
    let below = "const [one, two] = [...document.querySelectorAll('#pages figure')] \
                   .map((one) => one.getBoundingClientRect()); \
                 return one.height > 100 && Math.abs(one.width / one.height - 2) < 0.1 && two.top >= one.bottom";
    browser.until("both are there", || browser.run(below) == true);
    assert_quiet(&browser);
}

#[test]
fn what_the_policy_forbids_is_seen_in_the_console() {
    let (server, browser) = opened("en-US");
    assert_quiet(&browser);
    let inline = "const script = document.createElement('script'); script.textContent = 'window.ran = true'; \
                  document.body.append(script); return window.ran === undefined";
    assert_eq!(browser.run(inline), true);
    let outside = format!("new Image().src = '{}'", server.url("/healthz"));
    browser.run(&outside);
    let mut console = Vec::new();
    let begun = std::time::Instant::now();
    while console.len() < 2 {
        assert!(begun.elapsed() < LONG, "{console:?}");
        console.extend(browser.console());
    }
    assert!(console.iter().all(|line| line.contains("Content Security Policy")), "{console:?}");
}
