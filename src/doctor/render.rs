//! Findings for people: a line for each check, and more only for what is not well.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr as _;

use super::{Check, Finding, Severity};
use crate::wording::wrapped;

const DIM: Style = Style::new().dimmed();
const BOLD: Style = Style::new().bold();

/// The mark of a severity, and its colour. The marks differ without it.
fn mark(severity: Severity) -> (&'static str, Style) {
    match severity {
        Severity::Ok => ("✓", AnsiColor::Green.on_default()),
        Severity::Note => ("i", AnsiColor::Cyan.on_default()),
        Severity::Warning => ("!", AnsiColor::Yellow.on_default().bold()),
        Severity::Failure => ("✗", AnsiColor::Red.on_default().bold()),
        Severity::Skipped => ("-", DIM),
    }
}

/// Titles wider than this push what was seen too far to the right on a narrow terminal.
const INDENT: usize = 4;

/// All of `findings`, with colours: print it through `anstream`, which leaves them out where they do not belong. Lines
/// are broken for a terminal of `columns`, if it is shown on one; commands never are.
#[must_use]
pub fn text(findings: &[Finding], columns: Option<usize>) -> String {
    let columns = columns.unwrap_or(usize::MAX);
    let width = findings.iter().map(|finding| title(finding).width()).max().unwrap_or(0);
    let mut out = String::new();
    let mut rest = findings;
    while let Some(first) = rest.first() {
        let alike = rest.iter().take_while(|finding| is_skipped_like(finding, first)).count();
        if alike > 1 {
            skipped(&mut out, &rest[..alike], columns);
            rest = &rest[alike..];
        } else {
            one(&mut out, first, width, columns);
            rest = &rest[1..];
        }
    }
    out.push('\n');
    out += &summary(findings);
    out.push('\n');
    out
}

fn title(finding: &Finding) -> String {
    match &finding.subject {
        Some(subject) => format!("{} {subject}", finding.check.title()),
        None => finding.check.title(),
    }
}

fn is_skipped_like(finding: &Finding, first: &Finding) -> bool {
    finding.severity == Severity::Skipped && first.severity == Severity::Skipped && finding.saw == first.saw
}

/// Checks in a row that were left out for the same reason, on one line.
fn skipped(out: &mut String, findings: &[Finding], columns: usize) {
    let mut titles: Vec<_> = findings.iter().map(|finding| finding.check.title()).collect();
    titles.dedup();
    let line = t!("doctor.skipped_list", reason = findings[0].saw, checks = titles.join(&t!("doctor.comma")));
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{DIM}- {}{DIM:#}", wrapped(&line, columns, 2, 2));
}

fn one(out: &mut String, finding: &Finding, width: usize, columns: usize) {
    let (mark, color) = mark(finding.severity);
    let title = title(finding);
    let padding = " ".repeat(width.saturating_sub(title.width()));
    let style = if finding.severity == Severity::Skipped { DIM } else { Style::new() };
    let begun = width + 4;
    let indent = if columns < 2 * begun { INDENT } else { begun };
    let line = format!("{title}{padding}  {}", wrapped(&finding.saw, columns, begun, indent));
    let _ = writeln!(out, "{color}{mark}{color:#} {style}{}{style:#}", line.trim_end());
    // What is in force is worth a look even when all is well.
    if !finding.is_well() || matches!(finding.check, Check::Config | Check::Installation) {
        for line in &finding.details {
            let _ = writeln!(out, "    {DIM}{}{DIM:#}", wrapped(line, columns, INDENT, INDENT));
        }
    }
    if let Some(why) = &finding.why {
        let line = t!("doctor.why_line", why = why);
        let _ = writeln!(out, "    {}", wrapped(&line, columns, INDENT, 2 * INDENT + 1));
    }
    if let Some(remedy) = &finding.remedy {
        let line = t!("doctor.remedy_line", remedy = remedy);
        let _ = writeln!(out, "    {}", wrapped(&line, columns, INDENT, 2 * INDENT + 1));
    }
    if let Some(command) = &finding.command {
        let _ = writeln!(out, "    $ {BOLD}{command}{BOLD:#}");
    }
}

/// The failure that others wait for: `up` cannot be started while a port of Bob's is held, and without settings nothing can.
fn first_to_mend(findings: &[Finding]) -> Option<&Finding> {
    let rank = |finding: &&Finding| match finding.check {
        Check::Config => 0,
        Check::Port => 1,
        _ => 2,
    };
    findings.iter().filter(|finding| finding.severity == Severity::Failure).min_by_key(rank)
}

/// One line that says how it is.
#[must_use]
pub fn summary(findings: &[Finding]) -> String {
    let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let (failures, warnings) = (count(Severity::Failure), count(Severity::Warning));
    let text = match (failures, warnings) {
        (0, 0) => t!("doctor.summary.well"),
        (0, warnings) => t!("doctor.summary.warnings", warnings = warnings),
        (failures, warnings) => {
            let first = first_to_mend(findings).map(title).unwrap_or_default();
            t!("doctor.summary.failures", failures = failures, warnings = warnings, first = first)
        }
    };
    text.into_owned()
}
