//! The documents in both languages have the same pages, the same headings and the same commands.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use crate::common;

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

/// A comment before a piece of shell, which nobody sees, with the reason why no test runs it.
const NOT_RUN: &str = "<!-- not run: ";

/// A piece of shell in a page.
struct Piece {
    /// Where it begins, counted from 1.
    line: usize,
    /// Why it is not run, if it is not.
    not_run: Option<String>,
    commands: Vec<String>,
}

fn pieces_of_shell(text: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let (mut is_inside, mut is_shell, mut before) = (false, false, "");
    for (at, line) in text.lines().map(str::trim).enumerate() {
        if line.starts_with("```") {
            is_inside = !is_inside;
            is_shell = is_inside && line == "```sh";
            if is_shell {
                let reason = before.strip_prefix(NOT_RUN).and_then(|rest| rest.strip_suffix(" -->"));
                pieces.push(Piece { line: at + 1, not_run: reason.map(str::to_owned), commands: Vec::new() });
            }
        } else if is_shell && !line.is_empty() && !line.starts_with('#') {
            let piece = pieces.last_mut().expect("it has begun");
            piece.commands.push(line.split(" # ").next().unwrap_or(line).trim().to_owned());
        }
        before = line;
    }
    pieces
}

/// What `line` asks of jkocr, if it is something that the parser alone can judge.
fn arguments(line: &str) -> Option<Vec<&str>> {
    let line = line.strip_prefix("sudo ").unwrap_or(line);
    let arguments = line.strip_prefix("jkocr ").filter(|rest| !rest.contains(['|', '>', '$', '*', '{']))?;
    Some(["jkocr"].into_iter().chain(arguments.split_whitespace()).collect())
}

/// Somebody's machine with what the pages speak of: pictures, models, and nothing set up.
struct Machine {
    home: TempDir,
}

impl Machine {
    fn new() -> Self {
        let machine = Self { home: tempfile::tempdir().expect("a home") };
        let at = |name: &str| machine.home.path().join(name);
        for folder in ["jkocr", "Screenshots"] {
            fs::create_dir(at(folder)).expect("a folder");
        }
        for part in ["models", "runtime"] {
            std::os::unix::fs::symlink(common::home().join(part), at("jkocr").join(part)).expect("a link");
        }
        let config = format!("listen = ['127.0.0.1:{}']\n[ocr]\nmodels = 'v5-mobile'\n", common::free_port());
        fs::write(at("jkocr/config.toml"), config).expect("written");
        for name in ["screenshot.png", "Screenshots/one.png"] {
            fs::copy(common::data("word_ok.png"), at(name)).expect("a copy");
        }
        fs::copy(root().join("tests/fuzz/seeds/pdf/image.pdf"), at("scan.pdf")).expect("a copy");
        machine
    }

    fn shell(&self, line: &str) -> Output {
        let program = Path::new(env!("CARGO_BIN_EXE_jkocr")).parent().expect("a folder");
        let path = format!("{}:{}", program.display(), std::env::var("PATH").expect("a path"));
        let mut shell = Command::new("sh");
        shell.args(["-c", line]).current_dir(self.home.path()).env("PATH", path).env("HOME", self.home.path());
        shell.env("JKOCR_HOME", self.home.path().join("jkocr")).env("JKOCR_OFFLINE", "1").env("LANG", "C.UTF-8");
        shell.stdin(Stdio::null()).output().expect("a shell")
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        self.shell("jkocr down");
    }
}

/// Every command in the pages is run, or says why it is not: what needs another machine, root, or a program from elsewhere.
/// Of those that are not run, the program takes at least the arguments.
#[test]
fn every_command_of_the_pages_runs_or_says_why_it_does_not() {
    let (mut run, mut parsed) = (0, 0);
    for page in pages() {
        let text = fs::read_to_string(&page).expect("a page");
        let mut machine = None;
        for Piece { line, not_run, commands } in pieces_of_shell(&text) {
            let place = format!("{}:{line}", page.display());
            for command in commands.iter().filter_map(|command| arguments(command)) {
                let taken = <jkocr::Cli as clap::Parser>::try_parse_from(&command);
                assert!(
                    taken.is_ok(),
                    "{place}: {command:?}: {}",
                    taken.err().map(|error| error.to_string()).unwrap_or_default()
                );
                parsed += 1;
            }
            if let Some(reason) = not_run {
                assert!(reason.split_whitespace().count() > 1, "{place} gives no reason: `{reason}`");
                continue;
            }
            let machine = machine.get_or_insert_with(Machine::new);
            for command in &commands {
                let output = machine.shell(command);
                // `doctor` and `status` say with 3 that something is not well, as it is here.
                let is_diagnosis = ["jkocr doctor", "jkocr status"].iter().any(|verb| command.starts_with(verb));
                let code = output.status.code();
                assert!(
                    code == Some(0) || is_diagnosis && code == Some(3),
                    "{place}: `{command}` ends with {code:?}; run it by hand, or put `{NOT_RUN}REASON -->` before it\n{}",
                    String::from_utf8_lossy(&output.stderr)
                );
                run += 1;
            }
        }
        let other = pieces_of_shell(&fs::read_to_string(chinese(&page)).expect("a page"));
        let reasons = |pieces: &[Piece]| pieces.iter().map(|piece| piece.not_run.clone()).collect::<Vec<_>>();
        assert_eq!(
            reasons(&pieces_of_shell(&text)),
            reasons(&other),
            "{}: marks in the other language",
            page.display()
        );
    }
    assert!(run > 12 && parsed > 25, "{run} commands were run, {parsed} parsed");
}
