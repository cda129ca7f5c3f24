//! The memory that request bodies may take together, and the share of each.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::Limits;
use crate::api::Error;

/// Bytes that every body may have without asking: the plugin's validation must get in when large ones take all the memory.
const FREE: u64 = 64 * 1024;

/// The unit that memory is counted in.
const KIB: u64 = 1024;

/// The memory for all bodies.
pub struct BodyMemory {
    /// A permit for each KiB.
    free: Arc<Semaphore>,
    /// KiB.
    size: usize,
}

impl BodyMemory {
    /// `limits.body_memory`, but enough for one body.
    pub fn new(limits: &Limits) -> Self {
        let size = (limits.body_memory.max(limits.max_body) / KIB + 1) as usize;
        Self { free: Arc::new(Semaphore::new(size)), size }
    }

    /// A share for a body that has not begun.
    pub fn lease(&self) -> Lease {
        Lease { memory: Arc::clone(&self.free), held: None }
    }

    /// Bytes that bodies hold now.
    pub fn in_use(&self) -> u64 {
        (self.size - self.free.available_permits()) as u64 * KIB
    }
}

/// A share of the memory for all bodies. It goes back when this is dropped.
pub struct Lease {
    memory: Arc<Semaphore>,
    held: Option<OwnedSemaphorePermit>,
}

impl Lease {
    /// Makes the share large enough for a body of `length` bytes.
    ///
    /// # Errors
    /// [`Error::NoMemory`] when others hold that memory for longer than `patience`.
    pub async fn grow(&mut self, length: u64, patience: Duration) -> Result<(), Error> {
        let wanted = length.saturating_sub(FREE).div_ceil(KIB);
        let held = self.held.as_ref().map_or(0, OwnedSemaphorePermit::num_permits) as u64;
        let Some(more) = u32::try_from(wanted.saturating_sub(held)).ok().filter(|more| *more > 0) else {
            return Ok(());
        };
        let permit = timeout(patience, Arc::clone(&self.memory).acquire_many_owned(more)).await;
        let permit = permit.map_err(|_| Error::NoMemory)?.expect("the semaphore is never closed");
        match &mut self.held {
            Some(held) => held.merge(permit),
            None => self.held = Some(permit),
        }
        Ok(())
    }
}
