//! Files inside a wheel on a server. Where the server sends parts of files, only the zip directory and the wanted
//! members travel.

use std::fs;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use flate2::read::DeflateDecoder;
use reqwest::{StatusCode, Url};
use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

use super::error::{bad_archive, from_io};
use super::network::{Ask, IndexClient, Patience, shown};
use super::transfer::content_range;
use super::{Error, WheelMember};

/// Asked for at first: the zip directory is at the end of the file, and in most wheels it is smaller than this.
const TAIL: usize = 128 << 10;

/// Asked for when something else is read: the header before a member.
const WINDOW: u64 = 16 << 10;

/// The most that is fetched of a wheel before its members are: its directory, and what is before each of them. That of
/// `onnxruntime`, the largest of the registry, has 90 KiB.
const DIRECTORY: u64 = 4 << 20;

/// A member's place in its wheel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Member {
    /// Of its first compressed byte in the wheel.
    pub start: u64,
    /// Bytes, compressed.
    pub packed: u64,
    /// Bytes, unpacked.
    pub bytes: u64,
    method: CompressionMethod,
}

/// Finds `name` in a wheel.
pub(super) fn locate<R: Read + Seek>(archive: &mut ZipArchive<R>, name: &str, wheel: &str) -> Result<Member, Error> {
    let missing = || Error::NoMember { wheel: wheel.to_owned(), member: name.to_owned() };
    let index = archive.index_for_name(name).ok_or_else(missing)?;
    let file = archive.by_index_raw(index).map_err(|error| bad(wheel, error))?;
    let start = file.data_start().ok_or_else(missing)?;
    Ok(Member { start, packed: file.compressed_size(), bytes: file.size(), method: file.compression() })
}

impl Member {
    /// What the compressed bytes of this member stand for. Never gives more than the directory announced.
    pub(super) fn unpack<'r>(&self, packed: impl Read + 'r, wheel: &str) -> Result<Box<dyn Read + 'r>, Error> {
        let packed = packed.take(self.packed);
        match self.method {
            CompressionMethod::Stored => Ok(Box::new(packed.take(self.bytes))),
            CompressionMethod::Deflated => Ok(Box::new(DeflateDecoder::new(packed).take(self.bytes))),
            other => {
                let source = io::Error::new(io::ErrorKind::Unsupported, format!("{other:?}"));
                Err(bad_archive(wheel, &source))
            }
        }
    }
}

/// Opens a wheel that is here.
pub(super) fn open(path: &Path, wheel: &str) -> Result<ZipArchive<fs::File>, Error> {
    let file = fs::File::open(path).map_err(|source| Error::Unreadable { path: path.to_owned(), source })?;
    ZipArchive::new(file).map_err(|error| bad(wheel, error))
}

/// Opens a wheel that is on a server.
///
/// # Errors
/// [`Error::NoRanges`] when the server sends whole files only; [`Error::WrongSize`] when the wheel is another.
pub(super) fn open_remote<'c>(
    client: &'c IndexClient,
    url: &Url,
    source: &WheelMember,
) -> Result<ZipArchive<RemoteFile<'c>>, Error> {
    let remote = RemoteFile::new(client, url)?;
    if remote.length != source.wheel_bytes {
        let (expected, found) = (source.wheel_bytes, remote.length);
        return Err(Error::WrongSize { what: shown(url), expected, found });
    }
    ZipArchive::new(remote).map_err(|error| bad(&source.wheel, error))
}

pub(super) fn bad(wheel: &str, error: ZipError) -> Error {
    let otherwise = |source| bad_archive(wheel, &source);
    match error {
        ZipError::Io(error) => from_io(error, otherwise),
        other => otherwise(io::Error::other(other)),
    }
}

/// A file on a server that can be read anywhere.
pub(super) struct RemoteFile<'c> {
    client: &'c IndexClient,
    url: Url,
    length: u64,
    position: u64,
    /// Bytes that may still be fetched.
    left: u64,
    tail: FileWindow,
    window: FileWindow,
}

