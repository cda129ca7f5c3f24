//! The program on one machine: its commands, its models, its files, its server and the page before it.

#[path = "../common/mod.rs"]
mod common;

mod batch;
mod catalogue;
mod cli;
mod clipboard;
mod command_line;
mod config;
mod events;
mod models;
mod odd_files;
mod openvino;
mod packaging;
mod page;
mod pdf;
mod promises;
mod screens;
mod serve;
mod service;
mod tune;
