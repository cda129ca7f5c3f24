//! One queue of work: the pieces of all pictures that are being read, and the pictures that wait for that.
//!
//! Pictures that are being read share the lanes: whoever has had least of them is next, and of a picture's pieces the
//! longest, since one that is begun last keeps all others waiting. As many pictures are read at a time as there are
//! lanes, in the order they came; and as many small ones beside them, which are soon done.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::ocr::Lanes;
use crate::ocr::piece::{Cores, Piece};

/// The most pixels of a small picture: a word, a button.
pub const SMALL: u64 = 1 << 16;

/// The most pixels of all pictures that are read at a time, unless it is one alone: each keeps three bytes a pixel.
const READ_AT_A_TIME: u64 = 32 << 20;

/// See the module. Its lock is held for moments only.
pub struct Queue {
    /// Pictures that may wait.
    places: usize,
    /// Pictures that are read at a time.
    lanes: usize,
    line: Mutex<Line>,
    news: Condvar,
}

struct Line {
    /// In the order they came.
    pictures: Vec<Picture>,
    tickets: u64,
    closed: bool,
    /// Lanes that are at a piece.
    busy: usize,
    /// Since when there has been no picture; none while there is one.
    idle_since: Option<Instant>,
}

struct Picture {
    ticket: u64,
    pixels: u64,
    entry: Entry,
    /// Whether it is being read; else it waits.
    is_read: bool,
    /// What is to be done for it next, the longest last.
    pieces: Vec<Piece>,
    /// The cost of its pieces that were given out, and what others had been given when it came.
    spent: u64,
}

impl Picture {
    fn is_small(&self) -> bool {
        self.pixels <= SMALL
    }
}

/// Whether a picture needs one of the places to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// It does, and does not come in without.
    IfThereIsRoom,
    /// It does not: there is a bound on its kind elsewhere.
    Beyond,
}

impl Queue {
    /// A queue for `lanes` lanes, in which `places` pictures may wait.
    pub fn new(places: usize, lanes: usize) -> Self {
        let line = Line { pictures: Vec::new(), tickets: 0, closed: false, busy: 0, idle_since: Some(Instant::now()) };
        Self { places, lanes, line: Mutex::new(line), news: Condvar::new() }
    }

    /// Lets a picture of this many pixels in, to be read as soon as may be; none if it would have to wait and there is no
    /// place, or the queue is closed.
    pub fn join(self: &Arc<Self>, pixels: u64, entry: Entry) -> Option<Visit> {
        let mut line = self.lock();
        if line.closed {
            return None;
        }
        line.tickets += 1;
        let ticket = line.tickets;
        line.pictures.push(Picture { ticket, pixels, entry, is_read: false, pieces: Vec::new(), spent: 0 });
        line.idle_since = None;
        line.admit(self.lanes);
        let takes_place = |picture: &&Picture| !picture.is_read && picture.entry == Entry::IfThereIsRoom;
        let is_over = line.pictures.iter().filter(takes_place).count() > self.places;
        if entry == Entry::IfThereIsRoom && is_over && line.pictures.pop_if(|picture| !picture.is_read).is_some() {
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
        let line = self.lock();
        line.pictures.len() - line.waiting()
    }

    /// Whether the end has come.
    pub fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// Waits for the next piece; none once the queue is closed. It may have all cores if nothing else is to be computed.
    /// Whoever takes one says when it is [done](Self::done).
    pub fn next(&self) -> Option<(Piece, Cores)> {
        let mut line = self.lock();
        loop {
            if line.closed {
                return None;
            }
            if let Some(piece) = line.next() {
                let is_alone = line.busy == 0 && line.pictures.iter().all(|picture| picture.pieces.is_empty());
                line.busy += 1;
                return Some((piece, if is_alone { Cores::AllIfSmall } else { Cores::One }));
            }
            line = self.news.wait(line).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Says that a piece has been computed.
    pub fn done(&self) {
        self.lock().busy -= 1;
    }

    /// Waits until there has been no picture for as long as `patience` says of the time that began then; when that was.
    /// None once the queue is closed.
    pub fn rest(&self, patience: impl Fn(Instant) -> Option<Duration>) -> Option<Instant> {
        let mut line = self.lock();
        loop {
            if line.closed {
                return None;
            }
            let wait =
                line.idle_since.and_then(|since| Some((since, patience(since)?.saturating_sub(since.elapsed()))));
            line = match wait {
                Some((since, Duration::ZERO)) => return Some(since),
                Some((_, left)) => self.news.wait_timeout(line, left).unwrap_or_else(PoisonError::into_inner).0,
                None => self.news.wait(line).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    /// Ends everything: what is left is dropped.
    pub fn close(&self) {
        let mut line = self.lock();
        line.closed = true;
        let pictures = std::mem::take(&mut line.pictures);
        self.news.notify_all();
        // Whoever awaits a piece is woken when it is dropped, and may ask the queue at once.
        drop(line);
        drop(pictures);
    }

    fn put(&self, ticket: u64, pieces: Vec<Piece>) {
        let mut line = self.lock();
        let Some(picture) = line.pictures.iter_mut().find(|picture| picture.ticket == ticket) else { return };
        picture.pieces.extend(pieces);
        picture.pieces.sort_by_key(|piece| piece.cost);
        self.news.notify_all();
    }

    fn leave(&self, ticket: u64) {
        let mut line = self.lock();
        let Some(place) = line.pictures.iter().position(|picture| picture.ticket == ticket) else { return };
        let picture = line.pictures.remove(place);
        line.admit(self.lanes);
        if line.pictures.is_empty() {
            line.idle_since = Some(Instant::now());
        }
        self.news.notify_all();
        drop(line);
        drop(picture);
    }

    fn holds(&self, ticket: u64) -> bool {
        self.lock().pictures.iter().any(|picture| picture.ticket == ticket)
    }

    fn lock(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
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

    /// The longest piece of the picture that is next: a small one, or else the one that has had least.
    fn next(&mut self) -> Option<Piece> {
        let ready = self.pictures.iter_mut().filter(|picture| picture.is_read && !picture.pieces.is_empty());
        let picture = ready.min_by_key(|picture| (!picture.is_small(), picture.spent))?;
        let piece = picture.pieces.pop()?;
        picture.spent += piece.cost;
        Some(piece)
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
