//! The page of the service, in a real browser, before the real server and its models.

mod browser;
#[path = "../common/mod.rs"]
mod common;
mod foreign;
#[path = "../pdf/maker.rs"]
mod maker;
mod page;
mod secrets;
mod server;
