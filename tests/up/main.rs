//! `jkocr up` as a user has it: the real program, a real sshd, a server behind it, and the faults in between.

#[path = "../common/mod.rs"]
mod common;
#[expect(dead_code, reason = "the tests of the tunnel use the rest of it")]
#[path = "../sshd/mod.rs"]
mod sshd;

mod client;
mod commands;
mod cuts;
mod ending;
mod faults;
mod here;
mod login;
mod path;
mod privacy;
mod race;
mod relay;
mod rig;
mod serve;
mod stub;
mod terminal;
