use std::process::{Command, Stdio};

use super::*;
use crate::doctor::facts::Reply;

const OUTPUT: &str = "Welcome!\n\n@@jkocr-survey-1\n\n@@clock\n1795516682\n\n@@stat\ncpu  100 0 100 800 0 0 0 0 0 0\n\n\
    @@kernel\nLinux 6.1.0-13-amd64 x86_64\n\n@@system\n\"Debian GNU/Linux 12 (bookworm)\"\n\n@@libc\nglibc 2.36\n\n\
    @@cores\n2\n\n@@cpuinfo\nflags\t\t: fpu avx avx2 fma avx512f\nmodel name\t: Some CPU\n\n@@meminfo\n\
    MemTotal:        2048000 kB\nMemAvailable:    1024000 kB\nSwapTotal: 0 kB\n\n@@vmstat\noom_kill 2\n\n\
    @@listening\n0100007F:1F90\n00000000:0016\n\n@@program\n/usr/local/bin/jkocr\njkocr 0.0.9\n\n@@units\n\
    Id=jkocr.service\nActiveState=failed\nSubState=failed\nResult=exit-code\nNRestarts=5\nLoadState=loaded\n\n\
    @@user-units\n\n@@journal\nWARN it ended\n\n@@user-journal\n\n@@health\nasked 7\n\n\
    @@later\ncpu  110 0 110 850 0 0 0 30 0 0\n\n@@end\n";

#[test]
fn a_whole_survey() {
    let there = ServerMachine::from_survey(OUTPUT).unwrap();
    assert_eq!(there.system.as_deref(), Some("Debian GNU/Linux 12 (bookworm)"));
    assert_eq!(there.epoch, Some(1_795_516_682));
    assert_eq!(there.listening.unwrap().len(), 2);
    assert_eq!(there.units[0].restarts, 5);
    assert_eq!(there.journal, ["WARN it ended"]);
    assert!(matches!(there.health, Some(Reply::Unanswered { .. })));
    assert_eq!(there.program, FilePath::parse("/usr/local/bin/jkocr"));
    assert_eq!(there.version.as_deref(), Some("0.0.9"));
    let memory = there.memory.unwrap();
    assert_eq!((memory.total, memory.available), (2_048_000 << 10, Some(1_024_000 << 10)));
    assert_eq!(there.oom_kills, Some(2));
    let cpu = there.cpu.unwrap();
    assert_eq!((&*cpu.arch, cpu.cores, cpu.model.as_deref()), ("x86_64", 2, Some("Some CPU")));
    assert_eq!(cpu.features, ["avx", "avx2", "fma", "avx512f"]);
    assert_eq!(there.steal, Some(30.0));
    assert_eq!(there.libc, Some(Libc::Glibc(2, 36)));
}

#[test]
fn what_a_machine_does_not_say_is_not_known() {
    assert_eq!(ServerMachine::from_survey("This account is currently not available.\n"), None);
    let there =
        ServerMachine::from_survey("\n@@jkocr-survey-1\n\n@@stat\n\n@@kernel\nFreeBSD 14.1 amd64\n\n@@end\n").unwrap();
    let kernel = Some("FreeBSD 14.1 amd64".into());
    assert_eq!(there, ServerMachine { kernel, ..ServerMachine::default() });
}

#[test]
fn c_libraries() {
    assert_eq!(libc("glibc 2.36"), Libc::Glibc(2, 36));
    assert_eq!(libc("ldd (Debian GLIBC 2.36-9+deb12u13) 2.36"), Libc::Glibc(2, 36));
    assert_eq!(libc("musl libc (x86_64)"), Libc::Other);
}

#[test]
fn the_script_runs_in_a_plain_shell_and_its_output_is_understood() {
    let script = script(&"127.0.0.1:1".parse().unwrap());
    let mut shell = Command::new("sh").arg("-s").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut shell.stdin.take().unwrap(), script.as_bytes()).unwrap();
    let output = shell.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && text.ends_with("@@end\n"), "{text}");
    if cfg!(target_os = "linux") {
        let there = ServerMachine::from_survey(&text).unwrap();
        assert!(there.memory.unwrap().total > 0 && there.cpu.unwrap().cores > 0);
        assert!(there.listening.is_some() || text.contains("@@listening\n\n@@"));
    }
}

/// Everything that the far end says, with an escape, a turn of direction and a command in it.
#[test]
fn nothing_that_a_server_says_can_act_on_a_terminal_or_become_a_command() {
    let evil = |text: &str| format!("\u{1b}]0;{text}\u{7}\u{202e}\u{9b}2J$(touch PWNED); touch PWNED");
    let spoilt = |line: &str| match line {
        line if line.is_empty() || line.starts_with("@@") => line.to_owned(),
        line => line.to_owned() + &evil("x"),
    };
    let text = OUTPUT.split('\n').map(spoilt).collect::<Vec<_>>().join("\n");
    let text = text.replace("Id=jkocr.service\u{1b}", "Id=jkocr.service; touch PWNED\nId=\u{1b}");
    let there = ServerMachine::from_survey(&text).unwrap();
    assert_eq!(there.units, [], "what is no name of a unit is none");
    assert_eq!(there.program, None);
    for shown in [serde_json::to_string(&there).unwrap(), format!("{there:?}")] {
        assert!(crate::untrusted::is_plain(&shown) && !shown.contains("\\u"), "{shown}");
    }
}
