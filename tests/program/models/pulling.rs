//! `models::pull`

use std::os::unix::fs::PermissionsExt;
use std::sync::mpsc;
use std::time::Duration;
use std::{fs, thread};

use jkocr::models::{Access, Error, Event, Network, pull};

use super::server::{Fault, Served};
use super::world::{DETECTION, PAGE, RECOGNITION, WHEEL, World, bytes, noise, page, words, zip};

/// Long enough for anything on loopback; only a hanging test reaches it.
const LIMIT: Duration = Duration::from_mins(1);

fn text(error: Error) -> String {
    format!("{:#}", anyhow::Error::from(error))
}

#[test]
fn only_the_wanted_members_of_a_wheel_travel() {
    let world = World::new();
    assert_eq!(world.pull(&["v5-mobile", "onnxruntime"]).unwrap(), ["v5-mobile-det", "v5-mobile-rec", "onnxruntime"]);
    for id in ["v5-mobile-det", "v5-mobile-rec", "onnxruntime"] {
        assert_eq!(world.installed(id).unwrap(), bytes(id), "{id}");
    }
    assert!(world.server.sent() < 1_200_000 && world.wheel.len() > 2_700_000, "{}", world.server.sent());
    assert_eq!(world.server.asked(PAGE).len(), 1);
    assert_eq!(world.unfinished(), Vec::<String>::new());
}

#[test]
fn what_is_written_is_private() {
    let world = World::new();
    let cut = Served::new(bytes("v5-server-rec")).failing([Fault::Cut(10), Fault::Status(404)]);
    world.server.put(RECOGNITION, cut);
    world.pull(&["v5-mobile-det", "onnxruntime", "v5-server"]).unwrap_err();
    assert!(world.installed("v5-server-det").is_some() && world.unfinished().len() == 2);
    let mut folders = vec![world.store.folder().to_owned()];
    while let Some(folder) = folders.pop() {
        assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700, "{}", folder.display());
        for entry in fs::read_dir(&folder).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else {
                let mode = entry.metadata().unwrap().permissions().mode();
                assert_eq!(mode & 0o777, 0o600, "{}", entry.path().display());
            }
        }
    }
}

#[test]
fn what_is_installed_is_not_fetched_again() {
    let world = World::new();
    world.pull(&["v5-mobile"]).unwrap();
    let before = world.server.count();
    assert_eq!(world.pull(&["v5-mobile"]).unwrap(), Vec::<&str>::new());
    assert_eq!(world.server.count(), before);
}

#[test]
fn a_cut_member_goes_on_where_it_stopped() {
    let world = World::new();
    let mut wheel = Served::new(world.wheel.clone());
    // The zip directory and the header before the member arrive; then the member does not.
    wheel.faults.extend([None, None, Some(Fault::Cut(100_000))]);
    world.server.put(WHEEL, wheel);
    world.pull(&["v5-mobile-rec"]).unwrap();
    assert_eq!(world.installed("v5-mobile-rec").unwrap(), bytes("v5-mobile-rec"));
    let [.., cut, resumed] = &world.server.asked(WHEEL)[..] else { panic!("too few requests") };
    let start = |range: &Option<String>| {
        let range = range.as_deref().unwrap().strip_prefix("bytes=").unwrap().to_owned();
        range.split('-').next().unwrap().parse::<u64>().unwrap()
    };
    assert_eq!(start(&resumed.range), start(&cut.range) + 100_000);
    assert_eq!((cut.if_range.as_deref(), resumed.if_range.as_deref()), (None, Some("\"1\"")));
}

#[test]
fn the_next_run_goes_on_where_the_last_one_stopped() {
    let world = World::new();
    let unavailable = || Fault::Status(503);
    let faults = [Fault::Cut(50_000), unavailable(), unavailable(), unavailable()];
    world.server.put(DETECTION, Served::new(bytes("v5-server-det")).failing(faults));
    let error = text(world.pull(&["v5-server-det"]).unwrap_err());
    assert!(error.contains("503"), "{error}");
    assert!(world.installed("v5-server-det").is_none() && !world.unfinished().is_empty());

    let mut seen = Vec::new();
    pull(&world.store, &world.network, &world.files(&["v5-server-det"]), &mut |event| seen.push(words(&event)))
        .unwrap();
    assert!(seen.contains(&"started v5-server-det at 50000".to_owned()), "{seen:?}");
    let asked = world.server.asked(DETECTION).pop().unwrap();
    assert_eq!((asked.range.as_deref(), asked.if_range.as_deref()), (Some("bytes=50000-"), Some("\"1\"")));
    assert_eq!(world.installed("v5-server-det").unwrap(), bytes("v5-server-det"));
    assert_eq!(world.unfinished(), Vec::<String>::new());
}

