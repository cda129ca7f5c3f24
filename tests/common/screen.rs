//! A real terminal: tmux, as wide as a test wants it.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// The longest that anything takes here.
const LONG: Duration = Duration::from_mins(2);

/// Says that the program has ended, and with what.
const END: &str = "exit ";

/// A terminal of its own.
pub struct Screen {
    folder: TempDir,
}

impl Screen {
    /// Runs jkocr with a home, in a terminal so wide.
    pub fn run(columns: u32, home: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> Self {
        let screen = Self { folder: tempfile::tempdir().unwrap() };
        let quoted = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
        let mut script = String::from("unset LC_ALL NO_COLOR\n");
        for (name, value) in [("JKOCR_HOME", home.to_str().unwrap()), ("LANG", "C.UTF-8")].iter().chain(variables) {
            let _ = writeln!(script, "export {name}={}", quoted(value));
        }
        let words: Vec<_> = [env!("CARGO_BIN_EXE_jkocr")].iter().chain(arguments).map(|word| quoted(word)).collect();
        // Ctrl-C ends the program alone.
        let _ = writeln!(script, "trap : INT\n{}\necho {END}$?\nread -r wait", words.join(" "));
        let file = screen.folder.path().join("script");
        fs::write(&file, script).unwrap();
        let (columns, command) = (columns.to_string(), format!("sh {}", quoted(file.to_str().unwrap())));
        let tmux = screen.tmux(&["-f", "/dev/null", "-u", "new-session", "-d", "-x", &columns, "-y", "200", &command]);
        assert!(tmux.is_some(), "these tests need tmux: apt-get install tmux");
        screen
    }

    fn tmux(&self, arguments: &[&str]) -> Option<String> {
        let mut command = Command::new("tmux");
        command.arg("-S").arg(self.folder.path().join("socket")).args(arguments).env_remove("TMUX");
        let output = command.output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// What is shown; lines that the terminal itself has broken are joined.
    pub fn text(&self) -> String {
        trimmed(&self.tmux(&["capture-pane", "-p", "-J"]).unwrap_or_default())
    }

    /// What is shown as it stands there.
    pub fn rows(&self) -> String {
        trimmed(&self.tmux(&["capture-pane", "-p"]).unwrap_or_default())
    }

    /// Presses a key, as tmux names it: `C-c`.
    pub fn press(&self, key: &str) {
        assert!(self.tmux(&["send-keys", key]).is_some(), "the terminal is gone");
    }

    /// Types a line.
    pub fn enter(&self, line: &str) {
        assert!(self.tmux(&["send-keys", "-l", line]).is_some() || line.is_empty(), "the terminal is gone");
        self.press("Enter");
    }

    /// What is shown, as [`Screen::text`] has it, once it is what is waited for.
    pub fn until(&self, what: &str, is_it: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + LONG;
        loop {
            let text = self.text();
            if is_it(&text) {
                return text;
            }
            assert!(Instant::now() < deadline, "in vain: {what}\n{text}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// What is shown once the program has ended.
    pub fn at_the_end(&self) -> String {
        self.until("it ends", |text| text.lines().any(|line| line.starts_with(END)))
    }
}

/// Without what fills the screen up.
fn trimmed(text: &str) -> String {
    text.trim_end().lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.tmux(&["kill-server"]);
    }
}
