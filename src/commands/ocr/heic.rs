//! HEIC, the format of a phone's photos: macOS can read it, and has a program that says so.

use std::fs;
use std::io::{self, Write as _};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};
use bytes::Bytes;

use crate::ocr::decode;

/// The converter of macOS.
const SIPS: &str = "/usr/bin/sips";

/// `file` as something that is read here: a HEIC picture becomes a PNG where the system can do that.
///
/// # Errors
/// If the system's converter fails.
pub fn readable(file: Bytes) -> Result<Bytes> {
    match decode::format(&file) {
        Err(decode::Error::Heic { .. }) if cfg!(target_os = "macos") => Ok(converted(&file)?.into()),
        // What it is, is said by whoever reads it.
        _ => Ok(file),
    }
}

/// In a folder of the user's own, which is gone afterwards.
fn converted(file: &[u8]) -> Result<Vec<u8>> {
    let folder = tempfile::tempdir()?;
    let [from, to] = ["picture.heic", "picture.png"].map(|name| folder.path().join(name));
    fs::File::create_new(&from)?.write_all(file)?;
    let mut command = Command::new(SIPS);
    command.args(["-s", "format", "png"]).arg(&from).arg("--out").arg(&to);
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    let status = status.context(t!("ocr_command.sips"))?;
    if !status.success() {
        return Err(io::Error::other(status.to_string())).context(t!("ocr_command.sips"));
    }
    fs::read(&to).context(t!("ocr_command.sips"))
}
