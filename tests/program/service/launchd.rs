//! The agent on a Mac, with a launchctl that behaves as launchd's is known to, and writes down how it is called.
//!
//! None of this has run on a Mac: what is tested is what would be asked of launchd, and what is done with its answers.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should fail")]

use std::fs;
use std::process::Stdio;

use jkocr::service::Program;
use jkocr::service::launchd::LoginSession;
use plist::{Dictionary, Value};
use proptest::prelude::*;

use super::fake::Fake;
use super::http::until;

/// `loaded` is there while an agent is; `draining` has the number of times that `bootstrap` will still be refused, which
/// a `bootout` sets, since launchd removes an agent in the background; `disabled` is what `print-disabled` answers.
const LAUNCHCTL: &str = r#"
case "$1" in
print) cat loaded 2>/dev/null || exit 113 ;;
print-disabled) cat disabled 2>/dev/null ;;
enable) rm -f disabled ;;
bootout) rm loaded && echo 2 > draining ;;
bootstrap)
  left=$(cat draining 2>/dev/null || echo 0)
  if [ "$left" -gt 0 ]; then
    echo $((left - 1)) > draining
    echo "Bootstrap failed: 5: Input/output error" >&2
    exit 5
  fi
  test ! -e disabled || exit 119
  cp "$3" plist && printf 'x = {\n\tactive count = 1\n\tstate = running\n\n\tspawn type = {\n\t\tstate = active\n\t}\n}\n' > loaded ;;
kickstart) test -e loaded || exit 113 ;;
*) exit 64 ;;
esac
"#;

fn target() -> String {
    format!("gui/{}/jkocr.up", rustix::process::getuid().as_raw())
}

fn domain() -> String {
    format!("gui/{}", rustix::process::getuid().as_raw())
}

/// What was asked, besides the questions that change nothing.
fn changes(fake: &Fake) -> Vec<String> {
    fake.calls().into_iter().filter(|call| !call.starts_with("launchctl print")).collect()
}

fn plist_of(fake: &Fake) -> Dictionary {
    Value::from_file(fake.path("home/Library/LaunchAgents/jkocr.up.plist")).unwrap().into_dictionary().unwrap()
}

fn bootstrap(fake: &Fake) -> String {
    format!("launchctl bootstrap {} {}", domain(), fake.path("home/Library/LaunchAgents/jkocr.up.plist").display())
}

#[test]
fn an_agent_is_loaded_found_and_goes_without_a_trace() {
    let fake = Fake::new("launchctl", LAUNCHCTL);
    let status = fake.service(&["status", "--launchd"]).exits(3);
    assert_eq!(status.stdout, "not installed\n");
    fake.service(&["install", "--launchd", "--", "jk-ocr-vps"]).exits(0);
    assert_eq!(changes(&fake), [bootstrap(&fake)]);
    assert_eq!(fake.files(), [("Library/LaunchAgents/jkocr.up.plist".to_owned(), 0o600)]);
    let log = fake.path("jkocr/state/up.log");
    assert!(log.parent().unwrap().is_dir(), "launchd does not create the folder of a log");

    let status = fake.service(&["status", "--launchd"]).exits(0);
    assert!(status.stdout.starts_with("jkocr.up: starts by itself, running ("), "{}", status.stdout);
    fake.state("loaded", "x = {\n\tstate = spawn scheduled\n}\n");
    fake.service(&["status", "--launchd"]).exits(3);

    fs::write(&log, "it said something").unwrap();
    fs::write(log.with_extension("log.1"), "and before").unwrap();
    changes(&fake);
    fake.service(&["uninstall", "--launchd"]).exits(0);
    assert_eq!(changes(&fake), [format!("launchctl bootout {}", target())]);
    assert_eq!(fake.files(), []);
    assert!(!log.exists() && !log.with_extension("log.1").exists());
    fake.service(&["uninstall", "--launchd"]).exits(0);
    assert_eq!(changes(&fake), Vec::<String>::new());
}

#[test]
fn the_property_list_says_what_an_interactive_agent_needs() {
    let fake = Fake::new("launchctl", LAUNCHCTL);
    fake.service(&["install", "--launchd", "--", "jk-ocr-vps"]).exits(0);
    let plist = plist_of(&fake);
    let text = |key: &str| plist[key].as_string().unwrap();
    assert_eq!(text("Label"), "jkocr.up");
    assert_eq!(text("ProcessType"), "Interactive");
    assert_eq!(text("LimitLoadToSessionType"), "Aqua");
    assert_eq!(plist["RunAtLoad"], Value::Boolean(true));
    let alive = plist["KeepAlive"].as_dictionary().unwrap();
    assert_eq!(alive["SuccessfulExit"], Value::Boolean(false), "`jkocr down` is obeyed, everything else mended");
    assert_eq!(plist["ExitTimeOut"].as_unsigned_integer(), Some(20));
    assert_eq!(plist["Umask"].as_unsigned_integer(), Some(0o077));
    let arguments: Vec<_> = plist["ProgramArguments"].as_array().unwrap().iter().filter_map(Value::as_string).collect();
    assert_eq!(arguments, [env!("CARGO_BIN_EXE_jkocr"), "up", "jk-ocr-vps"]);
    let variables = plist["EnvironmentVariables"].as_dictionary().unwrap();
    assert_eq!(variables["JKOCR_HOME"].as_string(), fake.path("jkocr").to_str());
    assert!(variables["PATH"].as_string().unwrap().contains("/opt/homebrew/bin"));
    let log = fake.path("jkocr/state/up.log");
    assert_eq!([text("StandardOutPath"), text("StandardErrorPath")], [log.to_str().unwrap(); 2]);
    let sockets = plist["Sockets"].as_dictionary().unwrap();
    let names: Vec<_> = sockets.keys().map(String::as_str).collect();
    assert_eq!(names, ["127.0.0.1:50000", "127.0.0.1:8080"], "connections wait while it is started anew");
    let socket = sockets["127.0.0.1:8080"].as_dictionary().unwrap();
    let value = |key: &str| socket[key].as_string().unwrap();
    assert_eq!((value("SockNodeName"), value("SockServiceName")), ("127.0.0.1", "8080"));
    assert_eq!((value("SockFamily"), value("SockType")), ("IPv4", "stream"));
}

