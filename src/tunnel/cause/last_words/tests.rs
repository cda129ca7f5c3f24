//! Real words of real ssh clients.

use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;

use proptest::prelude::*;

use super::{Cause, LastWords, SshStage};
use crate::untrusted::{Untrusted, is_plain};

const EXIT_255: i32 = 255 << 8;

/// What ssh says of a proxy that ended.
const PROXY_ENDED: &str =
    "kex_exchange_identification: Connection closed by remote host\r\nConnection closed by UNKNOWN port 65535\r";

fn lines(words: &str) -> Vec<String> {
    if words.is_empty() { Vec::new() } else { words.split('\n').map(str::to_owned).collect() }
}

fn logging_in(ssh: &str) -> Cause {
    with_others(ssh, "")
}

fn with_others(ssh: &str, others: &str) -> Cause {
    ended(ssh, others, SshStage::LoggingIn)
}

fn ended(ssh: &str, others: &str, stage: SshStage) -> Cause {
    let said = LastWords { ssh: lines(ssh), others: lines(others) };
    Cause::from_last_words(&said, ExitStatus::from_raw(EXIT_255), stage)
}

fn text(text: &str) -> Untrusted {
    text.into()
}

#[test]
fn a_name_without_an_address() {
    for reason in [
        "Name or service not known",
        "nodename nor servname provided, or not known",
        "No address associated with hostname",
    ] {
        let cause = logging_in(&format!("ssh: Could not resolve hostname nosuch.example: {reason}\r"));
        assert_eq!(cause, Cause::HostUnresolved { host: text("nosuch.example") });
    }
    assert_eq!(
        logging_in("ssh: Could not resolve hostname vps.example: Temporary failure in name resolution"),
        Cause::ResolverUnavailable { host: text("vps.example") }
    );
}

#[test]
fn no_way_to_the_host() {
    let address = text("192.0.2.7 port 22");
    for (reason, cause) in [
        ("Connection refused", Cause::Refused { address: address.clone() }),
        ("Connection timed out", Cause::TimedOut { address: address.clone() }),
        ("Operation timed out", Cause::TimedOut { address: address.clone() }),
        ("No route to host", Cause::Unreachable { address: address.clone(), problem: text("No route to host") }),
        (
            "Network is unreachable",
            Cause::Unreachable { address: address.clone(), problem: text("Network is unreachable") },
        ),
        ("Host is down", Cause::Unreachable { address: address.clone(), problem: text("Host is down") }),
    ] {
        assert_eq!(logging_in(&format!("ssh: connect to host 192.0.2.7 port 22: {reason}\r")), cause);
    }
    assert_eq!(
        logging_in("Connection timed out during banner exchange\r\nConnection to 192.0.2.7 port 22 timed out\r"),
        Cause::TimedOut { address: text("192.0.2.7 port 22") }
    );
    assert_eq!(
        logging_in(
            "ssh: connect to host vps.example port 22: Network is unreachable\n\
             ssh: connect to host vps.example port 22: Connection refused"
        ),
        Cause::Refused { address: text("vps.example port 22") },
        "the last of several addresses decides"
    );
}

#[test]
fn a_host_key_that_is_not_known() {
    assert_eq!(
        logging_in(
            "No ED25519 host key is known for [127.0.0.1]:2299 and you have requested strict checking.\r\n\
             Host key verification failed.\r"
        ),
        Cause::HostKeyUnknown { host: text("[127.0.0.1]:2299") }
    );
}

#[test]
fn a_host_key_that_is_another() {
    let words = "\
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!
Someone could be eavesdropping on you right now (man-in-the-middle attack)!
It is also possible that a host key has just been changed.
The fingerprint for the ED25519 key sent by the remote host is
SHA256:8yb5UPdTyETL8HfwH0eE6dnngkXVxBf4068bZATpMrA.
Please contact your system administrator.
Add correct host key in /Users/me/.ssh/known_hosts to get rid of this message.
Offending ED25519 key in /Users/me/.ssh/known_hosts:7
  remove with:
  ssh-keygen -f \"/Users/me/.ssh/known_hosts\" -R \"vps.example\"
Host key for vps.example has changed and you have requested strict checking.
Host key verification failed.";
    let expected = Cause::HostKeyChanged { host: text("vps.example"), entry: text("/Users/me/.ssh/known_hosts:7") };
    assert_eq!(logging_in(words), expected);
    let older = words.replace("Host key for vps.example", "ED25519 host key for vps.example");
    assert_eq!(logging_in(&older), expected);
    let revoked = "@       WARNING: REVOKED HOST KEY DETECTED!               @\n\
                   The ED25519 host key for vps.example is marked as revoked.\nHost key verification failed.";
    assert_eq!(logging_in(revoked), Cause::HostKeyRevoked);
}

