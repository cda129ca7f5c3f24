//! The names of folded files: `STEM.ORIGINAL.foldVERSION.SHA256.onnx`.

use std::path::Path;

use super::VERSION;
use crate::digest::Sha256;

/// Digits of a SHA-256.
const DIGITS: usize = 64;

/// Digits of the original's SHA-256 that names of older versions hold.
const FEWER: usize = 12;

/// What a name says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    /// The original's name, without `.onnx`.
    pub stem: String,
    /// The original's SHA-256, or its beginning.
    original: String,
    version: u32,
    /// Of the file; absent from the names of versions that kept a CRC-32.
    pub digest: Option<Sha256>,
}

impl Name {
    /// The name of a folded form that this version made, whose bytes have `digest`.
    pub fn made_from(original: &Path, sha256: &str, digest: Sha256) -> String {
        let stem = original.file_stem().unwrap_or_default().to_string_lossy();
        format!("{stem}.{}.fold{VERSION}.{digest}.onnx", sha256.to_ascii_lowercase())
    }

    /// What the name of a file says, if it is that of a folded form.
    pub fn of(file: &Path) -> Option<Self> {
        let mut parts = file.file_name()?.to_str()?.strip_suffix(".onnx")?.rsplitn(4, '.');
        let digits = parts.next().filter(|digits| is_hexadecimal(digits, &[DIGITS, 8]))?;
        let version = parts.next()?.strip_prefix("fold")?.parse().ok()?;
        let original = parts.next().filter(|digits| is_hexadecimal(digits, &[DIGITS, FEWER]))?.to_owned();
        let stem = parts.next()?.to_owned();
        Some(Self { stem, original, version, digest: digits.parse().ok() })
    }

    /// Whether this version made it of that original.
    pub fn is_current(&self, sha256: &str) -> bool {
        self.version == VERSION && self.original == sha256.to_ascii_lowercase() && self.digest.is_some()
    }
}

fn is_hexadecimal(digits: &str, lengths: &[usize]) -> bool {
    lengths.contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_what_was_folded() {
        let digest = "4d97c44a20d30a81aad087d6a396b08f786c4635742afc391f6621f5c6ae78ae";
        let folded = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let abc = Sha256::of(&b"abc"[..]).unwrap();
        let file = Name::made_from(Path::new("/models/v5.mobile-det.onnx"), digest, abc);
        assert_eq!(file, format!("v5.mobile-det.{digest}.fold{VERSION}.{folded}.onnx"));
        let name = Name::of(Path::new(&file)).unwrap();
        assert_eq!((name.stem.as_str(), name.digest), ("v5.mobile-det", Some(abc)));
        assert!(name.is_current(digest));
        for other in [digest.replacen('4', "5", 1), digest.replacen("8ae", "8af", 1)] {
            assert!(!name.is_current(&other), "{other}");
        }
    }

    #[test]
    fn what_was_kept_by_less_than_whole_digests_is_old() {
        let digest = "4d97c44a20d30a81aad087d6a396b08f786c4635742afc391f6621f5c6ae78ae";
        for kept in ["4d97c44a20d3.fold2.cbf43926", &format!("4d97c44a20d3.fold{VERSION}.{digest}")] {
            let name = Name::of(Path::new(&format!("det.{kept}.onnx"))).unwrap();
            assert!(name.stem == "det" && !name.is_current(digest), "{kept}");
        }
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
