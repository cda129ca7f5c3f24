//! `jkocr service`: units that systemd accepts, agents that parse, installations that leave nothing.

mod fake;
mod http;
mod launchd;
mod machine;
mod root;
mod scaling;
mod sockets;
mod unit;
mod user;
