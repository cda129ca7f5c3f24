//! A stretch of a file on a server becomes a [`Part`] here, however often the connection is cut.

use std::io::Read;

use reqwest::blocking::Response;
use reqwest::{StatusCode, Url, header};

use super::network::{Ask, IndexClient, Patience, shown};
use super::part::Part;
use super::{Error, Event, Watch};

/// So many bytes further is progress enough to start counting failures anew.
const PROGRESS: u64 = 64 << 10;

/// Bytes of a file on a server.
pub(super) struct Stretch<'a> {
    pub url: &'a Url,
    /// Of the first byte.
    pub start: u64,
    /// Bytes; `None`: to the end of the file.
    pub length: Option<u64>,
    /// Bytes that are kept at most, whatever the server says and sends.
    pub most: u64,
    /// For whoever watches: what this is, and where it comes from.
    pub what: &'a str,
    pub from: &'a str,
}

/// Fetches what is missing in `part`.
pub(super) fn fetch(
    client: &IndexClient,
    stretch: &Stretch<'_>,
    part: &mut Part,
    watch: &mut Watch,
) -> Result<(), Error> {
    let mut patience = Patience::default();
    let mut furthest = part.length();
    let mut started = false;
    loop {
        if stretch.length == Some(part.length()) {
            return Ok(());
        }
        if part.length() > stretch.most {
            part.restart(None)?;
        }
        match attempt(client, stretch, part, &mut started, watch) {
            Ok(()) => return Ok(()),
            Err(error) => {
                if part.length() >= furthest + PROGRESS {
                    furthest = part.length();
                    patience.renew();
                }
                patience.after(error, |error| watch(Event::Retrying { error }))?;
            }
        }
    }
}

fn attempt(
    client: &IndexClient,
    stretch: &Stretch<'_>,
    part: &mut Part,
    started: &mut bool,
    watch: &mut Watch,
) -> Result<(), Error> {
    let range = range(stretch, part.length());
    let validator = part.validator().filter(|_| part.length() > 0);
    let response = client.get(stretch.url, Ask { range: range.as_deref(), validator, accept: None })?;
    if is_complete(&response, part) {
        return Ok(());
    }
    accept(stretch, part, &response)?;
    let total = response.content_length().map(|rest| part.length() + rest);
    check_size(stretch, total)?;
    if !std::mem::replace(started, true) {
        watch(Event::Started { what: stretch.what, from: stretch.from, done: part.length(), total });
    }
    copy(response, stretch, part, watch)?;
    let short = total.or(stretch.length).is_some_and(|total| part.length() < total);
    if short {
        let source = std::io::ErrorKind::UnexpectedEof.into();
        return Err(Error::Cut { url: shown(stretch.url), source });
    }
    Ok(())
}

/// The value of `Range` for what is missing when `have` bytes are here; `None`: everything.
fn range(stretch: &Stretch<'_>, have: u64) -> Option<String> {
    let from = stretch.start + have;
    match stretch.length {
        Some(length) if stretch.start > 0 => Some(format!("bytes={from}-{}", stretch.start + length - 1)),
        _ if have > 0 => Some(format!("bytes={from}-")),
        _ => None,
    }
}

/// Does the server say that nothing follows what is here?
fn is_complete(response: &Response, part: &Part) -> bool {
    let size = || {
        let value = response.headers().get(header::CONTENT_RANGE)?.to_str().ok()?;
        value.strip_prefix("bytes */")?.parse::<u64>().ok()
    };
    response.status() == StatusCode::RANGE_NOT_SATISFIABLE && part.length() > 0 && size() == Some(part.length())
}

/// Is the server's file as long as the one wanted?
fn check_size(stretch: &Stretch<'_>, total: Option<u64>) -> Result<(), Error> {
    match (stretch.length, total) {
        (Some(expected), Some(found)) if expected != found => {
            Err(Error::WrongSize { what: shown(stretch.url), expected, found })
        }
        (None, Some(found)) if found > stretch.most => Err(too_long(stretch)),
        _ => Ok(()),
    }
}

/// Are these the bytes that were asked for? Makes room for them in `part`.
fn accept(stretch: &Stretch<'_>, part: &mut Part, response: &Response) -> Result<(), Error> {
    let url = || shown(stretch.url);
    match response.status() {
        StatusCode::PARTIAL_CONTENT => {
            let first = content_range(response).map(|(first, _)| first);
            if first != Some(stretch.start + part.length()) {
                part.restart(None)?;
                return Err(Error::WrongRange { url: url() });
            }
            if part.length() == 0 {
                part.restart(validator(response))?;
            }
        }
        // The whole file: what is here already is not wanted, or is of an older file.
        StatusCode::OK if stretch.start == 0 => part.restart(validator(response))?,
        StatusCode::OK => return Err(Error::NoRanges { url: url() }),
        // What is here is longer than the server's file.
        _ => {
            part.restart(None)?;
            return Err(Error::WrongRange { url: url() });
        }
    }
    Ok(())
}

fn copy(mut response: Response, stretch: &Stretch<'_>, part: &mut Part, watch: &mut Watch) -> Result<(), Error> {
    let mut buffer = vec![0; 64 << 10];
    loop {
        match response.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(read) if part.length() + read as u64 > stretch.most => {
                // Bytes of some other file, and nothing to go on from.
                part.restart(None)?;
                return Err(too_long(stretch));
            }
            Ok(read) => part.append(&buffer[..read])?,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(source) => return Err(Error::Cut { url: shown(stretch.url), source }),
        }
        watch(Event::Advanced { done: part.length() });
    }
}

fn too_long(stretch: &Stretch<'_>) -> Error {
    Error::TooLong { url: shown(stretch.url), most: stretch.most }
}

/// First byte and size of the whole file, from `Content-Range: bytes FIRST-LAST/SIZE`.
pub(super) fn content_range(response: &Response) -> Option<(u64, u64)> {
    let value = response.headers().get(header::CONTENT_RANGE)?.to_str().ok()?;
    let (range, size) = value.strip_prefix("bytes ")?.split_once('/')?;
    Some((range.split_once('-')?.0.parse().ok()?, size.parse().ok()?))
}

/// What `If-Range` takes: a strong `ETag`, otherwise the date (RFC 9110, 13.1.5).
pub(super) fn validator(response: &Response) -> Option<String> {
    let text = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
    let strong = text(header::ETAG).filter(|tag| tag.starts_with('"'));
    strong.or_else(|| text(header::LAST_MODIFIED)).map(str::to_owned)
}
