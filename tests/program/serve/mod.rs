//! The server over real sockets: what BOB's plugin relies on, what keeps others out, what one client may cost.

mod binary;
mod client;
mod contract;
mod guards;
mod life;
mod limits;
mod load;
mod logging;
mod malformed;
mod memory;
mod openapi;
mod process;
mod schemathesis;
mod server;
