//! The first set-up: the answers of a person become a login that works, and then lines in two files.
//!
//! [`ssh_settings`] asks ssh what it knows already, [`rehearsal`] proves the login through the tunnel itself, [`HostKey`]
//! holds what an unknown host shows. [`config_file`] and [`ssh_config`] edit texts and are pure; [`text_file`] reads
//! and replaces files. Nothing here prints or asks.

pub mod config_file;
mod error;
mod host_key;
mod login;
mod rehearsal;
pub mod ssh_config;
mod ssh_settings;
pub mod text_file;

pub use error::Error;
pub use host_key::{HostKey, show};
pub use login::{BadKey, Destination, Key, Login, at_home};
pub use rehearsal::{LoginOutcome, log_in};
pub use ssh_settings::{SshSettings, look_up};
