//! Units, as systemd itself reads them.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should fail")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use jkocr::service::Program;
use jkocr::service::systemd::{Instances, MemoryMax, Pauses, Sandbox, Unit};
use proptest::prelude::*;

use super::fake::{Ended, ended};
use crate::common::jkocr;

/// `jkocr service print ARGUMENTS`: a program that exists, since systemd looks for it.
fn print(arguments: &[&str]) -> String {
    let mut command = jkocr();
    command.env_remove("JKOCR_HOME").args(["service", "print", "--systemd", "--program", "/usr/bin/true"]);
    ended(command.args(arguments)).exits(0).stdout
}

/// The units of a folder of their own, as `systemd-analyze VERB` sees them.
fn analyze(name: &str, text: &str, verb: &[&str]) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(name), text).unwrap();
    let mut command = Command::new("systemd-analyze");
    command.args(verb).arg(format!("./{name}")).current_dir(&folder).env("XDG_RUNTIME_DIR", folder.path());
    ended(&mut command)
}

/// systemd's exposure level, from 0, which is best, to 10.
fn exposure(name: &str, text: &str) -> f64 {
    let judged = analyze(name, text, &["security", "--offline=true", "--no-pager"]).exits(0);
    let level = judged.stdout.lines().find_map(|line| line.split_once("Overall exposure level for "));
    let level = level.and_then(|(_, rest)| rest.split_once(": ")).and_then(|(_, rest)| rest.split(' ').next());
    level.and_then(|level| level.parse().ok()).unwrap_or_else(|| panic!("no level in {}", judged.stdout))
}

#[test]
fn systemd_has_nothing_to_say_about_the_units() {
    let odd = ["--", "--models", "v5-mobile", "--onnxruntime", "/opt/a b/50%/$HOME/\"q\"\\n.so"];
    let units = [
        ("jkocr.service", vec![], "--system"),
        ("jkocr.service", odd.to_vec(), "--system"),
        ("jkocr@.service", vec!["--port", "8081", "--port", "8082", "--memory-max", "3GiB"], "--system"),
        ("jkocr.service", vec!["--user"], "--user"),
        ("jkocr@.service", vec!["--user", "--port", "8081"], "--user"),
    ];
    for (name, arguments, manager) in units {
        let verified = analyze(name, &print(&arguments), &["verify", manager]).exits(0);
        assert_eq!((verified.stdout.as_str(), verified.stderr.as_str()), ("", ""), "{arguments:?}");
    }
}

#[test]
fn the_service_of_the_system_is_hardly_exposed() {
    for (name, arguments) in [("jkocr.service", &[][..]), ("jkocr@.service", &["--port", "8081"])] {
        let level = exposure(name, &print(arguments));
        assert!(level <= 1.5, "{name}: {level}");
    }
}

#[test]
fn the_units_are_these() {
    let unit = |program: &str, sandbox, instances, pauses, makes_code| {
        let text = |text: &str| text.to_owned();
        let environment = vec![(text("JKOCR_HOME"), text("/var/lib/jkocr"))];
        let program = Program { path: text(program), arguments: vec![text("serve")], environment };
        Unit { program, sandbox, instances, memory_max: MemoryMax::default(), makes_code, pauses }.to_string()
    };
    let here = "/usr/local/bin/jkocr";
    insta::assert_snapshot!("single", unit(here, Sandbox::Full, Instances::One, Pauses::Equal, false));
    let ports = Instances::Ports(vec![8081, 8082]);
    insta::assert_snapshot!("user_template", unit(here, Sandbox::Unprivileged, ports, Pauses::Growing, false));
    let with_openvino = unit(here, Sandbox::Full, Instances::One, Pauses::Equal, true);
    let without = unit(here, Sandbox::Full, Instances::One, Pauses::Equal, false);
    // The engine makes code for the shapes that it meets.
    assert_eq!(with_openvino, without.replace("MemoryDenyWriteExecute=yes\n", ""));
    assert_ne!(with_openvino, without);
}

/// What systemd itself makes of a unit: its command lines and its variables.
struct Understood {
    command: Vec<String>,
    environment: Vec<String>,
}

