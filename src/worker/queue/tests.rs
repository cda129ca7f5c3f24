use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::{Admission, NextStep, Queue, READ_AT_A_TIME, SMALL, Visit, Work};
use crate::ocr::piece::{Cores, Effort, Piece};

const LARGE: u64 = SMALL + 1;

/// What was computed, by name.
type Log = Arc<Mutex<Vec<&'static str>>>;

struct Rig {
    queue: Arc<Queue>,
    log: Log,
}

impl Rig {
    fn new(places: usize, lanes: usize) -> Self {
        Self { queue: Arc::new(Queue::new(places, lanes)), log: Log::default() }
    }

    fn join(&self, pixels: u64) -> Visit {
        self.queue.join(pixels, Admission::IfThereIsRoom).expect("a place")
    }

    fn put(&self, visit: &Visit, pieces: &[(&'static str, u64)]) {
        let piece = |&(name, cost): &(&'static str, u64)| {
            let log = Arc::clone(&self.log);
            Piece::new(Effort { cost, spreads: true }, move |_| log.lock().unwrap().push(name))
        };
        visit.lanes().put(pieces.iter().map(piece).collect());
    }

    /// Computes this many pieces one after the other, and says which.
    fn compute(&self, count: usize) -> Vec<&'static str> {
        for _ in 0..count {
            let (piece, cores) = self.queue.next(0).expect("open");
            piece.compute(cores);
            self.queue.done(0);
        }
        std::mem::take(&mut self.log.lock().unwrap())
    }
}

#[test]
fn of_a_picture_the_longest_piece_is_first() {
    let rig = Rig::new(1, 1);
    let visit = rig.join(LARGE);
    rig.put(&visit, &[("short", 1), ("long", 9), ("middle", 5)]);
    assert_eq!(rig.compute(2), ["long", "middle"]);
    rig.put(&visit, &[("longer", 3)]);
    assert_eq!(rig.compute(2), ["longer", "short"]);
}

#[test]
fn pictures_share_the_lanes_by_what_their_pieces_cost() {
    let rig = Rig::new(1, 2);
    let [one, other] = [rig.join(LARGE), rig.join(LARGE)];
    rig.put(&one, &[("one", 4), ("one", 4), ("one", 4)]);
    rig.put(&other, &[("other", 2), ("other", 2), ("other", 2), ("other", 2)]);
    let order = rig.compute(6);
    assert_eq!(order.iter().filter(|name| **name == "one").count(), 2, "{order:?}");
    assert_eq!(order.iter().filter(|name| **name == "other").count(), 4, "{order:?}");
}

#[test]
fn who_comes_later_shares_from_then_on() {
    let rig = Rig::new(1, 2);
    let first = rig.join(LARGE);
    rig.put(&first, &[("first", 5); 6]);
    rig.compute(3);
    let second = rig.join(LARGE);
    rig.put(&second, &[("second", 5); 3]);
    assert_eq!(rig.compute(4).iter().filter(|name| **name == "first").count(), 2);
}

#[test]
fn a_small_picture_overtakes_those_that_wait_and_those_that_are_read() {
    let rig = Rig::new(8, 1);
    let [read, waits] = [rig.join(LARGE), rig.join(LARGE)];
    rig.put(&read, &[("read", 5), ("read", 5)]);
    rig.put(&waits, &[("waits", 5)]);
    assert_eq!(rig.compute(1), ["read"]);
    let word = rig.join(SMALL);
    rig.put(&word, &[("word", 1), ("word", 1)]);
    assert_eq!(rig.compute(2), ["word", "word"]);
    drop(word);
    assert_eq!(rig.compute(1), ["read"]);
    assert_eq!((rig.queue.reading(), rig.queue.waiting()), (1, 1));
    drop(read);
    assert_eq!(rig.compute(1), ["waits"]);
}

#[test]
fn as_many_are_read_at_a_time_as_there_are_lanes() {
    let rig = Rig::new(8, 2);
    let mut visits: Vec<Visit> = (0..4).map(|_| rig.join(LARGE)).collect();
    assert_eq!((rig.queue.reading(), rig.queue.waiting()), (2, 2));
    drop(visits.remove(0));
    assert_eq!((rig.queue.reading(), rig.queue.waiting()), (2, 1));
}

#[test]
fn small_pictures_wait_for_each_other() {
    let rig = Rig::new(2, 1);
    let visits = [rig.join(SMALL), rig.join(SMALL), rig.join(LARGE), rig.join(SMALL)];
    assert_eq!((rig.queue.reading(), rig.queue.waiting()), (2, 2));
    assert!(rig.queue.join(SMALL, Admission::IfThereIsRoom).is_none());
    drop(visits);
}

#[test]
fn huge_pictures_are_read_one_after_the_other() {
    let rig = Rig::new(8, 4);
    let huge = rig.join(2 * READ_AT_A_TIME);
    let behind = rig.join(LARGE);
    assert_eq!((rig.queue.reading(), rig.queue.waiting()), (1, 1));
    drop(huge);
    assert_eq!((rig.queue.reading(), rig.queue.waiting()), (1, 0));
    drop(behind);
}

#[test]
fn a_full_queue_takes_nothing_until_one_leaves() {
    let rig = Rig::new(1, 1);
    let [read, waits] = [rig.join(LARGE), rig.join(LARGE)];
    assert!(rig.queue.join(LARGE, Admission::IfThereIsRoom).is_none());
    drop(waits);
    let waits = rig.join(LARGE);
    assert!(rig.queue.join(LARGE, Admission::IfThereIsRoom).is_none());
    drop(read);
    assert!(rig.queue.join(LARGE, Admission::IfThereIsRoom).is_some());
    drop(waits);
}

#[test]
fn a_page_needs_no_place_and_waits_its_turn() {
    let rig = Rig::new(1, 1);
    let visits = [rig.join(LARGE), rig.join(LARGE)];
    let page = rig.queue.join(LARGE, Admission::Beyond).expect("no place is needed");
    assert!(rig.queue.join(LARGE, Admission::IfThereIsRoom).is_none());
    assert_eq!((rig.queue.reading(), rig.queue.waiting()), (1, 2));
    drop((visits, page));
}

#[test]
fn what_is_left_of_a_cancelled_picture_is_dropped() {
    let rig = Rig::new(1, 1);
    let [gone, stays] = [rig.join(LARGE), rig.join(LARGE)];
    let lanes = gone.lanes();
    rig.put(&gone, &[("gone", 1), ("gone", 1)]);
    rig.put(&stays, &[("stays", 1)]);
    assert_eq!(rig.compute(1), ["gone"]);
    drop(gone);
    assert!(lanes.is_cancelled());
    assert_eq!(rig.compute(1), ["stays"]);
}

#[test]
fn the_queue_rests_once_all_have_left_and_ends_when_it_is_closed() {
    let rig = Rig::new(1, 1);
    let at_once = |_| Some(Duration::ZERO);
    let before = rig.queue.rest(at_once).expect("open");
    let visit = rig.join(LARGE);
    let queue = Arc::clone(&rig.queue);
    let resting = std::thread::spawn(move || queue.rest(at_once));
    drop(visit);
    assert!(resting.join().unwrap() > Some(before), "it rests anew");
    rig.queue.close();
    assert!(rig.queue.next(0).is_none() && rig.queue.join(1, Admission::Beyond).is_none());
    assert_eq!(rig.queue.rest(|_| None), None);
}

#[test]
fn a_piece_has_all_cores_if_nothing_else_is_to_be_computed() {
    let rig = Rig::new(1, 2);
    let visit = rig.join(LARGE);
    rig.put(&visit, &[("first", 9), ("second", 9)]);
    let [first, second] = [0, 1].map(|lane| rig.queue.next(lane).expect("open").1);
    assert_eq!([first, second], [Cores::One; 2]);
    rig.queue.done(0);
    rig.queue.done(1);
    rig.put(&visit, &[("last", 9)]);
    assert_eq!(rig.queue.next(1).expect("open").1, Cores::AllIfSmall);
}

#[test]
fn the_last_piece_waits_for_the_one_beside_it_if_it_is_done_sooner_then() {
    const HOUR: f64 = 3600e9;
    let turn = |beside: u64, last: u64, spreads: bool| {
        let rig = Rig::new(1, 2);
        let visit = rig.join(LARGE);
        rig.put(&visit, &[("beside", beside)]);
        // It begins beside another, which ends.
        rig.queue.lock().at_work[0] = Some(Work { effort: Effort::UNKNOWN, since: Instant::now(), cores: Cores::One });
        assert_eq!(rig.queue.next(1).expect("open").1, Cores::One);
        rig.queue.done(0);
        visit.lanes().put(vec![Piece::new(Effort { cost: last, spreads }, |_| {})]);
        let mut line = rig.queue.lock();
        line.pace = HOUR;
        line.turn()
    };
    assert!(matches!(turn(3, 10, true), NextStep::Wait(left) if left <= Duration::from_hours(3)));
    assert_eq!(turn(5, 10, true), NextStep::Take(Cores::One), "all cores would come too late");
    assert_eq!(turn(3, 10, false), NextStep::Take(Cores::One), "more cores do not help");
}
