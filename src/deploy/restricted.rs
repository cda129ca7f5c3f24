//! A key that carries the tunnel and nothing else, and the proof that it can do nothing else.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use std::{fs, io};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Command;
use tokio::time::timeout;

use super::error::{Error, Step};
use super::install::Installation;
use crate::paths;
use crate::tunnel::{Options, session_arguments};
use crate::untrusted::{Untrusted, is_plain};

/// Ends the key's line on the server, so that it can be found again.
pub(super) const MARK: &str = "jkocr-tunnel-key";

/// How long one try of what must be refused may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// What nobody but an open shell prints.
const SHELL: &str = "jkocr-has-a-shell";

/// The key of this machine for the tunnel, in `file`; it is made if it is not there, for the user alone.
///
/// # Errors
/// [`Error::KeyGen`], [`Error::Here`].
pub async fn key(file: &Path) -> Result<String, Error> {
    let public = public(file);
    if !(file.is_file() && public.is_file()) {
        paths::create_folder(file.parent().unwrap_or(Path::new("."))).map_err(Error::Here)?;
        for left in [file, &public] {
            match fs::remove_file(left) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(Error::Here(error)),
                _ => {}
            }
        }
        let mut command = Command::new("ssh-keygen");
        command.args(["-q", "-t", "ed25519", "-N", "", "-C", MARK, "-f"]).arg(file).stdin(Stdio::null());
        let output = command.output().await.map_err(Error::Here)?;
        if !output.status.success() {
            let words = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(Error::KeyGen { words: words.into() });
        }
    }
    let text = fs::read_to_string(&public).map_err(Error::Here)?;
    let mut words = text.split_whitespace();
    match (words.next(), words.next()) {
        (Some("ssh-ed25519"), Some(key)) if is_plain(key) => Ok(format!("ssh-ed25519 {key}")),
        _ => Err(Error::KeyGen { words: Untrusted::from(public.as_path()) }),
    }
}

/// The public half of the key in `file`.
#[must_use]
pub fn public(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".pub");
    name.into()
}

/// The line of the public `key` in `authorized_keys`: to that one port of the server's loopback, and nowhere else; no
/// command but one that ends at once, and nothing that listens there but where nobody may listen.
#[must_use]
pub fn line(key: &str, port: u16) -> String {
    format!(
        "restrict,port-forwarding,permitopen=\"127.0.0.1:{port}\",permitlisten=\"127.0.0.1:1\",command=\"false\" {key} {MARK}"
    )
}

impl Installation<'_> {
    /// Lets the public `key` in, for the tunnel alone. Returns the account that it logs in to.
    ///
    /// # Errors
    /// What the server says.
    pub async fn authorize(&self, key: &str) -> Result<String, Error> {
        let values = [("KEY_LINE", line(key, self.deployment.wishes.port)), ("KEY_MARK", MARK.to_owned())];
        let answer = self.script(Step::Key, include_str!("scripts/restricted.sh"), &values, PATIENCE).await?;
        Ok(answer.text("account").unwrap_or_default().to_owned())
    }
}

/// Proves that the login of `options` gets no shell, no other port, as little as the `ssh_port` of the server's own sshd, and
/// no files. That it does carry the tunnel is proved by the tunnel.
///
/// # Errors
/// [`Error::Unrestricted`] with what it does get.
pub async fn prove(options: &Options, ssh_port: u16) -> Result<(), Error> {
    let unrestricted = |what: std::borrow::Cow<'static, str>| Error::Unrestricted { what: what.into_owned() };
    let echo = format!("echo {SHELL}");
    if tried(options, &[], &[&echo], b"").await?.windows(SHELL.len()).any(|bytes| bytes == SHELL.as_bytes()) {
        return Err(unrestricted(t!("deploy.restricted.shell")));
    }
    // An sshd speaks first.
    if tried(options, &["-W", &format!("127.0.0.1:{ssh_port}")], &[], b"").await?.starts_with(b"SSH-") {
        return Err(unrestricted(t!("deploy.restricted.port")));
    }
    // SSH_FXP_INIT of version 3; whoever serves files answers with SSH_FXP_VERSION (2).
    let hello = [0, 0, 0, 5, 1, 0, 0, 0, 3];
    if tried(options, &["-s"], &["sftp"], &hello).await?.get(4) == Some(&2) {
        return Err(unrestricted(t!("deploy.restricted.files")));
    }
    Ok(())
}

/// What comes back first when ssh is asked for something with `flags` and `command`.
async fn tried(options: &Options, flags: &[&str], command: &[&str], input: &[u8]) -> Result<Vec<u8>, Error> {
    let mut ssh = Command::new(&options.ssh);
    ssh.args(flags).args(session_arguments(options)).args(command).env("LC_ALL", "C").kill_on_drop(true);
    ssh.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = ssh.spawn().map_err(Error::Here)?;
    let talk = async {
        let mut said = Vec::new();
        if let (Some(mut stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) {
            // One that was refused does not read it.
            let _ = stdin.write_all(input).await;
            let mut stdout = stdout.take(4096);
            while said.len() < 9 && stdout.read_buf(&mut said).await.is_ok_and(|read| read > 0) {}
        }
        said
    };
    timeout(PATIENCE, talk).await.map_err(|_| Error::Late { step: Step::Key })
}

/// The folder of such keys, and what ends their names.
const FOLDER: &str = "keys";
const ENDING: &str = "_ed25519";

/// Whether `key` is one that [`file()`] names.
#[must_use]
pub fn is_ours(key: &Path) -> bool {
    let folder = key.parent().and_then(Path::file_name);
    folder.is_some_and(|name| name == FOLDER) && key.to_string_lossy().ends_with(ENDING)
}

/// Where the key for `host` is kept, below the folder of the configuration.
#[must_use]
pub fn file(folder: &Path, host: &str) -> PathBuf {
    let name: String =
        host.chars().map(|char| if char.is_ascii_alphanumeric() || ".-".contains(char) { char } else { '_' }).collect();
    folder.join(FOLDER).join(format!("{name}{ENDING}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_lets_the_tunnel_through_and_nothing_else() {
        let line = line("ssh-ed25519 AAAA", 8080);
        assert!(line.starts_with("restrict,port-forwarding,permitopen=\"127.0.0.1:8080\","), "{line}");
        assert!(line.contains("command=\"false\"") && line.ends_with(" ssh-ed25519 AAAA jkocr-tunnel-key"), "{line}");
    }

    #[test]
    fn a_host_of_any_name_has_a_file() {
        assert_eq!(file(Path::new("/c"), "../me@[::1]"), Path::new("/c/keys/.._me____1__ed25519"));
        assert_eq!(public(&file(Path::new("/c"), "127.0.0.1")), Path::new("/c/keys/127.0.0.1_ed25519.pub"));
    }
}
