//! The pieces that a read is made of. Each is one core's work, so a read is as fast as there are cores for its pieces,
//! and several reads share the cores piece by piece.

use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use tokio::sync::oneshot;

use super::Error;

/// A line's pixel costs as much as this many of a tile: the models were timed at one thread (a line of 48×320 takes a
/// fifth of a tile of 544×960, with a thirty-fourth of its pixels).
pub(super) const LINE_PIXEL: u64 = 7;

/// What a piece may compute on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cores {
    /// The lane that computes it.
    One,
    /// All, for a model small enough to be in memory a second time: no other lane has anything to do.
    AllIfSmall,
    /// All.
    All,
}

/// What is known of a piece before it is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effort {
    /// About how long it takes on one core, in pixels of a detector's tile: what is chosen by among pieces. Zero if nothing
    /// is known.
    pub cost: u64,
    /// Whether it is done sooner if it has all cores: [`Cores::AllIfSmall`].
    pub spreads: bool,
}

impl Effort {
    /// Nothing is known, and more cores do not help.
    pub const UNKNOWN: Self = Self { cost: 0, spreads: false };
}

/// Work for one core.
pub struct Piece {
    /// What is known of it.
    pub effort: Effort,
    work: Box<dyn FnOnce(Cores) + Send>,
}

impl Piece {
    /// Work of this effort.
    pub fn new(effort: Effort, work: impl FnOnce(Cores) + Send + 'static) -> Self {
        Self { effort, work: Box::new(work) }
    }

    /// Computes it. What it gives goes where it is awaited.
    pub fn compute(self, cores: Cores) {
        (self.work)(cores);
    }
}

/// Where the pieces of one read are computed: in any order, several at a time. Dropping a piece ends the read.
pub trait Lanes: Send + Sync {
    /// Takes pieces to compute.
    fn put(&self, pieces: Vec<Piece>);

    /// Whether nobody wants the read any more. A piece that takes long asks.
    fn is_cancelled(&self) -> bool;
}

/// Lanes that are the caller's own thread.
pub(super) struct InPlace<'c>(pub &'c (dyn Fn() -> bool + Sync));

impl Lanes for InPlace<'_> {
    fn put(&self, pieces: Vec<Piece>) {
        pieces.into_iter().take_while(|_| !self.is_cancelled()).for_each(|piece| piece.compute(Cores::One));
    }

    fn is_cancelled(&self) -> bool {
        (self.0)()
    }
}

/// Waits for what a read gives, on a thread that has nothing else to do.
pub fn wait_for<T>(read: impl Future<Output = T>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let mut read = pin!(read);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    loop {
        match read.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(result) => return result,
            Poll::Pending => thread::park(),
        }
    }
}

/// Results of pieces, which are sent to whoever awaits them once the last piece is gone, computed or not.
struct Results<T> {
    places: Mutex<Vec<Option<T>>>,
    done: Option<oneshot::Sender<Vec<Option<T>>>>,
}

impl<T> Drop for Results<T> {
    fn drop(&mut self) {
        let places = std::mem::take(self.places.get_mut().unwrap_or_else(PoisonError::into_inner));
        if let Some(done) = self.done.take() {
            // An error here means that nobody waits any more.
            let _ = done.send(places);
        }
    }
}

/// Has each of `works` computed, given with its effort; their results, in the same order.
///
/// # Errors
/// [`Error::Cancelled`] if a piece was dropped, or panicked.
pub async fn all<T, W>(lanes: &dyn Lanes, works: impl IntoIterator<Item = (Effort, W)>) -> Result<Vec<T>, Error>
where
    T: Send + 'static,
    W: FnOnce(Cores) -> T + Send + 'static,
{
    let works: Vec<_> = works.into_iter().collect();
    let (done, results) = oneshot::channel();
    let places = Mutex::new(works.iter().map(|_| None).collect());
    let shared = Arc::new(Results { places, done: Some(done) });
    let piece = |(place, (effort, work)): (usize, (Effort, W))| {
        let shared = Arc::clone(&shared);
        Piece::new(effort, move |cores| {
            let result = work(cores);
            shared.places.lock().unwrap_or_else(PoisonError::into_inner)[place] = Some(result);
        })
    };
    let pieces = works.into_iter().enumerate().map(piece).collect();
    drop(shared);
    lanes.put(pieces);
    let results = results.await.map_err(|_| Error::Cancelled)?;
    results.into_iter().collect::<Option<_>>().ok_or(Error::Cancelled)
}

/// [`all`] for one piece.
///
/// # Errors
/// [`Error::Cancelled`] if it was dropped, or panicked.
pub async fn one<T, W>(lanes: &dyn Lanes, effort: Effort, work: W) -> Result<T, Error>
where
    T: Send + 'static,
    W: FnOnce(Cores) -> T + Send + 'static,
{
    all(lanes, [(effort, work)]).await?.pop().ok_or(Error::Cancelled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_works() {
        let lanes = InPlace(&|| false);
        let works = (0..5).map(|number| (Effort::UNKNOWN, move |_| 10 * number));
        assert_eq!(wait_for(all(&lanes, works)).unwrap(), [0, 10, 20, 30, 40]);
        assert!(wait_for(all(&lanes, Vec::<(Effort, fn(Cores) -> u8)>::new())).unwrap().is_empty());
    }

    #[test]
    fn a_piece_that_is_dropped_ends_the_read() {
        let read = wait_for(all(&InPlace(&|| true), (0..2).map(|number| (Effort::UNKNOWN, move |_| number))));
        assert!(matches!(read, Err(Error::Cancelled)));
    }
}
