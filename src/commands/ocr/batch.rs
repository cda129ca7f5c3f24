//! Several files at a time, told in the order they were named.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, SyncSender};
use std::{io, thread};

use anyhow::Error;

/// Pieces that may wait to be looked at.
const AHEAD: usize = 16;

/// What comes of a file, piece by piece.
pub enum OutputPiece {
    /// For standard output.
    Text(Vec<u8>),
    /// What kept it from being read, or the rest of it.
    Failed(Error),
    /// For whoever looks: something to know beside the text.
    Note(String),
}

/// Where a worker puts the pieces of its file. Nobody may want them any more.
pub struct PieceSender {
    number: usize,
    pieces: SyncSender<(usize, Option<OutputPiece>)>,
}

impl PieceSender {
    /// Passes a piece on.
    ///
    /// # Errors
    /// If nobody listens: standard output is closed.
    pub fn put(&self, piece: OutputPiece) -> io::Result<()> {
        self.pieces.send((self.number, Some(piece))).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

/// Calls `work` for each of `items`, `jobs` at a time, and `tell` with their pieces, file by file in order; `ended` hears
/// of each that is done, as soon as it is.
///
/// # Errors
/// The first of `tell`; what is under way is waited for, and nothing more begun.
pub fn run<I: Sync>(
    items: &[I],
    jobs: NonZeroUsize,
    work: impl Fn(&I, &PieceSender) + Sync,
    mut tell: impl FnMut(usize, OutputPiece) -> io::Result<()>,
    mut ended: impl FnMut(),
) -> io::Result<()> {
    let next = AtomicUsize::new(0);
    let (pieces, told) = mpsc::sync_channel(AHEAD);
    thread::scope(|scope| {
        for _ in 0..jobs.get().min(items.len()) {
            let (pieces, next, work) = (pieces.clone(), &next, &work);
            scope.spawn(move || {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(number) else { return };
                    let output = PieceSender { number, pieces: pieces.clone() };
                    work(item, &output);
                    if pieces.send((number, None)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(pieces);
        let mut order = DeliveryOrder { waiting: items.iter().map(|_| WaitingPieces::default()).collect(), current: 0 };
        for (number, piece) in told {
            if let Some(piece) = piece {
                order.waiting[number].pieces.push_back(piece);
            } else {
                order.waiting[number].is_done = true;
                ended();
            }
            order.tell(&mut tell)?;
        }
        Ok(())
    })
}

/// The pieces whose turn has not come.
struct DeliveryOrder {
    waiting: Vec<WaitingPieces>,
    current: usize,
}

#[derive(Default)]
struct WaitingPieces {
    pieces: VecDeque<OutputPiece>,
    is_done: bool,
}

impl DeliveryOrder {
    /// Tells what may be told by now.
    fn tell(&mut self, tell: &mut impl FnMut(usize, OutputPiece) -> io::Result<()>) -> io::Result<()> {
        while let Some(waiting) = self.waiting.get_mut(self.current) {
            while let Some(piece) = waiting.pieces.pop_front() {
                tell(self.current, piece)?;
            }
            if !waiting.is_done {
                return Ok(());
            }
            self.current += 1;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;

    #[test]
    fn the_order_is_that_of_the_files_whoever_is_first() {
        let both = Barrier::new(2);
        let mut told = Vec::new();
        let work = |item: &&str, output: &PieceSender| {
            // The second one is there first.
            if *item == "first" {
                both.wait();
            }
            output.put(OutputPiece::Text(item.as_bytes().to_vec())).expect("somebody listens");
            if *item == "second" {
                both.wait();
            }
        };
        let two = NonZeroUsize::new(2).expect("not zero");
        let mut ended = 0;
        let tell = |number, piece| {
            let OutputPiece::Text(text) = piece else { return Err(io::ErrorKind::Other.into()) };
            told.push((number, String::from_utf8(text).expect("text")));
            Ok(())
        };
        run(&["first", "second"], two, work, tell, || ended += 1).expect("all is told");
        assert_eq!(told, [(0, "first".to_owned()), (1, "second".to_owned())]);
        assert_eq!(ended, 2);
    }

    #[test]
    fn nothing_is_begun_once_nobody_listens() {
        let begun = AtomicUsize::new(0);
        let work = |_: &usize, output: &PieceSender| {
            begun.fetch_add(1, Ordering::Relaxed);
            let _ = output.put(OutputPiece::Text(Vec::new()));
        };
        let items: Vec<_> = (0..1000).collect();
        let closed = |_, _| Err(io::ErrorKind::BrokenPipe.into());
        assert!(run(&items, NonZeroUsize::MIN, work, closed, || {}).is_err());
        assert!(begun.load(Ordering::Relaxed) < 1000);
    }
}
