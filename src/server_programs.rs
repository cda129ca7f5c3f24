//! The programs for servers that came with this one: jkocr for Linux on both processors, packed, beside it.
//!
//! Each was built from the same sources before this program was, which therefore knows its digest. They themselves know
//! none: whoever is sent to a server sends nothing on.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use ruzstd::decoding::StreamingDecoder;

use crate::digest::Sha256;

/// Where they are, as seen from the folder above that of the program.
const FOLDER: &str = "lib/jkocr/server";

/// The most bytes of a program that is believed to be one, packed or not.
const LARGEST: u64 = 256 << 20;

/// What this build knows of the programs that came with it, and where they should be.
#[derive(Debug, Clone, Default)]
pub struct ServerPrograms {
    known: Vec<KnownProgram>,
    folder: PathBuf,
}

/// A program that was built together with this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownProgram {
    /// As `std::env::consts::ARCH` and `uname -m` on Linux: `x86_64`, `aarch64`.
    pub arch: String,
    /// Of the unpacked program.
    pub sha256: Sha256,
}

/// A program for a server: whole, and the one that was built together with this one.
#[derive(Debug)]
pub struct ServerProgram {
    /// The packed file that it came from.
    pub path: PathBuf,
    /// Of jkocr.
    pub version: &'static str,
    /// Of [`contents`](Self::contents), as `sha256sum` shows it on the server.
    pub sha256: Sha256,
    /// The bytes of the program.
    pub contents: Vec<u8>,
}

/// Why there is no program for a server.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// jkocr runs on no such processor.
    #[error("{}", t!("server_programs.no_such_processor", arch = arch))]
    Processor {
        /// What was asked for.
        arch: String,
    },
    /// This program was built alone, as `cargo install` does.
    #[error("{}", t!("server_programs.none"))]
    None,
    /// It came with this program and is not there any more, or cannot be read.
    #[error("{}", t!("server_programs.unreadable", path = path.display()))]
    Unreadable {
        /// Where it should be.
        path: PathBuf,
        /// What the system says, or the decoder.
        source: io::Error,
    },
    /// It is not the one that was built together with this program.
    #[error("{}", t!("server_programs.damaged", path = path.display(), expected = expected, found = found))]
    Damaged {
        /// The packed file.
        path: PathBuf,
        /// What it should unpack to.
        expected: Sha256,
        /// What it unpacks to.
        found: Sha256,
    },
}

impl Error {
    /// The one thing to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Processor { .. } => t!("server_programs.hint.processor"),
            Self::None => t!("server_programs.hint.none"),
            Self::Unreadable { .. } | Self::Damaged { .. } => t!("server_programs.hint.reinstall"),
        }
        .into_owned()
    }
}

impl ServerPrograms {
    /// Those of a `table`: words, `ARCH=SHA256` for each program, which are in the packages' place beside `program`, an
    /// absolute path without links. A word that is none is left out.
    #[must_use]
    pub fn new(table: &str, program: &Path) -> Self {
        let known = table.split_whitespace().filter_map(|word| {
            let (arch, digest) = word.split_once('=')?;
            Some(KnownProgram { arch: arch.to_owned(), sha256: digest.parse().ok()? })
        });
        let folder = program.ancestors().nth(2).unwrap_or(program).join(FOLDER);
        Self { known: known.collect(), folder }
    }

    /// What this build knows, whether it is there or not.
    #[must_use]
    pub fn known(&self) -> &[KnownProgram] {
        &self.known
    }

