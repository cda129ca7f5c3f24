//! What `/healthz` said to a program on the server itself.

use serde_json::Value;

use crate::doctor::facts::{GoodAnswer, Reply};
use crate::untrusted::Untrusted;

/// The most characters of the server's words that are repeated.
const WORDS: usize = 200;

/// `asked CODE`, then a response with its head; `None` if nothing could ask.
pub(super) fn parse(text: &str) -> Option<Reply> {
    let (first, answer) = text.trim_start().split_once('\n').unwrap_or((text.trim(), ""));
    let code = first.strip_prefix("asked ")?.trim();
    let answer = answer.replace('\r', "");
    let head = answer.lines().find_map(|line| line.strip_prefix("HTTP/"));
    let Some(status) = head.and_then(|line| line.split(' ').nth(1)?.parse().ok()) else {
        return Some(Reply::Unanswered { problem: problem(code).into() });
    };
    let body = answer.find('{').and_then(|start| answer[start..].rfind('}').map(|end| &answer[start..=start + end]));
    let body: Option<Value> = body.and_then(|body| serde_json::from_str(body).ok());
    let member = |name| body.as_ref().and_then(|body| body.get(name)).and_then(Value::as_str);
    let server = || {
        let lines = answer.lines().filter_map(|line| line.trim().split_once(':'));
        let mut named = lines.filter(|(name, _)| name.eq_ignore_ascii_case("server"));
        named.next().map(|(_, value)| Untrusted::new(value.trim()))
    };
    Some(match (status, member("status"), member("errorMsg")) {
        (200, Some("ok"), _) => Reply::Well(GoodAnswer { millis: 0, backend: None, server: server() }),
        (_, _, Some(words)) => Reply::Unwell { status, message: Untrusted::up_to(WORDS, words) },
        _ => Reply::Foreign { status },
    })
}

/// curl's exit codes 7 and 28 are the ones that occur (curl(1)); wget's 4 is any failure of the network.
fn problem(code: &str) -> String {
    match code {
        "7" => "connection refused".to_owned(),
        "28" => "no answer".to_owned(),
        _ => format!("exit {code}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Reply, parse};

    #[test]
    fn what_a_server_says_of_itself() {
        let well = "asked 0\nHTTP/1.1 200 OK\r\nserver: jkocr/0.1.0\r\n\r\n{\"status\":\"ok\"}\n";
        let Some(Reply::Well(answer)) = parse(well) else { panic!("well") };
        assert_eq!(answer.server.as_deref(), Some("jkocr/0.1.0"));
        let wget = "asked 0\nHTTP/1.0 200 OK\n  Server: jkocr/0.1.0\n  Content-Length: 15\n{\"status\":\"ok\"}";
        assert!(matches!(parse(wget), Some(Reply::Well(_))));
        let loading = "asked 0\nHTTP/1.1 503 x\n\n{\"errorCode\":503,\"errorMsg\":\"loading\"}";
        assert_eq!(parse(loading), Some(Reply::Unwell { status: 503, message: "loading".into() }));
        assert_eq!(parse("asked 0\nHTTP/1.1 404 x\n\n<html>"), Some(Reply::Foreign { status: 404 }));
        let refused = Some(Reply::Unanswered { problem: "connection refused".into() });
        assert_eq!(parse("asked 7\n"), refused);
        assert_eq!(parse("\n"), None);
    }
}
