//! `openapi.yaml` against the running server: it says what happens, no less and no more.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jkocr::http::{Guards, Limits, Secret};
use jkocr::worker::Load;
use jsonschema::Validator;
use serde_json::{Value, json};

use super::client::{Answer, Client, ocr, request};
use super::server::{Script, Server, Setup, TEXT, VALIDATE, body_of};

fn document() -> Value {
    serde_saphyr::from_str(include_str!("../../../openapi.yaml")).expect("YAML")
}

/// A schema of the document, by its JSON pointer.
pub fn schema(pointer: &str) -> Validator {
    let mut document = document();
    document["$ref"] = json!(format!("#{pointer}"));
    jsonschema::draft202012::new(&document).expect("a schema")
}

#[track_caller]
pub fn assert_valid(schema: &Validator, value: &Value) {
    let errors: Vec<_> = schema.iter_errors(value).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?} in {value}");
}

/// The answers that a route can give, each from a server that is in the state for it.
async fn answers() -> Vec<(&'static str, Answer)> {
    let plain = Server::start().await;
    let expecting =
        b"POST /ocr HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\ncontent-length: 999999999\r\n\r\n";
    let coded = b"POST /ocr HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: gzip, chunked\r\n\r\n";
    let header = request("POST", "/ocr", &[("x", &"y".repeat(200_000))], b"");
    let mut answers = vec![
        ("/ocr", plain.ask(&ocr(TEXT)).await),
        ("/ocr", plain.ask(&ocr(VALIDATE)).await),
        ("/ocr", plain.ask(&ocr(b"{")).await),
        ("/ocr", plain.ask(&request("POST", "/ocr", &[("origin", "null")], b"{}")).await),
        ("/ocr", plain.ask(&request("GET", "/ocr", &[], b"")).await),
        ("/ocr", plain.ask(b"POST /ocr HTTP/1.1\r\nhost: localhost\r\n\r\n").await),
        ("/ocr", plain.ask(expecting).await),
        ("/ocr", plain.ask(coded).await),
        ("/ocr", plain.ask(&request("POST", "/ocr", &[("content-type", "text/plain")], b"{}")).await),
        ("/ocr", plain.ask(&request("POST", "/ocr", &[("host", "evil.example")], b"{}")).await),
        ("/ocr", plain.ask(&header).await),
        ("/ocr", plain.ask(&ocr(&body_of(2, 2))).await),
        ("/", plain.ask(&request("GET", "/", &[], b"")).await),
        ("/", plain.ask(&request("GET", "/", &[("sec-fetch-site", "cross-site")], b"")).await),
        ("/healthz", plain.ask(&request("GET", "/healthz", &[], b"")).await),
        ("/metrics", plain.ask(&request("GET", "/metrics", &[], b"")).await),
    ];
    answers.extend(guarded_answers().await);
    answers.extend(slow_answers().await);
    answers
}

async fn guarded_answers() -> Vec<(&'static str, Answer)> {
    let guards = Guards { token: Secret::new("t0ken"), ..Guards::default() };
    let token = Setup { guards, ..Setup::default() }.start().await;
    let guards = Guards { prefix: Secret::new("s3cret"), ..Guards::default() };
    let prefix = Setup { guards, ..Setup::default() }.start().await;
    vec![
        ("/ocr", token.ask(&ocr(TEXT)).await),
        ("/metrics", token.ask(&request("GET", "/metrics", &[], b"")).await),
        ("/ocr", prefix.ask(&ocr(TEXT)).await),
    ]
}

async fn slow_answers() -> Vec<(&'static str, Answer)> {
    let short = Duration::from_millis(200);
    let limits = Limits { body_pause: short, answer_time: short, ..Limits::default() };
    let script = Script::default();
    script.hold.store(true, Ordering::SeqCst);
    let held = Setup { limits: limits.clone(), script, ..Setup::default() }.start().await;
    let mut silent = Client::connect(held.address).await;
    silent.send(b"POST /ocr HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\n").await;
    let script = Script::default();
    script.hold.store(true, Ordering::SeqCst);
    let loading = Setup { load: Load::AtOnce, script, ..Setup::default() }.start().await;
    vec![
        ("/ocr", silent.answer().await),
        ("/ocr", held.ask(&ocr(TEXT)).await),
        ("/ocr", loading.ask(&ocr(TEXT)).await),
        ("/healthz", loading.ask(&request("GET", "/healthz", &[], b"")).await),
    ]
}

