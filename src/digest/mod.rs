//! SHA-256 as a value, and which files are known to have theirs.

mod confirmed;

use std::fmt;
use std::io::{self, Read, Write};
use std::str::FromStr;

use serde::Deserialize;
use sha2::Digest;

pub(crate) use confirmed::{Unsound, confirm, forget, noted};

/// What identifies a file.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct Sha256([u8; 32]);

/// Not 64 hexadecimal digits.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a SHA-256 (64 hexadecimal digits)")]
pub struct NotADigest(String);

impl Sha256 {
    /// The digest of all that `reader` gives.
    ///
    /// # Errors
    /// What `reader` says.
    pub fn of(mut reader: impl Read) -> io::Result<Self> {
        let mut hashing = Hashing::new(io::sink());
        io::copy(&mut reader, &mut hashing)?;
        Ok(hashing.finish().1)
    }
}

impl FromStr for Sha256 {
    type Err = NotADigest;

    fn from_str(text: &str) -> Result<Self, NotADigest> {
        let wrong = || NotADigest(text.to_owned());
        if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(wrong());
        }
        let mut bytes = [0; 32];
        for (byte, at) in bytes.iter_mut().zip((0..64).step_by(2)) {
            *byte = u8::from_str_radix(&text[at..at + 2], 16).map_err(|_| wrong())?;
        }
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for Sha256 {
    type Error = NotADigest;

    fn try_from(text: String) -> Result<Self, NotADigest> {
        text.parse()
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// A writer that hashes what goes through it.
pub(crate) struct Hashing<W> {
    inner: W,
    hasher: sha2::Sha256,
}

impl<W: Write> Hashing<W> {
    pub(crate) fn new(inner: W) -> Self {
        Self { inner, hasher: sha2::Sha256::new() }
    }

    pub(crate) fn finish(self) -> (W, Sha256) {
        (self.inner, Sha256(self.hasher.finalize().into()))
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FIPS 180-2, appendix B.1.
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn a_digest_reads_as_it_is_written() {
        assert_eq!(Sha256::of(&b"abc"[..]).unwrap().to_string(), ABC);
        assert_eq!(ABC.to_uppercase().parse::<Sha256>().unwrap().to_string(), ABC);
    }

    #[test]
    fn what_is_not_64_digits_is_no_digest() {
        for text in ["", "ba78", &ABC[1..], &ABC.replace('b', "g"), &"é".repeat(32)] {
            assert!(text.parse::<Sha256>().is_err(), "{text}");
        }
    }
}