/// Bytes of the file from `start` on.
#[derive(Default)]
struct FileWindow {
    start: u64,
    bytes: Vec<u8>,
}

impl FileWindow {
    /// The bytes from `position` on, none if it does not have them.
    fn from(&self, position: u64) -> &[u8] {
        let at = position.checked_sub(self.start).and_then(|at| usize::try_from(at).ok());
        at.and_then(|at| self.bytes.get(at..)).unwrap_or_default()
    }
}

impl<'c> RemoteFile<'c> {
    fn new(client: &'c IndexClient, url: &Url) -> Result<Self, Error> {
        let (tail, length) = part(client, url, &format!("bytes=-{TAIL}"))?;
        Ok(Self { client, url: url.clone(), length, position: 0, left: DIRECTORY, tail, window: FileWindow::default() })
    }
}

impl RemoteFile<'_> {
    fn too_long(&self) -> io::Error {
        io::Error::other(Error::TooLong { url: shown(&self.url), most: DIRECTORY })
    }
}

/// A part of a file, and the size of the whole file.
fn part(client: &IndexClient, url: &Url, range: &str) -> Result<(FileWindow, u64), Error> {
    let mut patience = Patience::default();
    loop {
        match ask(client, url, range) {
            Err(error) => patience.after(error, |_| ())?,
            answer => return answer,
        }
    }
}

fn ask(client: &IndexClient, url: &Url, range: &str) -> Result<(FileWindow, u64), Error> {
    let response = client.get(url, Ask { range: Some(range), ..Ask::default() })?;
    if response.status() != StatusCode::PARTIAL_CONTENT {
        return Err(Error::NoRanges { url: shown(url) });
    }
    let (start, length) = content_range(&response).ok_or_else(|| Error::NoRanges { url: shown(url) })?;
    let mut bytes = Vec::new();
    // A server that ignores how much was asked for is stopped here.
    response.take(2 * TAIL as u64).read_to_end(&mut bytes).map_err(|source| Error::Cut { url: shown(url), source })?;
    Ok((FileWindow { start, bytes }, length))
}

impl Read for RemoteFile<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.position >= self.length || buffer.is_empty() {
            return Ok(0);
        }
        if self.tail.from(self.position).is_empty() && self.window.from(self.position).is_empty() {
            self.left = self.left.checked_sub(WINDOW).ok_or_else(|| self.too_long())?;
            let last = (self.position + WINDOW).min(self.length) - 1;
            let range = format!("bytes={}-{last}", self.position);
            self.window = part(self.client, &self.url, &range).map_err(io::Error::other)?.0;
        }
        let here = [&self.tail, &self.window].map(|window| window.from(self.position));
        let found = here.into_iter().find(|bytes| !bytes.is_empty()).ok_or(io::ErrorKind::UnexpectedEof)?;
        let read = found.len().min(buffer.len());
        buffer[..read].copy_from_slice(&found[..read]);
        self.position += read as u64;
        Ok(read)
    }
}

impl Seek for RemoteFile<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(offset) => self.length.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

/// Reads any bytes as a wheel and unpacks a member of it, up to `most` bytes: for the fuzzer.
#[cfg(fuzzing)]
pub(super) fn fuzz(bytes: &[u8], most: u64) {
    let Ok(mut archive) = ZipArchive::new(io::Cursor::new(bytes)) else { return };
    let names: Vec<_> = archive.file_names().take(8).map(str::to_owned).collect();
    for name in names {
        let Ok(member) = locate(&mut archive, &name, "wheel") else { continue };
        let packed = usize::try_from(member.start).ok().and_then(|start| bytes.get(start..)).unwrap_or_default();
        if let Ok(content) = member.unpack(packed, "wheel") {
            let _ = io::copy(&mut content.take(most), &mut io::sink());
        }
    }
}
