//! Anything that ssh, a banner or a proxy command may say: it becomes a cause that can be shown.

#![no_main]

use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;

use jkocr::tunnel::{Cause, LastWords, SshStage};
use jkocr::untrusted::is_plain;
use libfuzzer_sys::fuzz_target;

/// As ssh exits whatever has happened.
const EXIT_255: i32 = 255 << 8;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    // An empty line parts ssh's own words from those of others.
    let (ssh, others) = text.split_once("\n\n").unwrap_or((&text, ""));
    let lines = |text: &str| text.split('\n').map(str::to_owned).collect::<Vec<_>>();
    let said = LastWords { ssh: lines(ssh), others: lines(others) };
    for stage in [SshStage::LoggingIn, SshStage::LoggedIn] {
        let cause = Cause::from_last_words(&said, ExitStatus::from_raw(EXIT_255), stage);
        for shown in [cause.to_string(), cause.remedy(), cause.sentence("zh"), format!("{cause:?}")] {
            assert!(is_plain(&shown), "{shown}");
        }
        // Without ssh's own word there is nothing but what it says before it connects.
        let silent = LastWords { ssh: vec!["Connection closed by 192.0.2.7 port 22".to_owned()], ..said.clone() };
        let closed = Cause::from_last_words(&silent, ExitStatus::from_raw(EXIT_255), stage);
        assert!(["handshake-closed", "connection-lost"].contains(&closed.id()), "{closed}");
    }
    for line in said.ssh.iter().chain(&said.others) {
        if let Some(cause) = Cause::from_channel(line, "127.0.0.1:8080") {
            assert!(is_plain(&cause.to_string()), "{cause}");
        }
    }
});
