//! The program itself, with the real engine.

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use rustix::process::Signal;
use serde_json::{Value, json};
#[cfg(target_os = "linux")]
use tokio::net::UnixDatagram;
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;

#[cfg(target_os = "linux")]
use super::client::LONG;
use super::client::{Client, ask, ocr, request};
use super::openapi::{assert_valid, schema};
use super::process::{Process, files, health};
use super::server::{TEXT, VALIDATE, body_with, until};
use crate::common;

/// What the reference reads on the image of `TEXT`.
const LINES: [&str; 3] = ["Hello Bob OCR 2024", "The quick brown fox I jumps", "line three: 3.14159"];

/// The body of a request for a screenshot of the repository.
fn screenshot(name: &str) -> Vec<u8> {
    body_with(&std::fs::read(common::data(name)).expect("a screenshot"))
}

#[tokio::test]
async fn bobs_image_is_read_as_the_reference_reads_it() {
    let (_process, address) = Process::ready(&[]).await;
    let answer = ask(address, &ocr(TEXT)).await;
    assert_eq!(answer.texts(), LINES);
    assert_valid(&schema("/components/schemas/Success"), &answer.json());
    let page = answer.json()["result"]["ocrResults"][0]["prunedResult"].clone();
    assert_eq!(page["rec_boxes"], json!([[19, 24, 330, 56], [19, 77, 451, 119], [18, 132, 298, 167]]));
    assert_eq!(ask(address, &ocr(VALIDATE)).await.texts(), [""; 0]);
}

/// The page that a request with `changes` gets, which is as documented.
async fn page_with(address: SocketAddr, image: &str, changes: Value) -> Value {
    let mut request: Value = serde_json::from_slice(TEXT).expect("JSON");
    let file = std::fs::read(common::data(image)).expect("a screenshot");
    request["file"] = BASE64_STANDARD.encode(file).into();
    for (field, value) in changes.as_object().expect("an object") {
        request[field] = value.clone();
    }
    let answer = ask(address, &ocr(request.to_string().as_bytes())).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_valid(&schema("/components/schemas/Success"), &answer.json());
    answer.json()["result"]["ocrResults"][0].clone()
}

/// Width and height of a picture in an answer.
fn picture_size(page: &Value, key: &str) -> [u32; 2] {
    let bytes = BASE64_STANDARD.decode(page[key].as_str().expect("a picture")).expect("base64");
    let picture = image::load_from_memory_with_format(&bytes, image::ImageFormat::Jpeg).expect("a JPEG");
    [picture.width(), picture.height()]
}

#[tokio::test]
async fn every_switch_of_bobs_settings_works_and_says_what_it_did() {
    let (_process, address) = Process::ready(&[]).await;
    let recorded = std::fs::read(common::data("golden-v5-turned/chat_zh_cw270.png.json")).expect("an answer");
    let recorded: Value = serde_json::from_slice(&recorded).expect("JSON");
    let switch = async |name: &str, image: &str| {
        page_with(address, image, json!({ name: true, "profile": "paddle" })).await["prunedResult"].clone()
    };

    let turned = switch("useDocOrientationClassify", "turned/chat_zh_cw270.png").await;
    assert_eq!(turned["rec_texts"], recorded["rec_texts"]);
    assert_eq!(
        turned["doc_preprocessor_res"],
        json!({
            "model_settings": { "use_doc_orientation_classify": true, "use_doc_unwarping": false },
            "angle": 270,
        })
    );
    let lines = switch("useTextlineOrientation", "turned/chat_zh_cw180.png").await;
    assert_eq!(lines["textline_orientation_angles"], json!([1, 1, 1, 1, 1, 1]));
    assert_eq!(lines["model_settings"], json!({ "use_doc_preprocessor": false, "use_textline_orientation": true }));
    let flat = switch("useDocUnwarping", "chat_zh.png").await;
    assert_eq!(flat["doc_preprocessor_res"]["angle"], -1);
    assert_eq!(flat["model_settings"], json!({ "use_doc_preprocessor": true, "use_textline_orientation": false }));
    assert!(flat["rec_texts"].as_array().is_some_and(|texts| texts.len() >= 5), "{flat}");

    let mut validation: Value = serde_json::from_slice(VALIDATE).expect("JSON");
    for name in ["useDocOrientationClassify", "useDocUnwarping", "useTextlineOrientation"] {
        validation[name] = true.into();
    }
    let answer = ask(address, &ocr(validation.to_string().as_bytes())).await;
    assert_eq!(answer.texts(), [""; 0]);
    assert_valid(&schema("/components/schemas/Success"), &answer.json());
}

