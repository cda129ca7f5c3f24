//! `jkocr init` against a real sshd: with flags alone, and at a pseudo-terminal.

#[path = "../common/mod.rs"]
mod common;
#[expect(dead_code, reason = "the tests of the tunnel use the rest of it")]
#[path = "../sshd/mod.rs"]
mod sshd;

mod host_keys;
mod rig;
mod terminal;
mod unattended;
mod with_ssh_config;
