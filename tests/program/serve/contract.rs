//! What Bob's plugin and PaddleX's clients rely on.

use jkocr::backend::Offer;
use jkocr::http::Failures;
use jkocr::language::Language;
use jkocr::ocr::{Params, document};
use serde_json::{Value, json};

use super::client::{Client, ask, ocr, request};
use super::server::{CANARY, Server, Setup, TEXT, VALIDATE, body_of, body_with};

#[tokio::test]
async fn bobs_request_gets_its_texts() {
    let server = Server::start().await;
    let answer = server.ask(&ocr(TEXT)).await;
    assert_eq!(answer.texts(), [CANARY]);
    assert_eq!(answer.header("x-jkocr-backend"), Some("local"));
    let timing = answer.header("server-timing").expect("a header");
    for stage in ["queue;dur=", "decode;dur=", "detect;dur=", "recognize;dur=", "total;dur="] {
        assert!(timing.contains(stage), "{timing}");
    }
    let body = answer.json();
    assert_eq!(
        body.as_object().expect("an object").keys().collect::<Vec<_>>(),
        ["logId", "errorCode", "errorMsg", "result"]
    );
    assert_eq!(body["errorMsg"], "Success");
    let result = &body["result"];
    let info = json!({ "inputType": "image", "pages": 1, "width": 640, "height": 200, "type": "image" });
    assert_eq!(result["dataInfo"], info);
    let page = &result["ocrResults"][0];
    for picture in ["ocrImage", "docPreprocessingImage", "inputImage"] {
        assert_eq!(page.get(picture), Some(&Value::Null));
    }
    assert_eq!(page["prunedResult"]["text_rec_score_thresh"], 0.3);
    assert!(page["prunedResult"].get("input_path").is_none());
}

#[tokio::test]
async fn the_validation_image_is_answered_without_reading() {
    let server = Server::start().await;
    for body in [VALIDATE, include_bytes!("../../data/requests/validate.plain.json")] {
        let answer = server.ask(&ocr(body)).await;
        assert_eq!(answer.texts(), [""; 0]);
        assert_eq!(answer.json()["result"]["dataInfo"]["width"], 1);
    }
    assert_eq!(server.script.begun.load(std::sync::atomic::Ordering::SeqCst), 0);
}

#[tokio::test]
async fn what_the_reference_reads_on_one_pixel_is_what_validation_gets() {
    let answer = Server::start().await.ask(&ocr(VALIDATE)).await;
    let expected = json!({
        "model_settings": { "use_doc_preprocessor": false, "use_textline_orientation": false },
        "dt_polys": [],
        "text_det_params": {
            "limit_side_len": 64, "limit_type": "min", "thresh": 0.3, "max_side_limit": 4000, "box_thresh": 0.6,
            "unclip_ratio": 1.5,
        },
        "text_type": "general",
        "text_rec_score_thresh": 0.3,
        "return_word_box": false,
        "rec_texts": [], "rec_scores": [], "rec_polys": [], "rec_boxes": [],
    });
    let pruned = &answer.json()["result"]["ocrResults"][0]["prunedResult"];
    assert_eq!(pruned, &expected);
    // Written out, they are equal only if their keys are in the same order.
    assert_eq!(pruned.to_string(), expected.to_string());
}

