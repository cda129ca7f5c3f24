//! What the connections of a server share: its parts, the memory for bodies, the room for connections, how far its end is.

use tokio::sync::{Semaphore, watch};
use tokio::time::sleep;

use super::App;
use super::body_memory::BodyMemory;
use super::room::Room;
use crate::api::{Error, Failure};
use crate::backend::{Answer, Backend};

/// Of the connections, the share that may be read to their end after they were refused.
const LINGERING: usize = 8;

pub(super) struct ServerState<B> {
    pub(super) app: App<B>,
    pub(super) body_memory: BodyMemory,
    pub(super) phase: watch::Receiver<Shutdown>,
    pub(super) room: Room,
    /// Places for connections that are read on after they were refused, so that their clients get to read why.
    pub(super) lingering: Semaphore,
}

/// How far the end of the server has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shutdown {
    /// It has not begun.
    Serving,
    /// Requests under way are finished.
    Draining,
    /// What is not finished is given up.
    GivingUp,
}

impl<B> ServerState<B> {
    pub(super) fn new(app: App<B>, phase: watch::Receiver<Shutdown>) -> Self {
        let body_memory = BodyMemory::new(&app.limits);
        let lingering = Semaphore::new((app.limits.connections / LINGERING).max(1));
        Self { app, body_memory, phase, room: Room::default(), lingering }
    }
}

impl<B: Backend> ServerState<B> {
    /// Gives an answer as much time as there is: its own limit, or until the server gives up.
    pub(super) async fn in_time(
        &self,
        answer: impl Future<Output = Result<Answer, Failure>>,
    ) -> Result<Answer, Failure> {
        let after = self.app.limits.answer_time;
        let mut phase = self.phase.clone();
        tokio::select! {
            answer = answer => answer,
            () = sleep(after) => Err(Error::TimedOut { after }.into()),
            Ok(_) = phase.wait_for(|phase| *phase == Shutdown::GivingUp) => Err(Error::Stopping.into()),
        }
    }
}
