//! Bodies that nobody sends on purpose: each is answered in words, costs nobody else anything, and crashes nothing.

use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::Index;
use tokio::runtime::Runtime;

use super::client::{Answer, Client, ask, ocr, request};
use super::server::{CANARY, Server, TEXT, VALIDATE, body_with};

/// A server for all cases of all laws, and what runs it.
static SHARED: LazyLock<(Runtime, Server)> = LazyLock::new(|| {
    let runtime = Runtime::new().expect("threads");
    let server = runtime.block_on(Server::start());
    (runtime, server)
});

/// The answer to `body`, which is a success or a refusal of what the body says.
fn answered(body: &[u8]) -> Answer {
    let (runtime, server) = &*SHARED;
    let length = body.len().to_string();
    let head = request("POST", "/ocr", &[("content-length", &length)], b"");
    let answer = runtime.block_on(ask(server.address, &[&head, body].concat()));
    if answer.status == 200 {
        answer.texts();
    } else {
        let words = answer.failure(400);
        assert!(!words.contains('\n') && words.encode_utf16().count() <= 450, "{words}");
    }
    answer
}

#[test]
fn a_corpus_of_bad_bodies_is_refused_one_by_one() {
    let deep = [vec![b'['; 100_000], vec![b']'; 100_000]].concat();
    let nested = [br#"{"x":"#.repeat(100_000), b"1".to_vec(), b"}".repeat(100_000)].concat();
    let long_number =
        [br#"{"file":"YWJj","textRecScoreThresh":0."#.to_vec(), vec![b'1'; 100_000], b"}".to_vec()].concat();
    let bodies: &[&[u8]] = &[
        b"",
        b" ",
        b"null",
        b"\0",
        b"\xef\xbb\xbf{}",
        b"{\"file\"",
        b"{\"file\":}",
        b"{\"file\":\"YWJj\",}",
        b"{'file':'YWJj'}",
        b"{\"file\":\"YWJj\"}{}",
        b"{\"file\":\"YWJj\" \"visualize\":false}",
        b"{\"file\":\"\\ud800\"}",
        b"{\"file\":\"\xff\"}",
        b"{\"file\":\"YWJj\\u000a\"}",
        b"{\"file\":[\"YWJj\"]}",
        b"{\"file\":\"YWJj\",\"textRecScoreThresh\":NaN}",
        b"{\"file\":\"YWJj\",\"textRecScoreThresh\":1e999}",
        b"{\"file\":\"YWJj\",\"textRecScoreThresh\":-0.1}",
        b"{\"file\":\"YWJj\",\"textDetLimitSideLen\":18446744073709551616}",
        b"{\"file\":\"YWJj\",\"fileType\":\"1\"}",
        b"{\"file\":\"data:image/png;base64,YWJj\"}",
        b"{\"file\":\"file:///etc/passwd\"}",
        &deep,
        &nested,
        &long_number,
    ];
    for body in bodies {
        assert_eq!(answered(body).status, 400, "{}", String::from_utf8_lossy(&body[..body.len().min(80)]));
    }
    assert_eq!(answered(TEXT).texts(), [CANARY]);
}

#[test]
fn a_corpus_of_bad_images_is_refused_one_by_one() {
    // Heads that promise what does not follow: sizes of gigapixels, no size, palettes and frames that are not there.
    let files: &[&[u8]] = &[
        b"\x89PNG\r\n\x1a\n",
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\x7f\xff\xff\xff\x7f\xff\xff\xff\x08\x06\0\0\0\0\0\0\0",
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\0\0\0\0\0\x08\x06\0\0\0\0\0\0\0",
        b"\xff\xd8\xff",
        b"\xff\xd8\xff\xc0\0\x11\x08\xff\xff\xff\xff\x03\x01\x22\0\x02\x11\x01\x03\x11\x01",
        b"GIF89a\xff\xff\xff\xff\xf7\0\0",
        b"GIF89a\0\0\0\0\0\0\0;",
        b"BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\xff\xff\xff\x7f\xff\xff\xff\x7f\x01\0\x18\0\0\0\0\0",
        b"BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x01\0\0\0\0\0\0\x80\x01\0\x18\0\0\0\0\0",
        b"II*\0\x08\0\0\0\xff\xff",
        b"MM\0*\0\0\0\x08\0\0",
        b"RIFF\xff\xff\xff\xffWEBPVP8X\x0a\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff",
        b"RIFF\x04\0\0\0WEBP",
        b"\0\0\0\x14ftypavif\0\0\0\0avif",
        b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>",
    ];
    for file in files {
        assert_eq!(answered(&body_with(file)).status, 400, "{:?}", String::from_utf8_lossy(file));
    }
    assert_eq!(answered(TEXT).texts(), [CANARY]);
}

/// One way of spoiling bytes.
#[derive(Debug, Clone)]
enum Damage {
    Cut(Index),
    Flip(Index, u8),
    Insert(Index, Vec<u8>),
    Repeat(Index, Index),
}

fn damage() -> impl Strategy<Value = Damage> {
    let token = prop_oneof![
        prop::collection::vec(any::<u8>(), 1..8),
        prop::sample::select(vec!["{", "}", "[", "\"", "\\", "\\u0000", "null", "1e9", ",", ":", "=", "\u{feff}"])
            .prop_map(|text| text.as_bytes().to_vec()),
    ];
    prop_oneof![
        any::<Index>().prop_map(Damage::Cut),
        (any::<Index>(), 1..=u8::MAX).prop_map(|(at, bits)| Damage::Flip(at, bits)),
        (any::<Index>(), token).prop_map(|(at, bytes)| Damage::Insert(at, bytes)),
        (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Damage::Repeat(from, to)),
    ]
}

fn spoilt(bytes: &[u8], damages: &[Damage]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for damage in damages {
        if bytes.is_empty() {
            break;
        }
        match damage {
            Damage::Cut(at) => bytes.truncate(at.index(bytes.len())),
            Damage::Flip(at, bits) => {
                let at = at.index(bytes.len());
                bytes[at] ^= bits;
            }
            Damage::Insert(at, more) => {
                let at = at.index(bytes.len());
                bytes.splice(at..at, more.iter().copied());
            }
            Damage::Repeat(from, to) => {
                let (from, to) = (from.index(bytes.len()), to.index(bytes.len()));
                let part = bytes[from.min(to)..from.max(to)].to_vec();
                bytes.splice(from..from, part);
            }
        }
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn spoilt_requests_are_answered(damages in prop::collection::vec(damage(), 1..5)) {
        answered(&spoilt(VALIDATE, &damages));
        answered(&spoilt(TEXT, &damages));
    }

    #[test]
    fn spoilt_images_are_answered(
        file in prop::sample::select(vec!["text.png", "text.gif", "text.webp", "text-lzw.tiff", "colors-progressive.jpg"]),
        damages in prop::collection::vec(damage(), 1..5),
    ) {
        let file = std::fs::read(crate::common::data("formats").join(file)).expect("an image");
        answered(&body_with(&spoilt(&file, &damages)));
    }

    #[test]
    fn any_bytes_are_answered(body in prop::collection::vec(any::<u8>(), 0..200)) {
        answered(&body);
    }
}

#[tokio::test]
async fn a_bad_body_leaves_its_connection_in_step() {
    let server = Server::start().await;
    let mut client = Client::connect(server.address).await;
    for body in [b"{".as_slice(), b"[1]", &body_with(b"no image"), b"{\"file\":1}"] {
        client.send(&ocr(body)).await;
        client.answer().await.failure(400);
        client.send(&ocr(TEXT)).await;
        assert_eq!(client.answer().await.texts(), [CANARY]);
    }
}
