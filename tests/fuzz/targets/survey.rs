//! Any answer of a server's machine to the doctor's questions: what is understood of it can be shown.

#![no_main]

use jkocr::ServerMachine;
use jkocr::untrusted::is_plain;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fn is_harmless(value: &Value) -> bool {
    match value {
        Value::String(text) => is_plain(text),
        Value::Array(values) => values.iter().all(is_harmless),
        Value::Object(members) => members.values().all(is_harmless),
        _ => true,
    }
}

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let begun = format!("\n@@jkocr-survey-1\n{text}");
    let machine = ServerMachine::from_survey(&text).or_else(|| ServerMachine::from_survey(&begun));
    let machine = machine.expect("what has begun is understood");
    assert!(is_harmless(&serde_json::to_value(&machine).expect("JSON")), "{machine:?}");
    let has_quotes = |text: &str| text.contains(|char: char| char.is_whitespace() || "'\"`$;&|<>()*?".contains(char));
    assert!(machine.units.iter().all(|unit| !has_quotes(&unit.name.to_string())));
});
