//! Commands that can be pasted: the same ssh, to the same host, the way the tunnel goes.

use crate::{service::Call, tunnel::Options};

/// Options whose values may hold a secret, in small letters.
const SECRET: [&str; 4] = ["proxycommand", "setenv", "knownhostscommand", "localcommand"];

/// What a person types in front of a host.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Paste {
    program: String,
    host: String,
    /// `None` if they may hold a secret: then no command can be given.
    options: Option<Vec<String>>,
}

impl Paste {
    /// Commands for the host of `options`.
    pub(super) fn new(options: &Options) -> Self {
        let is_secret = |option: &String| {
            let name = option.split(['=', ' ']).next().unwrap_or_default().to_ascii_lowercase();
            SECRET.contains(&name.as_str())
        };
        let is_plain = options.ssh_config.is_none() && !options.ssh_options.iter().any(is_secret);
        Self {
            program: options.ssh.display().to_string(),
            host: options.host.clone(),
            options: is_plain.then(|| options.ssh_options.clone()),
        }
    }

    /// `ssh HOST command`, with `flags` such as `-t` in front.
    pub(super) fn ssh(&self, flags: &[&str], command: &str) -> Option<String> {
        Some(format!("{} {command}", self.line(&self.program, flags)?))
    }

    /// `ssh-copy-id HOST`.
    pub(super) fn copy_id(&self) -> Option<String> {
        self.line("ssh-copy-id", &[])
    }

    /// `program` with its first arguments, the options and the host.
    fn line(&self, program: &str, arguments: &[&str]) -> Option<String> {
        let options = self.options.as_ref()?;
        let options = options.iter().flat_map(|option| ["-o", option.as_str()]);
        let arguments = arguments.iter().copied().chain(options).chain([self.host.as_str()]);
        Some(Call::new(program, arguments).to_string())
    }
}

/// `path` as one word of a shell command.
pub(super) fn word(path: &str) -> String {
    Call::new(path, std::iter::empty::<String>()).to_string()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn a_command_goes_the_way_of_the_tunnel_or_there_is_none() {
        let mut options = Options::new("me@vps", Path::new("/s"));
        assert_eq!(Paste::new(&options).copy_id().unwrap(), "ssh-copy-id me@vps");
        options.ssh_options = vec!["Port=2222".to_owned(), "IdentityFile=/my keys/id".to_owned()];
        let line = Paste::new(&options).ssh(&["-t"], "true").unwrap();
        assert_eq!(line, "ssh -t -o Port=2222 -o 'IdentityFile=/my keys/id' me@vps true");
        options.ssh_options.push("ProxyCommand=nc -x me:geheim@proxy %h %p".to_owned());
        assert_eq!(Paste::new(&options).copy_id(), None);
    }
}
