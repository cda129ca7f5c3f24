//! The clipboard, as X11's own `xclip` has it on a display of the test's own; the text and the picture are the program's.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::common::{self, data};

/// A display without a screen, ended with the test.
struct Display(Child, String);

impl Display {
    fn start() -> Self {
        // It chooses a number that is free, and writes it down.
        let mut child = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "320x200x24", "-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("these tests need Xvfb: apt-get install xvfb xclip");
        let mut number = String::new();
        let output = child.stdout.take().expect("it is piped");
        std::io::BufRead::read_line(&mut std::io::BufReader::new(output), &mut number).expect("a number");
        Self(child, format!(":{}", number.trim()))
    }

    fn xclip(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("xclip");
        command.env("DISPLAY", &self.1).args(["-selection", "clipboard"]).args(arguments);
        command
    }

    fn jkocr(&self, arguments: &[&str]) -> std::process::Output {
        let mut command = common::jkocr();
        command.env("JKOCR_HOME", common::home()).env("DISPLAY", &self.1).env_remove("WAYLAND_DISPLAY");
        command.args(arguments).output().expect("jkocr runs")
    }

    fn offers(&self, target: &str) -> bool {
        let output = self.xclip(&["-out", "-target", "TARGETS"]).output().expect("xclip runs");
        String::from_utf8_lossy(&output.stdout).lines().any(|line| line == target)
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn put(display: &Display, picture: &Path) {
    let file = picture.to_str().expect("text");
    let status = display.xclip(&["-target", "image/png", "-in", file]).stdout(Stdio::null()).status();
    assert!(status.expect("xclip runs").success());
    let deadline = Instant::now() + Duration::from_mins(1);
    while !display.offers("image/png") {
        assert!(Instant::now() < deadline, "in vain: the picture is on the clipboard");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_picture_is_read_off_it_and_the_text_put_there() {
    let display = Display::start();
    let empty = display.jkocr(&["ocr", "--clipboard"]);
    let told = String::from_utf8_lossy(&empty.stderr).into_owned();
    assert!(empty.status.code() == Some(1) && told.contains("there is no picture on the clipboard"), "{told}");

    put(&display, &data("word_ok.png"));
    let output = display.jkocr(&["ocr", "--clipboard", "--copy"]);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "OK\n", "{told}");
    assert!(told.contains("the text is on the clipboard"), "{told}");
    let text = display.xclip(&["-out"]).output().expect("xclip runs");
    assert_eq!(String::from_utf8_lossy(&text.stdout), "OK\n");
}

#[test]
fn without_a_desktop_there_is_a_sentence() {
    if cfg!(target_os = "macos") {
        return;
    }
    let mut command = common::jkocr();
    command.env("JKOCR_HOME", common::home()).env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
    let output = command.args(["ocr", "--clipboard"]).output().expect("jkocr runs");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(1) && told.contains("there is no desktop here"), "{told}");
}
