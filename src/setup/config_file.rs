//! `config.toml` with another way to the server in it, or other models; everything else stays, comments and order
//! included.

use std::num::NonZeroUsize;

use toml_edit::{Array, DocumentMut, Item, Table, TableLike, TomlError, Value};

use super::login::is_decided;

/// What `[tunnel]` is to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TunnelSettings {
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
pub fn edited(text: &str, way: &TunnelSettings) -> Result<String, TomlError> {
    let mut document: DocumentMut = text.parse()?;
    let tunnel = section(&mut document, "tunnel");
    set(tunnel, "host", way.host.as_str().into());
    set(tunnel, "remote", way.remote.as_str().into());
    set_options(tunnel, &way.options);
    Ok(document.to_string())
}

/// `text`, a `config.toml` or nothing, which says in `[ocr]` that the set `models` reads, on so many threads.
///
/// # Errors
/// If `text` is not TOML.
pub fn with_models(text: &str, models: &str, threads: NonZeroUsize) -> Result<String, TomlError> {
    let mut document: DocumentMut = text.parse()?;
    let ocr = section(&mut document, "ocr");
    set(ocr, "models", models.into());
    set(ocr, "threads", (threads.get() as i64).into());
    Ok(document.to_string())
}

/// `text`, a `config.toml` or nothing, in which `key` (`tunnel.host`) is `value`.
///
/// # Errors
/// If `text` is not TOML.
pub fn with_value(text: &str, key: &str, value: &toml::Value) -> Result<String, TomlError> {
    let mut document: DocumentMut = text.parse()?;
    // What one writes, the other reads.
    let value: Value = value.to_string().parse()?;
    match key.split_once('.') {
        Some((name, key)) => set(section(&mut document, name), key, value),
        None => set(document.as_table_mut(), key, value),
    }
    Ok(document.to_string())
}

/// A section of the file, which is made if it is not there, or no table.
fn section<'d>(document: &'d mut DocumentMut, name: &str) -> &'d mut dyn TableLike {
    let section = document.entry(name).or_insert_with(|| Item::Table(Table::new()));
    if !section.is_table_like() {
        *section = Item::Table(Table::new());
    }
    section.as_table_like_mut().expect("it was made one")
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
        replace(array, options, is_ours);
        return;
    }
    if !options.is_empty() {
        set(tunnel, "ssh_options", Value::Array(options.iter().collect::<Array>()));
    }
}

/// Puts `options` in the places of those that are ours, and what is left of them at the end. A comment belongs to the
/// item it comes before, so that of a removed item goes to the next one.
fn replace(array: &mut Array, options: &[String], is_ours: impl Fn(&Value) -> bool) {
    let mut options = options.iter();
    let mut index = 0;
    while let Some(value) = array.get(index) {
        if !is_ours(value) {
            index += 1;
        } else if let Some(option) = options.next() {
            array.replace(index, option);
            index += 1;
        } else {
            let comment = prefix(&array.remove(index));
            if let Some(next) = array.get_mut(index) {
                let comment = comment + &prefix(next);
                next.decor_mut().set_prefix(comment);
            } else {
                let trailing = comment + array.trailing().as_str().unwrap_or_default();
                array.set_trailing(trailing);
            }
        }
    }
    array.extend(options);
}

/// What stands before a value, if that is more than space.
fn prefix(value: &Value) -> String {
    let prefix = value.decor().prefix().and_then(|prefix| prefix.as_str()).unwrap_or_default();
    if prefix.contains('#') { prefix.to_owned() } else { String::new() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_value_is_changed_and_what_people_wrote_stays() {
        let text = "# mine\nlanguage = 'en' # for now\n\n[tunnel]\n# the server\nhost = 'a'\n";
        let edited = |text: &str, key, value: &str| with_value(text, key, &value.parse().unwrap()).unwrap();
        let changed = edited(text, "language", "\"zh\"");
        assert_eq!(changed, "# mine\nlanguage = \"zh\" # for now\n\n[tunnel]\n# the server\nhost = 'a'\n");
        let changed = edited(&changed, "serve.queue", "3");
        assert!(changed.ends_with("host = 'a'\n\n[serve]\nqueue = 3\n"), "{changed}");
        assert_eq!(edited("", "listen", "[\"127.0.0.1:1\"]"), "listen = [\"127.0.0.1:1\"]\n");
    }

    fn way(options: &[&str]) -> TunnelSettings {
        let options = options.iter().map(|option| (*option).to_owned()).collect();
        TunnelSettings { host: "me@vps".to_owned(), remote: "127.0.0.1:8080".to_owned(), options }
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
                        keepalive_count = 7\nssh_options = [\n  \"Compression=yes\", # slow line\n  \"Port=2222\",\n]\n\
                        remote = \"127.0.0.1:8080\"\n\n[ocr] # last\nthreads = 2\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn the_comment_of_a_removed_option_stays() {
        for list in
            ["[\n'Port=22', # one\n'IdentityFile=a', # two\n'X=y' # three\n]", "['X=y', # one\n'port 1', # two\n]"]
        {
            let text = edited(&format!("[tunnel]\nssh_options = {list}\n"), &way(&[])).unwrap();
            let table: toml::Table = toml::from_str(&text).unwrap();
            assert_eq!(table["tunnel"]["ssh_options"].as_array().unwrap().len(), 1, "{text}");
            let comments = ["# one", "# two", "# three"];
            assert!(comments.iter().all(|comment| text.contains(comment) == list.contains(comment)), "{text}");
        }
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

    #[test]
    fn models_and_threads_change_and_nothing_else() {
        let [one, four] = [1, 4].map(|count| NonZeroUsize::new(count).unwrap());
        assert_eq!(with_models("", "v6-small", one).unwrap(), "[ocr]\nmodels = \"v6-small\"\nthreads = 1\n");
        let text = "# mine\n[ocr] # here\nthreads = 0 # all\nprofile = 'screen'\n\n[tunnel]\nhost = 'vps' # there\n";
        let expected = "# mine\n[ocr] # here\nthreads = 4 # all\nprofile = 'screen'\nmodels = \"v5-mobile\"\n\n[tunnel]\nhost = 'vps' # there\n";
        assert_eq!(with_models(text, "v5-mobile", four).unwrap(), expected);
        assert_eq!(with_models(expected, "v5-mobile", four).unwrap(), expected);
        let inline = with_models("ocr.models = 'auto'\n", "v5-mobile", four).unwrap();
        let table: toml::Table = toml::from_str(&inline).unwrap();
        assert_eq!(
            (table["ocr"]["models"].as_str(), table["ocr"]["threads"].as_integer()),
            (Some("v5-mobile"), Some(4))
        );
        assert!(with_models("[ocr", "v5-mobile", four).is_err());
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
            let (ours, rest): (Vec<_>, Vec<_>) = found.iter().copied().partition(|option| is_decided(option));
            prop_assert_eq!(rest, others);
            prop_assert_eq!(ours, ["Port=1", "IdentitiesOnly=yes"]);
            prop_assert_eq!(once.matches(&format!("# {comment}")).count(), text.matches(&format!("# {comment}")).count());
        }
    }
}
