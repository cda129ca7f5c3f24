//! PDFs: pages that are read, files that are broken or mean harm, and text laid over pages.

mod hostile;
pub mod maker;
mod reading;
mod searchable;
mod service;
