//! Stand-ins for the programs of the system, which write down how they are called.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should fail")]

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::common::jkocr;

/// A home folder, and a `PATH` that begins with programs of the test's own.
pub struct Fake {
    folder: tempfile::TempDir,
}

/// How a run of jkocr ended.
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Fake {
    /// `script`: what `program` does, in sh, after it has written its arguments down; it starts in a folder that lasts.
    pub fn new(program: &str, script: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let fake = Self { folder };
        for name in ["bin", "home", "state"] {
            fs::create_dir(fake.path(name)).unwrap();
        }
        let text = format!(
            "#!/bin/sh\ncd '{}' || exit 99\necho \"{program} $*\" >> calls\n{script}\n",
            fake.path("state").display()
        );
        let file = fake.path("bin").join(program);
        fs::write(&file, text).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        fake
    }

    /// Something below the folder of this test.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Something that the stand-in looks at.
    pub fn state(&self, name: &str, text: &str) {
        fs::write(self.path("state").join(name), text).unwrap();
    }

    /// What was called since the last time, a line each.
    pub fn calls(&self) -> Vec<String> {
        let file = self.path("state/calls");
        let text = fs::read_to_string(&file).unwrap_or_default();
        let _ = fs::remove_file(file);
        text.lines().map(str::to_owned).collect()
    }

    /// `jkocr service ARGUMENTS`, with the models that all tests share.
    pub fn service(&self, arguments: &[&str]) -> Ended {
        ended(self.command().arg("service").args(arguments))
    }

    /// The program, in this home.
    pub fn command(&self) -> Command {
        let mut path = OsString::from(self.path("bin"));
        path.push(":/usr/bin:/bin");
        let mut command = jkocr();
        command.env("HOME", self.path("home")).env("PATH", path).env("JKOCR_HOME", self.path("jkocr"));
        command.env_remove("XDG_CONFIG_HOME").env_remove("XDG_RUNTIME_DIR");
        command
    }

    /// Every file below the home folder, with its mode, sorted.
    pub fn files(&self) -> Vec<(String, u32)> {
        files(&self.path("home"))
    }
}

/// Runs `command` to its end.
pub fn ended(command: &mut Command) -> Ended {
    Ended::of(command.output().unwrap())
}

impl Ended {
    /// That of `output`.
    pub fn of(Output { status, stdout, stderr }: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: status.code(), stdout: text(stdout), stderr: text(stderr) }
    }

    /// Fails unless the program exited with `code`.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        self
    }
}

/// Every file and link below `folder`, with its permission bits, sorted.
pub fn files(folder: &Path) -> Vec<(String, u32)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).into_iter().flatten().flatten() {
            let metadata = entry.metadata().unwrap();
            if metadata.is_dir() {
                folders.push(entry.path());
                continue;
            }
            let name = entry.path().strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
            found.push((name, metadata.permissions().mode() & 0o777));
        }
    }
    found.sort();
    found
}
