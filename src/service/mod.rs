//! `serve` and `up` as services: what is written for systemd and launchd, how it gets there, and how it goes away.
//!
//! Units and plans are made by pure functions; a [`Plan`] can be read before [`Plan::carry_out`] does what it says.
//! This module knows neither the command line nor the configuration file.

mod error;
pub mod launchd;
mod plan;
pub mod sockets;
mod status;
pub mod systemd;

pub use error::Error;
pub(crate) use plan::{Call, FileAccess, Plan, PlanStep};
pub use status::InstalledService;

/// What a service runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// The program, an absolute path.
    pub path: String,
    /// Its arguments, the verb first.
    pub arguments: Vec<String>,
    /// Variables that are set for it, besides those its manager sets.
    pub environment: Vec<(String, String)>,
}
