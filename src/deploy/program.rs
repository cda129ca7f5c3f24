//! Which program goes to the server: one that came with this one, a file of the user's, or this program itself.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::{env, fs};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::task::spawn_blocking;

use super::error::Error;
use super::look::Machine;
use crate::digest::Sha256;
use crate::server_programs::{self, ServerPrograms};

/// A program for a server.
pub struct Upload {
    /// Of the program.
    pub digest: Sha256,
    /// Bytes of the program.
    pub size: u64,
    /// The name of its folder there: version and digest.
    pub release: String,
    /// Its bytes.
    pub(super) contents: Bytes,
}

impl Upload {
    /// The program for `machine`.
    ///
    /// # Errors
    /// [`Error::Program`] if there is none for its processor; [`Error::Here`] for a file that cannot be read.
    pub fn choose(machine: &Machine, given: Option<&Path>, programs: &ServerPrograms) -> Result<Self, Error> {
        let (contents, version) = match given {
            Some(file) => (fs::read(file).map_err(Error::Here)?, "file"),
            None => match programs.for_target(&machine.arch) {
                Ok(program) => (program.contents, program.version),
                Err(server_programs::Error::None) if this_fits(machine) => {
                    let this = this_program().map_err(Error::Here)?;
                    (fs::read(this).map_err(Error::Here)?, env!("CARGO_PKG_VERSION"))
                }
                Err(error) => return Err(error.into()),
            },
        };
        let contents = Bytes::from(contents);
        let digest = Sha256::of(&*contents).map_err(Error::Here)?;
        let release = format!("{version}-{}", &digest.to_string()[..12]);
        Ok(Self { digest, size: contents.len() as u64, release, contents })
    }
}

/// `contents` as they are sent: as gzip, which every system unpacks, and the same bytes each time, so that what a cut left
/// can be gone on with.
pub(super) async fn packed(contents: Bytes) -> io::Result<Vec<u8>> {
    // It takes seconds, in which Ctrl-C must be heard.
    let pack = move || {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&contents)?;
        encoder.finish()
    };
    spawn_blocking(pack).await.map_err(io::Error::other)?
}

/// Whether this very program could run there: the same system and processor. An older library shows when it is tried.
fn this_fits(machine: &Machine) -> bool {
    env::consts::OS == "linux" && env::consts::ARCH == machine.arch
}

fn this_program() -> io::Result<PathBuf> {
    env::current_exe()
}
