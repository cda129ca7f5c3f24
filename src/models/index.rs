//! The Python package index: which address a wheel has. JSON (PEP 691), or HTML (PEP 503) from mirrors that have
//! no other.

use std::io::Read as _;

use reqwest::{Url, header};
use serde::Deserialize;

use super::network::{Ask, IndexClient, Patience, shown};
use super::{Error, Sha256, WheelMember};
use crate::untrusted::Untrusted;

/// JSON before HTML, as PEP 691 suggests.
const ACCEPT: &str = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01";

/// The largest page that is read, in bytes; those of the projects in the registry have up to 600 KiB.
const MAX_PAGE: u64 = 4 << 20;

#[derive(Deserialize)]
struct IndexPage {
    files: Vec<ListedFile>,
}

#[derive(Deserialize)]
struct ListedFile {
    filename: String,
    url: String,
    #[serde(default)]
    hashes: Hashes,
}

#[derive(Default, Deserialize)]
struct Hashes {
    sha256: Option<Sha256>,
}

/// The address of the wheel that has `member`.
pub(super) fn find(client: &IndexClient, member: &WheelMember) -> Result<Url, Error> {
    let page = client.project_page(&member.project)?;
    let mut patience = Patience::default();
    loop {
        match ask(client, &page, member) {
            Err(error) => patience.after(error, |_| ())?,
            found => return found,
        }
    }
}

fn ask(client: &IndexClient, page: &Url, member: &WheelMember) -> Result<Url, Error> {
    let response = client.get(page, Ask { accept: Some(ACCEPT), ..Ask::default() })?;
    // Relative addresses are relative to where redirects led.
    let base = response.url().clone();
    let content_type = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let html = content_type.is_some_and(|value| value.contains("html"));
    let mut text = Vec::new();
    response.take(MAX_PAGE + 1).read_to_end(&mut text).map_err(|source| Error::Cut { url: shown(page), source })?;
    if text.len() as u64 > MAX_PAGE {
        return Err(Error::TooLong { url: shown(page), most: MAX_PAGE });
    }
    let entries = entries(&text, html)
        .map_err(|error| Error::BadIndex { url: shown(page), reason: Untrusted::new(&error.to_string()) })?;
    pick(&entries, &base, member).ok_or_else(|| Error::Unlisted { wheel: member.wheel.clone(), url: shown(page) })
}

fn entries(page: &[u8], html: bool) -> Result<Vec<ListedFile>, serde_json::Error> {
    if html {
        return Ok(links(&String::from_utf8_lossy(page)));
    }
    Ok(serde_json::from_slice::<IndexPage>(page)?.files)
}

/// The entry whose digest is the wheel's; one of the same name will do where the index tells no digests.
fn pick(entries: &[ListedFile], base: &Url, member: &WheelMember) -> Option<Url> {
    let same_bytes = |entry: &&ListedFile| entry.hashes.sha256 == Some(member.wheel_sha256);
    let same_name = |entry: &&ListedFile| entry.hashes.sha256.is_none() && entry.filename == member.wheel;
    let entry = entries.iter().find(same_bytes).or_else(|| entries.iter().find(same_name))?;
    let mut url = base.join(&entry.url).ok()?;
    url.set_fragment(None);
    Some(url)
}

/// The links of a PEP 503 page: `<a href="ADDRESS#sha256=DIGEST">NAME</a>`.
fn links(html: &str) -> Vec<ListedFile> {
    html.split("<a ").skip(1).filter_map(link).collect()
}

fn link(anchor: &str) -> Option<ListedFile> {
    let (attributes, rest) = anchor.split_once('>')?;
    let filename = rest.split('<').next()?.trim().to_owned();
    let value = attributes.split_once("href=")?.1;
    let quote = value.chars().next().filter(|quote| "\"'".contains(*quote))?;
    let url = value[1..].split(quote).next()?.replace("&amp;", "&");
    let digest = url.split_once("#sha256=").and_then(|(_, digest)| digest.get(..64)?.parse().ok());
    Some(ListedFile { filename, url, hashes: Hashes { sha256: digest } })
}

/// Reads any bytes as a page of the index: for the fuzzer.
#[cfg(fuzzing)]
pub(super) fn fuzz(page: &[u8], member: &WheelMember) {
    let base = Url::parse("https://index.example/simple/p/").expect("an address");
    for html in [false, true] {
        if let Ok(entries) = entries(page, html) {
            let _ = pick(&entries, &base, member);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    const OTHER: &str = "0000000000000000000000000000000000000000000000000000000000000000";

    fn member() -> WheelMember {
        WheelMember {
            project: "p".to_owned(),
            version: "1".to_owned(),
            wheel: "p-1-py3-none-any.whl".to_owned(),
            wheel_sha256: DIGEST.parse().unwrap(),
            wheel_bytes: 1,
            member: "p/m.onnx".to_owned(),
            packed: 1,
        }
    }

    fn picked(entries: &[ListedFile]) -> Option<String> {
        let base = Url::parse("https://index.example/simple/p/").unwrap();
        pick(entries, &base, &member()).map(String::from)
    }

    fn json(text: &str) -> Vec<ListedFile> {
        entries(text.as_bytes(), false).unwrap()
    }

    #[test]
    fn a_wheel_is_found_by_its_digest_in_a_json_page() {
        let entries = json(&format!(
            r#"{{"meta": {{"api-version": "1.1"}}, "name": "p", "files": [
                {{"filename": "p-1.tar.gz", "url": "https://f.example/p-1.tar.gz", "hashes": {{"sha256": "{OTHER}"}}, "size": 3}},
                {{"filename": "p-1-py3-none-any.whl", "url": "../../f/p.whl", "hashes": {{"md5": "x", "sha256": "{DIGEST}"}},
                  "requires-python": ">=3.6", "size": 75163439, "yanked": false, "core-metadata": true}}]}}"#
        ));
        assert_eq!(picked(&entries), Some("https://index.example/f/p.whl".to_owned()));
    }

    #[test]
    fn other_bytes_under_the_same_name_are_not_taken_but_a_name_without_a_digest_is() {
        let page = |hashes: &str| {
            json(&format!(
                r#"{{"files": [{{"filename": "p-1-py3-none-any.whl", "url": "p.whl", "hashes": {{{hashes}}}}}]}}"#
            ))
        };
        assert_eq!(picked(&page(&format!(r#""sha256": "{OTHER}""#))), None);
        assert_eq!(picked(&page("")), Some("https://index.example/simple/p/p.whl".to_owned()));
        assert_eq!(picked(&json(r#"{"files": []}"#)), None);
    }

    #[test]
    fn a_wheel_is_found_in_an_html_page() {
        let page = format!(
            "<!DOCTYPE html><html><body><h1>Links for p</h1>\n\
             <a href=\"p-1.tar.gz#sha256={OTHER}\">p-1.tar.gz</a><br/>\n\
             <a data-requires-python=\"&gt;=3.6\" href=\"https://f.example/a.whl?x=1&amp;y=2#sha256={DIGEST}\" >\
             p-1-py3-none-any.whl</a></body></html>"
        );
        assert_eq!(picked(&links(&page)), Some("https://f.example/a.whl?x=1&y=2".to_owned()));
        assert_eq!(picked(&links("<a href=p.whl>p-1-py3-none-any.whl</a> <a href='é")), None);
        let bare = links("<a href='p.whl'>p-1-py3-none-any.whl</a>");
        assert_eq!(picked(&bare), Some("https://index.example/simple/p/p.whl".to_owned()));
    }
}
