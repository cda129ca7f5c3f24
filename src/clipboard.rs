//! The clipboard of the desktop, through the programs that every desktop has for it: no window system is linked in, and
//! what is put there stays when this process has ended.

use std::io::{self, Read as _, Write as _};
use std::process::{Command, Stdio};

/// The largest picture that is taken.
const LARGEST: u64 = 128 << 20;

/// Why the clipboard could not be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Neither a Mac nor a desktop: a terminal over ssh, a server.
    #[error("{}", t!("clipboard.no_desktop"))]
    NoDesktop,
    /// The program that is needed is not installed.
    #[error("{}", t!("clipboard.no_program", program = program, package = package))]
    NoProgram { program: &'static str, package: &'static str },
    /// There is something else on it, or nothing.
    #[error("{}", t!("clipboard.no_picture"))]
    NoPicture,
    /// The program failed.
    #[error("{}", t!("clipboard.failed", program = program))]
    Failed { program: &'static str, source: io::Error },
}

/// How a desktop is asked.
struct ClipboardTool {
    program: &'static str,
    /// The Debian package that has it.
    package: &'static str,
    read: &'static [&'static str],
    writer: &'static str,
    write: &'static [&'static str],
    /// Whether it prints a picture as a script of Apple shows it: `«data PNGf89504E47…»`.
    is_script: bool,
}

const WAYLAND: ClipboardTool = ClipboardTool {
    program: "wl-paste",
    package: "wl-clipboard",
    read: &["--type", "image/png"],
    writer: "wl-copy",
    write: &["--type", "text/plain"],
    is_script: false,
};

const X11: ClipboardTool = ClipboardTool {
    program: "xclip",
    package: "xclip",
    read: &["-selection", "clipboard", "-target", "image/png", "-out"],
    writer: "xclip",
    write: &["-selection", "clipboard", "-in"],
    is_script: false,
};

const MAC: ClipboardTool = ClipboardTool {
    program: "osascript",
    package: "osascript",
    read: &["-e", "get the clipboard as «class PNGf»"],
    writer: "pbcopy",
    write: &[],
    is_script: true,
};

/// The picture on the clipboard, a PNG.
///
/// # Errors
/// [`Error`] says what is missing.
pub fn picture() -> Result<Vec<u8>, Error> {
    let tool = tool()?;
    let mut command = Command::new(tool.program);
    command.args(tool.read).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(|source| failed(tool.program, tool.package, source))?;
    let mut bytes = Vec::new();
    let read = child.stdout.take().map(|output| output.take(LARGEST).read_to_end(&mut bytes));
    let ended = child.wait();
    match (read, ended) {
        (Some(Err(source)), _) | (_, Err(source)) => Err(failed(tool.program, tool.package, source)),
        (_, Ok(status)) if !status.success() || bytes.is_empty() => Err(Error::NoPicture),
        _ if tool.is_script => from_script(&bytes).ok_or(Error::NoPicture),
        _ => Ok(bytes),
    }
}

/// Puts `text` on the clipboard.
///
/// # Errors
/// [`Error`] says what is missing.
pub fn put(text: &str) -> Result<(), Error> {
    let tool = tool()?;
    let failed = |source| failed(tool.writer, tool.package, source);
    // It stays behind to answer those who paste, so it must not hold a pipe of ours.
    let mut command = Command::new(tool.writer);
    command.args(tool.write).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(failed)?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(text.as_bytes()).map_err(failed)?;
    }
    match child.wait().map_err(failed)? {
        status if status.success() => Ok(()),
        status => Err(failed(io::Error::other(status.to_string()))),
    }
}

/// What this desktop is asked with.
fn tool() -> Result<&'static ClipboardTool, Error> {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if cfg!(target_os = "macos") {
        Ok(&MAC)
    } else if is_set("WAYLAND_DISPLAY") {
        Ok(&WAYLAND)
    } else if is_set("DISPLAY") {
        Ok(&X11)
    } else {
        Err(Error::NoDesktop)
    }
}

fn failed(program: &'static str, package: &'static str, source: io::Error) -> Error {
    match source.kind() {
        io::ErrorKind::NotFound => Error::NoProgram { program, package },
        _ => Error::Failed { program, source },
    }
}

/// The bytes in `«data PNGf89504E47…»`.
fn from_script(text: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(text).ok()?;
    let digits = text.split_once("PNGf")?.1.split('»').next()?.trim().as_bytes();
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    digits.chunks(2).map(|pair| Some(digit(*pair.first()?)? << 4 | digit(*pair.get(1)?)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::from_script;

    #[test]
    fn applescripts_hexadecimal_is_understood() {
        assert_eq!(from_script("«data PNGf89504E47»\n".as_bytes()), Some(b"\x89PNG".to_vec()));
        assert_eq!(from_script(b"something else"), None);
        assert_eq!(from_script("«data PNGf8950X»".as_bytes()), None);
    }
}
