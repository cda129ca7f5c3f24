//! One queue of work: the pieces of all pictures that are being read, and the pictures that wait for that.
//!
//! Pictures that are being read share the lanes: whoever has had least of them is next, and of a picture's pieces the
//! longest, since one that is begun last keeps all others waiting. As many pictures are read at a time as there are
//! lanes, in the order they came; and as many small ones beside them, which are soon done.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::ocr::Lanes;
use crate::ocr::piece::{Cores, Effort, Piece};

/// The most pixels of a small picture: a word, a button.
pub const SMALL: u64 = 1 << 16;

/// The most pixels of all pictures that are read at a time, unless it is one alone: each keeps three bytes a pixel.
const READ_AT_A_TIME: u64 = 32 << 20;

/// The share of its own time that the last piece waits to have all cores: on two, it takes little more than half of it
/// then.
const WORTH_WAITING: f64 = 0.4;

/// The least time to wait for something that should have ended.
const BRIEFLY: Duration = Duration::from_millis(1);

/// See the module. Its lock is held for moments only.
pub struct Queue {
    /// Pictures that may wait.
    places: usize,
    /// Pictures that are read at a time.
    lanes: usize,
    state: Mutex<QueueState>,
    news: Condvar,
}

struct QueueState {
    /// In the order they came.
    pictures: Vec<QueuedPicture>,
    tickets: u64,
    closed: bool,
    /// What each lane is at.
    at_work: Vec<Option<Work>>,
    /// What a unit of cost takes of late, in nanoseconds; zero while nothing is known.
    pace: f64,
    /// Since when there has been no picture; none while there is one.
    idle_since: Option<Instant>,
}

/// A piece that is being computed.
#[derive(Clone, Copy)]
struct Work {
    effort: Effort,
    since: Instant,
    cores: Cores,
}

struct QueuedPicture {
    ticket: u64,
    pixels: u64,
    entry: Admission,
    /// Whether it is being read; else it waits.
    is_read: bool,
    /// What is to be done for it next, the longest last.
    pieces: Vec<Piece>,
    /// The cost of its pieces that were given out, and what others had been given when it came.
    spent: u64,
}

impl QueuedPicture {
    fn is_small(&self) -> bool {
        self.pixels <= SMALL
    }
}

/// Whether a picture needs one of the places to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// It does, and does not come in without.
    IfThereIsRoom,
    /// It does not: there is a bound on its kind elsewhere.
    Beyond,
}

impl Queue {
    /// A queue for `lanes` lanes, in which `places` pictures may wait.
    pub fn new(places: usize, lanes: usize) -> Self {
        let state = QueueState {
            pictures: Vec::new(),
            tickets: 0,
            closed: false,
            at_work: vec![None; lanes],
            pace: 0.0,
            idle_since: Some(Instant::now()),
        };
        Self { places, lanes, state: Mutex::new(state), news: Condvar::new() }
    }

    /// Lets a picture of this many pixels in, to be read as soon as may be; none if it would have to wait and there is no
    /// place, or the queue is closed.
    pub fn join(self: &Arc<Self>, pixels: u64, entry: Admission) -> Option<Visit> {
        let mut state = self.lock();
        if state.closed {
            return None;
        }
        state.tickets += 1;
        let ticket = state.tickets;
        state.pictures.push(QueuedPicture { ticket, pixels, entry, is_read: false, pieces: Vec::new(), spent: 0 });
        state.idle_since = None;
        state.admit(self.lanes);
        let takes_place = |picture: &&QueuedPicture| !picture.is_read && picture.entry == Admission::IfThereIsRoom;
        let is_over = state.pictures.iter().filter(takes_place).count() > self.places;
        if entry == Admission::IfThereIsRoom && is_over && state.pictures.pop_if(|picture| !picture.is_read).is_some() {
            return None;
        }
        Some(Visit { queue: Arc::clone(self), ticket })
    }

