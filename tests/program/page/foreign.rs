//! Another page, on another port or under another name, gets nothing.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use super::browser::Browser;
use super::server::Server;

/// A web server with one page, for as long as the test runs. Returns its port.
fn page(html: String) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            // A browser opens connections ahead, on which it may never ask: each has a thread of its own.
            let html = html.clone();
            std::thread::spawn(move || {
                let _ = stream.read(&mut [0; 4096]);
                let head = format!("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {}\r\n", html.len());
                let _ = stream.write_all(format!("{head}connection: close\r\n\r\n{html}").as_bytes());
            });
        }
    });
    port
}

#[test]
fn another_page_can_neither_ask_nor_frame() {
    let server = Server::start(&[]);
    let browser = Browser::start("en-US");
    let target = server.url("");
    let port = page(format!("<!doctype html><title>other</title><iframe src='{target}/'></iframe>"));
    // Another port of the same name is the same site, another name is another one; neither is the same origin.
    for (name, before) in [("127.0.0.1", 0), ("localhost", 1)] {
        browser.open(&format!("http://{name}:{port}/"));
        let ask = "const answer = await fetch(arguments[0], { method: 'POST', mode: 'no-cors', body: '{}' }); \
                   return answer.type;";
        assert_eq!(browser.resolve(ask, &format!("{target}/ocr")), "opaque");
        assert_eq!(server.counted("ocr", "foreign_origin"), before + 1);
        let read = "return await fetch(arguments[0]).then(() => 'read', () => 'refused');";
        assert_eq!(browser.resolve(read, &format!("{target}/metrics")), "refused");
        assert_eq!(server.counted("page", "foreign_origin"), before + 1, "the frame");
        assert_eq!(server.counted("ocr", "ok") + server.counted("page", "ok"), 0);
    }
}