#[tokio::test]
async fn each_answer_is_documented_and_each_documented_answer_is_given() {
    let document = document();
    let mut given = BTreeSet::new();
    for (route, answer) in answers().await {
        let method = if route == "/ocr" { "post" } else { "get" };
        let status = answer.status.to_string();
        let mut described = &document["paths"][route][method]["responses"][&status];
        if let Some(reference) = described["$ref"].as_str() {
            described = document.pointer(&reference[1..]).expect("the reference leads somewhere");
        }
        assert!(described.is_object(), "{route} answers {status}, which is not documented");
        check_headers(described, &answer);
        check_body(described, &answer);
        given.insert((route.to_owned(), status));
    }
    let paths = document["paths"].as_object().expect("paths");
    let documented: BTreeSet<_> = paths
        .iter()
        .flat_map(|(route, methods)| methods.as_object().expect("methods").values().map(move |method| (route, method)))
        .flat_map(|(route, method)| {
            let statuses = method["responses"].as_object().expect("responses").keys();
            statuses.map(|status| (route.clone(), status.clone()))
        })
        .collect();
    assert_eq!(given, documented);
}

fn check_headers(described: &Value, answer: &Answer) {
    for (name, header) in described["headers"].as_object().into_iter().flatten() {
        let value = answer.header(&name.to_ascii_lowercase()).unwrap_or_else(|| panic!("no {name}: {answer:?}"));
        let value = value.parse::<u64>().map_or_else(|_| json!(value), |number| json!(number));
        assert_valid(&jsonschema::draft202012::new(&header["schema"]).expect("a schema"), &value);
    }
}

fn check_body(described: &Value, answer: &Answer) {
    let contents = described["content"].as_object().expect("contents");
    let kind = answer.header("content-type").expect("a type").split(';').next().expect("one part");
    let content = contents.get(kind).unwrap_or_else(|| panic!("{kind} is not documented"));
    match content["schema"]["$ref"].as_str() {
        Some(reference) => assert_valid(&schema(&reference[1..]), &answer.json()),
        None => assert_eq!(content["schema"]["type"], "string"),
    }
}

#[tokio::test]
async fn what_the_request_schema_says_is_what_the_server_does() {
    let schema = schema("/components/schemas/Request");
    let server = Server::start().await;
    let bob: Value = serde_json::from_slice(TEXT).expect("JSON");
    let with = |field: &str, value: Value| {
        let mut request = bob.clone();
        request[field] = value;
        request
    };
    let cases = [
        (bob.clone(), true),
        (with("fileType", Value::Null), true),
        (with("fileType", json!(1.0)), true),
        (with("fileType", json!(2)), false),
        (with("file", json!("")), false),
        (with("file", json!("http://a.example/b.png")), false),
        (with("logId", json!("mine")), true),
        (with("textRecScoreThresh", json!(1)), true),
        (with("textRecScoreThresh", json!(1.1)), false),
        (with("textRecScoreThresh", json!("0.5")), false),
        (with("textDetLimitSideLen", json!(960)), true),
        (with("textDetLimitSideLen", json!(64.5)), false),
        (with("textDetLimitSideLen", json!(10_001)), false),
        (with("textDetLimitType", json!("resize_long")), true),
        (with("textDetLimitType", json!("bogus")), false),
        (with("textDetUnclipRatio", json!(11)), false),
        (with("useDocUnwarping", Value::Null), true),
        (with("useDocUnwarping", json!("no")), false),
        (with("returnWordBox", json!(false)), true),
        (with("returnWordBox", json!(true)), true),
        (with("profile", json!("paddle")), true),
        (with("profile", json!("people")), false),
        (with("readingOrder", json!("paddle")), true),
        (with("readingOrder", json!("people")), false),
        (with("layout", json!("kept")), true),
        (with("layout", json!("columns")), false),
        (with("ruby", json!("brackets")), true),
        (with("ruby", json!("columns")), false),
        (with("paragraphs", json!(true)), true),
        (with("paragraphs", json!("yes")), false),
        (with("visualize", json!(true)), true),
        (with("visualize", json!(1)), false),
        (with("somethingElse", json!([1])), true),
    ];
    for (request, accepted) in cases {
        assert_eq!(schema.is_valid(&request), accepted, "{request}");
        let answer = server.ask(&ocr(request.to_string().as_bytes())).await;
        assert_eq!(answer.status == 200, accepted, "{}", answer.text());
    }
}
