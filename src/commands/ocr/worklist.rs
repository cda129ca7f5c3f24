//! What there is to read: the files that are named, those of folders, and where the text of each goes.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::source;
use crate::cli::{self, OutputFormat};
use crate::report::Misuse;

/// How the names of files end that are looked for in folders. Others are read if they are named.
const ENDINGS: [&str; 12] = ["png", "jpg", "jpeg", "tif", "tiff", "bmp", "webp", "gif", "pdf", "heic", "heif", "avif"];

/// How the names of files end that somebody may want instead of a folder.
const TEXT_ENDINGS: [&str; 5] = ["txt", "json", "tsv", "pdf", "md"];

/// One file to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkItem {
    /// Where it is; `-` for standard input.
    pub file: PathBuf,
    /// Where its text goes; nothing for standard output.
    pub target: Option<PathBuf>,
}

/// Everything that is to be read, in an order that never changes.
#[derive(Debug, PartialEq, Eq)]
pub struct Worklist {
    pub items: Vec<WorkItem>,
    /// Whether folders were named, or each file has its own text file: then a report ends the work.
    pub is_batch: bool,
}

impl Worklist {
    /// What `flags` name. Folders give their pictures and PDFs, by name.
    ///
    /// # Errors
    /// [`Misuse`] if that cannot be written where it should; the system's, if a folder cannot be looked into.
    pub fn of(flags: &cli::Ocr) -> Result<Self> {
        let names_folder = flags.files.iter().any(|file| file.is_dir());
        let output = output_folder(flags, names_folder)?;
        if flags.clipboard {
            let target = None;
            return Ok(Self { items: vec![WorkItem { file: super::CLIPBOARD.into(), target }], is_batch: false });
        }
        let mut items = Vec::new();
        let mut taken = HashMap::new();
        for file in &flags.files {
            let found = if file.is_dir() {
                let mut found = Vec::new();
                look_into(file, Path::new(""), flags.recursive, &mut found)?;
                found
            } else {
                vec![PathBuf::from(file.file_name().unwrap_or(file.as_os_str()))]
            };
            for name in found {
                let target = output.map(|folder| target(folder, &name, flags.format, &mut taken));
                let file = if file.is_dir() { file.join(&name) } else { file.clone() };
                items.push(WorkItem { file, target });
            }
        }
        Ok(Self { items, is_batch: names_folder || output.is_some() })
    }
}

/// The folder that gets a file for each, if one is to.
fn output_folder(flags: &cli::Ocr, names_folder: bool) -> Result<Option<&Path>> {
    let Some(output) = flags.output.as_deref() else { return Ok(None) };
    let is_book = flags.format == OutputFormat::SearchablePdf;
    let is_folder = names_folder || output.is_dir() || output.as_os_str().as_encoded_bytes().ends_with(b"/");
    if is_book && !is_folder {
        return Ok(None);
    }
    let looks_like_file = !is_folder && TEXT_ENDINGS.contains(&source::ending(output).as_str());
    if output == Path::new("-") || output.is_file() || looks_like_file {
        return Err(Misuse(t!("ocr_command.output_folder", file = output.display()).into_owned()).into());
    }
    Ok(Some(output))
}

/// The names of what `folder` holds and can be read, in order; `below` is its own, from the folder that was named on.
fn look_into(folder: &Path, below: &Path, recursive: bool, found: &mut Vec<PathBuf>) -> Result<()> {
    let context = || t!("ocr_command.folder_unreadable", file = folder.display());
    let entries: io::Result<Vec<_>> = fs::read_dir(folder).with_context(context)?.collect();
    let mut entries = entries.with_context(context)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let (name, kind) = (entry.file_name(), entry.file_type().with_context(context)?);
        if name.as_encoded_bytes().starts_with(b".") {
            continue;
        }
        let path = below.join(&name);
        // A link to a folder may lead in a circle.
        if kind.is_dir() {
            if recursive {
                look_into(&entry.path(), &path, recursive, found)?;
            }
        } else if is_readable(&name) && entry.path().is_file() {
            found.push(path);
        }
    }
    Ok(())
}

fn is_readable(name: &OsStr) -> bool {
    ENDINGS.contains(&source::ending(Path::new(name)).as_str())
}

/// `folder/name.txt`; a second file of the name gets a number.
fn target(folder: &Path, name: &Path, format: OutputFormat, taken: &mut HashMap<OsString, u32>) -> PathBuf {
    let ending = match format {
        OutputFormat::Text => "txt",
        OutputFormat::Json => "json",
        OutputFormat::Tsv | OutputFormat::Cells => "tsv",
        OutputFormat::SearchablePdf => "pdf",
    };
    let name = if name == Path::new("-") { Path::new("stdin") } else { name };
    let count = taken.entry(name.as_os_str().to_owned()).and_modify(|count| *count += 1).or_insert(1);
    let mut file = name.as_os_str().to_owned();
    if *count > 1 {
        file.push(format!(".{count}"));
    }
    file.push(format!(".{ending}"));
    folder.join(file)
}

/// Whether the text of `item` is there already, and not older than the picture.
pub fn is_done(item: &WorkItem) -> bool {
    let Some(target) = &item.target else { return false };
    let modified = |file: &Path| fs::metadata(file).and_then(|metadata| metadata.modified());
    matches!((modified(target), modified(&item.file)), (Ok(text), Ok(picture)) if text >= picture)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_pictures_of_one_name_get_two_files() {
        let mut taken = HashMap::new();
        let mut target = |name| target(Path::new("out"), Path::new(name), OutputFormat::Text, &mut taken);
        assert_eq!(target("a.png"), Path::new("out/a.png.txt"));
        assert_eq!(target("b/a.png"), Path::new("out/b/a.png.txt"));
        assert_eq!(target("a.png"), Path::new("out/a.png.2.txt"));
    }

    #[test]
    fn endings_are_those_of_pictures_in_any_case() {
        assert!(is_readable(OsStr::new("A.PNG")) && is_readable(OsStr::new("b.jpeg")));
        assert!(!is_readable(OsStr::new("notes.txt")) && !is_readable(OsStr::new("png")));
    }
}
