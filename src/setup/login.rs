//! Who logs in where, and with what.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::{env, fmt, fs, io};

use super::Error;
use crate::untrusted::{Untrusted, is_plain};

/// The settings of ssh that a [`Login`] decides; `ssh_options` of `config.toml` must not say them a second time.
const DECIDED: [&str; 3] = ["Port", "IdentityFile", "IdentitiesOnly"];

/// A login, as far as it differs from what ssh would do by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// A host name, an address, or an alias of the ssh configuration.
    pub host: String,
    /// The account there; absent: the one ssh takes.
    pub user: Option<String>,
    /// The port of sshd; absent: the one ssh takes.
    pub port: Option<u16>,
    /// The key file; absent: ssh tries its usual ones and the agent's.
    pub key: Option<PathBuf>,
}

impl Login {
    /// What ssh takes as its destination: `user@host` or `host`.
    #[must_use]
    pub fn destination(&self) -> String {
        match &self.user {
            Some(user) => format!("{user}@{}", self.host),
            None => self.host.clone(),
        }
    }

    /// The `-o` values for what the destination cannot say.
    #[must_use]
    pub fn options(&self) -> Vec<String> {
        let mut options = Vec::new();
        options.extend(self.port.map(|port| format!("Port={port}")));
        if let Some(key) = &self.key {
            options.push(format!("IdentityFile={}", quoted(&key.to_string_lossy())));
            // Otherwise the agent's keys go first, and a host counts them.
            options.push("IdentitiesOnly=yes".to_owned());
        }
        options
    }

    /// What `host` and `ssh_options` of a `config.toml` say; the rest of the options comes back as well.
    #[must_use]
    pub fn from_settings(host: &str, ssh_options: &[String]) -> (Self, Vec<String>) {
        let (ours, rest): (Vec<_>, Vec<_>) = ssh_options.iter().cloned().partition(|option| is_decided(option));
        let value = |name: &str| {
            let found = ours.iter().map(|option| split(option)).find(|(key, _)| key.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value)
        };
        let (user, host) = match host.rsplit_once('@') {
            Some((user, host)) => (Some(user.to_owned()), host),
            None => (None, host),
        };
        let port = value("Port").and_then(|port| port.parse().ok());
        let key = value("IdentityFile").map(|file| PathBuf::from(unquoted(file)));
        (Self { host: host.to_owned(), user, port, key }, rest)
    }
}

/// Whether an `-o` value is about something that a [`Login`] decides.
pub(super) fn is_decided(option: &str) -> bool {
    let (key, _) = split(option);
    DECIDED.iter().any(|decided| decided.eq_ignore_ascii_case(key))
}

/// Keyword and value: ssh takes `Key=value` and `Key value`.
fn split(option: &str) -> (&str, &str) {
    let option = option.trim();
    let end = option.find(|char: char| char == '=' || char.is_whitespace()).unwrap_or(option.len());
    let (key, rest) = option.split_at(end);
    (key, rest.trim_start_matches(|char: char| char == '=' || char.is_whitespace()))
}

/// A path as a value of the ssh configuration: in quotes if it must be; `%` begins a token there.
pub(super) fn quoted(path: &str) -> String {
    let path = path.replace('%', "%%");
    if path.contains([' ', '\t', '"', '\'', '\\', '#']) {
        return format!("\"{}\"", path.replace('\\', "\\\\").replace('"', "\\\""));
    }
    path
}

/// The path that [`quoted`] was given.
pub(super) fn unquoted(value: &str) -> String {
    let inner = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let text = inner.map_or_else(|| value.to_owned(), |inner| inner.replace("\\\"", "\"").replace("\\\\", "\\"));
    text.replace("%%", "%")
}

/// Where a person wants to log in, as they would tell ssh: `host`, `user@host`, `ssh://user@host:port`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// The account, if it was said.
    pub user: Option<String>,
    pub host: String,
    /// The port, if it was said.
    pub port: Option<u16>,
}

/// Nothing that ssh would take as a destination.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", t!("init.error.bad_destination", value = _0))]
pub struct BadDestination(Untrusted);

impl FromStr for Destination {
    type Err = BadDestination;

    fn from_str(text: &str) -> Result<Self, BadDestination> {
        let bad = || BadDestination(text.into());
        let text = text.trim();
        let rest = text.strip_prefix("ssh://").map_or(text, |rest| rest.trim_end_matches('/'));
        let (user, place) = match rest.rsplit_once('@') {
            Some((user, place)) => (Some(user), place),
            None => (None, rest),
        };
        let (host, port) = place_and_port(place).ok_or_else(bad)?;
        if !is_word(host) || user.is_some_and(|user| !is_word(user)) {
            return Err(bad());
        }
        Ok(Self { user: user.map(str::to_owned), host: host.to_owned(), port })
    }
}

