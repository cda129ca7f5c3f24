//! Fetching files: their sources in order, until one gives bytes with the right digest.

use std::fs;
use std::io::{Seek, SeekFrom};
use std::path::Path;

use reqwest::Url;
use zip::ZipArchive;
use zip::result::ZipError;

use super::network::IndexClient;
use super::part::Part;
use super::transfer::{self, Stretch};
use super::wheel::{self, RemoteFile};
use super::{
    Access, Error, Event, File, FileSize, FileSource, Network, SourceFailure, Store, Watch, WheelMember, index,
};
use crate::shell::{CommandLine, FilePath};
use crate::wording;

/// Fetches those of `files` that are not in the store, or are damaged there. Returns what was fetched.
///
/// One process at a time writes to a store; another one waits, says so ([`Event::Waiting`]), and then finds the files.
/// What was downloaded when this ends early is used by the next call.
///
/// # Errors
/// [`Error::Offline`] when something is missing and the network must not be used; [`Error::NoSource`] with the
/// reason of each source; [`Error::Unwritable`] for the disk. Files fetched until then stay.
pub fn pull(
    store: &Store,
    network: &Network,
    files: &[&'static File],
    watch: &mut Watch,
) -> Result<Vec<&'static File>, Error> {
    let _lock = store.lock(watch)?;
    let missing: Vec<_> = files.iter().copied().filter(|file| store.check(file).is_err()).collect();
    if missing.is_empty() {
        return Ok(missing);
    }
    if network.access == Access::Offline {
        return Err(offline(&missing, &missing.iter().map(|file| file.id.as_str()).collect::<Vec<_>>()));
    }
    watch(Event::Planned { files: &missing });
    let client = IndexClient::new(network)?;
    let mut session = PullRun { store, client: &client, wheels: Vec::new() };
    let result = missing.iter().try_for_each(|file| session.fetch(file, watch));
    session.end();
    result.map(|()| missing)
}

/// `missing` is needed, and `jkocr models pull WHAT …` would fetch it.
pub(super) fn offline(missing: &[&File], what: &[&str]) -> Error {
    Error::Offline { missing: ids(missing), command: pull_command(what.iter().copied()) }
}

/// What fetches the files or sets of these names.
pub(crate) fn pull_command<'a, N: AsRef<str> + 'a + ?Sized>(names: impl IntoIterator<Item = &'a N>) -> CommandLine {
    let names = names.into_iter().filter_map(|name| FilePath::parse(name.as_ref()));
    names.fold(CommandLine::new("jkocr models pull"), |line, name| line.word(&name))
}

fn ids(files: &[&File]) -> String {
    wording::list(files.iter().map(|file| file.id.as_str()))
}

/// One run: remembers the wheels it opened, for their next member.
struct PullRun<'c> {
    store: &'c Store,
    client: &'c IndexClient,
    wheels: Vec<(&'static str, Wheel<'c>)>,
}

/// A wheel that has been found.
enum Wheel<'c> {
    /// On a server that sends parts of it.
    Remote { url: Url, archive: ZipArchive<RemoteFile<'c>> },
    /// Here, all of it.
    Whole { part: Part, archive: ZipArchive<fs::File> },
}

