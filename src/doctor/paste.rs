//! Commands that can be pasted: the same ssh, to the same host, the way the tunnel goes.

use crate::shell::{self, FilePath, HostName, Value};
use crate::tunnel::Options;

/// Options whose values may hold a secret, in small letters.
const SECRET: [&str; 4] = ["proxycommand", "setenv", "knownhostscommand", "localcommand"];

/// What a person types in front of a host. `None` where there is no host, or where the command could not be shown: a
/// value may hold a secret, or a name is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Paste(Option<LoginTarget>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct LoginTarget {
    program: FilePath,
    host: HostName,
    options: Vec<Value>,
}

impl Paste {
    /// Commands for the host of `options`.
    pub(super) fn new(options: &Options) -> Self {
        let is_secret = |option: &String| {
            let name = option.split(['=', ' ']).next().unwrap_or_default().to_ascii_lowercase();
            SECRET.contains(&name.as_str())
        };
        if options.ssh_config.is_some() || options.ssh_options.iter().any(is_secret) {
            return Self::default();
        }
        let target = || {
            Some(LoginTarget {
                program: FilePath::of(&options.ssh)?,
                host: HostName::parse(&options.host)?,
                options: options.ssh_options.iter().map(|option| Value::parse(option)).collect::<Option<_>>()?,
            })
        };
        Self(target())
    }

    /// `ssh HOST`, in which `command` runs there.
    pub(super) fn ssh(&self, command: &shell::CommandLine) -> Option<shell::CommandLine> {
        let target = self.0.as_ref()?;
        Some(target.reach(shell::CommandLine::program(&target.program)).remote(command))
    }

    /// The same with `flags` such as `-t` in front of the host.
    pub(super) fn ssh_with(&self, flags: &'static str, command: &shell::CommandLine) -> Option<shell::CommandLine> {
        let target = self.0.as_ref()?;
        Some(target.reach(shell::CommandLine::program(&target.program).text(flags)).remote(command))
    }

    /// `ssh-copy-id HOST`.
    pub(super) fn copy_id(&self) -> Option<shell::CommandLine> {
        Some(self.0.as_ref()?.reach(shell::CommandLine::new("ssh-copy-id")))
    }
}

impl LoginTarget {
    /// `line` with the options and the host.
    fn reach(&self, line: shell::CommandLine) -> shell::CommandLine {
        self.options.iter().fold(line, |line, option| line.text("-o").word(option)).word(&self.host)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn a_command_goes_the_way_of_the_tunnel_or_there_is_none() {
        let mut options = Options::new("me@vps", Path::new("/s"));
        assert_eq!(Paste::new(&options).copy_id().unwrap().to_string(), "ssh-copy-id me@vps");
        options.ssh_options = vec!["Port=2222".to_owned(), "IdentityFile=/my keys/id".to_owned()];
        let line = Paste::new(&options).ssh_with("-t", &shell::CommandLine::new("sudo reboot")).unwrap();
        assert_eq!(line.to_string(), "ssh -t -o Port=2222 -o 'IdentityFile=/my keys/id' me@vps 'sudo reboot'");
        for host in ["vps; touch PWNED", "-oProxyCommand=touch", "vps\u{1b}[2J"] {
            assert_eq!(Paste::new(&Options::new(host, Path::new("/s"))).copy_id(), None, "{host}");
        }
        options.ssh_options.push("ProxyCommand=nc -x me:geheim@proxy %h %p".to_owned());
        assert_eq!(Paste::new(&options).copy_id(), None);
    }
}
