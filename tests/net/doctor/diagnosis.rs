//! One run of the doctor, and what it found.

use std::process::Command;

use serde_json::Value;

use crate::up::rig::Home;

/// What `--json` said, and the exit code.
pub struct Diagnosis {
    pub code: Option<i32>,
    pub report: Value,
}

/// The doctor, without whatever proxies this machine has.
pub fn doctor(home: &Home, arguments: &[&str]) -> Command {
    let mut command = home.command(&["doctor"]);
    for name in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "SSH_AUTH_SOCK"] {
        command.env_remove(name);
    }
    command.args(arguments);
    command
}

impl Diagnosis {
    /// Of a home.
    pub fn of(home: &Home) -> Self {
        Self::with(doctor(home, &["--json"]))
    }

    pub fn with(mut command: Command) -> Self {
        let output = command.output().expect("jkocr runs");
        let said =
            || format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let report: Value =
            serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", said()));
        let wrong: Vec<_> = schema().iter_errors(&report).map(|error| error.to_string()).collect();
        assert!(wrong.is_empty(), "{wrong:#?}\n{report:#}");
        Self { code: output.status.code(), report }
    }

    pub fn findings(&self) -> &[Value] {
        self.report["findings"].as_array().expect("findings")
    }

    /// The first finding of a check.
    #[track_caller]
    pub fn of_check(&self, id: &str) -> &Value {
        let found = self.findings().iter().find(|finding| finding["id"] == id);
        found.unwrap_or_else(|| panic!("no {id} in {:#}", self.report))
    }

    /// The finding of a check, which must be this.
    #[track_caller]
    pub fn is(&self, id: &str, severity: &str, cause: &str) -> &Value {
        let finding = self.of_check(id);
        assert_eq!((&finding["severity"], &finding["cause"]), (&severity.into(), &cause.into()), "{finding:#}");
        assert!(severity == "note" || finding["why"].is_string(), "{finding:#}");
        finding
    }

    /// The checks must be well.
    #[track_caller]
    pub fn are_well(&self, ids: &[&str]) {
        for id in ids {
            let finding = self.of_check(id);
            assert_eq!(finding["severity"], "ok", "{finding:#}");
        }
    }

    /// The checks must have been skipped because of another.
    #[track_caller]
    pub fn are_skipped(&self, ids: &[&str], because: &str) {
        for id in ids {
            let finding = self.of_check(id);
            assert_eq!(
                (&finding["severity"], &finding["because"]),
                (&"skipped".into(), &because.into()),
                "{finding:#}"
            );
        }
    }

    /// Nothing else may have failed.
    #[track_caller]
    pub fn fails_only(&self, ids: &[&str]) {
        let failed: Vec<_> = self.findings().iter().filter(|it| it["severity"] == "failure").collect();
        let names: Vec<_> = failed.iter().map(|finding| finding["id"].as_str().expect("an id")).collect();
        assert_eq!(names, ids, "{failed:#?}");
        assert_eq!(self.report["healthy"], ids.is_empty());
        assert_eq!(self.code, Some(if ids.is_empty() { 0 } else { 3 }));
    }
}

/// A text of a finding.
#[track_caller]
pub fn text<'a>(finding: &'a Value, name: &str) -> &'a str {
    finding[name].as_str().unwrap_or_else(|| panic!("no {name} in {finding:#}"))
}

/// What every report must be like.
fn schema() -> jsonschema::Validator {
    let text = include_str!("../../../docs/doctor.schema.json");
    jsonschema::validator_for(&serde_json::from_str(text).expect("JSON")).expect("a schema")
}
