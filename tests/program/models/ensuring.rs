//! `models::ensure`, and what is installed: verify, remove.

use std::fs;

use jkocr::models::{Access, Choice, Error, Library, Platform, Ready, Store, System, Wanted, ensure};

use super::world::{World, bytes, words};

fn wanted(choice: Choice) -> Wanted {
    Wanted { choice, runtime: Library::Pulled, document: Vec::new() }
}

fn set(world: &World, name: &str) -> Choice {
    world.store.registry().choice(name).unwrap()
}

fn ensured(world: &World, wanted: &Wanted) -> (Result<Ready, Error>, Vec<String>) {
    let mut seen = Vec::new();
    let ready = ensure(&world.store, &world.network, wanted, &mut |event| seen.push(words(&event)));
    seen.retain(|event| event != "advanced" && !event.starts_with("started"));
    (ready, seen)
}

#[test]
fn the_first_use_fetches_v5_mobile_and_the_runtime_and_says_what_else_there_is() {
    let world = World::new();
    let (ready, seen) = ensured(&world, &wanted(Choice::Auto));
    let ready = ready.unwrap();
    assert_eq!(ready.set.name, "v5-mobile");
    assert_eq!(fs::read(&ready.detection).unwrap(), bytes("v5-mobile-det"));
    assert_eq!(fs::read(&ready.recognition).unwrap(), bytes("v5-mobile-rec"));
    assert_eq!(fs::read(&ready.runtime).unwrap(), bytes("onnxruntime"));
    assert_eq!(seen[..2], ["chosen v5-mobile of v5-server", "planned v5-mobile-det v5-mobile-rec onnxruntime"]);
}

#[test]
fn with_everything_here_nothing_is_asked() {
    let world = World::new();
    world.pull(&["v5-mobile", "onnxruntime"]).unwrap();
    let before = world.server.count();
    let (ready, seen) = ensured(&world, &wanted(Choice::Auto));
    assert_eq!((ready.unwrap().set.name.as_str(), seen), ("v5-mobile", Vec::new()));
    assert_eq!(world.server.count(), before);
}

#[test]
fn auto_takes_the_best_that_is_installed() {
    let world = World::new();
    world.pull(&["v5-mobile", "v5-server", "onnxruntime"]).unwrap();
    assert_eq!(ensured(&world, &wanted(Choice::Auto)).0.unwrap().set.name, "v5-server");
    world.store.remove(&world.files(&["v5-server-rec"]), &mut |_| ()).unwrap();
    assert_eq!(ensured(&world, &wanted(Choice::Auto)).0.unwrap().set.name, "v5-mobile");
}

#[test]
fn a_set_that_was_named_is_fetched_without_the_others() {
    let world = World::new();
    let (ready, seen) = ensured(&world, &wanted(set(&world, "v5-server")));
    assert_eq!(ready.unwrap().set.name, "v5-server");
    assert_eq!(seen[0], "planned v5-server-det v5-server-rec onnxruntime");
}

#[test]
fn a_library_of_ones_own_is_not_fetched_and_works_where_there_is_none() {
    let mut world = World::new();
    let machine = Platform { os: "linux".to_owned(), arch: "riscv64".to_owned(), system: System::Other };
    world.store = Store::for_machine(world.store.registry(), world.store.folder().to_owned(), machine);
    let error = ensured(&world, &wanted(Choice::Auto)).0.unwrap_err();
    assert!(matches!(&error, Error::Platform { .. }) && error.hint().is_some(), "{error}");
    assert_eq!(world.server.count(), 0);

    let own = Wanted { choice: Choice::Auto, runtime: Library::Given("/opt/ort.so".into()), ..wanted(Choice::Auto) };
    let (ready, seen) = ensured(&world, &own);
    assert_eq!(ready.unwrap().runtime.to_str(), Some("/opt/ort.so"));
    assert!(seen.contains(&"planned v5-mobile-det v5-mobile-rec".to_owned()), "{seen:?}");
}

