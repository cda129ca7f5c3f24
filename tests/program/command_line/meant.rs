//! What is mistyped gets the nearest that makes sense, and none otherwise.

use crate::common::Jkocr;

#[test]
fn mistyped_commands_flags_and_values() {
    for (arguments, words) in [
        (["hlep"].as_slice(), "unknown command `hlep`; the nearest is `help`"),
        (&["modles"], "unknown command `modles`; the nearest is `models`"),
        (&["frobnicate"], "unknown command `frobnicate`\n"),
        (&["ocr", "--formt", "json", "x.png"], "unknown argument `--formt`; the nearest is `--format`"),
        (&["ocr", "--format", "jsn", "x.png"], "the nearest is `json`"),
        (&["ocr", "--threads", "two", "x.png"], "`two` is not a number of threads; 0 takes"),
        (&["serve", "--queue", "x"], "`x` is not a value for `--queue <N>`: a whole number is expected"),
        (&["ocr", "--models", "v6small", "x.png"], "the nearest is `v6-small`"),
        (&["ocr", "--models", "v9", "x.png"], "there are v5-mobile, "),
        (&["ocr"], "missing argument: <FILE>"),
    ] {
        let run = Jkocr::bare().run([&["--lang", "en"], arguments].concat());
        assert!(run.stderr().contains(words), "{arguments:?}: {}", run.stderr());
        assert!(run.stdout().is_empty());
        let chinese = Jkocr::bare().run([&["--lang", "zh"], arguments].concat()).stderr();
        assert!(chinese.starts_with("错误：") && !chinese.contains("nearest"), "{chinese}");
    }
}

#[test]
fn the_hint_names_the_help_of_the_command_that_was_given() {
    let run = Jkocr::bare().run(["models", "pull", "--fast"]);
    assert!(run.exits(2).stderr().contains("hint: `jkocr models pull --help` says what it takes"), "{}", run.stderr());
    let run = Jkocr::bare().run(["hlep"]);
    assert!(run.exits(2).stderr().contains("hint: `jkocr --help` says"), "{}", run.stderr());
}

#[test]
fn help_and_version_can_be_asked_for_in_words() {
    let help = |arguments: &[&str]| Jkocr::bare().run(arguments).exits(0).stdout();
    assert_eq!(help(&["help"]), help(&["--help"]));
    assert_eq!(help(&["help", "models", "pull"]), help(&["models", "pull", "--help"]));
    assert_eq!(help(&["version"]), help(&["--version"]));
}

#[test]
fn the_program_alone_shows_the_status_once_it_is_set_up() {
    let run = Jkocr::bare().config("[tunnel]\nhost = 'vps'\n").run::<&str>([]);
    assert!(run.exits(3).stderr().contains("jkocr is not running"), "{}", run.stderr());
}
