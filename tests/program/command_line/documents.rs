//! What the documents say about the command line is so, in both languages.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use clap::CommandFactory as _;
use jkocr::{Check, Cli};

fn text(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).expect(name)
}

/// The checks named in the last column of the table of troubles, and the number of its rows.
fn checks(document: &str) -> (BTreeSet<String>, usize) {
    let rows = document.lines().filter(|line| line.starts_with("| ") && line.matches(" | ").count() == 3);
    let rows: Vec<_> =
        rows.skip(1).map(|row| row.trim_end_matches(" |").rsplit(" | ").next().unwrap_or_default()).collect();
    let named = rows.iter().flat_map(|cell| cell.split('`').skip(1).step_by(2)).map(str::to_owned).collect();
    (named, rows.len())
}

#[test]
fn the_old_guide_names_every_check_of_doctor_and_no_other() {
    let known: BTreeSet<_> = Check::ALL.iter().map(|check| check.id().to_owned()).collect();
    let (english, rows) = checks(&text("docs/from-the-old-guide.md"));
    let (chinese, same_rows) = checks(&text("docs/from-the-old-guide.zh-CN.md"));
    assert_eq!(english, known);
    assert_eq!(chinese, known);
    assert_eq!(rows, same_rows);
}

#[test]
fn every_verb_that_a_document_names_exists() {
    let command = Cli::command();
    let verbs: Vec<_> = command.get_subcommands().map(clap::Command::get_name).collect();
    let documents = ["README.md", "README.zh-CN.md", "docs/from-the-old-guide.md", "docs/from-the-old-guide.zh-CN.md"];
    for document in documents {
        let text = text(document);
        let mut found = 0;
        for code in text.split('`').skip(1).step_by(2) {
            for line in code.lines() {
                let Some((_, rest)) =
                    line.split_once("jkocr ").filter(|(before, _)| before.is_empty() || *before == "sudo ")
                else {
                    continue;
                };
                let verb = rest.split(' ').next().unwrap_or_default();
                let is_verb = verb.chars().all(|char| char.is_ascii_lowercase());
                assert!(!is_verb || verbs.contains(&verb), "{document} says `{line}`");
                found += usize::from(is_verb);
            }
        }
        assert!(found > 10, "{document} names {found} verbs");
    }
}

#[test]
fn every_verb_is_in_both_readmes() {
    let command = Cli::command();
    for document in ["README.md", "README.zh-CN.md"] {
        let text = text(document);
        for verb in command.get_subcommands().filter(|verb| !verb.is_hide_set()) {
            assert!(
                text.contains(&format!("`{}`", verb.get_name()))
                    || text.contains(&format!("jkocr {}", verb.get_name())),
                "{document} does not name {}",
                verb.get_name()
            );
        }
    }
}