#[tokio::test]
async fn pictures_words_order_and_paragraphs_are_given_to_those_who_ask() {
    let (_process, address) = Process::ready(&[]).await;
    let plain = page_with(address, "fullhd_dense.png", json!({})).await;
    assert!(plain["ocrImage"].is_null() && plain["inputImage"].is_null());
    let texts = |page: &Value| page["prunedResult"]["rec_texts"].as_array().expect("texts").clone();

    let seen = page_with(address, "fullhd_dense.png", json!({ "visualize": true })).await;
    assert_eq!(picture_size(&seen, "ocrImage"), [2000, 562]);
    assert_eq!(picture_size(&seen, "inputImage"), [1920, 1080]);
    assert!(seen["docPreprocessingImage"].is_null());
    let all = json!({ "visualize": true, "useDocOrientationClassify": true, "useDocUnwarping": true });
    let seen = page_with(address, "turned/chat_zh_cw90.png", all).await;
    assert_eq!(picture_size(&seen, "inputImage"), [420, 640]);
    assert_eq!(picture_size(&seen, "docPreprocessingImage"), [420 + 640 + 640, 640]);
    assert_eq!(picture_size(&seen, "ocrImage"), [1280, 420]);

    let paddle = page_with(
        address,
        "fullhd_dense.png",
        json!({ "profile": "paddle", "readingOrder": "paddle", "returnWordBox": true }),
    )
    .await;
    assert_ne!(texts(&paddle), texts(&plain));
    let in_order = page_with(address, "fullhd_dense.png", json!({ "profile": "paddle" })).await;
    assert_eq!(paddle["regions"], in_order["regions"]);
    assert_eq!(paddle["prunedResult"]["text_word"].as_array().map(Vec::len), Some(texts(&paddle).len()));
    let joined = page_with(address, "fullhd_dense.png", json!({ "paragraphs": true })).await;
    assert!(texts(&joined).len() < texts(&plain).len());
    assert_eq!(joined["regions"], plain["regions"]);
}

#[tokio::test]
async fn damaged_images_are_refused_and_harm_nobody() {
    let (_process, address) = Process::ready(&[]).await;
    let mut client = Client::connect(address).await;
    for (file, bytes) in files(&common::data("formats")).iter().map(|file| (file, std::fs::read(file).expect("a file")))
    {
        if bytes.len() > 100_000 {
            continue;
        }
        let mut flipped = bytes.clone();
        flipped.iter_mut().skip(12).step_by(97).for_each(|byte| *byte ^= 0x5a);
        for damaged in [&bytes[..bytes.len() / 2], &bytes[..bytes.len().min(20)], &flipped] {
            client.send(&ocr(&body_with(damaged))).await;
            let answer = client.answer().await;
            assert!([200, 400].contains(&answer.status), "{}: {}", file.display(), answer.text());
        }
    }
    assert_eq!(ask(address, &ocr(TEXT)).await.texts(), LINES);
}

#[tokio::test]
async fn nothing_of_a_screenshot_is_kept() {
    let temporary = tempfile::tempdir().expect("a folder");
    let folder = temporary.path().to_str().expect("text");
    let arguments = ["--port", "0", "--log-format", "json", "-vv"];
    let process = Process::start_with(&arguments, &[("TMPDIR", folder), ("JKOCR_LOG", "trace")]).await;
    let listening = |line: &str| serde_json::from_str::<Value>(line).ok()?["addresses"].as_str()?.parse().ok();
    let address = || process.log().lines().find_map(listening);
    until(async || address().is_some()).await;
    let address = address().expect("an address");
    until(async || health(address).await.status == 200).await;
    let before = files(common::home());

    let mut said = ask(address, &ocr(&screenshot("chat_zh.png"))).await.texts();
    said.extend(ask(address, &ocr(TEXT)).await.texts());
    ask(address, &ocr(&body_with(b"geheim-no-image"))).await.failure(400);

    said.retain(|text| text.chars().count() >= 4);
    assert!(said.len() > 5, "{said:?}");
    said.extend(["geheim", "iVBORw0KGgo", "Z2VoZWlt"].map(str::to_owned));
    until(async || process.log().matches("\"request\"").count() >= 3).await;
    let log = process.log();
    for told in said {
        assert!(!log.contains(&told), "`{told}` is in the log");
    }
    assert_eq!(files(temporary.path()), [""; 0].map(std::path::PathBuf::from));
    assert_eq!(files(common::home()), before);
}

