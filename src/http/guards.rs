//! Who may ask: the host a request was made for, the page it comes from, the token and the secret path.
//!
//! A web page can make the browser send requests to 127.0.0.1; it cannot keep the browser from saying so.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use hyper::header::{AUTHORIZATION, HOST, HeaderMap, HeaderValue, ORIGIN};
use hyper::http::request::Parts;
use hyper::{Method, Uri, Version};
use subtle::ConstantTimeEq as _;

use crate::api::Error;

/// The header in which browsers say how the page that asks is related to this server (W3C Fetch Metadata).
const SEC_FETCH_SITE: &str = "sec-fetch-site";

/// A text that only its owner knows. It is compared in constant time and never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes the text without the white space around it; `None` if nothing is left.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self(text.to_owned()))
    }

    /// What a request carries that has it, and no log shows; `None` if no header can.
    #[must_use]
    pub(crate) fn bearer(&self) -> Option<HeaderValue> {
        let mut value = HeaderValue::from_str(&format!("Bearer {}", self.0)).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    fn is(&self, offered: &[u8]) -> bool {
        self.0.as_bytes().ct_eq(offered).into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(…)")
    }
}

/// What is asked of every request before it is looked at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Guards {
    /// Host names besides the loopback ones, without a port (then any port) or with one.
    pub allowed_hosts: Vec<String>,
    /// What `Authorization: Bearer` must carry. Without it a request needs none.
    pub token: Option<Secret>,
    /// What the path must begin with, without slashes at its ends: `http://127.0.0.1:8080/<prefix>/ocr`.
    pub prefix: Option<Secret>,
}

impl Guards {
    /// Lets a request pass, and takes the secret prefix off its path.
    ///
    /// `GET /healthz` needs neither prefix nor token, so that load balancers can ask; it says nothing but whether
    /// the server works. The page at `/` needs no token, since a browser has none to send: the page asks for it.
    ///
    /// # Errors
    /// Which guard refused it.
    pub(crate) fn admit(&self, request: &mut Parts) -> Result<(), Error> {
        let host = self.host(request)?;
        origin(&request.headers, host.as_deref())?;
        if request.uri.path() == "/healthz" {
            return Ok(());
        }
        if let Some(prefix) = &self.prefix {
            request.uri = without(prefix, &request.uri).ok_or(Error::NotFound)?;
        }
        if request.uri.path() == "/" && matches!(request.method, Method::GET | Method::HEAD) {
            return Ok(());
        }
        match &self.token {
            Some(token) if !bearer(&request.headers).is_some_and(|offered| token.is(offered)) => Err(Error::NoToken),
            _ => Ok(()),
        }
    }

    /// The host a request was made for, if it is one of ours. Before HTTP/1.1 a request may go without.
    fn host(&self, request: &Parts) -> Result<Option<String>, Error> {
        let mut named = request.headers.get_all(HOST).iter();
        let host = match (named.next(), named.next()) {
            (None, _) if request.version == Version::HTTP_11 => return Err(Error::NoHost),
            (Some(_), Some(_)) => return Err(Error::NoHost),
            (host, _) => host.map(HeaderValue::to_str).transpose().map_err(|_| Error::ForeignHost)?,
        };
        // A request line with a whole address names a host, too.
        let target = request.uri.authority().map(hyper::http::uri::Authority::as_str);
        if host.into_iter().chain(target).all(|host| self.allows(host)) {
            Ok(host.map(str::to_owned))
        } else {
            Err(Error::ForeignHost)
        }
    }

    fn allows(&self, host: &str) -> bool {
        let Some(name) = without_port(host) else { return false };
        is_loopback(name)
            || self
                .allowed_hosts
                .iter()
                .any(|allowed| allowed.eq_ignore_ascii_case(name) || allowed.eq_ignore_ascii_case(host))
    }
}

/// The name in `name`, `name:port`, `[address]` or `[address]:port`.
fn without_port(host: &str) -> Option<&str> {
    let end = match host.strip_prefix('[') {
        Some(rest) => rest.find(']')? + 2,
        None => host.find(':').unwrap_or(host.len()),
    };
    let (name, port) = host.split_at(end);
    let port_is_fine = port.is_empty()
        || port.strip_prefix(':').is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    (port_is_fine && !name.is_empty()).then_some(name)
}

fn is_loopback(name: &str) -> bool {
    let address = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    match address {
        Some(address) => address.parse::<Ipv6Addr>().is_ok_and(|address| address.is_loopback()),
        None => {
            name.eq_ignore_ascii_case("localhost")
                || name.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
        }
    }
}

/// Refuses what a page of another origin asks. Only this server's own page has something to ask of it.
fn origin(headers: &HeaderMap, host: Option<&str>) -> Result<(), Error> {
    let same = |origin: &HeaderValue| {
        let origin = origin.to_str().ok()?;
        let origin = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"))?;
        host.filter(|host| host.eq_ignore_ascii_case(origin))
    };
    let own = headers.get_all(ORIGIN).iter().all(|origin| same(origin).is_some());
    let site = |value: &HeaderValue| matches!(value.as_bytes(), b"none" | b"same-origin");
    if own && headers.get_all(SEC_FETCH_SITE).iter().all(site) { Ok(()) } else { Err(Error::ForeignOrigin) }
}

