//! The program between two machines: a real sshd, a server behind it, and every fault in between.

#[path = "../common/mod.rs"]
mod common;

#[cfg(target_os = "linux")]
mod broken;
#[cfg(target_os = "linux")]
mod deploy;
mod doctor;
mod init;
mod screens;
mod sshd;
mod tunnel;
mod up;
