//! `jkocr service`: units that systemd accepts, agents that parse, installations that leave nothing.

mod fake;
mod http;
mod launchd;
#[cfg(target_os = "linux")]
mod machine;
mod root;
mod scaling;
#[cfg(target_os = "linux")]
mod sockets;
mod unit;
mod user;
