//! The ssh program, and what it makes of the host: version, effective settings, name, port, keys.

use std::fs::File;
use std::io::Read as _;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use directories::BaseDirs;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::net::{TcpStream, lookup_host};
use tokio::process::Command;
use tokio::time::timeout;

use super::run::{Ran, run};
use crate::doctor::facts::{Effective, Keys, SshProgram};
use crate::tunnel::{self, Options};
use crate::untrusted::Untrusted;

/// How long a program of this machine may take.
const PROGRAM: Duration = Duration::from_secs(5);

/// How long a name server may take.
const NAME: Duration = Duration::from_secs(5);

/// The longest a server may introduce itself with (RFC 4253, section 4.2).
const BANNER: u64 = 255;

/// Asks ssh about itself and about the host of `options`.
pub(super) async fn look(options: &Options, variables: &[(String, String)]) -> SshProgram {
    let (version, effective) = tokio::join!(version(options), effective(options));
    let Some(effective) = effective else { return SshProgram { version, ..SshProgram::default() } };
    let direct = async {
        if effective.proxied {
            return (Vec::new(), None);
        }
        let target = (&*effective.hostname, effective.port);
        tokio::join!(addresses(target), banner(target, options.connect_timeout))
    };
    let ((addresses, banner), keys) = tokio::join!(direct, keys(&effective, variables));
    SshProgram { version, effective: Some(effective), addresses, banner, keys: Some(keys) }
}

async fn version(options: &Options) -> Option<Untrusted> {
    let mut command = Command::new(&options.ssh);
    command.arg("-V");
    let Ran::Ended(output) = run(command, "", PROGRAM).await else { return None };
    let text = String::from_utf8_lossy(&output.stderr);
    let version = text.lines().next()?.split([',', ' ']).next()?;
    version.contains("SSH").then(|| version.into())
}

async fn effective(options: &Options) -> Option<Effective> {
    let mut command = Command::new(&options.ssh);
    command.arg("-G").args(tunnel::session_arguments(options));
    parse(&run(command, "", PROGRAM).await.success()?)
}

/// The output of `ssh -G`: a key in small letters and its value a line.
fn parse(text: &str) -> Option<Effective> {
    let values = |key: &'static str| {
        text.lines().filter_map(|line| line.split_once(' ')).filter(move |(name, _)| *name == key).map(|(_, it)| it)
    };
    let value = |key| values(key).next().filter(|value| !value.is_empty());
    let is_set = |key| value(key).is_some_and(|value| value != "none");
    Some(Effective {
        hostname: value("hostname")?.into(),
        port: value("port")?.parse().ok()?,
        user: value("user").unwrap_or_default().into(),
        proxied: is_set("proxyjump") || is_set("proxycommand"),
        identity_files: values("identityfile").map(expanded).collect(),
        agent: value("identityagent").map(str::to_owned),
    })
}

/// `~` as ssh understands it.
fn expanded(path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), BaseDirs::new()) {
        (Some(rest), Some(folders)) => folders.home_dir().join(rest),
        _ => PathBuf::from(path),
    }
}

async fn addresses(target: (&str, u16)) -> Vec<IpAddr> {
    match timeout(NAME, lookup_host(target)).await {
        Ok(Ok(found)) => {
            let mut addresses: Vec<_> = found.map(|address| address.ip()).collect();
            addresses.dedup();
            addresses
        }
        _ => Vec::new(),
    }
}

/// The first line of whoever answers at the port.
async fn banner(target: (&str, u16), patience: Duration) -> Option<Untrusted> {
    let read = async {
        let stream = TcpStream::connect(target).await.ok()?;
        let mut line = Vec::new();
        BufReader::new(stream.take(BANNER)).read_until(b'\n', &mut line).await.ok()?;
        let line = String::from_utf8_lossy(&line);
        line.starts_with("SSH-").then(|| Untrusted::new(&line))
    };
    timeout(patience, read).await.ok().flatten()
}