impl PullRun<'_> {
    fn fetch(&mut self, file: &'static File, watch: &mut Watch) -> Result<(), Error> {
        let mut failures = Vec::new();
        for (at, source) in file.sources.iter().enumerate() {
            let result = match source {
                FileSource::Https { url } => self.fetch_file(file, url, watch),
                FileSource::Wheel(member) => self.fetch_member(file, member, watch),
            };
            match result {
                Ok(()) => {
                    watch(Event::Installed { file });
                    return Ok(());
                }
                Err(error) if error.is_ours() => return Err(error),
                Err(error) => {
                    let from = source.to_string();
                    if at + 1 < file.sources.len() {
                        watch(Event::SourceFailed { file, from: &from, error: &error });
                    }
                    failures.push(SourceFailure { from, error });
                }
            }
        }
        Err(Error::NoSource { id: file.id.clone(), failures })
    }

    fn fetch_file(&self, file: &File, url: &str, watch: &mut Watch) -> Result<(), Error> {
        let url = Url::parse(url).map_err(|_| Error::BadUrl { what: url.to_owned() })?;
        let length = match file.size() {
            FileSize::Exactly(bytes) => Some(bytes),
            FileSize::About(_) | FileSize::Unknown => None,
        };
        let from = url.host_str().unwrap_or_default();
        let stretch = Stretch { url: &url, start: 0, length, most: file.most(), what: &file.id, from };
        let part = self.store.part(file, "")?;
        through(self.client, &stretch, part, watch, |whole| self.store.adopt(file, whole, &file.id))
    }

    fn fetch_member(&mut self, file: &File, source: &'static WheelMember, watch: &mut Watch) -> Result<(), Error> {
        let at = match self.wheels.iter().position(|(name, _)| *name == source.wheel) {
            Some(at) => at,
            None => self.open(source, watch)?,
        };
        let (name, wheel) = &mut self.wheels[at];
        let member = match wheel {
            Wheel::Remote { archive, .. } => wheel::locate(archive, &source.member, name)?,
            Wheel::Whole { archive, .. } => wheel::locate(archive, &source.member, name)?,
        };
        if !file.may_have(member.bytes) || member.bytes > file.most() {
            return Err(Error::WrongSize { what: source.member.clone(), expected: file.most(), found: member.bytes });
        }
        if member.start.checked_add(member.packed).is_none_or(|end| end > source.wheel_bytes) {
            return Err(wheel::bad(name, ZipError::InvalidArchive("a member ends after the wheel".into())));
        }
        let store = self.store;
        let unpack = |packed: fs::File| store.place(file, &mut member.unpack(packed, name)?, &file.id);
        match wheel {
            Wheel::Remote { url, .. } => {
                let (start, most) = (member.start, member.packed);
                let from = source.to_string();
                let stretch = Stretch { url, start, length: Some(most), most, what: &file.id, from: &from };
                let part = store.part(file, ".packed")?;
                through(self.client, &stretch, part, watch, |packed| unpack(open(packed, 0)?))
            }
            Wheel::Whole { part, .. } => unpack(open(part.path(), member.start)?),
        }
    }

    /// Finds a wheel and reads its directory; where parts of it cannot be had, fetches all of it.
    fn open(&mut self, source: &'static WheelMember, watch: &mut Watch) -> Result<usize, Error> {
        let url = index::find(self.client, source)?;
        let wheel = match wheel::open_remote(self.client, &url, source) {
            Ok(archive) => Wheel::Remote { url, archive },
            Err(Error::NoRanges { .. }) => self.fetch_wheel(&url, source, watch)?,
            Err(error) => return Err(error),
        };
        self.wheels.push((&source.wheel, wheel));
        Ok(self.wheels.len() - 1)
    }

    fn fetch_wheel(&self, url: &Url, source: &WheelMember, watch: &mut Watch) -> Result<Wheel<'static>, Error> {
        let name = &source.wheel;
        watch(Event::WholeWheel { wheel: name });
        let mut part = self.store.named_part(&format!("{name}.part"))?;
        let (length, most) = (Some(source.wheel_bytes), source.wheel_bytes);
        let stretch = Stretch { url, start: 0, length, most, what: name, from: &source.to_string() };
        let fetched = transfer::fetch(self.client, &stretch, &mut part, watch);
        match fetched.and_then(|()| wheel::open(part.path(), name)) {
            Ok(archive) => Ok(Wheel::Whole { part, archive }),
            Err(error) => {
                // A server that sends whole files only cannot go on where this ended.
                part.discard();
                Err(error)
            }
        }
    }

    /// Wheels are large, and nobody needs them any more.
    fn end(self) {
        for (_, wheel) in self.wheels {
            if let Wheel::Whole { part, .. } = wheel {
                part.discard();
            }
        }
    }
}

/// Fetches a stretch and hands it to `finish`, which checks the digest.
fn through(
    client: &IndexClient,
    stretch: &Stretch<'_>,
    mut part: Part,
    watch: &mut Watch,
    finish: impl Fn(&Path) -> Result<(), Error>,
) -> Result<(), Error> {
    let resumed = part.length() > 0;
    transfer::fetch(client, stretch, &mut part, watch)?;
    let mut result = finish(part.path());
    if resumed && result.as_ref().is_err_and(|error| !error.is_ours()) {
        // What an earlier process left was of other bytes: once more, from the start.
        part.restart(None)?;
        transfer::fetch(client, stretch, &mut part, watch)?;
        result = finish(part.path());
    }
    if !result.as_ref().is_err_and(Error::is_ours) {
        part.discard();
    }
    result
}

fn open(path: &Path, at: u64) -> Result<fs::File, Error> {
    let opened = fs::File::open(path).and_then(|mut file| file.seek(SeekFrom::Start(at)).map(|_| file));
    opened.map_err(|source| Error::Unreadable { path: path.to_owned(), source })
}
