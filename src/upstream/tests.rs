//! Against a real socket whose other end does what a server can do.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::thread;
use std::time::Duration;

use super::*;

/// What to do with the requests of one connection, one after the other; then it closes.
type Script = &'static [Option<&'static str>];

/// Serves one connection per script: `None` reads a request and hangs up. Returns how many bodies arrived.
fn serve(scripts: &'static [Script]) -> (tempfile::TempDir, Upstream, thread::JoinHandle<usize>) {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("s");
    let listener = UnixListener::bind(&socket).unwrap();
    let server = thread::spawn(move || {
        let mut bodies = 0;
        for script in scripts {
            let (stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            for answer in *script {
                read_request(&mut reader);
                bodies += 1;
                let Some(answer) = answer else { break };
                (&stream).write_all(answer.as_bytes()).unwrap();
            }
        }
        bodies
    });
    (folder, Upstream::new(socket), server)
}

fn read_request(reader: &mut BufReader<UnixStream>) {
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.trim().parse().unwrap();
        }
        if line == "\r\n" {
            break;
        }
    }
    reader.read_exact(&mut vec![0; length]).unwrap();
}

async fn post(upstream: &Upstream) -> Result<Response<Bytes>, Error> {
    let request = Request::post("/ocr").body(Bytes::from_static(b"body")).unwrap();
    upstream.send(request, Instant::now() + Duration::from_secs(20)).await
}

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Own: a\r\nConnection: keep-alive\r\n\r\nok";

#[tokio::test]
async fn a_connection_is_kept_for_the_next_request() {
    let (_folder, upstream, server) = serve(&[&[Some(OK), Some(OK), Some(OK)]]);
    for _ in 0..3 {
        let answer = post(&upstream).await.unwrap();
        assert_eq!(answer.body(), "ok");
        assert_eq!(answer.headers().get("x-own").unwrap(), "a");
        assert!(answer.headers().get("connection").is_none());
    }
    assert_eq!(server.join().unwrap(), 3);
    assert!(upstream.traffic().received() > 0);
}

#[tokio::test]
async fn a_kept_connection_that_breaks_is_replaced_once() {
    let (_folder, upstream, server) = serve(&[&[Some(OK), None], &[Some(OK), None], &[None]]);
    post(&upstream).await.unwrap();
    post(&upstream).await.unwrap();
    let error = post(&upstream).await.unwrap_err();
    assert!(matches!(error, Error::Broken(_)), "{error:?}");
    assert_eq!(server.join().unwrap(), 5, "the kept one and one fresh one, no more");
}

#[tokio::test]
async fn what_is_no_answer_has_its_own_name() {
    for answer in [
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        "HTTP/1.1 600 Odd\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n",
    ] {
        let script: &'static [Script] = Vec::leak(vec![&*Vec::leak(vec![Some(answer)])]);
        let (_folder, upstream, server) = serve(script);
        let error = post(&upstream).await.unwrap_err();
        assert!(matches!(error, Error::NoAnswer(_)), "{error:?}");
        server.join().unwrap();
    }
    // What comes before an answer is none, and is passed over.
    let (_folder, upstream, server) =
        serve(&[&[Some("HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")]]);
    assert_eq!(post(&upstream).await.unwrap().body(), "ok");
    server.join().unwrap();
}

#[tokio::test]
async fn what_is_not_http_or_not_there_has_its_own_name() {
    let (_folder, upstream, server) = serve(&[&[Some("SSH-2.0-OpenSSH_9.9\r\n")]]);
    let error = post(&upstream).await.unwrap_err();
    assert!(matches!(error, Error::NotHttp(_)), "{error:?}");
    server.join().unwrap();
    let error = post(&Upstream::new("/nonexistent/socket".into())).await.unwrap_err();
    assert!(matches!(error, Error::Connect(_)) && error.phase() == Phase::BeforeAnswer, "{error:?}");
}
