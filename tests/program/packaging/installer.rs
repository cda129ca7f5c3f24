//! `install.sh` with archives that hold a script in the place of the program.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A file in a folder of our own.
const GUIDE: &str = "share/doc/jkocr/docs/install.md";

/// A folder to download from, and a place to install to.
struct World {
    folder: tempfile::TempDir,
}

impl World {
    /// Has `version` published; it consists of `bin/jkocr` and of `files`.
    fn with(version: &str, files: &[&str]) -> Self {
        let world = Self { folder: tempfile::tempdir().unwrap() };
        world.publish(version, files);
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The name of an archive of `version` for this machine.
    fn archive(version: &str) -> String {
        let system = if cfg!(target_os = "macos") { "macos" } else { "linux" };
        format!("jkocr-{version}-{}-{system}.tar.gz", std::env::consts::ARCH)
    }

    fn publish(&self, version: &str, files: &[&str]) {
        let (downloads, archive) = (self.path("downloads"), Self::archive(version));
        let unpacked = downloads.join(archive.strip_suffix(".tar.gz").unwrap());
        let put = |name: &str, text: &str, mode| {
            let file = unpacked.join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(&file, text).unwrap();
            fs::set_permissions(file, Permissions::from_mode(mode)).unwrap();
        };
        put("bin/jkocr", &format!("#!/bin/sh\necho jkocr {version}\n"), 0o755);
        put("lib/jkocr/package", "archive\n", 0o644);
        put("lib/jkocr/install.sh", &self.installer(version, ""), 0o644);
        for name in files {
            put(name, version, 0o644);
        }
        let tar = |arguments: &[&str]| {
            let done = Command::new("tar").args(arguments).current_dir(&downloads).status().unwrap();
            assert!(done.success());
        };
        tar(&["-czf", &archive, unpacked.file_name().unwrap().to_str().unwrap()]);
        fs::remove_dir_all(&unpacked).unwrap();
        let digest = sha256(&downloads.join(&archive));
        let installer = self.installer(version, &format!("{digest}  {archive}\n"));
        fs::write(downloads.join("install.sh"), installer).unwrap();
    }

    /// The template, filled.
    fn installer(&self, version: &str, archives: &str) -> String {
        let template = include_str!("../../../packaging/install.sh");
        let address = format!("file://{}", self.path("downloads").display());
        let filled = template.replace("@VERSION@", version).replace("@ARCHIVES@", archives);
        filled.replace("@DOWNLOAD@", &address).replace("@NEWEST@", &address)
    }

    fn install(&self) -> Output {
        self.run(&self.path("downloads/install.sh"), &["--prefix", self.path("home/.local").to_str().unwrap()])
    }

    fn run(&self, installer: &Path, arguments: &[&str]) -> Output {
        let mut command = Command::new("sh");
        command.arg(installer).args(arguments).env("HOME", self.path("home")).env_remove("JKOCR_DOWNLOAD");
        command.output().unwrap()
    }

    /// What is installed, without what every archive has.
    fn installed(&self) -> Vec<String> {
        let prefix = self.path("home/.local");
        let found = Command::new("find").args([".", "-type", "f"]).current_dir(prefix).output().unwrap();
        let text = String::from_utf8(found.stdout).unwrap();
        let mut files: Vec<_> = text.lines().map(|line| line.trim_start_matches("./").to_owned()).collect();
        files.retain(|file| !file.starts_with("lib/jkocr/"));
        files.sort();
        files
    }

    fn program(&self) -> String {
        let output = Command::new(self.path("home/.local/bin/jkocr")).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }
}

fn sha256(file: &Path) -> String {
    let sum = Command::new("sha256sum").arg(file).output();
    let sum = sum.or_else(|_| Command::new("shasum").args(["-a", "256"]).arg(file).output()).unwrap();
    String::from_utf8(sum.stdout).unwrap().split(' ').next().unwrap().to_owned()
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn what_is_installed_is_brought_up_to_date_and_taken_away_again() {
    let world = World::with("1.0.0", &["share/man/man1/jkocr.1", "share/man/man1/jkocr-old.1", GUIDE]);
    // What is not ours stays, whatever happens.
    fs::create_dir_all(world.path("home/.local/bin")).unwrap();
    fs::write(world.path("home/.local/bin/other"), "").unwrap();
    let first = world.install();
    assert!(first.status.success(), "{}", said(&first));
    assert!(said(&first).contains("--remove") && said(&first).contains("is not on your PATH"), "{}", said(&first));
    assert_eq!(world.program(), "jkocr 1.0.0\n");
    assert_eq!(fs::read_to_string(world.path("home/.local/lib/jkocr/package")).unwrap(), "installer\n");

    // The copy that was installed fetches the newest one, from wherever it is started.
    world.publish("1.1.0", &["share/man/man1/jkocr.1", "share/man/man1/jkocr-new.1", GUIDE]);
    let copy = world.path("home/.local/lib/jkocr/install.sh");
    let second = world.run(&copy, &[]);
    assert!(second.status.success(), "{}", said(&second));
    assert_eq!(world.program(), "jkocr 1.1.0\n");
    let files = ["bin/jkocr", "bin/other", GUIDE, "share/man/man1/jkocr-new.1", "share/man/man1/jkocr.1"];
    assert_eq!(world.installed(), files);

    let removed = world.run(&copy, &["--remove"]);
    assert!(removed.status.success(), "{}", said(&removed));
    assert_eq!(world.installed(), ["bin/other"]);
    for folder in ["lib/jkocr", "share/doc/jkocr"] {
        assert!(!world.path("home/.local").join(folder).exists(), "{folder}");
    }
}

#[test]
fn an_archive_that_is_not_what_it_should_be_changes_nothing() {
    let world = World::with("1.0.0", &[]);
    assert!(world.install().status.success());
    world.publish("1.1.0", &[]);
    let archive = world.path("downloads").join(World::archive("1.1.0"));
    let whole = fs::read(&archive).unwrap();
    for (bytes, words) in [(&whole[..whole.len() / 2], "SHA-256"), (b"something else", "SHA-256")] {
        fs::write(&archive, bytes).unwrap();
        let output = world.install();
        assert_eq!(output.status.code(), Some(1));
        assert!(said(&output).contains(words) && said(&output).contains("nothing was changed"), "{}", said(&output));
    }
    fs::remove_file(&archive).unwrap();
    let output = world.install();
    assert!(!output.status.success() && said(&output).contains("cannot fetch"), "{}", said(&output));
    assert_eq!(world.program(), "jkocr 1.0.0\n");
    let left: Vec<_> =
        fs::read_dir(world.path("home/.local")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().contains("install")), "{left:?}");
}

#[test]
fn a_place_that_cannot_be_written_is_told_with_what_to_do() {
    let world = World::with("1.0.0", &[]);
    // A file where a folder should be: root can write anywhere else.
    fs::write(world.path("home"), "").unwrap();
    let output = world.install();
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("--prefix DIR"), "{}", said(&output));
    let nothing = world.run(&world.path("downloads/install.sh"), &["--remove", "--prefix", "/nonexistent"]);
    assert!(!nothing.status.success() && said(&nothing).contains("nothing of this installer's"), "{}", said(&nothing));
}
