//! The documents in both languages have the same pages, the same headings and the same commands.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every page that people read, in English.
fn pages() -> Vec<PathBuf> {
    let docs = fs::read_dir(root().join("docs")).expect("docs").map(|entry| entry.expect("an entry").path());
    let mut pages: Vec<_> = docs.chain([root().join("README.md")]).filter(|path| is_page(path)).collect();
    pages.sort();
    pages
}

fn is_page(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.ends_with(".md") && !name.ends_with(".zh-CN.md")
}

/// The same page in Chinese.
fn chinese(page: &Path) -> PathBuf {
    page.with_extension("zh-CN.md")
}

/// What a page is made of: the depths of its headings, and what is in its fences.
#[derive(Debug, Default, PartialEq, Eq)]
struct Outline {
    headings: Vec<usize>,
    fences: Vec<String>,
    rows: usize,
}

impl Outline {
    fn of(text: &str) -> Self {
        let mut outline = Self::default();
        let mut fence: Option<String> = None;
        for line in text.lines() {
            let is_fence = line.trim_start().starts_with("```");
            match &mut fence {
                Some(code) if is_fence => outline.fences.push(std::mem::take(code)),
                Some(code) => {
                    // Comments are in the language of the page.
                    let line = line.trim();
                    let comment = if line.starts_with('#') { 0 } else { line.find(" # ").unwrap_or(line.len()) };
                    let code_alone = line[..comment].trim_end();
                    if !code_alone.is_empty() {
                        *code += &(code_alone.to_owned() + "\n");
                    }
                }
                None if is_fence => {}
                None if line.starts_with('#') => {
                    outline.headings.push(line.chars().take_while(|char| *char == '#').count());
                }
                None => outline.rows += usize::from(line.starts_with('|')),
            }
            if is_fence {
                fence = if fence.is_some() { None } else { Some(String::new()) };
            }
        }
        outline
    }
}

#[test]
fn every_page_is_there_in_both_languages_and_made_alike() {
    for page in pages() {
        let read = |path: &Path| fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let [english, other] = [page.clone(), chinese(&page)].map(|path| Outline::of(&read(&path)));
        let name = page.display();
        assert_eq!(english.headings, other.headings, "{name}: the headings");
        assert_eq!(english.rows, other.rows, "{name}: rows of tables");
        assert_eq!(english.fences.len(), other.fences.len(), "{name}: pieces of code");
        for (one, other) in english.fences.iter().zip(&other.fences) {
            // What stands for a name is in the language of the page.
            let strange: Vec<_> =
                other.lines().filter(|line| line.is_ascii() && one.lines().all(|there| there != *line)).collect();
            assert!(
                strange.is_empty() && one.lines().count() == other.lines().count(),
                "{name}: {strange:?}\n{one}\n{other}"
            );
        }
    }
}

#[test]
fn every_page_that_another_names_is_there() {
    for page in pages().into_iter().flat_map(|page| [chinese(&page), page]) {
        let text = fs::read_to_string(&page).unwrap_or_default();
        for (at, _) in text.match_indices("](") {
            let target = text[at + 2..].split(')').next().unwrap_or_default();
            let file = target.split('#').next().unwrap_or_default();
            if !file.is_empty() && !file.contains("://") {
                let there = page.parent().expect("a folder").join(file);
                assert!(there.exists(), "{} names {target}", page.display());
            }
        }
    }
}

/// Pieces of `sh` in the pages: each command line of jkocr in them is one that the program takes.
#[test]
fn every_command_of_the_pages_is_one_the_program_takes() {
    let mut seen = 0;
    for page in pages() {
        let text = fs::read_to_string(&page).expect("a page");
        for line in
            Outline::of(&text).fences.iter().flat_map(|code| code.lines()).map(str::to_owned).collect::<Vec<_>>()
        {
            let line = line.strip_prefix("sudo ").unwrap_or(&line);
            let Some(arguments) = line.strip_prefix("jkocr ") else { continue };
            if arguments.contains(['|', '>', '$', '*', '{']) {
                continue;
            }
            let arguments: Vec<_> = ["jkocr"].into_iter().chain(arguments.split_whitespace()).collect();
            let parsed = <jkocr::Cli as clap::Parser>::try_parse_from(&arguments);
            assert!(
                parsed.is_ok(),
                "{}: `{line}`: {}",
                page.display(),
                parsed.err().map(|error| error.to_string()).unwrap_or_default()
            );
            seen += 1;
        }
    }
    assert!(seen > 15, "{seen} commands were found");
}
