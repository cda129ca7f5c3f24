//! `jkocr service`: units that systemd accepts, agents that parse, installations that leave nothing.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should fail")]

#[path = "../common/mod.rs"]
mod common;

mod fake;
mod http;
mod launchd;
mod machine;
mod root;
mod scaling;
mod unit;
mod user;