#[test]
fn a_server_that_falls_silent_is_left_and_asked_again() {
    let mut world = World::new();
    world.network.stall = Duration::from_millis(200);
    world.server.put(DETECTION, Served::new(bytes("v5-server-det")).failing([Fault::Stall(70_000)]));
    world.pull(&["v5-server-det"]).unwrap();
    let ranges: Vec<_> = world.server.asked(DETECTION).into_iter().map(|asked| asked.range).collect();
    assert_eq!(ranges, [None, Some("bytes=70000-".to_owned())]);
}

#[test]
fn a_file_that_changed_on_the_server_is_fetched_from_the_start() {
    let world = World::new();
    let cut = |file: Served| file.failing([Fault::Cut(50_000), Fault::Status(404)]);
    world.server.put(DETECTION, cut(Served::new(noise(77, 300_000))));
    world.pull(&["v5-server-det"]).unwrap_err();
    world.server.put(DETECTION, Served { etag: Some("\"2\""), ..Served::new(bytes("v5-server-det")) });
    world.pull(&["v5-server-det"]).unwrap();
    assert_eq!(world.server.asked(DETECTION).len(), 3);

    // The same from a server that tells no version: only the digest shows it.
    world.server.put(RECOGNITION, cut(Served { etag: None, ..Served::new(noise(78, 300_000)) }));
    world.pull(&["v5-server-rec"]).unwrap_err();
    world.server.put(RECOGNITION, Served { etag: None, ..Served::new(bytes("v5-server-rec")) });
    world.pull(&["v5-server-rec"]).unwrap();
    assert_eq!(world.installed("v5-server-rec").unwrap(), bytes("v5-server-rec"));
    let ranges: Vec<_> = world.server.asked(RECOGNITION).into_iter().map(|asked| asked.range).collect();
    assert_eq!(ranges[2..], [Some("bytes=50000-".to_owned()), None]);
}

#[test]
fn a_download_that_was_complete_is_not_repeated() {
    let world = World::new();
    let stem = world.files(&["v5-server-det"])[0].sha256.to_string();
    fs::create_dir_all(world.store.folder().join("partial")).unwrap();
    let part = world.store.folder().join(format!("partial/v5-server-det-{}.part", &stem[..8]));
    fs::write(part, bytes("v5-server-det")).unwrap();
    world.pull(&["v5-server-det"]).unwrap();
    assert_eq!(world.server.sent(), 0);
    assert_eq!(world.installed("v5-server-det").unwrap(), bytes("v5-server-det"));
}

#[test]
fn other_bytes_are_not_installed_and_leave_nothing_behind() {
    let world = World::new();
    world.server.put(DETECTION, Served::new(noise(66, 300_000)));
    let error = text(world.pull(&["v5-server-det"]).unwrap_err());
    let expected = world.files(&["v5-server-det"])[0].sha256.to_string();
    assert!(error.contains("v5-server-det") && error.contains("damaged") && error.contains(&expected), "{error}");
    assert!(world.installed("v5-server-det").is_none());
    assert_eq!(world.unfinished(), Vec::<String>::new());
}

#[test]
fn a_page_of_a_hotel_is_not_taken_for_a_model() {
    let world = World::new();
    world.server.put(PAGE, Served::new("<html>log in</html>"));
    world.server.put(DETECTION, Served::new("<html>log in</html>"));
    let error = text(world.pull(&["v5-mobile-det"]).unwrap_err());
    assert!(error.contains("no package index") && error.contains("150000 bytes and has 19"), "{error}");
    assert_eq!(world.server.asked(DETECTION).len(), 1);
    assert!(world.installed("v5-mobile-det").is_none());
}

