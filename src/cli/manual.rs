//! A page of the manual: what the parser knows, and what a page has besides (`man-pages(7)`), from the tables of the code.

use std::io;

use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, italic, roman};

use crate::config::{keys, variable_name, variables};
use crate::paths::FILES;
use crate::report::Exit;

/// Where a page's examples begin.
const EXAMPLES: &str = "Examples:\n";

/// The page of `command`, with the name of its file.
///
/// # Errors
/// None but those of writing to memory.
pub(super) fn page(command: &Command) -> io::Result<(String, Vec<u8>)> {
    let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let (notes, examples) = help.split_once(EXAMPLES).unwrap_or((help.as_str(), ""));
    let name = command.get_display_name().unwrap_or(command.get_name()).to_owned();
    let man = Man::new(command.clone()).manual("jkocr");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    paragraph(notes).to_writer(&mut page)?;
    man.render_options_section(&mut page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    for section in [exit_status(), environment(command), files(), examples_section(examples), see_also(command, &name)]
    {
        section.to_writer(&mut page)?;
    }
    if command.get_version().is_some() {
        man.render_version_section(&mut page)?;
    }
    Ok((man.get_filename(), page))
}

fn paragraph(text: &str) -> Roff {
    let mut roff = Roff::new();
    if !text.trim().is_empty() {
        roff.control("PP", []);
        roff.text([roman(text.trim())]);
    }
    roff
}

fn section(title: &str) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", [title]);
    roff
}

/// A name and what it means.
fn entry(roff: &mut Roff, name: &str, meaning: &str) {
    roff.control("TP", []);
    roff.text([bold(name)]);
    roff.text([roman(meaning)]);
}

fn exit_status() -> Roff {
    let mut roff = section("EXIT STATUS");
    for exit in Exit::ALL {
        entry(&mut roff, &exit.code().to_string(), exit.meaning());
    }
    roff
}

/// The variables: all on the first page, those of its own flags on the others.
fn environment(command: &Command) -> Roff {
    let own = command.get_arguments().filter_map(|argument| {
        let name = argument.get_env()?.to_str()?.to_owned();
        Some((name, argument.get_help().map(ToString::to_string).unwrap_or_default()))
    });
    let mut all: Vec<_> = own.collect();
    if command.get_name() == "jkocr" {
        all.extend(variables::OTHERS.iter().map(|(name, meaning)| ((*name).to_owned(), (*meaning).to_owned())));
        all.extend(keys().map(|key| (variable_name(key), format!("the setting {key} of config.toml"))));
    } else {
        all.push(("JKOCR_*".to_owned(), "settings, as jkocr(1) lists them".to_owned()));
    }
    all.sort();
    all.dedup_by(|one, other| one.0 == other.0);
    let mut roff = section("ENVIRONMENT");
    for (name, meaning) in &all {
        entry(&mut roff, name, meaning);
    }
    roff
}

fn files() -> Roff {
    let mut roff = section("FILES");
    for (file, meaning) in FILES {
        entry(&mut roff, file, meaning);
    }
    roff
}

fn examples_section(examples: &str) -> Roff {
    let mut roff = section("EXAMPLES");
    roff.control("nf", []);
    for line in examples.lines() {
        roff.text([roman(line)]);
    }
    roff.control("fi", []);
    roff
}

/// The pages above, beside and below.
fn see_also(command: &Command, name: &str) -> Roff {
    let mut pages: Vec<String> = Vec::new();
    if let Some((above, _)) = name.rsplit_once('-') {
        pages.push(above.to_owned());
    }
    pages.extend(command.get_subcommands().map(|verb| format!("{name}-{}", verb.get_name())));
    if name != "jkocr" && !pages.iter().any(|page| page == "jkocr") {
        pages.push("jkocr".to_owned());
    }
    pages.push("ssh".to_owned());
    let mut roff = section("SEE ALSO");
    let last = pages.len() - 1;
    for (at, page) in pages.iter().enumerate() {
        roff.text([italic(page.as_str()), roman(if at < last { "(1)," } else { "(1)" })]);
    }
    roff
}
