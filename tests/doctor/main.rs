//! `jkocr doctor` as a user has it: the real program, a real sshd, a server behind it, and each of the broken states.

#[path = "../common/mod.rs"]
mod common;
#[expect(dead_code, reason = "the tests of `up` use the rest of it")]
#[path = "../up/rig.rs"]
mod rig;
#[expect(dead_code, reason = "the tests of the tunnel use the rest of it")]
#[path = "../sshd/mod.rs"]
mod sshd;

mod diagnosis;
mod here;
mod output;
mod server;
mod there;
mod way;
