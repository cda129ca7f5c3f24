//! completions/ and man/ are what the program makes of its own command line.
//!
//! `JKOCR_REGENERATE=1 cargo test --test program generated` writes them anew.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use clap::ValueEnum as _;
use clap_complete::{Generator as _, Shell};
use jkocr::generated;

use crate::common;

const ADVICE: &str = "run `JKOCR_REGENERATE=1 cargo test --test program generated` and commit the result";

/// Files by name.
type Files = BTreeMap<String, Vec<u8>>;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn scripts() -> Files {
    let script = |shell: &Shell| {
        let mut script = Vec::new();
        generated::completions(*shell, &mut script).expect("memory takes it");
        (shell.file_name("jkocr"), script)
    };
    Shell::value_variants().iter().map(script).collect()
}

fn pages() -> Files {
    generated::manual().expect("memory takes them").into_iter().collect()
}

fn read(folder: &Path) -> Files {
    let entries = fs::read_dir(folder).into_iter().flatten().map(|entry| entry.expect("an entry"));
    entries
        .map(|entry| (entry.file_name().into_string().expect("a name"), fs::read(entry.path()).expect("a file")))
        .collect()
}

/// Compares the files of a folder, or replaces them when that is asked for.
fn check(name: &str, made: &Files) {
    let folder = folder(name);
    if std::env::var_os("JKOCR_REGENERATE").is_some() {
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder");
        for (name, bytes) in made {
            fs::write(folder.join(name), bytes).expect("a file");
        }
    }
    let found = read(&folder);
    let differing: Vec<_> =
        made.keys().chain(found.keys()).filter(|name| made.get(*name) != found.get(*name)).collect();
    assert!(differing.is_empty(), "{name}/ is not up to date ({differing:?}): {ADVICE}");
}

#[test]
fn completions_are_current() {
    check("completions", &scripts());
}

#[test]
fn manual_pages_are_current() {
    check("man", &pages());
}

#[test]
fn what_is_hidden_from_help_is_hidden_here() {
    for (name, bytes) in scripts().into_iter().chain(pages()) {
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains("probe-runtime") && !text.contains("--detached"), "{name}");
    }
}

#[test]
fn every_command_has_a_page_and_its_examples_are_in_it() {
    let pages = pages();
    for name in ["jkocr.1", "jkocr-up.1", "jkocr-init.1", "jkocr-models-pull.1", "jkocr-service-install.1"] {
        let page = String::from_utf8_lossy(pages.get(name).expect(name));
        for section in ["EXIT STATUS", "ENVIRONMENT", "FILES", "EXAMPLES", "SEE ALSO"] {
            let heading =
                if section.contains(' ') { format!(".SH \"{section}\"\n") } else { format!(".SH {section}\n") };
            assert!(page.contains(&heading), "{name} has no {section}: {page}");
        }
        let examples =
            page.split(".SH EXAMPLES\n").nth(1).and_then(|rest| rest.split(".SH").next()).unwrap_or_default();
        assert!(examples.contains("jkocr "), "{page}");
    }
}

#[test]
fn neither_terminal_nor_language_nor_settings_change_what_is_made() {
    let home = tempfile::tempdir().expect("a home");
    fs::write(home.path().join("config.toml"), "not = [toml").expect("a configuration");
    let run = |arguments: &[&str]| {
        let mut command = common::jkocr();
        command.env("COLUMNS", "20").env("LANG", "zh_CN.UTF-8").env("HOST", "192.0.2.7").env("CLICOLOR_FORCE", "1");
        let output = command.env("JKOCR_HOME", home.path()).args(arguments).output().expect("jkocr runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    for shell in Shell::value_variants() {
        assert_eq!(run(&["completions", &shell.to_string()]), scripts()[&shell.file_name("jkocr")], "{shell}");
    }
    assert_eq!(run(&["man"]), pages()["jkocr.1"]);
    let folder = home.path().join("man/man1");
    assert_eq!(run(&["man", folder.to_str().expect("a path")]), b"");
    assert!(read(&folder) == pages());
}
