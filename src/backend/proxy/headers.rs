//! What of the server's headers reaches whoever asked: what says something about the answer, and nothing that says
//! something to a browser.

use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderName, RETRY_AFTER};

/// Those that pass. The length is measured anew on the way out.
const PASSED_ON: [HeaderName; 3] = [CONTENT_TYPE, RETRY_AFTER, HeaderName::from_static("server-timing")];

/// The beginning of the names that are our own.
const OURS: &str = "x-jkocr-";

/// The headers of `given` that pass, with all their values.
pub(super) fn passed_on(given: &HeaderMap) -> HeaderMap {
    let passes = |name: &HeaderName| PASSED_ON.contains(name) || name.as_str().starts_with(OURS);
    let pairs = given.iter().filter(|(name, _)| passes(name));
    pairs.map(|(name, value)| (name.clone(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use hyper::header::{HeaderMap, HeaderName, HeaderValue};

    use super::passed_on;

    #[test]
    fn only_what_says_something_about_the_answer_passes() {
        let mut given = HeaderMap::new();
        for name in [
            "content-type",
            "retry-after",
            "server-timing",
            "x-jkocr-version",
            "set-cookie",
            "access-control-allow-origin",
            "clear-site-data",
            "location",
            "content-encoding",
            "content-length",
            "www-authenticate",
            "strict-transport-security",
            "refresh",
            "link",
            "alt-svc",
            "server",
        ] {
            given.append(HeaderName::from_static(name), HeaderValue::from_static("1"));
        }
        given.append("server-timing", HeaderValue::from_static("2"));
        let headers = passed_on(&given);
        let mut names: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["content-type", "retry-after", "server-timing", "x-jkocr-version"]);
        assert_eq!(headers.get_all("server-timing").iter().count(), 2);
    }
}
