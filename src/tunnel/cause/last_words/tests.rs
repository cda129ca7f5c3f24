//! Real words of real ssh clients.

use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;

use super::{Cause, Stage};

const EXIT_255: i32 = 255 << 8;

fn logging_in(words: &str) -> Cause {
    let lines: Vec<&str> = words.split('\n').collect();
    Cause::from_last_words(&lines, ExitStatus::from_raw(EXIT_255), Stage::LoggingIn)
}

fn text(text: &str) -> String {
    text.to_owned()
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
    let tail = "kex_exchange_identification: Connection closed by remote host\nConnection closed by UNKNOWN port 65535";
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
            "ssh: Could not resolve hostname jump.example: Name or service not known",
            Cause::HostUnresolved { host: text("jump.example") },
        ),
    ] {
        assert_eq!(logging_in(&format!("{before}\n{tail}")), cause);
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
        let lines = ["channel 2: open failed: connect failed: Connection refused", words];
        let cause = Cause::from_last_words(&lines, ExitStatus::from_raw(EXIT_255), Stage::LoggedIn);
        assert_eq!(cause, Cause::ConnectionLost { problem: text(words) });
    }
}

#[test]
fn an_ssh_that_someone_killed() {
    let nothing: [&str; 0] = [];
    let cause = Cause::from_last_words(&nothing, ExitStatus::from_raw(9), Stage::LoggedIn);
    assert_eq!(cause, Cause::SshKilled { signal: 9 });
    let words = ["Killed by signal 15."];
    let cause = Cause::from_last_words(&words, ExitStatus::from_raw(EXIT_255), Stage::LoggedIn);
    assert_eq!(cause, Cause::SshKilled { signal: 15 });
}

#[test]
fn an_ssh_that_says_nothing_of_use() {
    assert_eq!(logging_in("something new\n\n"), Cause::Other { problem: text("something new") });
    assert_eq!(logging_in(""), Cause::Other { problem: text("exit status: 255") });
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