#[test]
fn offline_the_error_is_one_command() {
    let mut world = World::new();
    world.network.access = Access::Offline;
    for (choice, command) in
        [(Choice::Auto, "`jkocr models pull v5-mobile`"), (set(&world, "v5-server"), "`jkocr models pull v5-server`")]
    {
        let error = ensured(&world, &wanted(choice)).0.unwrap_err();
        assert!(error.to_string().contains(command), "{error}");
    }
    assert_eq!(world.server.count(), 0);
}

#[test]
fn verify_finds_a_flipped_byte_and_pull_mends_it() {
    let world = World::new();
    world.pull(&["v5-mobile", "onnxruntime"]).unwrap();
    let path = world.store.path(world.files(&["v5-mobile-rec"])[0]);
    let mut content = fs::read(&path).unwrap();
    content[200_000] ^= 1;
    fs::write(&path, content).unwrap();
    let bad = || -> Vec<_> {
        world.store.verify().filter_map(|checked| Some((checked.file, checked.result.err()?))).collect()
    };
    let found = bad();
    assert_eq!(found.len(), 1);
    assert!(matches!(&found[0].1, Error::Damaged { file, .. } if *file == path.display().to_string()));
    assert_eq!(world.pull(&["v5-mobile"]).unwrap(), ["v5-mobile-rec"]);
    assert!(bad().is_empty());
    assert_eq!(world.store.verify().count(), 3);
}

/// A file of the right length was believed to be the right file.
#[test]
fn a_flipped_byte_is_found_before_anything_is_loaded() {
    let world = World::new();
    world.pull(&["v5-mobile", "onnxruntime"]).unwrap();
    for id in ["v5-mobile-rec", "onnxruntime"] {
        let path = world.store.path(world.files(&[id])[0]);
        let mut content = fs::read(&path).unwrap();
        content[100_000] ^= 1;
        fs::write(&path, content).unwrap();
        let before = world.server.count();
        let error = ensured(&world, &wanted(Choice::Auto)).0.unwrap_err();
        assert!(matches!(&error, Error::Altered { path: damaged, .. } if *damaged == path), "{error}");
        assert!(error.to_string().contains(&format!("`jkocr models pull {id}`")), "{error}");
        assert_eq!(world.server.count(), before, "nothing is mended behind the user's back");
        world.pull(&[id]).unwrap();
        assert!(ensured(&world, &wanted(Choice::Auto)).0.is_ok());
    }
}

#[test]
fn a_file_of_another_length_counts_as_missing() {
    let world = World::new();
    world.pull(&["v5-mobile", "onnxruntime"]).unwrap();
    fs::write(world.store.path(world.files(&["v5-mobile-det"])[0]), "short").unwrap();
    let (ready, seen) = ensured(&world, &wanted(set(&world, "v5-mobile")));
    assert_eq!(fs::read(ready.unwrap().detection).unwrap(), bytes("v5-mobile-det"));
    assert_eq!(seen, ["planned v5-mobile-det", "installed v5-mobile-det"]);
}

#[test]
fn remove_takes_what_is_there_and_only_that() {
    let world = World::new();
    world.pull(&["v5-mobile"]).unwrap();
    let remove = |names: &[&str]| -> Vec<_> {
        let removed = world.store.remove(&world.files(names), &mut |_| ()).unwrap();
        removed.iter().map(|file| file.id.as_str()).collect()
    };
    assert_eq!(remove(&["v5-mobile-det", "v5-server"]), ["v5-mobile-det"]);
    assert_eq!(remove(&["v5-mobile"]), ["v5-mobile-rec"]);
    assert_eq!(remove(&["v5-mobile"]), Vec::<&str>::new());
    assert!(world.installed("v5-mobile-rec").is_none());
}

#[test]
fn a_name_nobody_has_is_answered_with_the_nearest() {
    let world = World::new();
    let error = world.store.resolve(&["v5-mobil-rec".to_owned()]).unwrap_err();
    assert!(matches!(&error, Error::UnknownName { nearest, .. } if nearest == "v5-mobile-rec"), "{error}");
}