#[test]
fn a_server_without_ranges_gives_the_whole_wheel_once() {
    let world = World::new();
    world.server.put(WHEEL, Served { ranges: false, ..Served::new(world.wheel.clone()) });
    let mut seen = Vec::new();
    let files = world.files(&["v5-mobile", "onnxruntime"]);
    pull(&world.store, &world.network, &files, &mut |event| seen.push(words(&event))).unwrap();
    seen.retain(|event| event != "advanced");
    let wheel = "pack-1.0-py3-none-any.whl";
    let expected = [
        "planned v5-mobile-det v5-mobile-rec onnxruntime",
        &format!("whole {wheel}"),
        &format!("started {wheel} at 0"),
        "installed v5-mobile-det",
        "installed v5-mobile-rec",
        "installed onnxruntime",
    ];
    assert_eq!(seen, expected);
    let whole = world.server.asked(WHEEL).into_iter().filter(|asked| asked.range.is_none()).count();
    assert_eq!(whole, 1);
    for file in files {
        assert_eq!(world.installed(&file.id).unwrap(), bytes(&file.id));
    }
    assert_eq!(world.unfinished(), Vec::<String>::new());
}

#[test]
fn a_cut_wheel_without_ranges_begins_anew() {
    let world = World::new();
    let mut wheel = Served { ranges: false, ..Served::new(world.wheel.clone()) };
    wheel.faults.extend([None, Some(Fault::Cut(1_000_000))]);
    world.server.put(WHEEL, wheel);
    world.pull(&["v5-mobile-det"]).unwrap();
    assert_eq!(world.installed("v5-mobile-det").unwrap(), bytes("v5-mobile-det"));
}

#[test]
fn the_next_source_is_taken_and_the_reason_told() {
    let world = World::new();
    world.server.put(WHEEL, Served::new(world.wheel.clone()).failing([Fault::Status(404)]));
    world.server.put(DETECTION, Served::new(bytes("v5-mobile-det")));
    let mut seen = Vec::new();
    pull(&world.store, &world.network, &world.files(&["v5-mobile-det"]), &mut |event| seen.push(words(&event)))
        .unwrap();
    assert_eq!(seen[1], "v5-mobile-det not from PyPI pack 1.0");
    assert_eq!(world.installed("v5-mobile-det").unwrap(), bytes("v5-mobile-det"));
}

#[test]
fn when_no_source_has_it_each_says_why() {
    let world = World::new();
    let gone = || Served::new("").failing([Fault::Status(404)]);
    world.server.put(PAGE, gone());
    world.server.put(DETECTION, gone());
    let error = world.pull(&["v5-mobile-det"]).unwrap_err();
    assert!(matches!(&error, Error::NoSource { failures, .. } if failures.len() == 2));
    assert!(error.hint().is_some());
    let error = text(error);
    assert!(error.contains("/root/simple/pack/ answered 404") && !error.contains('\n'), "one line: {error}");
    assert!(error.contains("/plain/det.onnx answered 404"), "{error}");
}

#[test]
fn a_wheel_that_the_index_does_not_have_is_named() {
    let world = World::new();
    world.server.put(PAGE, page(b"another wheel of that name"));
    let error = text(world.pull(&["v5-mobile-rec"]).unwrap_err());
    assert!(error.contains("does not list `pack-1.0-py3-none-any.whl`"), "{error}");
}

#[test]
fn a_server_in_trouble_is_asked_again() {
    let world = World::new();
    world.server.put(PAGE, page(&world.wheel).failing([Fault::Status(502)]));
    world.server.put(WHEEL, Served::new(world.wheel.clone()).failing([Fault::Status(503), Fault::Cut(10)]));
    world.pull(&["v5-mobile-det"]).unwrap();
    assert_eq!(world.installed("v5-mobile-det").unwrap(), bytes("v5-mobile-det"));
}

#[test]
fn an_index_that_is_not_there_is_named_without_its_password() {
    let world = World::new();
    // A port that was free a moment ago.
    let port = crate::common::free_port();
    let index = format!("http://me:s3cret@127.0.0.1:{port}/simple");
    let network = Network::new(&index, Access::Online).unwrap();
    let error = pull(&world.store, &network, &world.files(&["v5-mobile-rec"]), &mut |_| ()).unwrap_err();
    let error = text(error);
    assert!(error.contains(&format!("no answer from http://127.0.0.1:{port}/simple/pack/")), "{error}");
    assert!(!error.contains("s3cret"), "{error}");
}

