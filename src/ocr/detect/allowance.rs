//! What looking at a whole page at once may take.

use bytesize::ByteSize;

use crate::ocr::Error;

/// The most pixels of a page that is looked at whole whatever that needs: those of a full HD screen.
const ALWAYS: u64 = 1920 * 1088;

/// How much memory a run of the detector on a whole page may need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// What the detector needs for each pixel that it is given, in bytes (`memory_per_pixel` of the registry).
    pub per_pixel: u64,
    /// The most that one run may need, in bytes.
    pub bytes: u64,
}

impl Allowance {
    /// Whether a map of `size` (`[width, height]`) is within it.
    ///
    /// # Errors
    /// [`Error::TooLargeForWhole`] if it is not.
    pub(super) fn check(self, size: [usize; 2]) -> Result<(), Error> {
        let [width, height] = size.map(|side| side as u64);
        let needed = (width * height).saturating_mul(self.per_pixel);
        if width * height > ALWAYS && needed > self.bytes {
            return Err(Error::TooLargeForWhole { needed, allowed: self.bytes });
        }
        Ok(())
    }
}

/// `bytes` as people read them: `2.7 GiB`.
pub(in crate::ocr) fn size(bytes: u64) -> String {
    ByteSize(bytes).display().iec().to_string()
}

#[cfg(test)]
mod tests {
    use super::Allowance;
    use crate::ocr::Error;

    #[test]
    fn a_page_is_looked_at_whole_up_to_what_is_allowed() {
        let allowance = Allowance { per_pixel: 180, bytes: 1 << 30 };
        for size in [[1920, 1088], [2432, 2432]] {
            assert!(allowance.check(size).is_ok(), "{size:?}");
        }
        for size in [[2464, 2432], [4000, 4000], [usize::MAX >> 32, usize::MAX >> 32]] {
            let error = allowance.check(size).unwrap_err();
            assert!(matches!(error, Error::TooLargeForWhole { needed, allowed } if needed > allowed), "{size:?}");
        }
        let small = Allowance { bytes: 1, ..allowance };
        assert!(small.check([1920, 1088]).is_ok() && small.check([1952, 1088]).is_err());
        let words = allowance.check([4000, 4000]).unwrap_err().to_string();
        assert!(words.contains("2.7 GiB") && words.contains("1.0 GiB") && words.contains("max_rss"), "{words}");
    }
}