/// Key files that exist, those that need a passphrase, and keys in the agent. Of a key, only the name of its cipher is
/// looked at.
async fn keys(effective: &Effective, variables: &[(String, String)]) -> Keys {
    let files: Vec<_> = effective.identity_files.iter().filter(|file| file.is_file()).cloned().collect();
    let locked = files.iter().filter(|file| is_locked(file)).cloned().collect();
    Keys { files, locked, in_agent: in_agent(effective.agent.as_deref(), variables).await }
}

/// The most of a key file that is read: its first line, and the cipher's name in the second.
const HEAD: u64 = 160;

fn is_locked(file: &Path) -> bool {
    let mut head = Vec::new();
    let read = File::open(file).and_then(|file| file.take(HEAD).read_to_end(&mut head));
    read.is_ok() && needs_passphrase(&String::from_utf8_lossy(&head))
}

/// Whether a key file that begins with `head` needs a passphrase: OpenSSH's own format begins with its name and that of
/// the cipher (`PROTOCOL.key` of its sources), PEM says it in words.
fn needs_passphrase(head: &str) -> bool {
    let Some(body) = head.strip_prefix("-----BEGIN OPENSSH PRIVATE KEY-----\n") else {
        return head.contains("ENCRYPTED");
    };
    let start = body.get(..40).and_then(|body| STANDARD.decode(body).ok());
    start.is_some_and(|start| start.starts_with(b"openssh-key-v1\0") && !start[15..].starts_with(b"\0\0\0\x04none"))
}

async fn in_agent(agent: Option<&str>, variables: &[(String, String)]) -> Option<usize> {
    let variable = |name: &str| variables.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    let socket = match agent {
        Some("none") => return None,
        None | Some("SSH_AUTH_SOCK") => variable("SSH_AUTH_SOCK")?,
        Some(name) if name.starts_with('$') => variable(&name[1..])?,
        Some(path) => expanded(path).display().to_string(),
    };
    let mut command = Command::new("ssh-add");
    command.arg("-l").env("SSH_AUTH_SOCK", socket);
    match run(command, "", PROGRAM).await {
        Ran::Ended(output) => match output.status.code() {
            Some(0) => Some(output.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count()),
            // It answers, and has none (ssh-add(1)).
            Some(1) => Some(0),
            _ => None,
        },
        Ran::NotStarted(_) | Ran::Late => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_needs_a_passphrase_is_known_by_its_head() {
        let openssh = |cipher: &[u8]| {
            let bytes = [b"openssh-key-v1\0", cipher, b"\0\0\0\x06bcrypt\0\0\0\x18"].concat();
            format!("-----BEGIN OPENSSH PRIVATE KEY-----\n{}", STANDARD.encode(bytes))
        };
        assert!(needs_passphrase(&openssh(b"\0\0\0\x0aaes256-ctr")));
        assert!(!needs_passphrase(&openssh(b"\0\0\0\x04none")));
        assert!(needs_passphrase("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n"));
        assert!(!needs_passphrase("-----BEGIN RSA PRIVATE KEY-----\nMIIE") && !needs_passphrase(""));
    }

    #[test]
    fn what_ssh_makes_of_a_host_is_understood() {
        let text = "host vps\nuser me\nhostname 192.0.2.7\nport 2222\nproxyjump none\nidentityfile /k/one\n\
                    identityfile /k/two\nidentityagent SSH_AUTH_SOCK\n";
        let effective = parse(text).unwrap();
        assert_eq!((&*effective.hostname, effective.port, &*effective.user), ("192.0.2.7", 2222, "me"));
        assert_eq!(effective.identity_files, [PathBuf::from("/k/one"), PathBuf::from("/k/two")]);
        assert!(!effective.proxied && effective.agent.as_deref() == Some("SSH_AUTH_SOCK"));
        assert!(parse("hostname a\nport 22\nproxycommand nc %h %p\n").unwrap().proxied);
        assert_eq!(parse("hostname a\nport many\n"), None);
    }
}
