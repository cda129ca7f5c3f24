//! Folds a model as jkocr does at its first use, and believes the result unseen: `benches/server_size.py` has the
//! stand-ins of a large detector folded with it.
//!
//!     cargo run --release --example fold -- MODEL FOLDED

use std::ffi::OsString;
use std::fs;

use anyhow::{Context as _, Result};
use jkocr::ocr::fold;

fn main() -> Result<()> {
    let files: Vec<OsString> = std::env::args_os().skip(1).collect();
    let [model, folded] = files.as_slice() else { anyhow::bail!("usage: fold MODEL FOLDED") };
    let model = fs::read(model).context("the model cannot be read")?;
    fs::write(folded, fold::fold(&model)?).context("the folded model cannot be written")
}
