//! `jkocr deploy` against a real sshd on a system of its own, with a systemd that really runs.

mod bad_days;
mod hostile;
mod interrupted;
mod models;
mod old_guide;
mod rig;
mod whole;
