//! The page of the service, in a real browser, before the real server and its models.

mod browser;
mod everyone;
mod foreign;
mod secrets;
mod server;
mod user;
