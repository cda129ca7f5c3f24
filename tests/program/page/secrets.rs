//! The page behind a secret path, and where a token is asked for.

use std::io::Write as _;

use tempfile::NamedTempFile;

use super::browser::Browser;
use super::server::Server;
use crate::common;

fn file(text: &str) -> NamedTempFile {
    let mut file = NamedTempFile::new().expect("a file");
    file.write_all(text.as_bytes()).expect("written");
    file
}

#[test]
fn the_page_is_behind_the_prefix_and_asks_for_the_token() {
    let (token, prefix) = (file("t0ken-4711"), file("s3cret"));
    let path = |file: &NamedTempFile| file.path().to_str().expect("text").to_owned();
    let server = Server::start(&["--token-file", &path(&token), "--prefix-file", &path(&prefix)]);
    assert_eq!(server.get("/").expect("an answer").status().as_u16(), 404);
    let browser = Browser::start("en-US");
    browser.open(&server.url("/s3cret"));
    let picture = common::data("word_ok.png");
    browser.enter("#file", picture.to_str().expect("text"));
    browser.until("the token is asked for", || {
        browser.run("return document.querySelector('#token-form').hidden") == false
    });
    browser.enter("#token", "wrong\u{e007}");
    browser.until("it is asked for again", || {
        browser.run("return document.activeElement.id === 'token' && !state.running") == true
    });
    browser.enter("#token", "t0ken-4711\u{e007}");
    browser.until("it is read", || browser.texts("#lines .words") == ["OK"]);
    assert_eq!(browser.run("return document.querySelector('#token-form').hidden"), true);
    let kept = "return [localStorage.length, sessionStorage.length, document.cookie, \
                document.documentElement.outerHTML.includes('t0ken-4711')]";
    assert_eq!(browser.run(kept), serde_json::json!([0, 0, "", false]));
    browser.run("location.reload()");
    browser.until("a reload forgets it", || {
        browser.run("return document.readyState === 'complete' && state.token === ''") == true
    });
}
