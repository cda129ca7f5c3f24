//! The tunnel against a real sshd and a real HTTP server behind it, with every fault that ends such tunnels.

mod banner;
mod ending;
mod faults;
mod forger;
mod forgery;
mod login;
mod ocr_server;
mod requests;
mod rig;
mod slow_link;
