use std::time::Duration;

use super::*;
use crate::config::{FallbackMode, Layout, Listen, Span, Threads};

fn load_text(text: &str, variables: &[(&str, &str)]) -> Result<Loaded, Error> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    fs::write(&file, text).unwrap();
    load(ConfigFile::Named(&file), |name| {
        let found = variables.iter().find(|(key, _)| *key == name)?;
        Some(found.1.to_owned())
    })
}

#[test]
fn every_setting_has_a_key_and_every_key_a_setting() {
    let mut config = Config::default();
    config.tunnel.host = Some("host".to_owned());
    let mut found = Vec::new();
    for (key, value) in Table::try_from(config).unwrap() {
        match value {
            Value::Table(section) => found.extend(section.keys().map(|name| format!("{key}.{name}"))),
            _ => found.push(key),
        }
    }
    found.sort();
    let mut keys: Vec<_> = KEYS.iter().map(|(key, _)| (*key).to_owned()).collect();
    keys.sort();
    assert_eq!(found, keys);
}

#[test]
fn flags_aside_the_environment_beats_the_file_beats_the_default() {
    let loaded = load_text("[tunnel]\nhost = 'a'\nssh = 'b'", &[("JKOCR_TUNNEL_HOST", "c")]).unwrap();
    assert_eq!(loaded.config.tunnel.host.as_deref(), Some("c"));
    assert_eq!(loaded.config.tunnel.ssh, "b");
    assert_eq!(loaded.config.tunnel.keepalive_count, 12);
    let origin = |key| loaded.origins.iter().find(|(name, _)| *name == key).unwrap().1;
    assert_eq!(origin("tunnel.host"), Origin::Environment);
    assert_eq!(origin("tunnel.ssh"), Origin::File);
    assert_eq!(origin("tunnel.remote"), Origin::Default);
}

#[test]
fn lists_numbers_switches_and_spans_can_come_from_the_environment() {
    let variables = [
        ("JKOCR_LISTEN", "127.0.0.1:1, 127.0.0.1:2?"),
        ("JKOCR_OCR_THREADS", "2"),
        ("JKOCR_FALLBACK_DEADLINE", "250ms"),
        ("JKOCR_FALLBACK_MODE", "race"),
        ("JKOCR_OCR_LAYOUT", "kept"),
        ("JKOCR_OCR_USE_DOC_UNWARPING", "true"),
    ];
    let config = load_text("", &variables).unwrap().config;
    assert_eq!(config.listen.len(), 2);
    assert!(matches!(config.listen[1], Listen::Optional(_)));
    assert_eq!(config.ocr.threads, Threads::from(2));
    assert_eq!(config.fallback.deadline, Span(Duration::from_millis(250)));
    assert_eq!(config.fallback.mode, FallbackMode::Race);
    assert!(config.ocr.layout == Layout::Kept && config.ocr.use_doc_unwarping && !config.ocr.use_textline_orientation);
}

#[test]
fn an_unknown_key_is_an_error_that_names_line_and_nearest_key() {
    let Err(Error::UnknownKey { line, key, nearest, .. }) = load_text("[tunnel]\n\nhosst = 'a'", &[]) else {
        panic!("`hosst` is not a setting");
    };
    assert_eq!((line, key.as_str(), nearest), (3, "tunnel.hosst", Some("tunnel.host")));
    let Err(Error::UnknownKey { key, nearest, .. }) = load_text("[tunel]\nhost = 'a'", &[]) else {
        panic!("`tunel` is not a section");
    };
    assert_eq!((key.as_str(), nearest), ("tunel", Some("tunnel")));
    let Err(Error::UnknownKey { nearest, .. }) = load_text("[ocr]\nparagraphs = true", &[]) else {
        panic!("`paragraphs` is not a setting any more");
    };
    assert_eq!(nearest, Some("ocr.layout"));
    let Err(Error::UnknownKey { nearest, .. }) = load_text("keepalive_count = 3", &[]) else {
        panic!("a key outside its section is not known");
    };
    assert_eq!(nearest, Some("tunnel.keepalive_count"));
    let Err(Error::UnknownKey { nearest, .. }) = load_text("[serve]\nlissten = 'x'", &[]) else {
        panic!("`lissten` is not a setting");
    };
    assert_eq!(nearest, Some("serve.listen"));
    let Err(Error::UnknownKey { nearest, .. }) = load_text("frobnicate = 1", &[]) else {
        panic!("`frobnicate` is not a setting");
    };
    assert_eq!(nearest, None);
}

#[test]
fn a_bad_value_is_an_error_that_names_the_line_or_the_variable() {
    let Err(Error::Invalid { line, .. }) = load_text("language = 'en'\n[serve]\nmax_body = 'big'", &[]) else {
        panic!("`big` is not a size");
    };
    assert_eq!(line, 3);
    let Err(Error::InvalidVariable { variable, .. }) = load_text("", &[("JKOCR_SERVE_QUEUE", "many")]) else {
        panic!("`many` is not a number");
    };
    assert_eq!(variable, "JKOCR_SERVE_QUEUE");
}

#[test]
fn only_a_file_named_by_the_user_must_exist() {
    let nowhere = Path::new("/nonexistent/config.toml");
    assert_eq!(load(ConfigFile::Usual(nowhere), |_| None).unwrap().config, Config::default());
    assert!(matches!(load(ConfigFile::Named(nowhere), |_| None), Err(Error::Missing { .. })));
}