/// `host`, `host:port`, `[address]:port`, or an IPv6 address alone.
fn place_and_port(place: &str) -> Option<(&str, Option<u16>)> {
    if let Some(rest) = place.strip_prefix('[') {
        let (host, port) = rest.split_once(']')?;
        return match port.strip_prefix(':') {
            Some(port) => Some((host, Some(port.parse().ok()?))),
            None => port.is_empty().then_some((host, None)),
        };
    }
    match place.split_once(':') {
        Some((host, port)) if !port.contains(':') => Some((host, Some(port.parse().ok()?))),
        _ => Some((place, None)),
    }
}

/// Whether it can be an account or a host in a file of ssh: no option, no end of a line, no quotes.
fn is_word(text: &str) -> bool {
    let strange = |char: char| char.is_whitespace() || char.is_control() || "\"'`\\#$;&|<>(){}*?!,".contains(char);
    !text.is_empty() && !text.starts_with('-') && !text.contains(strange)
}

impl fmt::Display for Destination {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(user) = &self.user {
            write!(formatter, "{user}@")?;
        }
        match self.port {
            Some(port) if self.host.contains(':') => write!(formatter, "[{}]:{port}", self.host),
            Some(port) => write!(formatter, "{}:{port}", self.host),
            None => formatter.write_str(&self.host),
        }
    }
}

/// Which key logs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// What ssh tries by itself: its usual files, and the agent's keys.
    Auto,
    /// This file. `~/` at its beginning is the home folder, as ssh has it.
    File(PathBuf),
}

/// A path that a file of ssh cannot hold on one line, or that is not what it looks like.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", t!("init.error.bad_key", file = _0))]
pub struct BadKey(Untrusted);

impl FromStr for Key {
    type Err = BadKey;

    fn from_str(text: &str) -> Result<Self, BadKey> {
        match text.trim() {
            "" | "auto" => Ok(Self::Auto),
            file => checked(file.into()).map(Self::File),
        }
    }
}

impl Key {
    /// The file as ssh can read it wherever it is started; `~/` is left to it. `None` if ssh chooses.
    ///
    /// # Errors
    /// [`BadKey`], as [`io::ErrorKind::InvalidInput`]; if the current folder is gone.
    pub fn absolute(self) -> io::Result<Option<PathBuf>> {
        let file = match self {
            Self::Auto => return Ok(None),
            Self::File(file) if file.starts_with("~") => file,
            Self::File(file) => env::current_dir()?.join(file),
        };
        checked(file).map(Some).map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))
    }

    /// Looks whether there is a key in the file, as far as can be seen before a login. `home` is what `~` stands for.
    ///
    /// # Errors
    /// [`Error::NoKey`], [`Error::KeyIsFolder`], [`Error::KeyIsPublic`].
    pub fn look(&self, home: &Path) -> Result<(), Error> {
        let Self::File(file) = self else { return Ok(()) };
        let place = at_home(file, home);
        let shown = || Untrusted::from(place.as_path());
        match fs::metadata(&place) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(Error::NoKey(shown())),
            Ok(found) if found.is_dir() => Err(Error::KeyIsFolder(shown())),
            Ok(_) if place.extension().is_some_and(|ending| ending == "pub") => Err(Error::KeyIsPublic(shown())),
            // What else may be wrong with it, ssh says.
            _ => Ok(()),
        }
    }
}

/// `file` with the home folder in the place of `~`, as ssh takes it.
#[must_use]
pub fn at_home(file: &Path, home: &Path) -> PathBuf {
    file.strip_prefix("~").map_or_else(|_| file.to_owned(), |rest| home.join(rest))
}

fn checked(file: PathBuf) -> Result<PathBuf, BadKey> {
    let is_usable = file.to_str().is_some_and(is_plain);
    if is_usable { Ok(file) } else { Err(BadKey(Path::new(&file).into())) }
}

impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => formatter.write_str("auto"),
            Self::File(file) => file.display().fmt(formatter),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn destination(text: &str) -> Option<(Option<String>, String, Option<u16>)> {
        let Destination { user, host, port } = text.parse().ok()?;
        Some((user, host, port))
    }

    #[test]
    fn a_destination_is_read_as_ssh_reads_it() {
        let me = || Some("me".to_owned());
        let table = [
            ("vps", Some((None, "vps".to_owned(), None))),
            ("me@vps.example", Some((me(), "vps.example".to_owned(), None))),
            ("me@192.0.2.7:2222", Some((me(), "192.0.2.7".to_owned(), Some(2222)))),
            ("ssh://me@vps:2222/", Some((me(), "vps".to_owned(), Some(2222)))),
            ("me@2001:db8::7", Some((me(), "2001:db8::7".to_owned(), None))),
            ("[2001:db8::7]:2222", Some((None, "2001:db8::7".to_owned(), Some(2222)))),
            ("a@b@vps", Some((Some("a@b".to_owned()), "vps".to_owned(), None))),
            ("", None),
            ("me@", None),
            ("-oProxyCommand=x", None),
            ("vps:ssh", None),
            ("two words", None),
            ("vps\nUser root", None),
            ("*", None),
        ];
        for (text, expected) in table {
            assert_eq!(destination(text), expected, "{text}");
        }
    }

    #[test]
    fn a_login_says_only_what_ssh_would_not_do_by_itself() {
        let login = Login { host: "vps".to_owned(), user: None, port: None, key: None };
        assert_eq!((login.destination(), login.options()), ("vps".to_owned(), vec![]));
        let login =
            Login { user: Some("me".to_owned()), port: Some(2222), key: Some("/Users/me/my keys/50%".into()), ..login };
        assert_eq!(login.destination(), "me@vps");
        let options = ["Port=2222", "IdentityFile=\"/Users/me/my keys/50%%\"", "IdentitiesOnly=yes"];
        assert_eq!(login.options(), options);
    }

    #[test]
    fn options_of_others_are_kept_and_ours_are_understood() {
        let options = ["compression yes", "port 2222", "IDENTITYFILE = ~/.ssh/id", "identitiesonly=yes"];
        let options = options.map(str::to_owned);
        let (login, rest) = Login::from_settings("me@vps", &options);
        assert_eq!(rest, ["compression yes"]);
        assert_eq!(login.destination(), "me@vps");
        assert_eq!((login.port, login.key), (Some(2222), Some("~/.ssh/id".into())));
    }

    #[test]
    fn the_path_of_a_key_has_one_line() {
        for text in ["/x\nHost *\n  ProxyCommand touch PWNED", "/x\u{1b}[2J", "/x\u{202e}y", "a\0b"] {
            let error = text.parse::<Key>().unwrap_err().to_string();
            assert!(is_plain(&error) && error.contains("/x") == text.starts_with("/x"), "{error}");
        }
        assert_eq!("/my keys/né".parse(), Ok(Key::File("/my keys/né".into())));
        let before = Key::File("/x\nHost *".into());
        assert_eq!(before.absolute().unwrap_err().kind(), io::ErrorKind::InvalidInput);
        assert_eq!(Key::File("~/id".into()).absolute().unwrap(), Some("~/id".into()));
    }

    #[test]
    fn a_key_that_cannot_be_one_is_seen_before_the_login() {
        let home = tempfile::tempdir().unwrap();
        let look = |name: &str| name.parse::<Key>().unwrap().look(home.path());
        for name in ["id", "id.pub"] {
            fs::write(home.path().join(name), "a key").unwrap();
        }
        fs::create_dir(home.path().join("keys")).unwrap();
        assert!(look("~/id").is_ok() && look("auto").is_ok());
        let error = look("~/none").unwrap_err();
        assert!(matches!(error, Error::NoKey(_)), "{error}");
        // Nobody expands `~` between quotes.
        let command = format!("ssh-keygen -t ed25519 -f {}/none", home.path().display());
        assert!(error.hint().unwrap().contains(&command), "{error:?}");
        assert!(matches!(look("~/keys").unwrap_err(), Error::KeyIsFolder(_)));
        let error = look("~/id.pub").unwrap_err();
        assert!(error.hint().unwrap().contains("/id`"), "{error:?}");
    }

    proptest! {
        #[test]
        fn a_login_survives_its_way_through_the_settings(
            user in proptest::option::of("[a-z][a-z0-9._]{0,8}"),
            port in proptest::option::of(1_u16..),
            key in proptest::option::of("/[ -~]{1,20}[a-z]"),
        ) {
            let login = Login { host: "vps".to_owned(), user, port, key: key.map(PathBuf::from) };
            let (read, rest) = Login::from_settings(&login.destination(), &login.options());
            prop_assert_eq!((read, rest), (login, Vec::<String>::new()));
        }

        #[test]
        fn nothing_that_passes_for_a_destination_can_add_a_line_or_an_option(text in "\\PC{0,20}|[-@:\\[\\]\n a-z]{0,12}") {
            if let Ok(destination) = text.parse::<Destination>() {
                let words = [Some(destination.host), destination.user];
                for word in words.iter().flatten() {
                    prop_assert!(!word.starts_with('-') && !word.contains(char::is_whitespace), "{word:?}");
                }
            }
        }
    }
}
