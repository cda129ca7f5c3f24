//! The engine, mostly as a library: image files, models, order and paragraphs, against what the official pipeline gives.

#[path = "../common/mod.rs"]
mod common;

mod columns;
#[cfg(target_os = "linux")]
mod decoding_memory;
mod document;
mod engines;
mod fold;
mod formats;
mod golden;
mod lanes;
mod openvino;
mod paragraphs;
mod reading_order;
mod vertical;
