//! Notifications of the desktop, through the program that each system has for it.

use std::io;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;

/// How long that program may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the script does with its first argument, which is never a part of the script.
const SCRIPT: [&str; 6] =
    ["-e", "on run words", "-e", "display notification (item 1 of words) with title \"jkocr\"", "-e", "end run"];

/// Shows `text`. Without a desktop nobody sees it.
///
/// # Errors
/// If the program is not there, fails or hangs.
pub async fn show(text: &str) -> io::Result<()> {
    let mut command = if cfg!(target_os = "macos") {
        let mut command = Command::new("osascript");
        command.args(SCRIPT).arg(text);
        command
    } else {
        let mut command = Command::new("notify-send");
        command.args(["--app-name=jkocr", "--", "jkocr", text]);
        command
    };
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    match timeout(PATIENCE, command.status()).await {
        Ok(Ok(status)) if status.success() => Ok(()),
        Ok(Ok(status)) => Err(io::Error::other(status.to_string())),
        Ok(Err(error)) => Err(error),
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
    }
}