    /// How many pictures wait.
    pub fn waiting(&self) -> usize {
        self.lock().waiting()
    }

    /// How many pictures are being read.
    pub fn reading(&self) -> usize {
        let state = self.lock();
        state.pictures.len() - state.waiting()
    }

    /// Whether the end has come.
    pub fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// Waits for the next piece for `lane`; none once the queue is closed. Whoever takes one says when it is
    /// [done](Self::done).
    ///
    /// It may have all cores if nothing else is to be computed. The last piece waits for the others if that is sooner: of
    /// five lines on two lanes the fifth would have one core, and the other nothing to do.
    pub fn next(&self, lane: usize) -> Option<(Piece, Cores)> {
        let mut state = self.lock();
        loop {
            if state.closed {
                return None;
            }
            state = match state.turn() {
                NextStep::Take(cores) => {
                    if let Some(piece) = state.next() {
                        state.at_work[lane] = Some(Work { effort: piece.effort, since: Instant::now(), cores });
                        return Some((piece, cores));
                    }
                    self.news.wait(state).unwrap_or_else(PoisonError::into_inner)
                }
                NextStep::Wait(left) => self.news.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0,
            };
        }
    }

    /// Says that the piece of `lane` has been computed.
    pub fn done(&self, lane: usize) {
        let mut state = self.lock();
        let Some(work) = state.at_work[lane].take() else { return };
        if work.cores == Cores::One && work.effort.cost > 0 {
            let pace = work.since.elapsed().as_nanos() as f64 / work.effort.cost as f64;
            state.pace = if state.pace == 0.0 { pace } else { (7.0 * state.pace + pace) / 8.0 };
        }
        // Whoever waits to have all cores may.
        self.news.notify_all();
    }