#[test]
fn a_login_that_is_refused() {
    let refused = "me@vps.example: Permission denied (publickey,password).\r";
    let file = || text("/home/me/.ssh/id_ed25519");
    for (before, cause) in [
        ("", Cause::LoginRefused { account: text("me@vps.example"), methods: text("publickey,password") }),
        (
            "Warning: Identity file /home/me/.ssh/id_ed25519 not accessible: No such file or directory.",
            Cause::KeyMissing { file: file() },
        ),
        ("no such identity: /home/me/.ssh/id_ed25519: No such file or directory", Cause::KeyMissing { file: file() }),
        (
            "@         WARNING: UNPROTECTED PRIVATE KEY FILE!          @\n\
             Permissions 0644 for '/home/me/.ssh/id_ed25519' are too open.\n\
             It is required that your private key files are NOT accessible by others.\n\
             This private key will be ignored.\nLoad key \"/home/me/.ssh/id_ed25519\": bad permissions",
            Cause::KeyExposed { file: file() },
        ),
        (
            "Load key \"/home/me/.ssh/id_ed25519\": incorrect passphrase supplied to decrypt private key",
            Cause::KeyLocked { file: file() },
        ),
        (
            "Load key \"/home/me/.ssh/id_ed25519\": error in libcrypto",
            Cause::KeyUnreadable { file: file(), problem: text("error in libcrypto") },
        ),
        (
            "sign_and_send_pubkey: signing failed for ED25519 \"me@mac\" from agent: agent refused operation",
            Cause::AgentRefused { key: text("ED25519 \"me@mac\"") },
        ),
    ] {
        assert_eq!(logging_in(&format!("{before}\n{refused}")), cause);
    }
    assert_eq!(
        logging_in("me@vps.example: Permission denied (password,keyboard-interactive)."),
        Cause::PasswordOnly { account: text("me@vps.example"), methods: text("password,keyboard-interactive") }
    );
    assert_eq!(
        logging_in(
            "Received disconnect from 192.0.2.7 port 22:2: Too many authentication failures\r\n\
             Disconnected from 192.0.2.7 port 22\r"
        ),
        Cause::TooManyKeys
    );
}

#[test]
fn a_configuration_ssh_does_not_take() {
    for (words, problem) in [
        ("command-line: line 0: Bad configuration option: foo", "command-line: line 0: Bad configuration option: foo"),
        (
            "/home/me/.ssh/config: line 2: Bad configuration option: bogus\n\
             /home/me/.ssh/config: terminating, 1 bad configuration options",
            "/home/me/.ssh/config: line 2: Bad configuration option: bogus",
        ),
        ("command-line line 0: invalid time value.", "command-line line 0: invalid time value."),
        ("Bad owner or permissions on /home/me/.ssh/config", "Bad owner or permissions on /home/me/.ssh/config"),
        (
            "Can't open user config file nofile: No such file or directory",
            "Can't open user config file nofile: No such file or directory",
        ),
        ("hostname contains invalid characters", "hostname contains invalid characters"),
    ] {
        assert_eq!(logging_in(words), Cause::BadConfiguration { problem: text(problem) });
    }
    assert_eq!(
        logging_in(
            "/etc/ssh/ssh_config line 53: Unsupported option \"gssapiauthentication\"\n\
             ssh: connect to host 192.0.2.7 port 22: Connection refused"
        ),
        Cause::Refused { address: text("192.0.2.7 port 22") },
        "a warning before is not the cause"
    );
}

#[test]
fn a_jump_host_that_does_not_lead_on() {
    for (before, cause) in [
        (
            "channel 0: open failed: connect failed: Connection refused\nstdio forwarding failed",
            Cause::JumpFailed { problem: text("channel 0: open failed: connect failed: Connection refused") },
        ),
        (
            "/bin/bash: line 1: exec: cloudflared: not found",
            Cause::JumpFailed { problem: text("/bin/bash: line 1: exec: cloudflared: not found") },
        ),
        (
            "ssh: connect to host jump.example port 22: Connection refused",
            Cause::Refused { address: text("jump.example port 22") },
        ),
        (
            "me@jump.example: Permission denied (publickey).",
            Cause::LoginRefused { account: text("me@jump.example"), methods: text("publickey") },
        ),
        (
            "Received disconnect from 192.0.2.7 port 22:2: Too many authentication failures\n\
             Disconnected from 192.0.2.7 port 22",
            Cause::TooManyKeys,
        ),
        (
            "ssh: Could not resolve hostname jump.example: Name or service not known",
            Cause::HostUnresolved { host: text("jump.example") },
        ),
    ] {
        assert_eq!(with_others(PROXY_ENDED, before), cause);
    }
}

