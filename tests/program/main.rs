//! The program on one machine: its commands, its models, its files, its server and the page before it.

#[path = "../common/mod.rs"]
mod common;

mod catalogue;
mod cli;
mod command_line;
mod models;
mod page;
mod pdf;
mod serve;
mod service;
