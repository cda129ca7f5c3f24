//! The OCR pipeline: an image in, lines of text out. It knows no HTTP, no configuration file and no command.

pub mod decode;
