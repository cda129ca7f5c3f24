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
        (&["ocr", "--jobs", "0", "x.png"], "a whole number from 1 on is expected"),
        (&["serve", "--port", "99999"], "a whole number from 0 to 65535 is expected"),
        (&["up", "--listen", "80"], "write `127.0.0.1:8080`, or `127.0.0.1:8080?` if it may be taken"),
        (&["config", "show", "lissten"], "`lissten` is not a value for `[KEY]`; the nearest is `listen`\n"),
        (
            &["config", "set", "nope", "1"],
            "`nope` is not a value for `<KEY>`\nhint: `jkocr config show` prints every setting",
        ),
        (&["config", "set", "ocr.models", "v9"], "there are no models named `v9`"),
        (&["config", "set", "serve.max_rss", "huge"], "`serve.max_rss` cannot be that"),
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
    for (arguments, verb) in
        [(["up", "--fallback", "x"].as_slice(), "up"), (&["ocr"], "ocr"), (&["service", "instal"], "service")]
    {
        let run = Jkocr::bare().run(arguments);
        assert!(run.exits(2).stderr().contains(&format!("`jkocr {verb} --help`")), "{}", run.stderr());
    }
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
fn help_in_chinese_has_no_colons_of_english() {
    for verb in [&["--help"][..], &["ocr", "--help"], &["config"]] {
        let run = Jkocr::bare().run([&["--lang", "zh"], verb].concat());
        let help = run.stdout() + &run.stderr();
        let headings = help.lines().filter(|line| line.ends_with(':') || line.ends_with('：'));
        assert!(headings.clone().count() > 1 && headings.clone().all(|line| line.ends_with('：')), "{help}");
    }
}

#[test]
fn the_program_alone_shows_the_status_once_it_is_set_up() {
    let run = Jkocr::bare().config("[tunnel]\nhost = 'vps'\n").run::<&str>([]);
    assert!(run.exits(3).stderr().contains("jkocr is not running"), "{}", run.stderr());
}