    /// The program for a server with that processor, in the words of `uname -m`; its digest has been checked.
    ///
    /// # Errors
    /// [`Error`], whose [`hint`](Error::hint) says where to get one.
    pub fn for_target(&self, arch: &str) -> Result<ServerProgram, Error> {
        let arch = match arch {
            "x86_64" | "amd64" => "x86_64",
            "aarch64" | "arm64" => "aarch64",
            _ => return Err(Error::Processor { arch: arch.to_owned() }),
        };
        let known = self.known.iter().find(|known| known.arch == arch).ok_or(Error::None)?;
        let path = self.folder.join(format!("{arch}-linux.zst"));
        let contents = match unpacked(&path) {
            Ok(contents) => contents,
            Err(source) => return Err(Error::Unreadable { path, source }),
        };
        let found = match Sha256::of(contents.as_slice()) {
            Ok(found) => found,
            Err(source) => return Err(Error::Unreadable { path, source }),
        };
        if found != known.sha256 {
            return Err(Error::Damaged { path, expected: known.sha256, found });
        }
        Ok(ServerProgram { path, version: env!("CARGO_PKG_VERSION"), sha256: found, contents })
    }
}

/// What is packed in the file at `path`, up to the size at which it cannot be a program of ours.
fn unpacked(path: &Path) -> io::Result<Vec<u8>> {
    let packed = io::BufReader::new(fs::File::open(path)?.take(LARGEST));
    let decoder = StreamingDecoder::new(packed).map_err(io::Error::other)?;
    let mut contents = Vec::new();
    decoder.take(LARGEST).read_to_end(&mut contents)?;
    Ok(contents)
}

#[cfg(test)]
mod tests {
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};

    use super::*;

    /// Programs for both processors beside a `bin/jkocr`, and the table of them.
    fn installed() -> (tempfile::TempDir, PathBuf, String) {
        let prefix = tempfile::tempdir().unwrap();
        let folder = prefix.path().join("lib/jkocr/server");
        fs::create_dir_all(&folder).unwrap();
        fs::create_dir(prefix.path().join("bin")).unwrap();
        let table = ["x86_64", "aarch64"].map(|arch| {
            let program = arch.repeat(100_000);
            let packed = compress_to_vec(program.as_bytes(), CompressionLevel::Fastest);
            fs::write(folder.join(format!("{arch}-linux.zst")), packed).unwrap();
            format!("{arch}={}", Sha256::of(program.as_bytes()).unwrap())
        });
        let program = prefix.path().join("bin/jkocr");
        (prefix, program, table.join(" "))
    }

    #[test]
    fn what_came_with_the_program_is_found_and_is_the_right_one() {
        let (_prefix, program, table) = installed();
        let programs = ServerPrograms::new(&table, &program);
        assert_eq!(programs.known().len(), 2);
        for (asked, arch) in [("x86_64", "x86_64"), ("amd64", "x86_64"), ("arm64", "aarch64"), ("aarch64", "aarch64")] {
            let found = programs.for_target(asked).unwrap();
            assert_eq!(found.contents, arch.repeat(100_000).as_bytes());
            assert!(table.contains(&format!("{arch}={}", found.sha256)));
        }
        assert!(matches!(programs.for_target("riscv64"), Err(Error::Processor { .. })));
    }

    #[test]
    fn another_program_in_its_place_is_not_taken_for_it() {
        let (prefix, program, table) = installed();
        let path = prefix.path().join("lib/jkocr/server/x86_64-linux.zst");
        fs::write(&path, compress_to_vec(&b"something else"[..], CompressionLevel::Fastest)).unwrap();
        let programs = ServerPrograms::new(&table, &program);
        assert!(matches!(programs.for_target("x86_64"), Err(Error::Damaged { .. })));
        for wrong in [b"".as_slice(), b"no archive", &[0x28, 0xb5, 0x2f, 0xfd]] {
            fs::write(&path, wrong).unwrap();
            assert!(matches!(programs.for_target("x86_64"), Err(Error::Unreadable { .. })), "{wrong:?}");
        }
        fs::remove_file(&path).unwrap();
        assert!(matches!(programs.for_target("x86_64"), Err(Error::Unreadable { .. })));
        assert!(programs.for_target("aarch64").is_ok());
    }

    #[test]
    fn a_build_without_a_table_says_where_to_get_them() {
        let (_prefix, program, _) = installed();
        let error = ServerPrograms::new("", &program).for_target("x86_64").unwrap_err();
        assert!(matches!(error, Error::None) && !error.hint().is_empty());
    }
}
