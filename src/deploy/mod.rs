//! From a bare server to one that reads, over one login.
//!
//! [`ServerSession`] is the login; what the server says over it is data: an [`answer`] between two marks, bounded and parsed,
//! shown only as foreign text. [`look`] finds out what there is, [`plan`] makes of it a [`Deployment`] that can be read,
//! [`Installation`] carries it out, a script a step, each of which can be repeated: whenever the link is cut, the server
//! has a version that works. [`proof`] has a picture read. Nothing here prints or asks.

mod answer;
mod error;
mod install;
pub mod look;
mod master;
pub mod models;
pub mod plan;
mod program;
mod proof;
pub mod removal;
pub mod restricted;
mod session;

pub use error::Error;
pub use install::Installation;
pub use look::{Machine, RootAccess, Surroundings, Whose, size};
pub use master::Questions;
pub use plan::{Deployment, ModelsFrom, Task, Wishes};
pub use program::Upload;
pub use proof::prove;
pub use session::{Authority, ServerSession, SudoPassword};