#[tokio::test]
async fn health_is_exactly_what_old_plugins_look_for() {
    let server = Server::start().await;
    for path in ["/healthz", "/healthz?x=1"] {
        let answer = server.ask(&request("GET", path, &[], b"")).await;
        assert_eq!((answer.status, answer.text().as_str()), (200, r#"{"status":"ok"}"#));
        assert_eq!(answer.header("content-type"), Some("application/json"));
    }
    let mut client = Client::connect(server.address).await;
    client.send(&request("HEAD", "/healthz", &[], b"")).await;
    assert_eq!(client.answer_to("HEAD").await.status, 200);
}

#[tokio::test]
async fn other_routes_and_methods_are_refused_in_words() {
    let server = Server::start().await;
    for (method, path) in
        [("GET", "/index.html"), ("POST", "/"), ("POST", "/OCR"), ("GET", "/ocr/x"), ("DELETE", "/favicon.ico")]
    {
        let answer = server.ask(&request(method, path, &[], b"")).await;
        assert_eq!(answer.failure(404), "接口不存在，仅支持 POST /ocr。", "{method} {path}");
    }
    for method in ["GET", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "BREW"] {
        let answer = server.ask(&request(method, "/ocr", &[], b"")).await;
        assert_eq!(answer.failure(405), "仅支持 POST /ocr。", "{method}");
        assert_eq!(answer.header("allow"), Some("POST"));
    }
    let answer = server.ask(&request("POST", "/healthz", &[], b"{}")).await;
    answer.failure(405);
    assert_eq!(answer.header("allow"), Some("GET,HEAD"));
}

#[tokio::test]
async fn the_addresses_that_users_type_work() {
    let server = Server::start().await;
    for path in ["/ocr", "/ocr/", "/ocr?x=1", "/ocr/?x=1"] {
        let answer =
            server.ask(&request("POST", path, &[("content-type", "application/json; charset=utf-8")], TEXT)).await;
        assert_eq!(answer.texts(), [CANARY], "{path}");
    }
    assert_eq!(server.ask(&request("POST", "/ocr", &[], TEXT)).await.texts(), [CANARY], "without a content type");
}

#[tokio::test]
async fn bad_bodies_are_refused_in_the_words_users_know() {
    let server = Server::start().await;
    let cases: [(&[u8], &str); 13] = [
        (b"{", "请求体不是合法 JSON。"),
        (b"\xff\xfe", "请求体不是合法 JSON。"),
        (b"[]", "请求体必须是 JSON 对象。"),
        (b"{}", "file 必须是非空 Base64 字符串。"),
        (br#"{"file":"  "}"#, "file 必须是非空 Base64 字符串。"),
        (br#"{"file":"YWJ"}"#, "file 不是合法的 Base64 字符串。"),
        (br#"{"file":"=="}"#, "file 解码后为空。"),
        (br#"{"file":"YWJj","useDocUnwarping":1}"#, "useDocUnwarping 必须是布尔值。"),
        (br#"{"file":"YWJj","textRecScoreThresh":true}"#, "textRecScoreThresh 必须是数值。"),
        (br#"{"file":"YWJj","textRecScoreThresh":1.5}"#, "textRecScoreThresh 必须在 [0.0, 1.0] 范围内。"),
        (br#"{"file":"YWJj","profile":"people"}"#, "profile 只能是 screen 或 paddle。"),
        (br#"{"file":"YWJj","readingOrder":"people"}"#, "readingOrder 只能是 auto 或 paddle。"),
        (br#"{"file":"https:\/\/a.example\/b.png"}"#, "file 不能是网址，请先下载图片，再以 Base64 发送。"),
    ];
    for (body, words) in cases {
        assert_eq!(server.ask(&ocr(body)).await.failure(400), words, "{}", String::from_utf8_lossy(body));
    }
}

#[tokio::test]
async fn what_is_no_image_is_refused_without_a_path() {
    let server = Server::start().await;
    let mut cut = std::io::Cursor::new(Vec::new());
    image::RgbImage::new(99, 99).write_to(&mut cut, image::ImageFormat::Png).expect("a PNG");
    cut.get_mut().truncate(60);
    let heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic";
    let files: [(&[u8], &str); 4] =
        [(b"no image", "无法识别"), (b"%PDF-1.7", "PDF"), (heic, "HEIC"), (cut.get_ref(), "无法解码")];
    for (file, words) in files {
        let answer = server.ask(&ocr(&body_with(file))).await.failure(400);
        assert!(answer.contains(words), "{answer}");
        assert!(!answer.contains('/'), "{answer}");
    }
}

#[tokio::test]
async fn more_pixels_than_allowed_are_refused_before_they_are_decoded() {
    let server = Server::start().await;
    // A PNG that says it has 400 million pixels; there is nothing behind its header.
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x4e\x20\0\0\x4e\x20\x08\x02\0\0\0".to_vec();
    png.extend_from_slice(&[0x49, 0xb4, 0xe8, 0xb7]);
    let words = server.ask(&ocr(&body_with(&png))).await.failure(400);
    assert!(words.contains("20000×20000") && words.contains("100"), "{words}");
}

/// Bob's request with a switch on.
fn with_switch(body: &[u8], switch: &str) -> Vec<u8> {
    let body = String::from_utf8(body.to_vec()).expect("text");
    let on = body.replace(&format!("\"{switch}\":false"), &format!("\"{switch}\":true"));
    assert_ne!(body, on, "{switch}");
    on.into_bytes()
}

#[tokio::test]
async fn a_document_switch_names_what_to_do_even_in_validation_until_its_model_is_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| folder.path().join(name);
    let document = document::ModelPaths {
        orientation: file("orientation"),
        unwarping: file("unwarping"),
        textline_orientation: file("lines"),
    };
    let offer = Offer { document: document.clone(), ..Offer::default() };
    let server = Setup { offer, ..Setup::default() }.start().await;
    for (switch, file) in [
        ("useDocOrientationClassify", &document.orientation),
        ("useDocUnwarping", &document.unwarping),
        ("useTextlineOrientation", &document.textline_orientation),
    ] {
        for body in [VALIDATE, TEXT] {
            let words = server.ask(&ocr(&with_switch(body, switch))).await.failure(400);
            assert!(words.contains(switch) && words.contains("jkocr models pull doc"), "{words}");
        }
        std::fs::write(file, b"a model").expect("a file");
        assert_eq!(server.ask(&ocr(&with_switch(VALIDATE, switch))).await.texts(), [""; 0]);
        assert_eq!(server.ask(&ocr(&with_switch(TEXT, switch))).await.texts(), [CANARY]);
    }
}

#[tokio::test]
async fn what_a_request_leaves_open_is_as_configured() {
    let usual = Params { word_boxes: true, rec_score_thresh: 0.25, ..Params::default() };
    let offer = Offer { usual, ..Offer::default() };
    let server = Setup { offer, ..Setup::default() }.start().await;
    let said = async |body: Value| {
        let answer = server.ask(&ocr(body.to_string().as_bytes())).await.json();
        answer["result"]["ocrResults"][0]["prunedResult"].clone()
    };
    let file: Value = serde_json::from_slice::<Value>(TEXT).expect("JSON")["file"].clone();
    let usual = said(json!({ "file": file })).await;
    assert_eq!((&usual["return_word_box"], &usual["text_rec_score_thresh"]), (&json!(true), &json!(0.25)));
    let other = said(json!({ "file": file, "returnWordBox": false, "textRecScoreThresh": 0.5 })).await;
    assert_eq!((&other["return_word_box"], &other["text_rec_score_thresh"]), (&json!(false), &json!(0.5)));
    assert!(other.get("text_word").is_none());
}

#[tokio::test]
async fn the_callers_log_id_comes_back() {
    let server = Server::start().await;
    for (file, ok) in [
        ("YWJj", false),
        ("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4//8/AAX+Av4N70a4AAAAAElFTkSuQmCC", true),
    ] {
        let body = json!({ "file": file, "logId": "my-7" }).to_string();
        let answer = server.ask(&ocr(body.as_bytes())).await.json();
        assert_eq!((answer["logId"].as_str(), answer["errorCode"] == 0), (Some("my-7"), ok));
    }
}

#[tokio::test]
async fn messages_are_english_when_that_is_configured() {
    let server = Setup { language: Language::English, ..Setup::default() }.start().await;
    assert_eq!(server.ask(&ocr(b"{")).await.failure(400), "The body is not valid JSON.");
}

#[tokio::test]
async fn bob_gets_what_its_user_meets_with_status_200() {
    let server = Setup { failures: Failures::WithStatusOk, ..Setup::default() }.start().await;
    let answer = server.ask(&ocr(&body_with(b"no image"))).await;
    assert_eq!(answer.status, 200);
    answer.failure_in_envelope(400);
    // What only a program can do wrong keeps its status.
    server.ask(&ocr(b"{")).await.failure(400);
    server.ask(&request("GET", "/nowhere", &[], b"")).await.failure(404);
}

#[tokio::test]
async fn a_connection_serves_many_requests() {
    let server = Server::start().await;
    let mut client = Client::connect(server.address).await;
    for _ in 0..3 {
        client.send(&ocr(&body_of(9, 9))).await;
        assert_eq!(client.answer().await.texts(), [CANARY]);
        client.send(&ocr(b"{")).await;
        client.answer().await.failure(400);
    }
    // Two at once: the answers come in order.
    client.send(&[ocr(VALIDATE), ocr(TEXT)].concat()).await;
    assert_eq!(client.answer().await.texts(), [""; 0]);
    assert_eq!(client.answer().await.texts(), [CANARY]);
}

#[tokio::test]
async fn metrics_tell_what_happened() {
    let server = Server::start().await;
    server.ask(&ocr(TEXT)).await.texts();
    server.ask(&ocr(b"{")).await.failure(400);
    server.counts("jkocr_requests_total{route=\"ocr\",outcome=\"ok\"} 1").await;
    server.counts("jkocr_requests_total{route=\"ocr\",outcome=\"not_json\"} 1").await;
    server.counts("jkocr_stage_seconds_count{stage=\"detect\"} 1").await;
    let answer = ask(server.address, &request("GET", "/metrics", &[], b"")).await;
    assert!(answer.header("content-type").is_some_and(|kind| kind.starts_with("application/openmetrics-text")));
}
