//! Reads on several lanes at a time, with real models.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread;

use image::RgbImage;
use jkocr::ocr::{Page, Params, Profile};
use jkocr::worker::LanePool;

use super::engines::V5_MOBILE;
use crate::common::data;

fn open(name: &str) -> Arc<RgbImage> {
    Arc::new(image::open(data(name)).unwrap().into_rgb8())
}

fn lanes(count: usize) -> LanePool {
    LanePool::start(NonZeroUsize::new(count).unwrap(), 0).unwrap()
}

fn screen() -> Params {
    Params { profile: Profile::Screen, ..Params::default() }
}

/// What a page says and where, without the time it took.
fn content(page: &Page) -> Vec<(String, [i32; 4])> {
    page.lines.iter().map(|line| (line.text.clone(), line.quad.bounds())).collect()
}

#[test]
fn a_lone_picture_uses_all_lanes_and_reads_the_same_on_any_number() {
    let engine = V5_MOBILE.engine();
    let image = open("fullhd_dense.png");
    let alone = engine.read(&image, &screen(), &|| false).unwrap();
    assert!(alone.lines.len() > 30, "{} lines", alone.lines.len());
    let lanes = lanes(3);
    let page = lanes.read(engine, Arc::clone(&image), &screen()).unwrap();
    assert_eq!(content(&page), content(&alone));
    let done = lanes.pulse().done();
    let all: u64 = done.iter().map(|lane| lane.pieces).sum();
    assert!(all as usize > page.lines.len(), "{done:?}");
    // By what the pieces cost they are shared out nearly evenly; by their number at least roughly so.
    assert!(done.iter().all(|lane| lane.pieces >= all / 10), "{done:?}");
}

#[test]
fn pictures_that_are_read_at_the_same_time_do_not_touch_each_other() {
    let engine = V5_MOBILE.engine();
    let names = ["chat_zh.png", "code_dark.png", "retina_dialog.png", "japanese.png"];
    for params in [screen(), Params::default()] {
        let lanes = lanes(3);
        let read = |name: &str| content(&lanes.read(engine, open(name), &params).unwrap());
        let together: Vec<_> = thread::scope(|scope| {
            let threads: Vec<_> = names.iter().map(|name| scope.spawn(|| read(name))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        for (name, together) in names.into_iter().zip(together) {
            assert_eq!(together, content(&engine.read(&open(name), &params, &|| false).unwrap()), "{name}");
        }
    }
}
