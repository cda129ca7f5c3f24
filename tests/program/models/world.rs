//! A small registry, a server that has its files, and a store.

use std::io::{Cursor, Write};
use std::path::Path;

use jkocr::models::{Access, Error, Event, File, Network, Platform, Registry, Sha256, Store, System};
use serde_json::json;
use tempfile::TempDir;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::server::{Served, Server};

/// Path of the wheel on the server.
pub const WHEEL: &str = "/files/pack-1.0-py3-none-any.whl";

/// Paths of the plain files.
pub const DETECTION: &str = "/plain/det.onnx";
pub const RECOGNITION: &str = "/plain/rec.onnx";

/// Page of the index.
pub const PAGE: &str = "/root/simple/pack/";

pub struct World {
    pub server: Server,
    pub store: Store,
    pub network: Network,
    pub folder: TempDir,
    pub wheel: Vec<u8>,
}

/// Bytes that hardly compress, and are always the same for the same seed.
pub fn noise(seed: u64, length: usize) -> Vec<u8> {
    // xorshift64 (Marsaglia 2003).
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    (0..length).map(|_| next()).collect()
}

/// The files of the registry by id.
pub fn bytes(id: &str) -> Vec<u8> {
    match id {
        "v5-mobile-det" => noise(1, 150_000),
        "v5-mobile-rec" => noise(2, 400_000),
        "v5-server-det" => noise(3, 300_000),
        "v5-server-rec" => noise(4, 300_000),
        "onnxruntime" => noise(5, 250_000),
        other => panic!("{other}"),
    }
}

/// What a wheel has besides: so much that fetching all of it would show.
fn ballast() -> Vec<u8> {
    noise(9, 2_000_000)
}

/// A zip archive with these members.
pub fn zip(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        // One is stored, as some tools do with what does not compress.
        let method = if name.ends_with("lib.so") { CompressionMethod::Stored } else { CompressionMethod::Deflated };
        writer.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn wheel() -> Vec<u8> {
    zip(&[
        ("pack/__init__.py", b"".to_vec()),
        ("pack/first.bin", ballast()),
        ("pack/det.onnx", bytes("v5-mobile-det")),
        ("pack/rec.onnx", bytes("v5-mobile-rec")),
        ("pack/capi/lib.so", bytes("onnxruntime")),
        ("pack-1.0.dist-info/RECORD", b"RECORD".to_vec()),
    ])
}

fn digest(bytes: &[u8]) -> Sha256 {
    Sha256::of(bytes).unwrap()
}

/// The registry of these tests; `base` is the server of what is in no wheel.
pub fn registry(base: &str, wheel: &[u8]) -> &'static Registry {
    let file = |id: &str, kind: &str, extra: &str, sources: &[String]| {
        let content = bytes(id);
        format!(
            "id = '{id}'\nkind = '{kind}'\nsha256 = '{}'\nlicence = 'MIT'\n{extra}\nsources = [{}]\n",
            digest(&content),
            sources.join(", ")
        )
    };
    let exactly = |id: &str| format!("bytes = {}", bytes(id).len());
    let member = |path: &str| {
        format!(
            "{{ project = 'pack', version = '1.0', wheel = 'pack-1.0-py3-none-any.whl', \
             wheel_sha256 = '{}', wheel_bytes = {}, member = '{path}', packed = 1 }}",
            digest(wheel),
            wheel.len()
        )
    };
    let url = |path: &str| format!("{{ url = '{base}{path}' }}");
    let text = [
        "[[sets]]\nname = 'v5-mobile'\nfiles = ['v5-mobile-det', 'v5-mobile-rec']\nmax_candidates = 1000\nfor_auto = 2\n".to_owned(),
        "[[sets]]\nname = 'v5-server'\nfiles = ['v5-server-det', 'v5-server-rec']\nmax_candidates = 1000\nfor_auto = 1\n".to_owned(),
        format!("[[files]]\n{}", file("v5-mobile-det", "detection", &exactly("v5-mobile-det"), &[member("pack/det.onnx"), url(DETECTION)])),
        format!("[[files]]\n{}", file("v5-mobile-rec", "recognition", &exactly("v5-mobile-rec"), &[member("pack/rec.onnx")])),
        // Of unknown size, as those in the real registry.
        format!("[[files]]\n{}", file("v5-server-det", "detection", "", &[url(DETECTION)])),
        format!("[[files]]\n{}", file("v5-server-rec", "recognition", "", &[url(RECOGNITION)])),
        format!(
            "[[runtimes]]\nos = 'linux'\narch = 'x86_64'\nversion = '1.0'\nmin_glibc = [2, 28]\n{}",
            file("onnxruntime", "runtime", &exactly("onnxruntime"), &[member("pack/capi/lib.so")])
        ),
    ]
    .join("\n");
    Box::leak(Box::new(Registry::parse(&text).unwrap()))
}

