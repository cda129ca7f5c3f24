//! PDFs: pages that are read, files that are broken or mean harm, and text laid over pages.

#[path = "../common/mod.rs"]
mod common;
mod hostile;
mod maker;
mod reading;
mod searchable;
mod service;