    /// Waits until there has been no picture for as long as `patience` says of the time that began then; when that was.
    /// None once the queue is closed.
    pub fn rest(&self, patience: impl Fn(Instant) -> Option<Duration>) -> Option<Instant> {
        let mut state = self.lock();
        loop {
            if state.closed {
                return None;
            }
            let wait =
                state.idle_since.and_then(|since| Some((since, patience(since)?.saturating_sub(since.elapsed()))));
            state = match wait {
                Some((since, Duration::ZERO)) => return Some(since),
                Some((_, left)) => self.news.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0,
                None => self.news.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    /// Ends everything: what is left is dropped.
    pub fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        let pictures = std::mem::take(&mut state.pictures);
        self.news.notify_all();
        // Whoever awaits a piece is woken when it is dropped, and may ask the queue at once.
        drop(state);
        drop(pictures);
    }

    fn put(&self, ticket: u64, pieces: Vec<Piece>) {
        let mut state = self.lock();
        let Some(picture) = state.pictures.iter_mut().find(|picture| picture.ticket == ticket) else { return };
        picture.pieces.extend(pieces);
        picture.pieces.sort_by_key(|piece| piece.effort.cost);
        self.news.notify_all();
    }

    fn leave(&self, ticket: u64) {
        let mut state = self.lock();
        let Some(place) = state.pictures.iter().position(|picture| picture.ticket == ticket) else { return };
        let picture = state.pictures.remove(place);
        state.admit(self.lanes);
        if state.pictures.is_empty() {
            state.idle_since = Some(Instant::now());
        }
        self.news.notify_all();
        drop(state);
        drop(picture);
    }

    fn holds(&self, ticket: u64) -> bool {
        self.lock().pictures.iter().any(|picture| picture.ticket == ticket)
    }

    fn lock(&self) -> MutexGuard<'_, QueueState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl QueueState {
    fn waiting(&self) -> usize {
        self.pictures.iter().filter(|picture| !picture.is_read).count()
    }

    /// Has those pictures read that may be.
    fn admit(&mut self, lanes: usize) {
        let read = || self.pictures.iter().filter(|picture| picture.is_read);
        let mut small = read().filter(|picture| picture.is_small()).count();
        let mut large = read().count() - small;
        let mut pixels: u64 = read().map(|picture| picture.pixels).sum();
        // Who comes has had as much as whoever has had least: it shares from now on.
        let spent = read().map(|picture| picture.spent).min().unwrap_or(0);
        let mut is_next = true;
        for picture in self.pictures.iter_mut().filter(|picture| !picture.is_read) {
            let (count, fits) = if picture.is_small() {
                (&mut small, true)
            } else {
                let fits = large == 0 || pixels.saturating_add(picture.pixels) <= READ_AT_A_TIME;
                (&mut large, is_next && fits)
            };
            if *count < lanes && fits {
                (picture.is_read, picture.spent) = (true, spent);
                *count += 1;
                pixels = pixels.saturating_add(picture.pixels);
            } else if !picture.is_small() {
                // Those behind it wait for their turn, so that a huge one gets its own.
                is_next = false;
            }
        }
    }

    /// What a lane without work is to do, if there is a piece.
    fn turn(&self) -> NextStep {
        let mut ready = self.pictures.iter().filter(|picture| picture.is_read).flat_map(|picture| &picture.pieces);
        let (Some(piece), None) = (ready.next(), ready.next()) else { return NextStep::Take(Cores::One) };
        let mut others = self.at_work.iter().flatten().peekable();
        if others.peek().is_none() {
            return NextStep::Take(Cores::AllIfSmall);
        }
        let left = others.map(|work| work.left(self.pace)).try_fold(Duration::ZERO, |most, left| Some(most.max(left?)));
        let worth = Duration::from_nanos((self.pace * piece.effort.cost as f64 * WORTH_WAITING) as u64);
        match left.filter(|left| piece.effort.spreads && *left < worth) {
            Some(left) => NextStep::Wait(left.max(BRIEFLY)),
            None => NextStep::Take(Cores::One),
        }
    }

    /// The longest piece of the picture that is next: a small one, or else the one that has had least.
    fn next(&mut self) -> Option<Piece> {
        let ready = self.pictures.iter_mut().filter(|picture| picture.is_read && !picture.pieces.is_empty());
        let picture = ready.min_by_key(|picture| (!picture.is_small(), picture.spent))?;
        let piece = picture.pieces.pop()?;
        picture.spent += piece.effort.cost;
        Some(piece)
    }
}

/// What a lane without work is to do.
#[derive(Debug, PartialEq, Eq)]
enum NextStep {
    /// Take the next piece, if there is one, with these cores.
    Take(Cores),
    /// Look again after so long at most.
    Wait(Duration),
}

impl Work {
    /// How long it will take from now on; none if nothing is known, or it takes longer than it should.
    fn left(&self, pace: f64) -> Option<Duration> {
        let all = Duration::from_nanos((pace * self.effort.cost as f64) as u64);
        all.checked_sub(self.since.elapsed())
            .or_else(|| (self.since.elapsed() < all + all / 4).then_some(Duration::ZERO))
    }
}

/// A picture's stay in the queue: until this is dropped, when what is left of it is dropped, too.
pub struct Visit {
    queue: Arc<Queue>,
    ticket: u64,
}

impl Visit {
    /// Where its pieces are computed.
    pub fn lanes(&self) -> Arc<dyn Lanes> {
        Arc::new(Seat { queue: Arc::clone(&self.queue), ticket: self.ticket })
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        self.queue.leave(self.ticket);
    }
}

/// What a read knows of the queue: its own pieces.
struct Seat {
    queue: Arc<Queue>,
    ticket: u64,
}

impl Lanes for Seat {
    fn put(&self, pieces: Vec<Piece>) {
        self.queue.put(self.ticket, pieces);
    }

    fn is_cancelled(&self) -> bool {
        !self.queue.holds(self.ticket)
    }
}

#[cfg(test)]
mod tests;