#[tokio::test]
async fn a_signal_ends_it_after_the_request_under_way() {
    for signal in [Signal::TERM, Signal::INT] {
        let (mut process, address) = Process::ready(&[]).await;
        process.signal(Signal::HUP);
        let mut client = Client::connect(address).await;
        client.send(&ocr(&screenshot("chat_zh.png"))).await;
        // It is taken once the server says so by counting its connections: this one, and the one that asks.
        let metrics = request("GET", "/metrics", &[], b"");
        let taken = async || ask(address, &metrics).await.text().contains("jkocr_connections 2");
        until(taken).await;
        process.signal(signal);
        until(async || TcpStream::connect(address).await.is_err()).await;
        assert!(client.answer().await.texts().len() > 5);
        assert_eq!(process.ended().await.code(), Some(0));
    }
}

#[tokio::test]
async fn validation_is_answered_while_all_places_are_taken() {
    let (_process, address) = Process::ready(&["--queue", "1"]).await;
    let body = ocr(&screenshot("fullhd_dense.png"));
    let mut clients = Vec::new();
    let refused = loop {
        let mut client = Client::connect(address).await;
        client.send(&body).await;
        // The queue is full once somebody is refused; nobody is as long as there is a place.
        match timeout(std::time::Duration::from_millis(50), client.answer()).await {
            Ok(answer) => break answer,
            Err(_) => clients.push(Client::connect(address).await),
        }
        clients.push(client);
        assert!(clients.len() < 8, "nobody is refused");
    };
    refused.failure(503);
    assert!(refused.header("retry-after").is_some());
    ask(address, &ocr(VALIDATE)).await.texts();
    // Those who wait go away, and the next one does not wait for them.
    drop(clients);
    until(async || ask(address, &ocr(TEXT)).await.status == 200).await;
}

#[tokio::test]
async fn images_that_meet_are_read_as_each_is_alone() {
    let (_process, address) = Process::ready(&["--threads", "2"]).await;
    let names = ["word_ok", "sparse_ui", "chat_zh", "table_prices"];
    let bodies = names.map(|name| {
        let file = BASE64_STANDARD.encode(std::fs::read(common::data(&format!("{name}.png"))).expect("a screenshot"));
        ocr(json!({ "file": file, "profile": "paddle", "readingOrder": "paddle" }).to_string().as_bytes())
    });
    let mut alone = Vec::new();
    for (name, body) in names.iter().zip(&bodies) {
        let recorded = std::fs::read(common::data(&format!("golden-v5/{name}.png.json"))).expect("an answer");
        let recorded: Value = serde_json::from_slice(&recorded).expect("JSON");
        let page = ask(address, body).await.json()["result"]["ocrResults"][0]["prunedResult"].clone();
        assert_eq!(page["rec_texts"], recorded["rec_texts"], "{name}");
        alone.push(page);
    }
    // Eight at a time share the cores, which changes nothing of what each says.
    for _ in 0..5 {
        let mut clients = Vec::new();
        for (index, body) in bodies.iter().enumerate().chain(bodies.iter().enumerate()) {
            let mut client = Client::connect(address).await;
            client.send(body).await;
            clients.push((index, client));
        }
        for (index, client) in &mut clients {
            let page = client.answer().await.json()["result"]["ocrResults"][0]["prunedResult"].clone();
            assert_eq!(page, alone[*index], "{}", names[*index]);
        }
    }
}

#[tokio::test]
async fn one_thread_reads_images_that_meet() {
    let (_process, address) = Process::ready(&["--threads", "1"]).await;
    let body = ocr(&screenshot("chat_zh.png"));
    let mut clients = Vec::new();
    for _ in 0..4 {
        let mut client = Client::connect(address).await;
        client.send(&body).await;
        clients.push(client);
    }
    for client in &mut clients {
        assert!(client.answer().await.texts().len() > 5);
    }
}

