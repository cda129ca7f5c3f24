//! Text out of screenshots, on machines their owner controls.
//!
//! Two walks explain the crate. A screenshot arrives at a port: guards, then the wire types, then whoever answers
//! (the server behind the tunnel, or this machine's own [`worker::Worker`]), and the JSON goes back. A command starts:
//! `cli` is parsed, [`config`] merges file, environment and flags, `commands` wires the parts and runs them.
//! Dependencies point one way: commands know everything, `ocr` knows nothing of the others.

#[macro_use]
mod catalogue;

pub mod api;
pub mod backend;
pub mod bench;
pub mod cli;
pub mod commands;
pub mod config;
pub mod control;
mod digest;
pub mod doctor;
pub mod http;
pub mod language;
pub mod log;
pub mod memory;
pub mod metrics;
pub mod models;
pub mod ocr;
pub mod paths;
pub mod pdf;
pub mod render;
pub mod report;
pub mod service;
pub mod setup;
pub mod shell;
pub mod tunnel;
pub mod untrusted;
pub mod upstream;
pub mod worker;
