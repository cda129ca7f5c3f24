//! What others read: the formula, the files for Compose and Kubernetes.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use crate::common::python::environment;

fn path(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging").join(name)
}

/// The names between `@` in a template.
fn places(template: &str) -> BTreeSet<&str> {
    let words = template.split('@').skip(1).step_by(2);
    words
        .filter(|word| word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_'))
        .collect()
}

#[test]
fn what_templates_leave_open_is_filled_by_the_build() {
    let build = std::fs::read_to_string(path("build.sh")).unwrap();
    for (name, count) in [("install.sh", 4), ("jkocr.rb", 7)] {
        let template = std::fs::read_to_string(path(name)).unwrap();
        let places = places(&template);
        assert_eq!(places.len(), count, "{name}: {places:?}");
        for place in places {
            assert!(build.contains(&format!(" {place}=")), "{name}: {place}");
        }
    }
}

#[test]
fn compose_and_kubernetes_accept_what_is_for_them() {
    let schema = environment("check-jsonschema", "0.39.0").join("check-jsonschema");
    let mut compose = Command::new(schema);
    compose.args(["--builtin-schema", "vendor.compose-spec"]).arg(path("compose.yaml"));
    let mut kubernetes = Command::new(environment("kubernetes-validate", "1.37.0").join("kubernetes-validate"));
    kubernetes.arg("--strict").arg(path("kubernetes.yaml"));
    for mut command in [compose, kubernetes] {
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
    }
}
