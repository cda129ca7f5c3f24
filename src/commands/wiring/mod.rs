//! What several verbs share: the parts that a daemon is made of, from the settings.

pub mod engine;
pub(super) mod serving;
pub(super) mod tunnel;
