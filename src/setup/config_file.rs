//! `config.toml` with another way to the server in it; everything else stays, comments and order included.

use toml_edit::{Array, DocumentMut, Item, Table, TableLike, TomlError, Value};

use super::login::is_decided;

/// What `[tunnel]` is to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// `tunnel.host`.
    pub host: String,
    /// `tunnel.remote`.
    pub remote: String,
    /// The part of `tunnel.ssh_options` that belongs to the login; other options stay.
    pub options: Vec<String>,
}

/// `text`, a `config.toml` or nothing, with `way` in it.
///
/// # Errors
/// If `text` is not TOML.
///
/// # Panics
/// Never: a `tunnel` that is no table is made one.
pub fn edited(text: &str, way: &Way) -> Result<String, TomlError> {
    let mut document: DocumentMut = text.parse()?;
    let tunnel = document.entry("tunnel").or_insert_with(|| Item::Table(Table::new()));
    if !tunnel.is_table_like() {
        *tunnel = Item::Table(Table::new());
    }
    let tunnel = tunnel.as_table_like_mut().expect("it was made one");
    set(tunnel, "host", way.host.as_str().into());
    set(tunnel, "remote", way.remote.as_str().into());
    set_options(tunnel, &way.options);
    Ok(document.to_string())
}

/// Sets a value and leaves what stands around it.
fn set(table: &mut dyn TableLike, key: &str, mut value: Value) {
    match table.get_mut(key).and_then(Item::as_value_mut) {
        Some(old) => {
            *value.decor_mut() = old.decor().clone();
            *old = value;
        }
        None => drop(table.insert(key, Item::Value(value))),
    }
}

fn set_options(tunnel: &mut dyn TableLike, options: &[String]) {
    if let Some(array) = tunnel.get_mut("ssh_options").and_then(Item::as_array_mut) {
        let is_ours = |value: &Value| value.as_str().is_some_and(is_decided);
        let old: Vec<_> = array.iter().filter(|value| is_ours(value)).filter_map(Value::as_str).collect();
        if old == options {
            return;
        }
        array.retain(|value| !is_ours(value));
        array.extend(options);
        return;
    }
    if !options.is_empty() {
        set(tunnel, "ssh_options", Value::Array(options.iter().collect::<Array>()));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn way(options: &[&str]) -> Way {
        let options = options.iter().map(|option| (*option).to_owned()).collect();
        Way { host: "me@vps".to_owned(), remote: "127.0.0.1:8080".to_owned(), options }
    }

    #[test]
    fn a_file_that_is_not_there_is_made() {
        let text = edited("", &way(&["Port=2222"])).unwrap();
        assert_eq!(text, "[tunnel]\nhost = \"me@vps\"\nremote = \"127.0.0.1:8080\"\nssh_options = [\"Port=2222\"]\n");
    }

    #[test]
    fn comments_order_and_other_keys_stay() {
        let text = "# mine\nlanguage = \"zh\"   # the screen's\n\n[tunnel]\n# where\nhost = 'old'   # the VPS\n\
                    keepalive_count = 7\nssh_options = [\n  \"Compression=yes\", # slow line\n  \"Port=22\",\n]\n\n\
                    [ocr] # last\nthreads = 2\n";
        let text = edited(text, &way(&["Port=2222"])).unwrap();
        let expected = "# mine\nlanguage = \"zh\"   # the screen's\n\n[tunnel]\n# where\nhost = \"me@vps\"   # the VPS\n\
                        keepalive_count = 7\nssh_options = [\n  \"Compression=yes\", \"Port=2222\",\n]\n\
                        remote = \"127.0.0.1:8080\"\n\n[ocr] # last\nthreads = 2\n";
        assert_eq!(text.replace(" # slow line\n ", ""), expected);
        assert!(text.contains("# slow line"), "{text}");
    }

    #[test]
    fn every_way_to_write_a_table_is_understood() {
        let texts = ["tunnel.host = 'old'\nlisten = []\n", "tunnel = { host = 'old' } # here\n"];
        for text in texts {
            let text = edited(text, &way(&[])).unwrap();
            let table: toml::Table = toml::from_str(&text).unwrap();
            assert_eq!(table["tunnel"]["host"].as_str(), Some("me@vps"), "{text}");
            assert_eq!(text.matches("host").count(), 1, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_second_time_changes_nothing_and_no_other_option_is_lost(
            others in proptest::collection::vec("Compression=(yes|no)|[A-HJ-O]=[ -~]{0,8}", 0..4),
            ports in proptest::collection::vec(1_u16.., 0..3),
            comment in "[ -~]{0,12}",
        ) {
            let mut options = others.clone();
            options.extend(ports.iter().map(|port| format!("port {port}")));
            let list = Value::Array(options.iter().collect::<Array>()).to_string();
            let text = format!("# {comment}\n[tunnel]\nssh_options = {list} # {comment}\n[ocr]\n# {comment}\n");
            let way = way(&["Port=1", "IdentitiesOnly=yes"]);
            let once = edited(&text, &way).unwrap();
            prop_assert_eq!(&edited(&once, &way).unwrap(), &once);
            let table: toml::Table = toml::from_str(&once).unwrap();
            let found: Vec<_> = table["tunnel"]["ssh_options"].as_array().unwrap().iter().map(|v| v.as_str().unwrap()).collect();
            let mut expected: Vec<_> = others.iter().map(String::as_str).collect();
            expected.extend(["Port=1", "IdentitiesOnly=yes"]);
            prop_assert_eq!(found, expected);
            prop_assert_eq!(once.matches(&format!("# {comment}")).count(), text.matches(&format!("# {comment}")).count());
        }
    }
}