#[test]
fn the_same_agent_is_started_again_and_another_one_takes_its_place() {
    let fake = Fake::new("launchctl", LAUNCHCTL);
    fake.service(&["install", "--launchd"]).exits(0);
    changes(&fake);
    fake.service(&["install", "--launchd"]).exits(0);
    assert_eq!(changes(&fake), [format!("launchctl kickstart -k {}", target())]);

    let moved = fake.service(&["install", "--launchd", "--", "other-vps"]).exits(0);
    let calls = changes(&fake);
    assert_eq!(calls[0], format!("launchctl bootout {}", target()));
    assert_eq!(calls[1..], [(); 3].map(|()| bootstrap(&fake)), "it insists while launchd still removes the old one");
    assert!(!moved.stderr.contains("Input/output error"), "attempts that do not count are not shown: {}", moved.stderr);
    let loaded = fs::read(fake.path("state/plist")).unwrap();
    assert!(String::from_utf8(loaded).unwrap().contains("other-vps"));
}

#[test]
fn a_refusal_for_another_reason_is_told_at_once() {
    let fake =
        Fake::new("launchctl", "test \"$1\" != bootstrap || { echo 'Bootstrap failed: 125' >&2; exit 125; }; exit 113");
    let failed = fake.service(&["install", "--launchd"]).exits(1);
    assert!(
        failed.stderr.contains("Bootstrap failed: 125") && failed.stderr.contains("not over ssh"),
        "{}",
        failed.stderr
    );
    assert_eq!(changes(&fake).len(), 1);
}

#[test]
fn an_agent_that_was_disabled_is_enabled_again() {
    for word in ["disabled", "true"] {
        let fake = Fake::new("launchctl", LAUNCHCTL);
        fake.state(
            "disabled",
            &format!("disabled services = {{\n\t\"jkocr.up\" => {word}\n\t\"other\" => enabled\n}}\n"),
        );
        fake.service(&["install", "--launchd"]).exits(0);
        assert_eq!(changes(&fake), [format!("launchctl enable {}", target()), bootstrap(&fake)]);
    }
}

#[test]
fn one_that_was_started_by_hand_makes_room() {
    let fake = Fake::new("launchctl", LAUNCHCTL);
    fs::create_dir(fake.path("jkocr")).unwrap();
    fs::write(fake.path("jkocr/config.toml"), "listen = [\"127.0.0.1:0\"]\n[fallback]\nmode = \"off\"\n").unwrap();
    let mut running = fake.command().args(["up", "no-such-host.invalid"]).stderr(Stdio::null()).spawn().unwrap();
    until("it runs", || fake.path("jkocr/state/control.sock").exists().then_some(()));
    let plan = fake.service(&["install", "--launchd", "--dry-run"]).exits(0).stdout;
    let down = format!("  run      {} down\n", env!("CARGO_BIN_EXE_jkocr"));
    assert!(plan.contains(&down), "{plan}");
    fake.service(&["install", "--launchd"]).exits(0);
    assert!(running.try_wait().unwrap().is_some_and(|status| status.success()), "it has ended");
    let plan = fake.service(&["install", "--launchd", "--dry-run"]).exits(0).stdout;
    assert!(!plan.contains(&down), "{plan}");
}

#[test]
fn a_mistake_for_up_is_met_before_anything_is_done() {
    let fake = Fake::new("launchctl", LAUNCHCTL);
    let refused = fake.service(&["install", "--launchd", "--", "--fallbakc", "off"]).exits(2);
    assert!(refused.stderr.contains("--fallback"), "{}", refused.stderr);
    let refused = fake.service(&["install", "--launchd", "--", "vps", "--detach"]).exits(2);
    assert!(refused.stderr.contains("launchd itself"), "{}", refused.stderr);
    assert_eq!((changes(&fake), fake.files()), (Vec::new(), Vec::new()));
}

#[test]
fn without_launchctl_it_says_so() {
    let fake = Fake::new("unrelated", "");
    let failed = fake.service(&["install", "--launchd"]).exits(1);
    assert!(failed.stderr.contains("cannot run `launchctl`"), "{}", failed.stderr);
    assert_eq!(fake.files(), []);
}

proptest! {
    /// XML 1.0 has no place for control characters, and parsers may take `\r\n` for `\n`.
    #[test]
    fn the_arguments_are_read_back(arguments in prop::collection::vec("[^\\x00-\\x1f\\x7f]{0,12}", 0..6)) {
        let session = LoginSession { agents: "/a".into(), log: "/l/up.log".into(), uid: 501 };
        let program = Program { path: "/p & <q>".to_owned(), arguments: arguments.clone(), environment: Vec::new() };
        let xml = session.render(&program, &[]).unwrap();
        let plist = Value::from_reader_xml(xml.as_bytes()).unwrap().into_dictionary().unwrap();
        let read: Vec<_> = plist["ProgramArguments"].as_array().unwrap().iter().filter_map(Value::as_string).collect();
        prop_assert_eq!(read[0], "/p & <q>");
        prop_assert_eq!(&read[1..], &arguments[..]);
    }
}
