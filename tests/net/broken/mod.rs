//! Broken networks on a real kernel: `jkocr up` in one network namespace, sshd and `jkocr serve` in another, and a link
//! between them that delays, drops, narrows, goes silent or swallows large packets.
//!
//! Without the right to make namespaces and TUN devices (root) every test here says so and is skipped.

#![expect(clippy::print_stderr, clippy::print_stdout, reason = "a table, a seed, and that something is skipped")]

mod bob;
mod link;
mod names;
mod namespace;
mod scenario;
mod short;
mod table;
mod world;
