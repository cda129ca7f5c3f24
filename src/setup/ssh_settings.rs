//! What ssh already knows of a destination: `ssh -G`.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;

use crate::tunnel::{Cause, LastWords, SshStage};

/// How long ssh may take to read its configuration; a `Match exec` in it runs programs.
const PATIENCE: Duration = Duration::from_secs(10);

/// The settings that ssh would use.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SshSettings {
    /// The name or address it would connect to.
    pub host_name: String,
    /// The account.
    pub user: String,
    pub port: u16,
    /// The key files it would try, as written.
    pub keys: Vec<String>,
    /// The file that takes the keys of new hosts; absent: none does.
    pub known_hosts: Option<PathBuf>,
}

/// Asks the program `ssh` what it would do for `destination` with the `-o` values `options`. Connects to nothing.
///
/// # Errors
/// The cause that a login would fail with before it begins: no ssh, an unusable configuration.
pub async fn look_up(ssh: &Path, options: &[String], destination: &str) -> Result<SshSettings, Cause> {
    let mut command = Command::new(ssh);
    command.arg("-G").args(options.iter().flat_map(|option| ["-o", option])).args(["--", destination]);
    let run = command.env("LC_ALL", "C").stdin(Stdio::null()).kill_on_drop(true).output();
    let output = match timeout(PATIENCE, run).await {
        Ok(Ok(output)) => output,
        Ok(Err(error)) => return Err(Cause::not_started(ssh, &error)),
        Err(_) => return Err(Cause::LoginStalled),
    };
    if output.status.success() {
        return Ok(parse(&String::from_utf8_lossy(&output.stdout)));
    }
    // It has connected to nobody whose words could be among these.
    let ssh = String::from_utf8_lossy(&output.stderr).lines().map(str::to_owned).collect();
    Err(Cause::from_last_words(&LastWords { ssh, ..LastWords::default() }, output.status, SshStage::LoggingIn))
}

/// The first value of a setting counts.
fn parse(text: &str) -> SshSettings {
    let values = |name: &'static str| {
        text.lines().filter_map(move |line| {
            let (key, value) = line.split_once(' ')?;
            (key == name).then_some(value.trim())
        })
    };
    let first = |name| values(name).next().unwrap_or_default();
    let known_hosts = first("userknownhostsfile").split_whitespace().next().map(PathBuf::from);
    SshSettings {
        host_name: first("hostname").to_owned(),
        user: first("user").to_owned(),
        port: first("port").parse().unwrap_or(22),
        keys: values("identityfile").map(str::to_owned).collect(),
        known_hosts: known_hosts.filter(|file| file.is_absolute() && file != Path::new("/dev/null")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_settings_are_found_among_the_others() {
        let text = "host vps\nuser me\nhostname 192.0.2.7\nport 2222\nidentityfile ~/.ssh/a\nidentityfile ~/.ssh/b\n\
                    userknownhostsfile /home/me/.ssh/known_hosts /home/me/.ssh/known_hosts2\n";
        let settings = parse(text);
        assert_eq!((settings.host_name.as_str(), settings.user.as_str(), settings.port), ("192.0.2.7", "me", 2222));
        assert_eq!(settings.keys, ["~/.ssh/a", "~/.ssh/b"]);
        assert_eq!(settings.known_hosts, Some("/home/me/.ssh/known_hosts".into()));
    }

    #[test]
    fn a_file_that_keeps_nothing_is_none() {
        for text in ["userknownhostsfile none", "userknownhostsfile /dev/null", ""] {
            assert_eq!(parse(text).known_hosts, None, "{text}");
        }
    }
}
