//! Python programs from the package index, each in an environment of its own below `target`.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The `bin` folder of an environment with `package` in this `version`, which is fetched the first time.
pub fn environment(package: &str, version: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{package}-{version}"));
    let (bin, done) = (folder.join("bin"), folder.join("fetched"));
    // Tests that run at once want it at once: one makes it, the others wait. The lock ends with the file.
    let turn = File::create(folder.with_added_extension("lock")).unwrap();
    turn.lock().unwrap();
    if !done.exists() {
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder));
        let wanted = format!("{package}=={version}");
        run(Command::new(bin.join("python")).args(["-m", "pip", "install", "--quiet", &wanted]));
        fs::write(done, "").unwrap();
    }
    bin
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