#[test]
fn a_server_that_hangs_up_before_the_login() {
    for words in [
        "kex_exchange_identification: read: Connection reset by peer\nConnection reset by 192.0.2.7 port 22",
        "kex_exchange_identification: Connection closed by remote host\nConnection closed by 192.0.2.7 port 22",
        "ssh_exchange_identification: Connection closed by remote host",
        "Connection closed by 192.0.2.7 port 22",
    ] {
        assert!(matches!(logging_in(words), Cause::HandshakeClosed { .. }), "{words}");
    }
    for words in [
        "kex_exchange_identification: banner line contains invalid characters",
        "banner exchange: Connection to 192.0.2.7 port 443: invalid format",
    ] {
        assert!(matches!(logging_in(words), Cause::NotSsh { .. }), "{words}");
    }
    let negotiation =
        "Unable to negotiate with 192.0.2.7 port 22: no matching host key type found. Their offer: ssh-rsa";
    assert_eq!(logging_in(negotiation), Cause::NoCommonAlgorithm { problem: text(negotiation) });
}

#[test]
fn a_forward_that_cannot_be_set_up() {
    assert_eq!(
        logging_in(
            "bind [127.0.0.1]:8080: Address already in use\n\
             channel_setup_fwd_listener_tcpip: cannot listen to port: 8080\nCould not request local forwarding."
        ),
        Cause::OtherForward { problem: text("bind [127.0.0.1]:8080: Address already in use") }
    );
    assert!(matches!(
        logging_in("Error: remote port forwarding failed for listen port 9000"),
        Cause::OtherForward { .. }
    ));
    assert_eq!(
        logging_in(
            "unix_listener: cannot bind to path /tmp/x/tunnel.sock: Permission denied\nCould not request local forwarding."
        ),
        Cause::StateFolder { path: "/tmp/x/tunnel.sock".into(), problem: text("Permission denied") }
    );
}

#[test]
fn a_connection_that_breaks_later() {
    for words in [
        "Timeout, server 192.0.2.7 not responding.",
        "Connection to 192.0.2.7 closed by remote host.",
        "client_loop: send disconnect: Broken pipe",
        "Read from remote host 192.0.2.7: Connection reset by peer",
        "Read from remote host 192.0.2.7: Operation timed out",
    ] {
        let lines = format!("channel 2: open failed: connect failed: Connection refused\n{words}");
        assert_eq!(ended(&lines, "", SshStage::LoggedIn), Cause::ConnectionLost { problem: text(words) });
    }
}

#[test]
fn an_ssh_that_someone_killed() {
    let cause = Cause::from_last_words(&LastWords::default(), ExitStatus::from_raw(9), SshStage::LoggedIn);
    assert_eq!(cause, Cause::SshKilled { signal: 9 });
    assert_eq!(ended("Killed by signal 15.", "", SshStage::LoggedIn), Cause::SshKilled { signal: 15 });
}

#[test]
fn an_ssh_that_says_nothing_of_use() {
    assert_eq!(logging_in("something new\n\n"), Cause::Other { problem: text("something new") });
    assert_eq!(logging_in(""), Cause::Other { problem: text("exit status: 255") });
    let wrapper = with_others("", "/home/me/ssh: 2: exec: nosuch: not found");
    assert_eq!(wrapper, Cause::Other { problem: text("/home/me/ssh: 2: exec: nosuch: not found") });
}

#[test]
fn a_channel_that_does_not_open() {
    let remote = || text("127.0.0.1:8080");
    for (reason, cause) in [
        ("administratively prohibited: open failed", Cause::ForwardRefused { remote: remote() }),
        ("connect failed: Connection refused", Cause::ServiceDown { remote: remote() }),
        ("connect failed: open failed", Cause::ServiceDown { remote: remote() }),
        (
            "connect failed: Name or service not known",
            Cause::ServiceUnreachable { remote: remote(), problem: text("Name or service not known") },
        ),
        ("unknown channel type: ", Cause::ForwardRefused { remote: remote() }),
    ] {
        let line = format!("channel 3: open failed: {reason}\r");
        assert_eq!(Cause::from_channel(&line, "127.0.0.1:8080"), Some(cause));
    }
    assert_eq!(Cause::from_channel("Timeout, server 192.0.2.7 not responding.", "127.0.0.1:8080"), None);
}