/// A number of `/metrics`.
#[cfg(target_os = "linux")]
async fn metric(address: std::net::SocketAddr, name: &str) -> u64 {
    let metrics = ask(address, &request("GET", "/metrics", &[], b"")).await.text();
    let value = metrics.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok());
    value.unwrap_or_else(|| panic!("no {name} in {metrics}"))
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn memory_that_only_reading_needs_is_given_back() {
    let process = Process::start_with(&["--port", "0"], &[("JKOCR_SERVE_IDLE_SHRINK", "1s")]).await;
    let address = process.address().await;
    until(async || health(address).await.status == 200).await;
    let resident = async || metric(address, "process_resident_memory_bytes").await >> 20;
    assert!(ask(address, &ocr(&screenshot("fullhd_dense.png"))).await.texts().len() > 30);
    // Models, runtime and program; a full-screen image takes several times as much while it is read.
    until(async || resident().await < 150).await;
    assert_eq!(metric(address, "jkocr_rebuilds_total").await, 0);
    assert_eq!(ask(address, &ocr(TEXT)).await.texts(), LINES);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_large_image_leaves_no_more_than_small_ones_need() {
    let process = Process::start_with(&["--port", "0"], &[("JKOCR_SERVE_IDLE_SHRINK", "1h")]).await;
    let address = process.address().await;
    until(async || health(address).await.status == 200).await;
    let resident = async || metric(address, "process_resident_memory_bytes").await >> 20;
    assert!(ask(address, &ocr(&screenshot("fullhd_dense.png"))).await.texts().len() > 30);
    until(async || resident().await < 200).await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn above_its_limit_of_memory_a_server_loads_its_models_anew_and_goes_on() {
    let process =
        Process::start_with(&["--port", "0", "--max-rss", "20MiB"], &[("JKOCR_SERVE_IDLE_SHRINK", "1s")]).await;
    let address = process.address().await;
    until(async || health(address).await.status == 200).await;
    assert_eq!(ask(address, &ocr(TEXT)).await.texts(), LINES);
    until(async || metric(address, "jkocr_rebuilds_total").await == 1).await;
    until(async || process.log().contains("it is raised")).await;
    assert_eq!(health(address).await.status, 200);
    assert_eq!(ask(address, &ocr(TEXT)).await.texts(), LINES);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn it_takes_no_more_threads_than_it_may_have_cores() {
    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

    let allowed = sched_getaffinity(None).expect("the cores of this thread");
    let mut one = CpuSet::new();
    one.set((0..CpuSet::MAX_CPU).find(|core| allowed.is_set(*core)).expect("a core"));
    // A process may run where the thread that starts it may.
    sched_setaffinity(None, &one).expect("fewer cores");
    let process = Process::start(&["--port", "0"]).await;
    sched_setaffinity(None, &allowed).expect("all cores again");
    until(async || process.log().contains("the engine is loaded: v5-mobile, 1 thread")).await;
}

#[tokio::test]
async fn a_taken_port_and_an_open_address_are_refused_in_words() {
    let holder = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = holder.local_addr().expect("an address").port().to_string();
    let mut process = Process::start(&["--port", &port]).await;
    assert_eq!(process.ended().await.code(), Some(1));
    until(async || process.log().contains(&format!("pid {}", std::process::id()))).await;
    drop(process);

    let mut process = Process::start(&["--host", "0.0.0.0", "--port", "0"]).await;
    assert_eq!(process.ended().await.code(), Some(2));
    until(async || process.log().contains("--allow-remote")).await;
}

#[tokio::test]
async fn an_open_address_with_a_token_serves_those_who_have_it() {
    let token = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(token.path(), "t0ken-4711\n").expect("written");
    let file = token.path().to_str().expect("text");
    let (process, address) = Process::ready(&["--host", "0.0.0.0", "--allow-remote", "--token-file", file]).await;
    ask(address, &ocr(TEXT)).await.failure(401);
    let authorized = request("POST", "/ocr", &[("authorization", "Bearer t0ken-4711")], TEXT);
    assert_eq!(ask(address, &authorized).await.texts(), LINES);
    assert!(!process.log().contains("t0ken-4711"));
}

#[tokio::test]
async fn a_unix_socket_is_served() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("jkocr.sock");
    let mut process = Process::start(&["--listen", &format!("unix:{}", path.display())]).await;
    let asked = async |bytes: &[u8]| {
        let mut client = Client::over(UnixStream::connect(&path).await.ok()?);
        client.send(bytes).await;
        Some(client.answer().await)
    };
    let health = request("GET", "/healthz", &[], b"");
    until(async || asked(&health).await.is_some_and(|answer| answer.status == 200)).await;
    assert_eq!(std::fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
    assert_eq!(asked(&ocr(TEXT)).await.expect("an answer").texts(), LINES);
    process.signal(Signal::TERM);
    assert_eq!(process.ended().await.code(), Some(0));
    assert!(!path.exists());
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn systemd_is_told_that_it_is_ready_alive_and_stopping() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("notify");
    let systemd = UnixDatagram::bind(&path).expect("a socket");
    let variables = [("NOTIFY_SOCKET", path.to_str().expect("text")), ("WATCHDOG_USEC", "100000")];
    let mut process = Process::start_with(&["--port", "0"], &variables).await;
    let mut told = Vec::new();
    let next = async || {
        let mut message = [0; 256];
        let length = timeout(LONG, systemd.recv(&mut message)).await.expect("in time").expect("a message");
        String::from_utf8_lossy(&message[..length]).trim().to_owned()
    };
    while told.len() < 3 {
        told.push(next().await);
    }
    assert_eq!(told, ["READY=1", "WATCHDOG=1", "WATCHDOG=1"]);
    assert_eq!(health(process.address().await).await.status, 200);
    process.signal(Signal::TERM);
    while next().await != "STOPPING=1" {}
    assert_eq!(process.ended().await.code(), Some(0));
}
