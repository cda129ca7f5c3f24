//! What the tests of the binary share: a home with real models, and a way to run the program that reads as a
//! specification.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should fail")]
#![allow(dead_code, reason = "every test file uses another part")]

#[cfg(target_os = "linux")]
pub mod machine;
pub mod python;
pub mod screen;

use std::ffi::OsStr;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{self, Command, Output};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// A screenshot of the repository.
pub fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

/// A `JKOCR_HOME` with the runtime, v5-mobile, v6-small and the document models, fetched by the program itself the first time any test
/// needs it. It is below `target`, so that it is fetched once; tests only read it.
pub fn home() -> &'static Path {
    static HOME: OnceLock<PathBuf> = OnceLock::new();
    HOME.get_or_init(|| {
        let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("home");
        let wanted = ["models", "pull", "v5-mobile", "v6-small", "doc"];
        let pulled = jkocr().env("JKOCR_HOME", &home).args(wanted).output().unwrap();
        assert!(pulled.status.success(), "cannot fetch the models: {}", String::from_utf8_lossy(&pulled.stderr));
        // Most tests know what v5-mobile reads; `auto` would take the better set. In one step: others may be reading it.
        let (config, draft) = (home.join("config.toml"), home.join(format!("config.{}", std::process::id())));
        std::fs::write(&draft, "[ocr]\nmodels = \"v5-mobile\"\n").unwrap();
        std::fs::rename(draft, config).unwrap();
        home
    })
}

/// A `JKOCR_HOME` with OpenVINO, v6-small, v5-mobile and what they need; tests only read it. It is another one than [`home`]:
/// where OpenVINO is installed, it reads.
pub fn home_with_openvino() -> &'static Path {
    static HOME: OnceLock<PathBuf> = OnceLock::new();
    HOME.get_or_init(|| {
        let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("home-openvino");
        let wanted = ["models", "pull", "v6-small", "v5-mobile", "openvino"];
        let pulled = jkocr().env("JKOCR_HOME", &home).args(wanted).output().unwrap();
        assert!(pulled.status.success(), "cannot fetch OpenVINO: {}", String::from_utf8_lossy(&pulled.stderr));
        home
    })
}

/// Makes `to` the folder `from`, with links to its files.
pub fn link_files(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            link_files(&entry.path(), &target);
        } else {
            std::os::unix::fs::symlink(entry.path(), target).unwrap();
        }
    }
}

/// The library of OpenVINO that programs load.
pub fn openvino() -> PathBuf {
    let found = jkocr().env("JKOCR_HOME", home_with_openvino()).args(["models", "path", "openvino"]).output().unwrap();
    let paths = String::from_utf8(found.stdout).unwrap();
    PathBuf::from(paths.lines().next().expect("it is installed"))
}

/// Whether the processor has instructions for bf16 that OpenVINO is chosen for.
pub fn computes_bf16() -> bool {
    let flags = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    flags.split_whitespace().any(|flag| matches!(flag, "avx512_bf16" | "amx_bf16"))
}

/// A port of the loopback that nobody listens on, another one each time.
///
/// It lies below the range that systems choose ports from by themselves, so no connection takes it in the meantime; tests
/// of other processes begin elsewhere in the range.
pub fn free_port() -> u16 {
    const FIRST: u32 = 20_000;
    const COUNT: u32 = 12_000;
    static GIVEN: AtomicU32 = AtomicU32::new(0);
    let begin = process::id().wrapping_mul(1009);
    loop {
        let at = begin.wrapping_add(GIVEN.fetch_add(1, Ordering::Relaxed));
        let port = u16::try_from(FIRST + at % COUNT).expect("a port");
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// The program, with nothing of the machine's own settings.
pub fn jkocr() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jkocr"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("JKOCR_") {
            command.env_remove(name);
        }
    }
    command.env_remove("ORT_DYLIB_PATH").env("LANG", "C").env_remove("LC_ALL").env_remove("NO_COLOR");
    command
}

/// One run of the program.
pub struct Jkocr {
    command: Command,
    home: Option<tempfile::TempDir>,
}

impl Jkocr {
    /// With models, from the shared home.
    pub fn new() -> Self {
        let mut command = jkocr();
        command.env("JKOCR_HOME", home());
        Self { command, home: None }
    }

    /// With a home of its own that holds nothing.
    pub fn bare() -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut command = jkocr();
        command.env("JKOCR_HOME", home.path());
        Self { command, home: Some(home) }
    }

    /// Writes `config.toml` into the home of its own.
    pub fn config(self, text: &str) -> Self {
        let home = self.home.as_ref().expect("only a home of its own is written to");
        std::fs::write(home.path().join("config.toml"), text).unwrap();
        self
    }

    /// Sets a variable.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Runs to the end.
    pub fn run<A: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Run {
        let output = self.command.args(arguments).output().unwrap();
        Run { output, _home: self.home }
    }
}

/// How a run ended.
pub struct Run {
    output: Output,
    _home: Option<tempfile::TempDir>,
}

impl Run {
    /// Standard output; fails unless the program exited with `code`.
    #[track_caller]
    pub fn exits(&self, code: i32) -> &Self {
        assert_eq!(self.output.status.code(), Some(code), "stdout: {}\nstderr: {}", self.stdout(), self.stderr());
        self
    }

    /// What was printed for programs.
    pub fn stdout(&self) -> String {
        String::from_utf8(self.output.stdout.clone()).unwrap()
    }

    /// What was printed for people.
    pub fn stderr(&self) -> String {
        String::from_utf8(self.output.stderr.clone()).unwrap()
    }
}
