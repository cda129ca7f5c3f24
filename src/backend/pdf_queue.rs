//! The places in front of the processes that draw PDFs.
//!
//! Nobody can tell from a PDF how long its pages take to draw. So each begins among the quick ones, and what is not done
//! after a while goes on among the slow ones, which wait for each other: a small PDF waits for moments of the others, not
//! for their ends. There is one process of each kind, and behind it as many places as images have.

use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::sleep;

use crate::api;

/// A PDF that takes longer is slow.
const QUICK: Duration = Duration::from_secs(5);

/// How often a PDF that takes longer looks whether somebody waits for it.
const LOOK: Duration = Duration::from_millis(250);

/// When a place among the slow ones is worth asking for again.
const SLOW: Duration = Duration::from_secs(30);

/// Both lines.
pub struct PdfQueue {
    quick: QueueLine,
    slow: QueueLine,
    /// How long a PDF is among the quick ones.
    share: Duration,
}

struct QueueLine {
    drawing: Semaphore,
    places: Semaphore,
    all_places: usize,
}

/// Leave to draw, until it is dropped.
pub struct DrawPermit<'q>(#[expect(dead_code, reason = "it only has to be dropped")] SemaphorePermit<'q>);

impl PdfQueue {
    /// With so many places in each line, besides those who draw.
    pub fn new(places: usize) -> Self {
        let line = || QueueLine { drawing: Semaphore::new(1), places: Semaphore::new(places), all_places: places };
        Self { quick: line(), slow: line(), share: QUICK }
    }

    /// How many wait.
    pub fn waiting(&self) -> usize {
        self.quick.waiting() + self.slow.waiting()
    }

    /// Waits for a turn among the quick ones.
    ///
    /// # Errors
    /// [`api::Error::Busy`] at once, if no place is free.
    pub async fn quick(&self) -> Result<DrawPermit<'_>, api::Error> {
        self.quick.turn().await.ok_or(api::Error::Busy { retry_after: QUICK })
    }

    /// Waits for a turn among the slow ones.
    ///
    /// # Errors
    /// [`api::Error::Busy`] at once, if no place is free.
    pub async fn slow(&self) -> Result<DrawPermit<'_>, api::Error> {
        self.slow.turn().await.ok_or(api::Error::Busy { retry_after: SLOW })
    }

    /// Ready when a PDF that has had a `turn` among the quick ones is no longer one of them: with a turn among the slow
    /// ones if that can be had at once, or without if others wait.
    pub async fn slowed<'q>(&'q self, turn: DrawPermit<'q>) -> Option<DrawPermit<'q>> {
        sleep(self.share).await;
        loop {
            if let Ok(drawing) = self.slow.drawing.try_acquire() {
                drop(turn);
                return Some(DrawPermit(drawing));
            }
            if self.quick.waiting() > 0 {
                return None;
            }
            sleep(LOOK).await;
        }
    }
}

impl QueueLine {
    async fn turn(&self) -> Option<DrawPermit<'_>> {
        if let Ok(drawing) = self.drawing.try_acquire() {
            return Some(DrawPermit(drawing));
        }
        let _place = self.places.try_acquire().ok()?;
        // Nobody closes it.
        self.drawing.acquire().await.ok().map(DrawPermit)
    }

    fn waiting(&self) -> usize {
        self.all_places - self.places.available_permits()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::api::Error;
    use super::{PdfQueue, QUICK};

    /// Longer than any wait in these tests.
    const LONG: Duration = Duration::from_mins(1);

    #[tokio::test]
    async fn there_are_as_many_places_as_said() {
        let queue = PdfQueue::new(2);
        let turn = queue.quick().await;
        assert!(turn.is_ok());
        let (mut second, mut third) = (Box::pin(queue.quick()), Box::pin(queue.quick()));
        for waiting in [&mut second, &mut third] {
            assert!(timeout(Duration::ZERO, waiting).await.is_err(), "the place is taken");
        }
        assert_eq!(queue.waiting(), 2);
        assert!(matches!(queue.quick().await, Err(Error::Busy { retry_after }) if retry_after == QUICK));
        drop(turn);
        assert!(second.await.is_ok());
        assert_eq!(queue.waiting(), 1);
        drop(third);
        assert_eq!(queue.waiting(), 0, "who leaves gives the place back");
    }

    #[tokio::test]
    async fn a_slow_one_makes_room_for_the_next() {
        let queue = PdfQueue { share: Duration::ZERO, ..PdfQueue::new(2) };
        let first = queue.quick().await.expect("a turn");
        let _slow = queue.slowed(first).await.expect("a turn among the slow ones");
        let second = queue.quick().await.expect("the place is free again");
        let mut slowed = Box::pin(queue.slowed(second));
        assert!(timeout(Duration::from_millis(1), &mut slowed).await.is_err(), "it goes on while nobody waits");
        let mut third = Box::pin(queue.quick());
        assert!(timeout(Duration::ZERO, &mut third).await.is_err());
        assert!(timeout(LONG, slowed).await.is_ok_and(|turn| turn.is_none()), "the third one wants to draw");
        assert!(timeout(LONG, third).await.is_ok_and(|turn| turn.is_ok()));
    }
}