#[test]
fn an_index_with_a_path_and_a_password_works() {
    let world = World::new();
    let secret = Some("me@work:s3:cret");
    world.server.put(PAGE, Served { secret, ..page(&world.wheel) });
    world.server.put(WHEEL, Served { secret, ..Served::new(world.wheel.clone()) });
    let index = world.server.url.replace("http://", "http://me%40work:s3%3Acret@") + "/root/simple/";
    let network = Network::new(&index, Access::Online).unwrap();
    pull(&world.store, &network, &world.files(&["v5-mobile-rec"]), &mut |_| ()).unwrap();
    assert_eq!(world.installed("v5-mobile-rec").unwrap(), bytes("v5-mobile-rec"));
}

#[test]
fn an_html_index_works() {
    let world = World::new();
    let html = format!("<html><body><a href=\"..{WHEEL}\">pack-1.0-py3-none-any.whl</a></body></html>")
        .replace("../files", "../../../files");
    world.server.put(PAGE, Served { content_type: "text/html; charset=utf-8", ..Served::new(html) });
    world.pull(&["v5-mobile-rec"]).unwrap();
    assert_eq!(world.installed("v5-mobile-rec").unwrap(), bytes("v5-mobile-rec"));
}

#[test]
fn a_second_process_waits_and_then_finds_the_file() {
    let world = World::new();
    let (tell, told) = mpsc::channel();
    thread::scope(|scope| {
        // The first one stops in the middle of the file until the second one waits.
        let (waits, wait) = mpsc::channel();
        let world = &world;
        scope.spawn(move || {
            let mut first = true;
            let mut watch = |event: Event<'_>| {
                if matches!(event, Event::Started { .. }) && std::mem::take(&mut first) {
                    tell.send(()).unwrap();
                    wait.recv_timeout(LIMIT).unwrap();
                }
            };
            let fetched = pull(&world.store, &world.network, &world.files(&["v5-server-det"]), &mut watch).unwrap();
            assert_eq!(fetched.len(), 1);
        });
        told.recv_timeout(LIMIT).unwrap();
        let mut seen = Vec::new();
        let mut watch = |event: Event<'_>| {
            seen.push(words(&event));
            if matches!(event, Event::Waiting) {
                waits.send(()).unwrap();
            }
        };
        let fetched = pull(&world.store, &world.network, &world.files(&["v5-server-det"]), &mut watch).unwrap();
        assert_eq!((fetched.len(), seen), (0, vec!["waiting".to_owned()]));
    });
    assert_eq!(world.server.asked(DETECTION).len(), 1);
    assert_eq!(world.installed("v5-server-det").unwrap(), bytes("v5-server-det"));
}

#[test]
fn what_a_killed_process_left_is_cleared_away() {
    let world = World::new();
    let partial = world.store.folder().join("partial");
    fs::create_dir_all(&partial).unwrap();
    fs::write(partial.join("tmp-abcdef"), "half").unwrap();
    world.pull(&["v5-mobile-det"]).unwrap();
    assert_eq!(world.unfinished(), Vec::<String>::new());
}

#[test]
fn offline_names_the_command_and_asks_nobody() {
    let mut world = World::new();
    world.network.access = Access::Offline;
    let error = world.pull(&["v5-mobile"]).unwrap_err().to_string();
    assert!(error.contains("jkocr models pull v5-mobile-det v5-mobile-rec"), "{error}");
    assert_eq!(world.server.count(), 0);
}

#[test]
fn a_full_or_read_only_disk_is_not_the_fault_of_a_source() {
    let world = World::new();
    // A file where a folder should be resists everybody, root too.
    fs::create_dir_all(world.store.folder()).unwrap();
    fs::write(world.store.folder().join("models"), "").unwrap();
    let error = world.pull(&["v5-mobile-det"]).unwrap_err();
    assert!(matches!(error, Error::Unwritable { .. }), "{}", text(error));
    assert_eq!(world.server.asked(DETECTION).len(), 0);
}

