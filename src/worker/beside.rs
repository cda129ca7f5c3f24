//! The lane beside the first: it reads small images while others wait, with engines of half the threads.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;

use super::queue::{Beside, Recipe};
use super::seat::Seat;
use super::{LoadError, Reader};

pub(super) struct SecondLane {
    pub seat: Seat,
    pub _alive: mpsc::Sender<()>,
}

impl SecondLane {
    pub fn run(self) {
        let queue = &self.seat.queue;
        loop {
            match queue.beside() {
                Beside::Job(job, engine) => self.seat.answer_with(job, engine),
                Beside::Load(recipe) => match load(&recipe) {
                    Ok(engine) => queue.add(engine),
                    Err(cause) => {
                        let cause: &dyn std::error::Error = &*cause;
                        tracing::warn!(cause, "no engine for a second image at a time; they take turns for now");
                        drop(queue.equip(None));
                    }
                },
                Beside::Closed => return,
            }
        }
    }
}

fn load(recipe: &Recipe<Reader>) -> Result<Reader, Box<LoadError>> {
    catch_unwind(AssertUnwindSafe(|| recipe())).unwrap_or_else(|_| Err("loading it panicked".into()))
}
