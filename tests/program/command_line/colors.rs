//! Colours are for terminals, and for those who want them.

use std::process::Command;

use rexpect::session::spawn_command;

use crate::common;

/// The longest a line may take to come, in milliseconds.
const PATIENCE: u64 = 20_000;

fn command(arguments: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = common::jkocr();
    for name in ["CLICOLOR", "CLICOLOR_FORCE", "COLORTERM", "CI"] {
        command.env_remove(name);
    }
    command.env("TERM", "xterm-256color").args(arguments).envs(variables.iter().copied());
    command
}

/// What it prints to a terminal.
fn on_a_terminal(arguments: &[&str], variables: &[(&str, &str)]) -> String {
    spawn_command(command(arguments, variables), Some(PATIENCE)).expect("a terminal").exp_eof().expect("its end")
}

/// Colour, weight or underline: an escape sequence that ends in `m`.
fn is_colored(text: &str) -> bool {
    text.split("\u{1b}[")
        .skip(1)
        .any(|rest| rest.trim_start_matches(|char: char| char.is_ascii_digit() || char == ';').starts_with('m'))
}

/// An error of the program, one of the command line in either language, and help.
const SAYINGS: [&[&str]; 4] = [
    &["ocr", "/nonexistent.png", "--visualize", "x", "y"],
    &["ocr", "--formt"],
    &["ocr", "--formt", "--lang", "zh"],
    &["--help"],
];

#[test]
fn a_terminal_gets_colors_unless_they_are_not_wanted() {
    for saying in SAYINGS {
        assert!(is_colored(&on_a_terminal(saying, &[])), "{saying:?}");
        assert!(!is_colored(&on_a_terminal(saying, &[("NO_COLOR", "1")])), "{saying:?}");
        assert!(!is_colored(&on_a_terminal(saying, &[("TERM", "dumb")])), "{saying:?}");
        let never: Vec<_> = ["--color", "never"].iter().chain(saying).copied().collect();
        assert!(!is_colored(&on_a_terminal(&never, &[])), "{saying:?}");
    }
}

#[test]
fn a_file_gets_colors_only_when_they_are_asked_for() {
    let printed = |arguments: &[&str]| {
        let output = command(arguments, &[]).output().expect("jkocr runs");
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
    };
    for saying in SAYINGS {
        assert!(!is_colored(&printed(saying)), "{saying:?}");
        let always: Vec<_> = ["--color=always"].iter().chain(saying).copied().collect();
        assert!(is_colored(&printed(&always)), "{saying:?}");
    }
}

#[test]
fn the_log_has_none_for_those_who_want_none() {
    let home = tempfile::tempdir().expect("a home");
    let home = home.path().to_str().expect("a path");
    // Offline and without models it logs, and fails.
    let variables = [("JKOCR_HOME", home), ("JKOCR_OFFLINE", "1"), ("NO_COLOR", "1")];
    let printed = on_a_terminal(&["serve", "--port", "0"], &variables);
    assert!(printed.contains("listening on") && !is_colored(&printed), "{printed}");
    assert!(is_colored(&on_a_terminal(&["serve", "--port", "0"], &variables[..2])));
}