/// The JSON page of the index.
pub fn page(wheel: &[u8]) -> Served {
    let page = json!({
        "meta": { "api-version": "1.1" },
        "name": "pack",
        "files": [
            { "filename": "pack-0.9-py3-none-any.whl", "url": "/files/old.whl", "hashes": { "sha256": "0".repeat(64) } },
            { "filename": "pack-1.0-py3-none-any.whl", "url": format!("../../../{WHEEL}").replace("//", "/"),
              "hashes": { "sha256": digest(wheel).to_string() }, "size": wheel.len() },
        ],
    });
    Served { content_type: "application/vnd.pypi.simple.v1+json", ..Served::new(page.to_string()) }
}

impl World {
    /// Everything works, and nothing is installed.
    pub fn new() -> Self {
        Self::of(wheel())
    }

    /// The same with that wheel.
    pub fn of(wheel: Vec<u8>) -> Self {
        let (server, folder) = (Server::start(), tempfile::tempdir().unwrap());
        server.put(PAGE, page(&wheel));
        server.put(WHEEL, Served::new(wheel.clone()));
        server.put(DETECTION, Served::new(bytes("v5-server-det")));
        server.put(RECOGNITION, Served::new(bytes("v5-server-rec")));
        let machine = Platform { os: "linux".to_owned(), arch: "x86_64".to_owned(), system: System::Glibc(2, 36) };
        let store = Store::for_machine(registry(&server.url, &wheel), folder.path().join("data"), machine);
        let network = Network::new(&format!("{}/root/simple", server.url), Access::Online).unwrap();
        Self { server, store, network, folder, wheel }
    }

    pub fn files(&self, names: &[&str]) -> Vec<&'static File> {
        self.store.resolve(&names.iter().map(ToString::to_string).collect::<Vec<_>>()).unwrap()
    }

    /// Pulls, and returns the ids of what was fetched.
    pub fn pull(&self, names: &[&str]) -> Result<Vec<&'static str>, Error> {
        let fetched = jkocr::models::pull(&self.store, &self.network, &self.files(names), &mut |_| ())?;
        Ok(fetched.iter().map(|file| file.id.as_str()).collect())
    }

    /// The content of an installed file.
    pub fn installed(&self, id: &str) -> Option<Vec<u8>> {
        std::fs::read(self.store.path(self.files(&[id])[0])).ok()
    }

    /// Names of unfinished downloads.
    pub fn unfinished(&self) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.store.folder().join("partial")) else { return Vec::new() };
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

/// Writes the events down as words.
pub fn words(event: &Event<'_>) -> String {
    match event {
        Event::Waiting => "waiting".to_owned(),
        Event::Chosen { set, others } => {
            let others: Vec<_> = others.iter().map(|set| set.name.as_str()).collect();
            format!("chosen {} of {}", set.name, others.join(" "))
        }
        Event::Planned { files } => {
            format!("planned {}", files.iter().map(|file| file.id.as_str()).collect::<Vec<_>>().join(" "))
        }
        Event::WholeWheel { wheel } => format!("whole {wheel}"),
        Event::Started { what, done, .. } => format!("started {what} at {done}"),
        Event::Advanced { .. } => "advanced".to_owned(),
        Event::Retrying { .. } => "retrying".to_owned(),
        Event::SourceFailed { file, from, .. } => format!("{} not from {from}", file.id),
        Event::Skipped { path, .. } => format!("skipped {}", name(path)),
        Event::Installed { file } => format!("installed {}", file.id),
        other => format!("{other:?}"),
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
