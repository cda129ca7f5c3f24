//! What somebody meets who knows nothing yet.

use std::process::Command;

use crate::common;

fn run(command: &mut Command) -> (Option<i32>, String, String) {
    let output = command.output().expect("jkocr runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn the_program_alone_names_the_first_commands_and_they_exist() {
    let home = tempfile::tempdir().expect("a home");
    for (language, first) in [("en", "say which machine reads"), ("zh", "指定由哪台机器识别")] {
        let (code, stdout, stderr) = run(common::jkocr().env("JKOCR_HOME", home.path()).args(["--lang", language]));
        assert_eq!((code, stderr.as_str()), (Some(0), ""));
        assert!(stdout.contains(first), "{stdout}");
        let verbs: Vec<_> = stdout.lines().filter_map(|line| line.strip_prefix("jkocr ")?.split(' ').next()).collect();
        assert_eq!(verbs, ["init", "up", "doctor"]);
        for verb in verbs {
            let (code, ..) = run(common::jkocr().args([verb, "--help"]));
            assert_eq!(code, Some(0), "{verb}");
        }
    }
    assert_eq!(std::fs::read_dir(home.path()).expect("the home").count(), 0);
}

#[test]
fn quiet_leaves_only_what_went_wrong() {
    let home = tempfile::tempdir().expect("a home");
    let models = |flags: &[&str]| {
        let mut command = common::jkocr();
        command.env("JKOCR_HOME", home.path()).env("JKOCR_OFFLINE", "1").arg("models").args(flags);
        run(&mut command)
    };
    let (code, _, stderr) = models(&["verify"]);
    assert!(code == Some(0) && !stderr.is_empty(), "{stderr}");
    assert_eq!(models(&["verify", "--quiet"]), (Some(0), String::new(), String::new()));
    let (code, stdout, stderr) = models(&["pull", "v5-mobile", "-q"]);
    assert_eq!((code, stdout.as_str()), (Some(1), ""));
    assert!(stderr.lines().all(|line| line.starts_with("error: ") || line.starts_with("hint: ")), "{stderr}");
}
