//! The page to try the service with: one document without any other file, so that it asks nobody but this server.
//!
//! Its scripts and styles are named in the policy by their hashes; nothing else runs, nothing else is loaded, and no
//! other page may frame it.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::response::IntoResponse;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use hyper::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_FRAME_OPTIONS};
use sha2::{Digest as _, Sha256};

use crate::language::Language;

const FRAME: &str = include_str!("index.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = concat!(include_str!("page.js"), include_str!("layout.js"), include_str!("gestures.js"));

/// The page's texts, by their keys in the catalogue.
const WORDS: [&str; 37] = [
    "page.as_kept",
    "page.as_table",
    "page.as_text",
    "page.backend",
    "page.backend_local",
    "page.backend_remote",
    "page.copied",
    "page.copy",
    "page.copy_all",
    "page.copy_as",
    "page.copy_line",
    "page.count",
    "page.health_asking",
    "page.health_bad",
    "page.health_good",
    "page.health_wait",
    "page.invite",
    "page.keys",
    "page.language",
    "page.no_answer",
    "page.no_text",
    "page.not_copied",
    "page.nothing_dropped",
    "page.nothing_pasted",
    "page.nothing_yet",
    "page.pick",
    "page.picture",
    "page.reading",
    "page.size",
    "page.stages",
    "page.text",
    "page.token_label",
    "page.token_note",
    "page.token_use",
    "page.total",
    "page.unreachable",
    "page.unreadable_file",
];

/// The names of the stages in `Server-Timing`, as people call them.
const STAGES: [&str; 10] = [
    "page.stage_body",
    "page.stage_cut",
    "page.stage_decode",
    "page.stage_detect",
    "page.stage_document",
    "page.stage_draw",
    "page.stage_queue",
    "page.stage_recognize",
    "page.stage_remote",
    "page.stage_visualize",
];

/// The document and what the browser may do with it.
struct PageFile {
    html: String,
    policy: String,
}

static DOCUMENT: LazyLock<PageFile> = LazyLock::new(|| {
    let script = format!("\"use strict\";\nconst WORDS = {};\n{SCRIPT}", words());
    let policy = format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; img-src blob: data:; connect-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        hash(&script),
        hash(STYLE)
    );
    PageFile { html: FRAME.replace("{style}", STYLE).replace("{script}", &script), policy }
});

/// Answers `GET /`.
pub(super) async fn page() -> impl IntoResponse {
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, DOCUMENT.policy.as_str()),
        (REFERRER_POLICY, "no-referrer"),
        // What `frame-ancestors` says, for browsers that do not know it.
        (X_FRAME_OPTIONS, "DENY"),
    ];
    (headers, DOCUMENT.html.as_str())
}

/// The texts in both languages, as a JavaScript object by language and by key.
fn words() -> String {
    let in_language = |language: Language| -> BTreeMap<&str, String> {
        let name = |key: &'static str| key.trim_start_matches("page.");
        let keys = WORDS.into_iter().chain(STAGES);
        keys.map(|key| (name(key), t!(key, locale = language.code()).into_owned())).collect()
    };
    let words = BTreeMap::from([("zh", in_language(Language::Chinese)), ("en", in_language(Language::English))]);
    let json = serde_json::to_string(&words).expect("strings are JSON");
    // No text may end the script.
    json.replace('<', "\\u003c")
}

fn hash(text: &str) -> String {
    BASE64_STANDARD.encode(Sha256::digest(text))
}

#[cfg(test)]
mod tests {
    use super::{DOCUMENT, FRAME, SCRIPT, STYLE, WORDS};

    #[test]
    fn the_document_is_whole_and_asks_for_nothing_else() {
        let html = &DOCUMENT.html;
        assert!(html.contains(STYLE) && html.contains(SCRIPT) && html.ends_with("</html>\n"));
        assert_eq!((html.matches("<script>").count(), html.matches("</script>").count()), (1, 1));
        assert_eq!(html.matches("<style>").count(), 1);
        for outside in ["src=\"", "@import", "url(", "https://", " style=\"", " onclick"] {
            assert!(!html.contains(outside), "{outside}");
        }
    }

    #[test]
    fn the_texts_that_the_page_asks_for_are_those_it_has() {
        // `health_good` and the like are put together from a state.
        let built = ["health_", "backend_"];
        for key in WORDS.map(|key| key.trim_start_matches("page.")) {
            let asked = FRAME.contains(&format!("\"{key}\"")) || SCRIPT.contains(&format!("\"{key}\""));
            assert!(asked || built.iter().any(|start| key.starts_with(start)), "{key}");
        }
        for (at, call) in SCRIPT.match_indices("say(\"") {
            let key = SCRIPT[at + call.len()..].split('"').next().unwrap_or_default();
            assert!(WORDS.contains(&format!("page.{key}").as_str()), "{key}");
        }
    }
}