/// The path after `/<prefix>`, with the query. The prefix alone, as people type it, means the page behind it.
fn without(prefix: &Secret, uri: &Uri) -> Option<Uri> {
    let rest = uri.path_and_query()?.as_str().strip_prefix('/')?;
    let (offered, rest) = rest.split_at_checked(prefix.0.len())?;
    let whole = rest.is_empty() || rest.starts_with(['/', '?']);
    let rest = if rest.starts_with('/') { rest.parse() } else { format!("/{rest}").parse() };
    (prefix.is(offered.as_bytes()) & whole).then(|| rest.ok()).flatten()
}

fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.as_bytes().split_at_checked("Bearer ".len())?;
    scheme.eq_ignore_ascii_case(b"bearer ").then(|| token.trim_ascii())
}

#[cfg(test)]
mod tests {
    use hyper::Request;

    use super::{Error, Guards, Secret};

    fn admit(guards: &Guards, path: &str, headers: &[(&str, &str)]) -> Result<String, Error> {
        let mut request = Request::post(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (mut parts, ()) = request.body(()).expect("a request").into_parts();
        guards.admit(&mut parts).map(|()| parts.uri.to_string())
    }

    #[test]
    fn only_loopback_and_allowed_hosts_are_served() {
        let guards = Guards { allowed_hosts: vec!["ocr.lan".to_owned(), "two.lan:9".to_owned()], ..Guards::default() };
        let host = |host: &str| admit(&guards, "/ocr", &[("host", host)]).is_ok();
        for ours in
            ["127.0.0.1", "127.0.0.1:50000", "LOCALHOST:1", "[::1]", "[::1]:8080", "ocr.lan:7", "OCR.lan", "two.lan:9"]
        {
            assert!(host(ours), "{ours}");
        }
        for foreign in [
            "evil.example",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "evil.example:8080",
            "two.lan",
            "two.lan:8",
            "[::2]",
            "[::1",
            "127.0.0.1:x",
            "user@127.0.0.1",
            "",
            ":80",
            "10.0.0.1",
            "[::1]x",
        ] {
            assert!(!host(foreign), "{foreign}");
        }
    }

    #[test]
    fn one_host_has_to_be_named() {
        assert_eq!(admit(&Guards::default(), "/ocr", &[]), Err(Error::NoHost));
        let twice = [("host", "localhost"), ("host", "localhost")];
        assert_eq!(admit(&Guards::default(), "/ocr", &twice), Err(Error::NoHost));
        let whole = admit(&Guards::default(), "http://evil.example/ocr", &[("host", "localhost")]);
        assert_eq!(whole, Err(Error::ForeignHost));
    }

    #[test]
    fn pages_of_other_origins_are_refused() {
        let from = |name, value| admit(&Guards::default(), "/ocr", &[("host", "localhost:8080"), (name, value)]);
        for origin in ["https://evil.example", "null", "", "http://localhost:3000", "localhost:8080", "file://"] {
            assert_eq!(from("origin", origin), Err(Error::ForeignOrigin), "{origin}");
        }
        for site in ["cross-site", "same-site", "", "None"] {
            assert_eq!(from("sec-fetch-site", site), Err(Error::ForeignOrigin), "{site}");
        }
        assert!(from("origin", "http://localhost:8080").is_ok());
        assert!(from("sec-fetch-site", "none").is_ok() && from("sec-fetch-site", "same-origin").is_ok());
    }

    #[test]
    fn the_secret_prefix_is_asked_for_and_taken_off() {
        let guards = Guards { prefix: Secret::new("s3cret"), ..Guards::default() };
        let ask = |path| admit(&guards, path, &[("host", "localhost")]);
        assert_eq!(ask("/s3cret/ocr?x=1").as_deref(), Ok("/ocr?x=1"));
        assert_eq!(ask("/healthz").as_deref(), Ok("/healthz"));
        for (path, rest) in [("/s3cret", "/"), ("/s3cret/", "/"), ("/s3cret?x=1", "/?x=1")] {
            assert_eq!(ask(path).as_deref(), Ok(rest), "{path}");
        }
        for path in ["/ocr", "/", "/s3cretx", "/s3cretx/ocr", "/S3cret/ocr", "/s3cre/t/ocr", "/x/s3cret/ocr"] {
            assert_eq!(ask(path), Err(Error::NotFound), "{path}");
        }
    }

    #[test]
    fn the_token_is_asked_for() {
        let guards = Guards { token: Secret::new(" t0ken\n"), ..Guards::default() };
        let with = |value| admit(&guards, "/ocr", &[("host", "localhost"), ("authorization", value)]);
        assert!(with("Bearer t0ken").is_ok() && with("bearer t0ken").is_ok());
        for value in ["Bearer t0ke", "Bearer t0kenx", "Basic t0ken", "t0ken", "Bearer", ""] {
            assert_eq!(with(value), Err(Error::NoToken), "{value}");
        }
        assert_eq!(admit(&guards, "/metrics", &[("host", "localhost")]), Err(Error::NoToken));
        assert_eq!(admit(&guards, "/", &[("host", "localhost")]), Err(Error::NoToken), "a POST is not the page");
        assert!(admit(&guards, "/healthz", &[("host", "localhost")]).is_ok());
    }

    #[test]
    fn a_secret_is_not_printed() {
        assert!(!format!("{:?}", Guards { token: Secret::new("t0ken"), ..Guards::default() }).contains("t0ken"));
        assert_eq!(Secret::new(" \n"), None);
    }
}
