//! The wire contract of `POST /ocr`: what a request may say, what an answer looks like, every failure by name.
//! It knows no sockets and no queues.

mod base64;
mod error;
mod fields;
mod log_id;
mod message;
mod pictures;
mod regions;
mod request;
mod response;

pub use error::{Error, Failure};
pub use log_id::LogId;
pub use pictures::Pictures;
pub use request::Request;
pub(crate) use response::pdf_success;
pub use response::{failure, success};
