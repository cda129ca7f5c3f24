//! The page for everyone: on a small screen and a large one, light and dark, in both languages, without a mouse.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::browser::Browser;
use super::server::Server;
use crate::common;

/// Deque's checks for accessibility, from npm, fetched once, as the Python packages of other tests are.
fn axe() -> &'static str {
    static SCRIPT: OnceLock<String> = OnceLock::new();
    SCRIPT.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("axe-4.10.3");
        let script = folder.join("node_modules/axe-core/axe.min.js");
        if !script.exists() {
            let mut npm = Command::new("npm");
            npm.args(["install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"]).arg(&folder);
            let status = npm.arg("axe-core@4.10.3").stdout(std::process::Stdio::null()).status();
            assert!(status.expect("these tests need npm: apt-get install npm").success(), "axe-core cannot be fetched");
        }
        std::fs::read_to_string(script).expect("axe-core")
    })
}

/// What is serious, by its name and where it is.
fn violations(browser: &Browser) -> Vec<String> {
    browser.run(axe());
    let script = "const { violations } = await axe.run(); \
                  return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical') \
                    .map(({ id, nodes }) => `${id}: ${nodes.map(({ target, failureSummary }) => target + ' ' + failureSummary).join(' ')}`);";
    serde_json::from_value(browser.resolve(script, "")).expect("names")
}

/// How far the page is wider than its window.
fn overhang(browser: &Browser) -> i64 {
    let script = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
    browser.run(script).as_i64().expect("pixels")
}

/// Where pictures of it go, if somebody wants them: `docs/images`.
fn pictures() -> Option<PathBuf> {
    std::env::var_os("JKOCR_TEST_PICTURES").map(PathBuf::from)
}

#[test]
fn nothing_is_in_the_way_of_anybody() {
    let server = Server::start(&[]);
    for (language, name) in [("en-US", "en"), ("zh-CN", "zh")] {
        let browser = Browser::start(language);
        for (width, height) in [(390, 844), (1440, 900)] {
            for scheme in ["light", "dark"] {
                browser.resize(width, height);
                browser.prefer(scheme);
                browser.open(&server.url("/"));
                let place = format!("{name} {width} {scheme}");
                assert_eq!((overhang(&browser), violations(&browser)), (0, Vec::new()), "{place}, empty");
                browser.enter("#file", common::data("article_mixed.png").to_str().expect("text"));
                browser.until("it is read", || browser.count("#lines li") > 5);
                assert_eq!((overhang(&browser), violations(&browser)), (0, Vec::new()), "{place}, read");
                let gap = "const [picture, section] = ['#pages figure', '#pictures'].map((one) => \
                             document.querySelector(one).getBoundingClientRect()); \
                           return section.bottom - picture.bottom";
                if width < 500 {
                    assert!(browser.run(gap).as_f64().expect("pixels") < 40.0, "{place}: a gap below the picture");
                }
                if let Some(folder) = pictures() {
                    std::fs::write(folder.join(format!("page-{name}-{width}-{scheme}.png")), browser.screenshot())
                        .expect("a picture");
                }
            }
        }
    }
}

#[test]
fn the_picture_is_there_while_it_is_read_and_a_failure_leaves_nothing_old() {
    let server = Server::start(&[]);
    let browser = Browser::start("en-US");
    browser.open(&server.url("/"));
    browser.enter("#file", common::data("article_mixed.png").to_str().expect("text"));
    browser.until("it is read", || browser.count("#lines li") > 5);
    // Whoever looks while the answer is on its way.
    browser.run("const real = window.fetch; window.fetch = (...all) => new Promise((resolve) => { window.answer = () => resolve(real(...all)); })");
    browser.enter("#file", common::data("word_ok.png").to_str().expect("text"));
    browser.until("the picture is shown", || {
        browser.run("return document.querySelector('#pages img')?.naturalWidth > 0") == true
    });
    assert_eq!((browser.count("#lines li"), browser.text("#reading")), (0, "Reading".to_owned()));
    assert_eq!(browser.run("return document.querySelector('#welcome').hidden"), true);
    browser.until("it is asked", || browser.run("return typeof window.answer === 'function'") == true);
    browser.run("window.answer()");
    browser.until("it is read", || browser.texts("#lines .words") == ["OK"]);

    browser.run("window.fetch = () => Promise.reject(new TypeError('away'))");
    browser.enter("#file", common::data("word_ok.png").to_str().expect("text"));
    browser.until("the failure is told", || browser.text("#problem").contains("cannot be reached"));
    assert_eq!(
        (browser.count("#lines li"), browser.count("#pages figure"), browser.text("#count")),
        (0, 0, String::new())
    );
    assert_eq!(browser.run("return document.querySelector('#facts').hidden"), true);
}

#[test]
fn what_the_service_says_comes_in_the_language_of_the_page() {
    let server = Server::start(&[]);
    for (language, words) in [("en-US", "image"), ("zh-CN", "图片")] {
        let browser = Browser::start(language);
        browser.open(&server.url("/"));
        browser.enter("#file", common::data("names.txt").to_str().expect("text"));
        browser.until("the failure is told", || browser.text("#problem").contains(words));
    }
}

#[test]
fn the_text_is_copied_as_it_stood_or_as_a_table() {
    let server = Server::start(&[]);
    let browser = Browser::start("en-US");
    browser.open(&server.url("/"));
    browser.allow_clipboard();
    browser.enter("#file", common::data("table_prices.png").to_str().expect("text"));
    browser.until("it is read", || browser.count("#lines li") > 5);
    let copied = |form: &str| {
        browser.run(&format!("document.querySelector('#form').value = '{form}'"));
        browser.click("#copy-all");
        browser.until("it is copied", || browser.text("#told") == "Copied");
        browser.clipboard_text()
    };
    let [text, kept, table] = ["text", "kept", "table"].map(copied);
    let lines = browser.count("#lines li") as usize;
    assert_eq!(text.lines().count(), lines);
    let rows = table.lines().filter(|row| row.contains('\t')).count();
    assert!(rows > 2 && table.lines().count() < lines, "{table}");
    assert!(kept.lines().count() == table.lines().count() && kept.contains("  "), "{kept}");
}
