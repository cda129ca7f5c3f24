//! The completions of bash in a real bash.

use std::path::Path;
use std::process::Command;

/// What bash would offer for the last of `words`.
fn offered(words: &[&str]) -> Vec<String> {
    // As readline does: it looks the function up and calls it with the command, the word and the one before.
    const SCRIPT: &str = r#"
        source "$1" || exit 1
        shift
        registered=$(complete -p jkocr) || exit 1
        [[ $registered =~ -F\ ([^ ]+) ]] || exit 1
        COMP_WORDS=("$@")
        COMP_CWORD=$(($# - 1))
        COMP_LINE="$*"
        COMP_POINT=${#COMP_LINE}
        "${BASH_REMATCH[1]}" jkocr "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
        printf '%s\n' "${COMPREPLY[@]}"
    "#;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("completions/jkocr.bash");
    let mut bash = Command::new("bash");
    bash.args(["--norc", "--noprofile", "-c", SCRIPT, "bash"]).arg(script).args(words);
    let output = bash.output().expect("bash runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).filter(|line| !line.is_empty()).collect()
}

#[test]
fn verbs_are_completed() {
    let verbs = offered(&["jkocr", ""]);
    for verb in ["init", "up", "down", "status", "logs", "ocr", "serve", "models", "service", "completions", "man"] {
        assert!(verbs.iter().any(|offered| offered == verb), "{verb} is not among {verbs:?}");
    }
    assert_eq!(offered(&["jkocr", "ser"]), ["serve", "service"]);
    assert_eq!(offered(&["jkocr", "models", "p"]), ["pull", "path"]);
}

#[test]
fn flags_are_completed_those_of_the_verb_and_those_of_all() {
    assert_eq!(offered(&["jkocr", "init", "--accept"]), ["--accept-host-key"]);
    assert_eq!(offered(&["jkocr", "models", "pull", "--off"]), ["--offline"]);
    assert_eq!(offered(&["jkocr", "up", "--det"]), ["--detach"]);
}

#[test]
fn values_are_completed() {
    assert_eq!(offered(&["jkocr", "ocr", "--format", "t"]), ["text", "tsv", "tsv-cells"]);
    assert_eq!(offered(&["jkocr", "up", "--fallback", "w"]), ["when-down"]);
    assert_eq!(offered(&["jkocr", "completions", "f"]), ["fish"]);
}
