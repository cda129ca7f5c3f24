//! `jkocr doctor`: what is wrong between Bob and the text, and the one thing to do about it.
//!
//! Three functions, and only the middle one thinks. [`gather()`] looks, each probe with a deadline and all of them at
//! once, and returns [`Facts`]. [`judge()`] turns facts into [`Finding`]s and touches nothing. [`render`] prints them
//! for people; [`Report`] is the same list for programs. This module knows neither the command line nor how `up` and
//! `serve` are put together; what to look at comes in a [`Subject`].

mod check;
mod facts;
mod finding;
mod gather;
mod judge;
mod paste;
mod redact;
pub mod render;
mod survey;

pub use check::Check;
pub use facts::{Configuration, Facts, LocalReading, ServerMachine, Setting, SettingOrigin};
pub use finding::{Bundle, Finding, Report, Severity, is_healthy};
pub use gather::{Subject, gather};
pub use judge::judge;
pub use paste::Paste;
pub use redact::redacted;
