//! HTTP proxies that would catch requests to 127.0.0.1: in the environment, and in the settings of macOS.

use std::time::Duration;

use tokio::process::Command;

use super::run::run;
use crate::doctor::facts::ProxySetting;

/// How long macOS may take to say its settings.
const PATIENCE: Duration = Duration::from_secs(5);

/// Variables that name a proxy for `http://` addresses.
const VARIABLES: [&str; 4] = ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"];

/// The proxies of `variables` and of the system.
pub(super) async fn look(variables: &[(String, String)]) -> Vec<ProxySetting> {
    let mut found: Vec<_> = in_environment(variables).into_iter().collect();
    if cfg!(target_os = "macos") {
        let mut command = Command::new("/usr/sbin/scutil");
        command.arg("--proxy");
        let said = run(command, "", PATIENCE).await.success();
        found.extend(said.and_then(|said| in_system(&said)));
    }
    found
}

/// The first variable that names a proxy, unless `no_proxy` exempts this machine.
fn in_environment(variables: &[(String, String)]) -> Option<ProxySetting> {
    let value = |name: &str| {
        let found = variables.iter().find(|(key, value)| key == name && !value.is_empty());
        found.map(|(_, value)| value.as_str())
    };
    if ["no_proxy", "NO_PROXY"].into_iter().find_map(value).is_some_and(|list| exempts(list.split(','))) {
        return None;
    }
    let (source, proxy) = VARIABLES.into_iter().find_map(|name| Some((name, value(name)?)))?;
    Some(ProxySetting { source: source.to_owned(), server: without_account(proxy) })
}

/// What `scutil --proxy` prints: `key : value` lines, and lists with numbered entries.
fn in_system(text: &str) -> Option<ProxySetting> {
    let pairs = text.lines().filter_map(|line| line.trim().split_once(" : "));
    let value = |name: &str| pairs.clone().find(|(key, _)| *key == name).map(|(_, value)| value.trim());
    let exceptions = pairs.clone().filter(|(key, _)| key.parse::<u32>().is_ok()).map(|(_, value)| value);
    if exempts(exceptions) {
        return None;
    }
    let source = || "macOS".to_owned();
    if value("HTTPEnable") == Some("1") {
        let server = format!("{}:{}", value("HTTPProxy")?, value("HTTPPort").unwrap_or("80"));
        return Some(ProxySetting { source: source(), server });
    }
    // A script may send loopback addresses anywhere; its own address may hold a secret.
    (value("ProxyAutoConfigEnable") == Some("1")).then(|| ProxySetting { source: source(), server: "PAC".to_owned() })
}

/// Whether a list of exceptions names this machine.
fn exempts<'a>(mut exceptions: impl Iterator<Item = &'a str>) -> bool {
    exceptions.any(|entry| {
        let entry = entry.trim();
        ["*", "127.0.0.1", "127.*", "127.0.0.*", "127.0.0.0/8", "127/8"].contains(&entry)
    })
}

/// Host and port of a proxy's address.
fn without_account(proxy: &str) -> String {
    let rest = proxy.split_once("://").map_or(proxy, |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or(rest);
    authority.rsplit_once('@').map_or(authority, |(_, server)| server).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> Option<ProxySetting> {
        let owned: Vec<_> = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        in_environment(&owned)
    }

    #[test]
    fn a_proxy_catches_this_machine_unless_it_is_exempt_and_its_account_stays_secret() {
        let proxy = ("http_proxy", "http://me:geheim@proxy.lan:3128/");
        let found = environment(&[proxy]).unwrap();
        assert_eq!((found.source.as_str(), found.server.as_str()), ("http_proxy", "proxy.lan:3128"));
        assert!(environment(&[proxy, ("no_proxy", "example.com")]).is_some());
        for exception in ["127.0.0.1", "localhost, 127.0.0.1", "*", "127.0.0.0/8"] {
            assert_eq!(environment(&[proxy, ("NO_PROXY", exception)]), None, "{exception}");
        }
        assert_eq!(environment(&[("ALL_PROXY", "socks5://h:1")]).unwrap().server, "h:1");
        assert_eq!(environment(&[("http_proxy", ""), ("https_proxy", "http://p:1")]), None);
    }

    #[test]
    fn the_settings_of_macos_are_understood() {
        let with = |exceptions: &str| {
            format!(
                "<dictionary> {{\n  ExceptionsList : <array> {{\n{exceptions}  }}\n  HTTPEnable : 1\n  HTTPPort : 7890\n  \
                 HTTPProxy : 127.0.0.1\n}}\n"
            )
        };
        assert_eq!(in_system(&with("    0 : *.local\n")).unwrap().server, "127.0.0.1:7890");
        assert_eq!(in_system(&with("    0 : *.local\n    1 : 127.0.0.1\n")), None);
        assert_eq!(in_system("<dictionary> {\n  HTTPEnable : 0\n}\n"), None);
        assert_eq!(in_system("  ProxyAutoConfigEnable : 1\n").unwrap().server, "PAC");
    }
}
