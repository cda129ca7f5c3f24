//! The key of a host that is not known yet: shown before anything is sent to it, remembered only when told to.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD};
use sha2::{Digest as _, Sha256};
use tokio::process::Command;
use tokio::time::timeout;

use super::Error;
use super::login::quoted;
use crate::shell::CommandLine;
use crate::tunnel::Options;

/// How long the exchange of keys may take once connected.
const PATIENCE: Duration = Duration::from_secs(20);

/// The key that a host shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostKey {
    /// Its type, as ssh names it: `ssh-ed25519`.
    pub kind: String,
    /// `SHA256:` and the digest in base64 without padding, as `ssh-keygen -l` prints it.
    pub fingerprint: String,
    /// The lines that `known_hosts` would get, with the name ssh looks the host up by.
    lines: String,
}

/// Has ssh show the key of the host that `options` lead to. It goes the same way as the tunnel would, jump hosts
/// included, and no further than the exchange of keys; ssh writes what it saw into a file of our own.
///
/// Returns `None` if it did not come that far.
pub async fn show(options: &Options) -> Option<HostKey> {
    let folder = tempfile::tempdir().ok()?;
    let file = folder.path().join("known_hosts");
    let mine = [
        "ControlMaster=no".to_owned(),
        "ControlPath=none".to_owned(),
        "BatchMode=yes".to_owned(),
        "StrictHostKeyChecking=accept-new".to_owned(),
        format!("UserKnownHostsFile={}", quoted(&file.to_string_lossy())),
        "GlobalKnownHostsFile=/dev/null".to_owned(),
        "UpdateHostKeys=no".to_owned(),
        "VerifyHostKeyDNS=no".to_owned(),
        "ClearAllForwardings=yes".to_owned(),
        // The server ends it here: nothing of the user is offered to a host that nobody has vouched for.
        "PreferredAuthentications=none".to_owned(),
        format!("ConnectTimeout={}", options.connect_timeout.as_secs().max(1)),
    ];
    let mut command = Command::new(&options.ssh);
    command.args(["-N", "-T", "-S", "none"]);
    command.args(mine.iter().chain(&options.ssh_options).flat_map(|option| ["-o", option]));
    if let Some(configuration) = &options.ssh_config {
        command.arg("-F").arg(configuration);
    }
    command.args(["--", &options.host]);
    command.env("LC_ALL", "C").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    // That the login fails is what was asked for.
    let _ = timeout(options.connect_timeout + PATIENCE, command.status()).await;
    HostKey::parse(&fs::read_to_string(file).ok()?)
}

impl HostKey {
    /// Reads lines of `known_hosts`, all of one key: `name type base64`.
    fn parse(lines: &str) -> Option<Self> {
        let mut fields = lines.lines().next()?.split_whitespace().skip(1);
        let kind = fields.next()?.to_owned();
        let key = BASE64_STANDARD.decode(fields.next()?).ok()?;
        let fingerprint = format!("SHA256:{}", BASE64_STANDARD_NO_PAD.encode(Sha256::digest(key)));
        Some(Self { kind, fingerprint, lines: lines.trim_end().to_owned() + "\n" })
    }

    /// What prints this key's fingerprint on the server.
    #[must_use]
    pub fn command_of_server(&self) -> CommandLine {
        CommandLine::new(if self.kind.contains("ecdsa") {
            "ssh-keygen -lf /etc/ssh/ssh_host_ecdsa_key.pub"
        } else if self.kind.contains("rsa") {
            "ssh-keygen -lf /etc/ssh/ssh_host_rsa_key.pub"
        } else {
            "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub"
        })
    }

    /// Appends it to the file `known_hosts`, which is made if it is not there, for the user alone.
    ///
    /// # Errors
    /// [`Error::Unwritable`].
    pub fn remember(&self, known_hosts: &Path) -> Result<(), Error> {
        let append = || {
            if let Some(folder) = known_hosts.parent() {
                DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
            }
            let mut file = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(known_hosts)?;
            let mut last = [b'\n'];
            if file.seek(SeekFrom::End(0))? > 0 {
                file.seek(SeekFrom::End(-1))?;
                file.read_exact(&mut last)?;
            }
            let gap = if last == *b"\n" { "" } else { "\n" };
            file.write_all(format!("{gap}{}", self.lines).as_bytes())
        };
        append().map_err(|source| Error::Unwritable { file: known_hosts.to_owned(), source })
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn the_fingerprint_is_the_one_that_ssh_keygen_prints() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&file).status();
        assert!(made.unwrap().success());
        let public = fs::read_to_string(file.with_extension("pub")).unwrap();
        let key = HostKey::parse(&format!("[192.0.2.7]:2222 {public}")).unwrap();
        let printed = Command::new("ssh-keygen").arg("-lf").arg(&file).output().unwrap();
        assert!(String::from_utf8_lossy(&printed.stdout).contains(&key.fingerprint), "{printed:?}");
        assert_eq!((key.kind.as_str(), key.command_of_server().to_string().contains("ed25519")), ("ssh-ed25519", true));
    }

    #[test]
    fn a_key_is_appended_on_a_line_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(".ssh/known_hosts");
        let key = |name| HostKey::parse(&format!("{name} ssh-ed25519 AAAA")).unwrap();
        key("a").remember(&file).unwrap();
        key("b").remember(&file).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "a ssh-ed25519 AAAA\nb ssh-ed25519 AAAA\n");
        fs::write(&file, "no end of line").unwrap();
        key("c").remember(&file).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "no end of line\nc ssh-ed25519 AAAA\n");
    }
}
