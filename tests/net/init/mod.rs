//! `jkocr init` against a real sshd: with flags alone, and at a pseudo-terminal.

mod host_keys;
pub mod rig;
mod terminal;
mod unattended;
mod with_ssh_config;
