//! The ssh program, and what it makes of the host: version, effective settings, name, port, keys.

use std::{net::IpAddr, path::PathBuf, time::Duration};

use directories::BaseDirs;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader},
    net::{TcpStream, lookup_host},
    process::Command,
    time::timeout,
};

use super::run::{Ran, run};
use crate::{
    doctor::facts::{Effective, Keys, Ssh},
    tunnel::{self, Options},
};

/// How long a program of this machine may take.
const PROGRAM: Duration = Duration::from_secs(5);

/// How long a name server may take.
const NAME: Duration = Duration::from_secs(5);

/// The longest a server may introduce itself with (RFC 4253, section 4.2).
const BANNER: u64 = 255;

/// Asks ssh about itself and about the host of `options`.
pub(super) async fn look(options: &Options, variables: &[(String, String)]) -> Ssh {
    let (version, effective) = tokio::join!(version(options), effective(options));
    let Some(effective) = effective else { return Ssh { version, ..Ssh::default() } };
    let direct = async {
        if effective.proxied {
            return (Vec::new(), None);
        }
        let target = (effective.hostname.as_str(), effective.port);
        tokio::join!(addresses(target), banner(target, options.connect_timeout))
    };
    let ((addresses, banner), keys) = tokio::join!(direct, keys(&effective, variables));
    Ssh { version, effective: Some(effective), addresses, banner, keys: Some(keys) }
}

async fn version(options: &Options) -> Option<String> {
    let mut command = Command::new(&options.ssh);
    command.arg("-V");
    let Ran::Ended(output) = run(command, "", PROGRAM).await else { return None };
    let text = String::from_utf8_lossy(&output.stderr);
    let version = text.lines().next()?.split([',', ' ']).next()?;
    version.contains("SSH").then(|| version.to_owned())
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
        hostname: value("hostname")?.to_owned(),
        port: value("port")?.parse().ok()?,
        user: value("user").unwrap_or_default().to_owned(),
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
async fn banner(target: (&str, u16), patience: Duration) -> Option<String> {
    let read = async {
        let stream = TcpStream::connect(target).await.ok()?;
        let mut line = Vec::new();
        BufReader::new(stream.take(BANNER)).read_until(b'\n', &mut line).await.ok()?;
        let line = String::from_utf8_lossy(&line).trim().to_owned();
        line.starts_with("SSH-").then(|| line.chars().filter(|char| !char.is_control()).collect())
    };
    timeout(patience, read).await.ok().flatten()
}

/// Key files that exist and keys in the agent. No key is read, and none is named but by its file.
async fn keys(effective: &Effective, variables: &[(String, String)]) -> Keys {
    let files = effective.identity_files.iter().filter(|file| file.is_file()).cloned().collect();
    Keys { files, in_agent: in_agent(effective.agent.as_deref(), variables).await }
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
    fn what_ssh_makes_of_a_host_is_understood() {
        let text = "host vps\nuser me\nhostname 192.0.2.7\nport 2222\nproxyjump none\nidentityfile /k/one\n\
                    identityfile /k/two\nidentityagent SSH_AUTH_SOCK\n";
        let effective = parse(text).unwrap();
        assert_eq!((effective.hostname.as_str(), effective.port, effective.user.as_str()), ("192.0.2.7", 2222, "me"));
        assert_eq!(effective.identity_files, [PathBuf::from("/k/one"), PathBuf::from("/k/two")]);
        assert!(!effective.proxied && effective.agent.as_deref() == Some("SSH_AUTH_SOCK"));
        assert!(parse("hostname a\nport 22\nproxycommand nc %h %p\n").unwrap().proxied);
        assert_eq!(parse("hostname a\nport many\n"), None);
    }
}
