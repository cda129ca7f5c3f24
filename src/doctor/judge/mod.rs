//! Thinking: from facts to findings. Pure but for the language of the process.

mod here;
mod machine;
mod server;
mod steps;

use super::{Check, Facts, Finding};
use crate::shell;

/// What is thought of `facts`, in the order of [`Check::ALL`]. A check that could not be made because another one
/// failed is skipped and names that one.
#[must_use]
pub fn judge(facts: &Facts) -> Vec<Finding> {
    let mut findings = vec![here::config(facts)];
    findings.extend(steps::judge(facts));
    findings.extend(server::judge(facts));
    // Where the way ends decides what a Bob without an answer means.
    findings.extend(here::judge(facts, steps::end(facts)));
    findings.extend(machine::judge(facts));
    findings.sort_by_key(|finding| finding.check);
    findings
}

/// `check` was not made because `because` failed.
fn after(check: Check, because: Check) -> Finding {
    let finding = Finding::skipped(check, t!("doctor.skipped", check = because.title()));
    Finding { because: Some(because), ..finding }
}

/// Adds a command if there is one.
fn with(finding: Finding, command: Option<shell::CommandLine>) -> Finding {
    Finding { command, ..finding }
}

/// Bytes as people read them.
fn size(bytes: u64) -> String {
    bytesize::ByteSize::b(bytes).to_string()
}

#[cfg(test)]
mod tests;