/// Nobody may fill the disk: not by a body without an end, not by one that is longer than announced.
#[test]
fn no_more_is_kept_than_the_registry_says() {
    let world = World::new();
    world.server.put(WHEEL, Served::new("").failing([Fault::Status(404)]));
    let endless = Served::new(bytes("v5-mobile-det")).failing([Fault::Endless]);
    world.server.put(DETECTION, endless);
    let error = text(world.pull(&["v5-mobile-det"]).unwrap_err());
    assert!(error.contains("150000") && error.contains(DETECTION), "{error}");
    assert_eq!(world.server.asked(DETECTION).len(), 1, "it is not asked again");
    assert!(world.server.sent() < 32 << 20, "{}", world.server.sent());
    let left =
        fs::read_dir(world.store.folder().join("partial")).unwrap().map(|entry| entry.unwrap().metadata().unwrap());
    assert_eq!(left.map(|file| file.len()).sum::<u64>(), 0);
    // The same server, honest again.
    world.server.put(DETECTION, Served::new(bytes("v5-mobile-det")));
    assert_eq!(world.pull(&["v5-mobile-det"]).unwrap(), ["v5-mobile-det"]);
}

#[test]
fn an_endless_wheel_ends_and_the_next_source_is_taken() {
    let world = World::new();
    let endless = Served { ranges: false, ..Served::new(world.wheel.clone()) };
    // The first answer is to whether it sends parts.
    let endless = Served { faults: [None, Some(Fault::Endless)].into(), ..endless };
    world.server.put(WHEEL, endless);
    world.server.put(DETECTION, Served::new(bytes("v5-mobile-det")));
    assert_eq!(world.pull(&["v5-mobile-det"]).unwrap(), ["v5-mobile-det"]);
    assert_eq!(world.installed("v5-mobile-det").unwrap(), bytes("v5-mobile-det"));
    assert!(world.server.sent() < 64 << 20, "{}", world.server.sent());
    assert_eq!(world.unfinished(), Vec::<String>::new());
}

#[test]
fn a_wheel_of_another_length_is_not_looked_into() {
    let world = World::new();
    let mut longer = world.wheel.clone();
    longer.extend(noise(1, 100));
    world.server.put(WHEEL, Served::new(longer));
    let error = text(world.pull(&["v5-mobile-rec"]).unwrap_err());
    assert!(error.contains(&world.wheel.len().to_string()), "{error}");
}

#[test]
fn a_wheel_whose_directory_has_no_end_is_given_up() {
    let name = "x".repeat(200);
    let members: Vec<_> = (0..30_000).map(|at| format!("{name}{at}")).collect();
    let world = World::of(zip(&members.iter().map(|name| (name.as_str(), Vec::new())).collect::<Vec<_>>()));
    let error = text(world.pull(&["v5-mobile-rec"]).unwrap_err());
    assert!(error.contains("4194304"), "{error}");
    assert!(world.server.sent() < 6 << 20, "{} of {}", world.server.sent(), world.wheel.len());
}

#[test]
fn an_index_page_has_its_limit() {
    let world = World::new();
    let padding = format!(r#"{{"files": [], "x": "{}"}}"#, "x".repeat(5 << 20));
    world.server.put(PAGE, Served { content_type: "application/vnd.pypi.simple.v1+json", ..Served::new(padding) });
    let error = text(world.pull(&["v5-mobile-rec"]).unwrap_err());
    assert!(error.contains("4194304") && error.contains(PAGE), "{error}");
    assert_eq!(world.server.asked(PAGE).len(), 1);
}

/// What is wrong with a page is told in words out of the page.
#[test]
fn what_an_index_says_cannot_act_on_a_terminal() {
    let world = World::new();
    let page = r#"{"files": [{"filename": "x", "url": "x", "hashes": {"sha256": "\u001b[2J\u202eforged"}}]}"#;
    world.server.put(PAGE, Served { content_type: "application/vnd.pypi.simple.v1+json", ..Served::new(page) });
    let error = text(world.pull(&["v5-mobile-rec"]).unwrap_err());
    assert!(error.contains("`[2Jforged`"), "{error}");
    assert!(!error.contains(['\u{1b}', '\u{202e}']), "{error:?}");
}
