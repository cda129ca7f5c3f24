//! `jkocr up` as a user has it: the real program, a real sshd, a server behind it, and the faults in between.

#[path = "../common/mod.rs"]
mod common;
#[path = "../sshd/mod.rs"]
mod sshd;

mod client;
mod commands;
mod faults;
mod here;
mod path;
mod rig;
mod stub;
