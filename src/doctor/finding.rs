//! What is thought of what was seen, for people and for programs.

use std::net::SocketAddr;

use serde::Serialize;

use super::{Check, Facts};
use crate::shell;
use crate::untrusted::Untrusted;

/// The version of the schema of [`Report`]. Fields are added without changing it; it changes when one goes.
pub const SCHEMA: u32 = 1;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// All is well.
    Ok,
    /// Worth knowing.
    Note,
    /// It works, and not as well or not as long as it could.
    Warning,
    /// Bob is not served because of this.
    Failure,
    /// Not looked at, because of another finding or because there is nothing to look at.
    Skipped,
}

/// One check and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The check; its name never changes.
    #[serde(rename = "id")]
    pub check: Check,
    /// Which of several, such as an address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// How bad it is.
    pub severity: Severity,
    /// A name for what is wrong that never changes; absent when nothing is. Those of the way to the server are the
    /// names of [`Cause::id`](crate::tunnel::Cause::id).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<&'static str>,
    /// What was seen.
    pub saw: String,
    /// Why it matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// The one thing to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// The same as a command that can be pasted into a shell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<shell::CommandLine>,
    /// The failed check because of which this one was skipped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<Check>,
    /// More that was seen, a line each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<String>,
}

impl Finding {
    /// All is well.
    #[must_use]
    pub fn ok(check: Check, saw: impl Into<String>) -> Self {
        Self::new(check, Severity::Ok, None, saw.into())
    }

    /// Worth knowing.
    #[must_use]
    pub fn note(check: Check, cause: &'static str, saw: impl Into<String>) -> Self {
        Self::new(check, Severity::Note, Some(cause), saw.into())
    }

    /// It works, but.
    #[must_use]
    pub fn warning(check: Check, cause: &'static str, saw: impl Into<String>) -> Self {
        Self::new(check, Severity::Warning, Some(cause), saw.into())
    }

    /// Whether there is nothing to say about it.
    #[must_use]
    pub fn is_well(&self) -> bool {
        matches!(self.severity, Severity::Ok | Severity::Skipped)
    }

    /// Bob is not served because of this.
    #[must_use]
    pub fn failure(check: Check, cause: &'static str, saw: impl Into<String>) -> Self {
        Self::new(check, Severity::Failure, Some(cause), saw.into())
    }

    /// There is nothing to look at.
    #[must_use]
    pub fn skipped(check: Check, saw: impl Into<String>) -> Self {
        Self::new(check, Severity::Skipped, None, saw.into())
    }

    fn new(check: Check, severity: Severity, cause: Option<&'static str>, saw: String) -> Self {
        let why = matches!(severity, Severity::Warning | Severity::Failure).then(|| check.why());
        let (subject, remedy, command, because) = (None, None, None, None);
        Self { check, subject, severity, cause, saw, why, remedy, command, because, details: Vec::new() }
    }

    /// Which of several addresses.
    #[must_use]
    pub fn about(mut self, subject: SocketAddr) -> Self {
        self.subject = Some(subject.to_string());
        self
    }

    /// The one thing to do.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// The same as a command.
    #[must_use]
    pub fn command(mut self, command: shell::CommandLine) -> Self {
        self.command = Some(command);
        self
    }

    /// More that was seen.
    #[must_use]
    pub fn details(mut self, details: Vec<String>) -> Self {
        self.details = details;
        self
    }
}

/// What `--json` prints, as `docs/doctor.schema.json` has it. It holds no token, no key and no text of an image; host and user names are in it.
///
/// ```json
/// {
///   "schema": 1,
///   "version": "0.1.0",
///   "healthy": false,
///   "host": "my-vps",
///   "findings": [
///     {
///       "id": "login",                  // the check
///       "subject": "127.0.0.1:8080",    // only where a check looks at several things
///       "severity": "failure",          // ok, note, warning, failure, skipped
///       "cause": "login-refused",       // only when something is to be said
///       "saw": "…",
///       "why": "…",                     // warnings and failures
///       "remedy": "…",
///       "command": "ssh-copy-id my-vps",
///       "because": "login",             // skipped: the check that failed
///       "details": ["…"]
///     }
///   ]
/// }
/// ```
#[derive(Debug, Clone, Serialize)]
pub struct Report<'a> {
    /// [`SCHEMA`].
    pub schema: u32,
    /// Of this program.
    pub version: &'a str,
    /// Whether nothing failed.
    pub healthy: bool,
    /// The host of the server, as ssh is told it.
    pub host: Option<&'a str>,
    /// In the order of the output.
    pub findings: &'a [Finding],
}

impl<'a> Report<'a> {
    /// The report of `findings`, which come from `facts`.
    #[must_use]
    pub fn new(facts: &'a Facts, findings: &'a [Finding]) -> Self {
        let healthy = is_healthy(findings);
        Self { schema: SCHEMA, version: &facts.version, healthy, host: facts.host.as_deref(), findings }
    }
}

/// What `--report` writes: the report, the facts behind it, and the last lines of the log of `up`.
#[derive(Debug, Clone, Serialize)]
pub struct Bundle<'a> {
    /// What `--json` prints.
    #[serde(flatten)]
    pub report: Report<'a>,
    /// What was seen.
    pub facts: &'a Facts,
    /// The last lines of the log, [redacted](super::redacted).
    pub log: Vec<Untrusted>,
}

/// Whether nothing failed.
#[must_use]
pub fn is_healthy(findings: &[Finding]) -> bool {
    findings.iter().all(|finding| finding.severity != Severity::Failure)
}
