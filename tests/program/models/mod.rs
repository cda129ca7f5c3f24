//! Models and the runtime, fetched from a real server on a real socket that fails in every way a network can.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test stops where something is not as it should be")]

mod ensuring;
mod environment;
mod importing;
mod pulling;
mod server;
mod verb;
mod world;
