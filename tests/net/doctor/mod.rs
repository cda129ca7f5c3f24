//! `jkocr doctor` as a user has it: the real program, a real sshd, a server behind it, and each of the broken states.

mod diagnosis;
mod here;
mod hostile;
mod output;
pub mod server;
mod there;
mod way;
