//! What a person sees in a terminal of 60 and of 80 columns, in both languages, while something between the machines breaks.
//!
//! `INSTA_UPDATE=always cargo test --test net -- screens` takes the pictures anew.

use std::fmt::Write as _;

use crate::common::free_port;
use crate::common::screen::Screen;
use crate::init::rig::{User, account};
use crate::sshd::Sshd;
use crate::up::client::{TEXT, ocr};
use crate::up::rig::Home;
use crate::up::stub::Stub;

/// What differs from run to run.
const FILTERS: [(&str, &str); 10] = [
    (r"/[^\s`']*/\.tmp\w+", "[folder]"),
    // Those of the tests.
    (r"\b[23]\d{4}\b", "[port]"),
    (r"\d\d:\d\d:\d\d", "[clock]"),
    (r"\b\d+(\.\d+)? (ms|s|min)\b", "[time]"),
    (r"\d+(\.\d+)? (毫秒|秒|分)", "[time]"),
    (r"[\u{2800}-\u{28ff}]", "*"),
    (r"(answers:|应答：)\s*SSH-2\.0\S+(\s+(Debian|Ubuntu)\S+)?", "$1 [version]"),
    // Where such a line is cut depends on how long the reading took.
    (r"(3 lines|3 行) · .*", "$1 · [why]"),
    (r"OpenSSH_\S+", "OpenSSH_[version]"),
    (r"(as |以 )\S+(, without| 登录)|`[^`\s]+(@127)", "$1[user]$2$3"),
];

/// Holds what is seen at both widths and in both languages against the picture `name`.
fn hold(name: &str, see: impl Fn(u32, &str) -> String) {
    let mut seen = String::new();
    for columns in [60, 80] {
        for language in ["en", "zh"] {
            let _ = write!(seen, "──── {columns} {language}\n{}", see(columns, language));
        }
    }
    insta::with_settings!({ filters => FILTERS, omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(format!("screen-{name}"), seen);
    });
}

/// How the line of `up` begins while all is well, and when the connection is gone, and what is then the cause.
fn words(language: &str) -> [&'static str; 3] {
    match language {
        "en" => ["connected: ", "away: ", "nothing accepts ssh connections"],
        _ => ["已连接 ", " 暂断", "不接受 ssh 连接"],
    }
}

/// Who read a request: the server, this machine.
fn readers(language: &str) -> [&'static str; 2] {
    if language == "en" { ["  server  ", "  here    "] } else { ["  服务器  ", "  本机    "] }
}

/// The rows but those about the end of the connection, which a quick look may miss: what is there to stay is that
/// nobody listens any more.
fn lasting(rows: &str) -> String {
    let is_passing = |row: &str| ["connection was lost", "连接中断"].iter().any(|words| row.contains(words));
    let mut lines = rows.lines().peekable();
    let mut kept = String::new();
    while let Some(row) = lines.next() {
        if is_passing(row) {
            // Its remedy is indented, and may be more than a row.
            while lines.next_if(|row| row.starts_with(' ')).is_some() {}
        } else {
            let _ = writeln!(kept, "{row}");
        }
    }
    kept
}

#[test]
fn the_tunnel_dies_while_up_shows_and_comes_back() {
    hold("up", |columns, language| {
        let (mut sshd, stub) = (Sshd::start(), Stub::start());
        let home = Home::through(&sshd, stub.port, "when-down").with_models();
        let screen = Screen::run(columns, home.folder.path(), &[], &["--lang", language, "up"]);
        let ([up, away, cause], by) = (words(language), readers(language));
        let last = |text: &str, words: &str| text.lines().last().is_some_and(|line| line.contains(words));
        screen.until("it is connected", |text| last(text, up));
        assert_eq!(ocr(home.port, TEXT).status, 200);
        screen.until("the request is told", |text| text.contains(by[0]));
        let mut seen = format!("── connected\n{}", screen.rows());

        sshd.stop();
        screen.until("the fault is told", |text| text.contains(cause) && last(text, away));
        assert_eq!(ocr(home.port, TEXT).status, 200);
        screen.until("it is told who read it", |text| text.contains(by[1]) && last(text, away));
        let _ = write!(seen, "── away\n{}", lasting(&screen.rows()));

        sshd.resume();
        screen.until("it is connected again", |text| last(text, up));
        screen.press("C-c");
        screen.at_the_end();
        let _ = write!(seen, "── ended\n{}", lasting(&screen.rows()));
        seen
    });
}

/// The rows up to the checks of the machine, which differ from machine to machine, and the last one.
fn diagnosis(rows: &str) -> String {
    let is_of_machine = |row: &&str| row.contains("HTTP proxy") || row.contains("HTTP 代理");
    let end = rows.lines().position(|row| is_of_machine(&row)).unwrap_or_else(|| panic!("{rows}"));
    let rows: Vec<_> = rows.lines().collect();
    rows[..end].iter().chain(&rows[rows.len() - 2..]).flat_map(|row| [row, "\n"]).collect()
}

#[test]
fn doctor_in_three_broken_states() {
    let closed = Sshd::stopped();
    let stranger = Sshd::start();
    stranger.forget_host_key();
    let well = Sshd::start();
    let down = Home::through(&well, free_port(), "off");
    let states = [
        ("doctor-refused", Home::through(&closed, free_port(), "off")),
        ("doctor-host-key", Home::through(&stranger, free_port(), "off")),
        ("doctor-service-down", down),
    ];
    for (name, home) in &states {
        hold(name, |columns, language| {
            let screen = Screen::run(columns, home.folder.path(), &[], &["--lang", language, "doctor"]);
            // It breaks its lines itself, but commands, which are pasted whole.
            diagnosis(&screen.at_the_end())
        });
    }
}

#[test]
fn init_keeps_what_was_said_on_the_screen() {
    hold("init-dialog", |columns, language| {
        let user = User::new();
        let home = user.path("").to_str().expect("a path").trim_end_matches('/').to_owned();
        let (folder, ssh) = (format!("{home}/jkocr"), format!("{home}/ssh"));
        let variables = [("HOME", home.as_str()), ("JKOCR_TUNNEL_SSH", &ssh), ("JKOCR_OFFLINE", "1")];
        let screen = Screen::run(columns, folder.as_ref(), &variables, &["--lang", language, "init"]);
        let closed = free_port().to_string();
        let answers = ["no host", "127.0.0.1", "", &closed, "/nonexistent/key", "auto", "", "n", ""];
        let mut asked = 0;
        for answer in answers {
            // Each question ends with a colon and waits.
            screen.until("a question", |text| text.lines().count() > asked && text.trim_end().ends_with([':', '：']));
            asked = screen.text().lines().count();
            screen.enter(answer);
        }
        screen.until("the first question once more", |text| {
            text.lines().count() > asked && text.trim_end().trim_end_matches([':', '：']).ends_with("[127.0.0.1]")
        });
        screen.press("C-c");
        screen.at_the_end();
        screen.rows().replace(&account(), "[user]")
    });
}
