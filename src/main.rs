//! The `jkocr` binary: parse, start the log, run, report.

fn main() {}
