//! Broken networks on a real kernel: `jkocr up` in one network namespace, sshd and `jkocr serve` in another, and a link
//! between them that delays, drops, narrows, goes silent or swallows large packets.
//!
//! Without the right to make namespaces and TUN devices (root, Linux) every test here says so and is skipped.
#![cfg(target_os = "linux")]

#[path = "../up/client.rs"]
#[expect(dead_code, reason = "the tests of the program use the rest of it")]
mod client;
#[path = "../common/mod.rs"]
mod common;
#[path = "../up/rig.rs"]
#[expect(dead_code, reason = "the tests of the program use the rest of it")]
mod rig;
#[path = "../up/serve.rs"]
#[expect(dead_code, reason = "the tests of the program use the rest of it")]
mod serve;
#[path = "../sshd/mod.rs"]
#[expect(dead_code, reason = "the tests of the tunnel use the rest of it")]
mod sshd;

mod bob;
mod link;
mod namespace;
mod scenario;
mod table;
mod world;
