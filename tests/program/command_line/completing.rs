//! The completions of bash, zsh and fish in real ones.

use std::fs;
use std::path::{Path, PathBuf};
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
    let mut bash = Command::new("bash");
    bash.args(["--norc", "--noprofile", "-c", SCRIPT, "bash"]).arg(script("jkocr.bash")).args(words);
    lines(bash.env("HOME", home().path()))
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("completions").join(name)
}

/// What `shell` prints.
fn lines(shell: &mut Command) -> Vec<String> {
    let output = shell.output().expect("the shell runs: apt-get install zsh fish");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).filter(|line| !line.is_empty()).collect()
}

/// A home whose ssh knows two hosts.
fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().expect("a home");
    fs::create_dir(home.path().join(".ssh")).expect("a folder");
    fs::write(home.path().join(".ssh/config"), "Host ocr-vps ocr-spare\n  User me\nHost *\n  Port 22\n")
        .expect("written");
    home
}

/// What fish would offer for the last word of `line`.
fn offered_by_fish(line: &str) -> Vec<String> {
    let home = home();
    let mut fish = Command::new("fish");
    fish.args(["--no-config", "-c", "source $argv[1]; complete -C $argv[2]"]).arg(script("jkocr.fish")).arg(line);
    let offered = lines(fish.env("HOME", home.path()).env("XDG_CONFIG_HOME", home.path()));
    offered.iter().map(|line| line.split('\t').next().unwrap_or_default().to_owned()).collect()
}

/// What zsh would put in the place of the last word of `line`, where there is only one choice.
fn completed_by_zsh(line: &str) -> String {
    // Nothing but a zsh at a terminal runs completions: a key shows what has become of the line.
    const START: &str = r#"
        PS1='ready> '
        autoload -U compinit
        compinit -u -D
        source "$COMPLETIONS"
        compdef _jkocr jkocr
        show() { print -r -- "<<$BUFFER>>"; exit }
        zle -N show
        bindkey '^X' show
    "#;
    const SCRIPT: &str = r#"
        zmodload zsh/zpty
        zpty child zsh -i
        zpty -r child shown '*ready> *'
        zpty -w -n child "$1"$'\t\x18'
        zpty -r child shown '*<<*>>*'
        print -r -- "${${shown##*<<}%%>>*}"
    "#;
    let home = home();
    fs::write(home.path().join(".zshrc"), START).expect("written");
    let mut zsh = Command::new("zsh");
    zsh.args(["-f", "-c", SCRIPT, "zsh", line]).env("COMPLETIONS", script("_jkocr"));
    zsh.env("HOME", home.path()).env("ZDOTDIR", home.path()).env("TERM", "dumb");
    lines(&mut zsh).concat()
}

#[test]
fn hosts_of_ssh_are_completed_in_every_shell_that_knows_them() {
    for verb in ["up", "init", "doctor"] {
        let spare = offered(&["jkocr", verb, "ocr-s"]);
        assert_eq!(spare, ["ocr-spare"], "{verb}");
        let spare = offered_by_fish(&format!("jkocr {verb} ocr-"));
        assert_eq!(spare, ["ocr-spare", "ocr-vps"], "{verb}");
        assert_eq!(completed_by_zsh(&format!("jkocr {verb} ocr-s")).trim(), format!("jkocr {verb} ocr-spare"));
    }
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