/// Lets systemd load a unit without running it (`--test`), and dump what it understood.
fn understood(text: &str) -> Understood {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("jkocr.service", text);
    for name in ["basic.target", "shutdown.target", "app.slice"] {
        write(name, "[Unit]\n");
    }
    let Output { stdout, stderr, .. } = load_only(folder.path()).output().unwrap();
    let dump = String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned();
    let ours = dump.split("-> Unit ").find(|unit| unit.starts_with("jkocr.service:"));
    let ours = ours.unwrap_or_else(|| panic!("systemd did not load the unit: {dump}"));
    let values = |key: &'static str| ours.lines().filter_map(move |line| line.trim_start().strip_prefix(key));
    let command = values("Command Line: ").next().unwrap_or_else(|| panic!("no command line: {ours}"));
    Understood { command: words(command), environment: values("Environment: ").map(str::to_owned).collect() }
}

/// `systemd --test`, which refuses to run as root.
fn load_only(folder: &Path) -> Command {
    let systemd =
        ["/usr/lib/systemd/systemd", "/lib/systemd/systemd"].into_iter().find(|path| Path::new(path).exists());
    let systemd = systemd.expect("the systemd package is installed");
    let mut command = if rustix::process::geteuid().is_root() {
        let nobody = rustix::fs::Uid::from_raw(65534);
        rustix::fs::chown(folder, Some(nobody), None).unwrap();
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups", systemd]);
        command
    } else {
        Command::new(systemd)
    };
    command.args(["--test", "--user", "--unit=jkocr.service"]).env_clear();
    for name in ["SYSTEMD_UNIT_PATH", "XDG_RUNTIME_DIR", "HOME"] {
        command.env(name, folder);
    }
    command.env("SYSTEMD_LOG_TARGET", "console").env("SYSTEMD_LOG_LEVEL", "info");
    command
}

/// The words of a command line as systemd prints it: quoted where it must be, with the escapes of C.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), Vec::new(), false);
    let mut bytes = line.bytes().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => quoted = !quoted,
            b' ' if !quoted => words.push(std::mem::take(&mut word)),
            b'\\' => match bytes.next().unwrap() {
                b'n' => word.push(b'\n'),
                b't' => word.push(b'\t'),
                b'r' => word.push(b'\r'),
                b'a' => word.push(7),
                b'b' => word.push(8),
                b'v' => word.push(11),
                b'f' => word.push(12),
                digit @ b'0'..=b'7' => {
                    let rest = (digit - b'0', bytes.next().unwrap() - b'0', bytes.next().unwrap() - b'0');
                    word.push(rest.0 * 64 + rest.1 * 8 + rest.2);
                }
                other => word.push(other),
            },
            other => word.push(other),
        }
    }
    words.push(word);
    words.into_iter().map(|word| String::from_utf8(word).unwrap()).collect()
}

/// Any text but NUL, which no argument can hold, and the non-characters that systemd does not take for UTF-8; rich in
/// what systemd gives a meaning to.
fn argument() -> impl Strategy<Value = String> {
    let character = prop_oneof![
        4 => prop::sample::select("\"'\\%$ \t\n\r;#:@!+-={}`~*?[]ai01".chars().collect::<Vec<_>>()),
        1 => any::<char>().prop_filter("systemd refuses it", |character| {
            let number = u32::from(*character);
            number != 0 && !(0xFDD0..=0xFDEF).contains(&number) && number & 0xFFFE != 0xFFFE
        }),
    ];
    prop::collection::vec(character, 0..12).prop_map(String::from_iter)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn systemd_reads_the_arguments_that_were_meant(
        file in argument(), arguments in prop::collection::vec(argument(), 0..8), value in argument(),
    ) {
        let value = value.replace(|character: char| character.is_ascii_control(), "");
        // systemd simplifies paths, and takes some characters in no program's name; `install` refuses those itself.
        let refused = |character: char| character.is_ascii_control() || "/\"'\\".contains(character);
        let path = format!("/usr/bin/{}x", file.replace(refused, ""));
        let program = Program {
            path: path.clone(),
            arguments: arguments.clone(),
            environment: vec![("VALUE".to_owned(), value.clone())],
        };
        let unit = Unit {
            program,
            sandbox: Sandbox::Unprivileged,
            instances: Instances::One,
            memory_max: MemoryMax::default(),
            makes_code: false,
            pauses: Pauses::Equal,
        };
        let seen = understood(&unit.to_string());
        prop_assert_eq!(&seen.command[0], &path);
        prop_assert_eq!(&seen.command[1..], &arguments[..]);
        prop_assert_eq!(seen.environment, vec![format!("VALUE={value}")]);
    }
}
