//! What to do about the key of a host that is not known yet.

use std::path::PathBuf;

use anyhow::Result;

use super::prompt::Prompt;
use crate::report::{self, Misuse};
use crate::setup::{Error, HostKey, look_up};
use crate::shell::{CommandLine, Value};
use crate::tunnel::Options;

/// Lets the user decide whether `key` is the host's; `wanted` is the fingerprint that was given for it.
///
/// # Errors
/// [`Error::OtherHostKey`], [`Error::HostKeyDeclined`]; [`Misuse`] where there is nobody to decide.
pub fn decide(key: &HostKey, options: &Options, wanted: Option<&str>, prompt: Prompt) -> Result<()> {
    let HostKey { kind, fingerprint, .. } = key;
    if let Some(wanted) = wanted {
        return if wanted == fingerprint {
            Ok(())
        } else {
            Err(Error::OtherHostKey { wanted: wanted.to_owned(), found: fingerprint.clone() }.into())
        };
    }
    let host = &options.host;
    let words =
        t!("init.host_key", host = host, kind = kind, fingerprint = fingerprint, command = key.command_of_server());
    report::tell_in_sentences(&words);
    if prompt != Prompt::Terminal {
        let flag = CommandLine::new("--accept-host-key");
        let flag = Value::parse(fingerprint).map_or(flag.clone(), |fingerprint| flag.word(&fingerprint));
        return Err(Misuse(t!("init.error.host_key_undecided", command = flag).into_owned()).into());
    }
    if prompt.yes_or_no(&t!("init.ask.host_key"), false)? {
        return Ok(());
    }
    Err(Error::HostKeyDeclined.into())
}

/// Remembers `key` where ssh looks for it, and says where that is.
///
/// # Errors
/// [`Error::NoKnownHosts`], [`Error::Unwritable`]; what ssh says of the host.
pub async fn remember(key: &HostKey, options: &Options) -> Result<PathBuf> {
    let settings = look_up(&options.ssh, &options.ssh_options, &options.host).await?;
    let file = settings.known_hosts.ok_or(Error::NoKnownHosts)?;
    key.remember(&file)?;
    Ok(file)
}