/// Words of which each would be a cause, if ssh had said them.
fn forged() -> impl Iterator<Item = &'static str> {
    include_str!("../../../../tests/data/forged_words.txt").trim_end().split("\n\n")
}

#[test]
fn what_is_forged_would_be_every_cause_that_words_can_be() {
    let mut ids: Vec<_> = forged().map(|words| logging_in(words).id()).collect();
    ids.sort_unstable();
    ids.dedup();
    let all = [
        "agent-refused",
        "bad-configuration",
        "handshake-closed",
        "host-key-changed",
        "host-key-revoked",
        "host-key-unknown",
        "host-unresolved",
        "jump-failed",
        "key-exposed",
        "key-locked",
        "key-missing",
        "key-unreadable",
        "login-refused",
        "no-common-algorithm",
        "not-ssh",
        "other-forward",
        "password-only",
        "refused",
        "resolver-unavailable",
        "ssh-killed",
        "state-folder",
        "timed-out",
        "too-many-keys",
        "unreachable",
    ];
    assert_eq!(ids, all);
}

/// Words of ssh once a host could have said something, and the cause in them.
fn after_a_banner() -> Vec<(&'static str, Cause)> {
    let refused = Cause::LoginRefused { account: text("me@vps"), methods: text("publickey") };
    let closed = "Connection closed by 192.0.2.7 port 22";
    let proxied = "Connection closed by UNKNOWN port 65535";
    vec![
        ("me@vps: Permission denied (publickey).", refused),
        (closed, Cause::HandshakeClosed { problem: text(closed) }),
        (proxied, Cause::HandshakeClosed { problem: text(proxied) }),
    ]
}

#[test]
fn a_banner_that_says_what_ssh_would_say_changes_nothing() {
    let all = forged().collect::<Vec<_>>().join("\n");
    for banner in forged().map(str::to_owned).chain([all]) {
        for (ssh, cause) in after_a_banner() {
            assert_eq!(with_others(ssh, &banner), cause, "{banner}");
        }
        let lost = "Connection to vps closed by remote host.";
        assert_eq!(ended(lost, &banner, SshStage::LoggedIn), Cause::ConnectionLost { problem: text(lost) });
    }
}

#[test]
fn what_a_server_says_in_ssh_s_own_log_is_not_taken_for_ssh() {
    for forged in forged() {
        let methods = format!("me@vps: Permission denied (publickey\r\n{forged}\r\n).");
        let refused = Cause::LoginRefused { account: text("me@vps"), methods: text("publickey") };
        assert_eq!(logging_in(&methods), refused, "{forged}");
        let offer = format!("Unable to negotiate with 192.0.2.7 port 22: no matching. Their offer: x\r\n{forged}");
        assert!(matches!(logging_in(&offer), Cause::NoCommonAlgorithm { .. }), "{forged}");
        for words in [forged.to_owned(), format!("bye\r\n{forged}")] {
            let farewell = format!("Received disconnect from 192.0.2.7 port 22:11: {words}");
            let cause = logging_in(&farewell);
            let named = words.starts_with("Received") && words.contains("Too many authentication failures");
            let expected = if named { "too-many-keys" } else { "handshake-closed" };
            assert_eq!(cause.id(), expected, "{words}");
        }
    }
}

/// What leads through a jump host may be forged by it, but only into what it can bring about anyway.
#[test]
fn a_jump_host_can_forge_no_key_of_the_host() {
    for forged in forged() {
        let cause = with_others(PROXY_ENDED, &format!("{forged}\nstdio forwarding failed"));
        let ids = [
            "jump-failed",
            "login-refused",
            "password-only",
            "too-many-keys",
            "refused",
            "timed-out",
            "unreachable",
            "host-unresolved",
            "resolver-unavailable",
        ];
        assert!(ids.contains(&cause.id()), "{forged}: {cause:?}");
    }
}

proptest! {
    #[test]
    fn whatever_is_said_a_cause_can_be_shown(
        ssh in any::<Vec<Vec<char>>>(),
        others in any::<Vec<Vec<char>>>(),
    ) {
        let lines = |said: Vec<Vec<char>>| said.into_iter().map(String::from_iter).collect();
        let said = LastWords { ssh: lines(ssh), others: lines(others) };
        for stage in [SshStage::LoggingIn, SshStage::LoggedIn] {
            let cause = Cause::from_last_words(&said, ExitStatus::from_raw(EXIT_255), stage);
            for shown in [cause.to_string(), cause.remedy(), format!("{cause:?}")] {
                prop_assert!(is_plain(&shown), "{}", shown);
            }
        }
    }
}
