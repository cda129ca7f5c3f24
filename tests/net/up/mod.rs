//! `jkocr up` as a user has it: the real program, a real sshd, a server behind it, and the faults in between.

pub mod client;
mod commands;
mod cuts;
mod desktop;
mod ending;
mod faults;
mod here;
mod login;
mod path;
mod privacy;
mod race;
mod relay;
mod restart;
pub mod rig;
pub mod serve;
pub mod stub;
mod terminal;
mod via;
mod who_read;
