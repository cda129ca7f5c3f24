//! The names of folded files: `STEM.ORIGINAL.foldVERSION.CHECKSUM.onnx`.

use std::fmt;
use std::path::Path;

use flate2::Crc;

use super::VERSION;

/// Digits of the original's SHA-256 that a name holds.
const DIGITS: usize = 12;

/// What a name says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    /// The original's name, without `.onnx`.
    pub stem: String,
    /// The beginning of the original's SHA-256.
    original: String,
    version: u32,
    /// CRC-32 of the file: enough against disks, and read at every start.
    checksum: u32,
}

impl Name {
    /// The name of a folded form that this version made.
    pub fn new(original: &Path, sha256: &str, folded: &[u8]) -> Self {
        let stem = original.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Self { stem, original: beginning(sha256), version: VERSION, checksum: checksum(folded) }
    }

    /// What the name of a file says, if it is that of a folded form.
    pub fn of(file: &Path) -> Option<Self> {
        let mut parts = file.file_name()?.to_str()?.strip_suffix(".onnx")?.rsplitn(4, '.');
        let checksum = hexadecimal(parts.next()?, 8)?;
        let version = parts.next()?.strip_prefix("fold")?.parse().ok()?;
        let original = parts.next().filter(|digits| hexadecimal(digits, DIGITS).is_some())?.to_owned();
        let stem = parts.next()?.to_owned();
        Some(Self { stem, original, version, checksum: u32::try_from(checksum).ok()? })
    }

    /// Whether this version made it of that original.
    pub fn is_current(&self, sha256: &str) -> bool {
        self.version == VERSION && self.original == beginning(sha256)
    }

    /// Whether these bytes are what the file should hold.
    pub fn matches(&self, bytes: &[u8]) -> bool {
        self.checksum == checksum(bytes)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { stem, original, version, checksum } = self;
        write!(formatter, "{stem}.{original}.fold{version}.{checksum:08x}.onnx")
    }
}

fn beginning(sha256: &str) -> String {
    sha256.chars().take(DIGITS).collect::<String>().to_ascii_lowercase()
}

fn checksum(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

fn hexadecimal(digits: &str, length: usize) -> Option<u64> {
    let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    (digits.len() == length && digits.bytes().all(digit)).then(|| u64::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_what_was_folded() {
        let digest = "4d97c44a20d30a81aad087d6a396b08f786c4635742afc391f6621f5c6ae78ae";
        let name = Name::new(Path::new("/models/v5.mobile-det.onnx"), digest, b"123456789");
        // The published check value of CRC-32.
        assert_eq!(name.to_string(), format!("v5.mobile-det.4d97c44a20d3.fold{VERSION}.cbf43926.onnx"));
        assert_eq!(Name::of(Path::new(&name.to_string())), Some(name.clone()));
        assert!(name.is_current(digest) && name.matches(b"123456789") && !name.matches(b"12345678"));
        assert!(!name.is_current("5d97c44a20d30a81aad087d6a396b08f786c4635742afc391f6621f5c6ae78ae"));
    }

    #[test]
    fn other_files_have_other_names() {
        for name in
            ["v5-mobile-det.onnx", "a.4d97c44a20d3.fold1.onnx", "a.4d97c44a20d3.fold1.CBF43926.onnx", "é.onnx", ""]
        {
            assert_eq!(Name::of(Path::new(name)), None, "{name}");
        }
    }
}
