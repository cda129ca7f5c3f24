//! What the server's machine says of itself: the script that asks, and what its output means.

mod address;
mod health;
mod unit;

use std::net::SocketAddr;

use super::facts::{Cpu, Libc, Memory, ServerMachine, UnitState};
use crate::shell::FilePath;
use crate::tunnel::Remote;
use crate::untrusted::Untrusted;

/// What only reads, for any POSIX shell.
const SCRIPT: &str = include_str!("survey.sh");

/// Begins the output; what a login shell may say comes before.
const BEGINNING: &str = "\n@@jkocr-survey-1\n";

/// Features of a processor that decide how fast the models run, in Linux's names: AVX2 and FMA carry the matrix
/// multiplications, the rest is faster still.
const FEATURES: [&str; 12] = [
    "avx",
    "avx2",
    "fma",
    "avx512f",
    "avx512_vnni",
    "avx512_bf16",
    "avx_vnni",
    "amx_int8",
    "amx_bf16",
    "asimd",
    "asimddp",
    "bf16",
];

/// The script, for a server that listens at `remote` as its machine sees it.
pub(super) fn script(remote: &Remote) -> String {
    let (authority, socket) = match remote {
        Remote::Tcp { .. } => (remote.to_string(), String::new()),
        Remote::Unix(path) => ("localhost".to_owned(), path.display().to_string()),
    };
    let quoted = |text: &str| shlex::try_quote(text).map_or_else(|_| "''".to_owned(), std::borrow::Cow::into_owned);
    format!("AUTHORITY={} SOCKET={}\n{SCRIPT}", quoted(&authority), quoted(&socket))
}

impl ServerMachine {
    /// What the output of the script says; `None` if it did not run. All of it may be of the server's choice.
    #[must_use]
    pub fn from_survey(output: &str) -> Option<Self> {
        let (_, output) = output.split_once(BEGINNING)?;
        let sections = Sections(output);
        let line = |name| sections.lines(name).next();
        let kernel = line("kernel");
        let arch = kernel.and_then(|kernel| kernel.split(' ').next_back()).unwrap_or_default();
        let cores = line("cores").and_then(|cores| cores.parse().ok()).unwrap_or(0);
        let mut program = sections.lines("program");
        let mut units = unit::parse(sections.text("units"), false);
        units.extend(unit::parse(sections.text("user-units"), true));
        Some(Self {
            system: line("system").map(|name| name.trim_matches('"').into()),
            epoch: line("clock").and_then(|seconds| seconds.parse().ok()),
            listening: sections.has("listening").then(|| listening(&sections)),
            journal: journal(&sections, &units),
            units,
            health: health::parse(sections.text("health")),
            program: program.next().and_then(FilePath::parse),
            version: program.next().and_then(|line| line.split(' ').next_back()).map(Untrusted::new),
            memory: memory(sections.text("meminfo")),
            oom_kills: line("vmstat").and_then(|line| line.split(' ').nth(1)?.parse().ok()),
            cpu: line("cpuinfo").map(|_| cpu(sections.text("cpuinfo"), arch, cores)),
            steal: line("stat").and_then(|before| steal(before, line("later")?)),
            libc: line("libc").map(libc),
            kernel: kernel.map(Untrusted::new),
        })
    }
}

fn listening(sections: &Sections) -> Vec<SocketAddr> {
    sections.lines("listening").filter_map(address::parse).collect()
}

/// The output, cut at its `@@name` lines.
struct Sections<'a>(&'a str);

impl<'a> Sections<'a> {
    fn body(&self, name: &str) -> Option<&'a str> {
        let (_, rest) = self.0.split_once(&format!("@@{name}\n"))?;
        Some(rest.split("\n@@").next().unwrap_or(rest))
    }

    /// Whether the section has anything in it.
    fn has(&self, name: &str) -> bool {
        self.lines(name).next().is_some()
    }

    fn text(&self, name: &str) -> &'a str {
        self.body(name).unwrap_or_default()
    }

    /// Lines that are not empty.
    fn lines(&self, name: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        self.text(name).lines().map(str::trim).filter(|line| !line.is_empty())
    }
}

/// The last words of units that do not run.
fn journal(sections: &Sections, units: &[UnitState]) -> Vec<Untrusted> {
    let is_down = |is_users| units.iter().any(|unit| unit.is_users == is_users && unit.active != "active");
    let of = |name, is_users| sections.lines(name).filter(move |_| is_down(is_users));
    of("journal", false).chain(of("user-journal", true)).map(|line| super::redacted(line, None)).collect()
}

/// `/proc/meminfo`: `Name:   number kB` lines.
pub(super) fn memory(text: &str) -> Option<Memory> {
    let bytes = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        Some(line.split_whitespace().next()?.parse::<u64>().ok()? * 1024)
    };
    Some(Memory {
        total: bytes("MemTotal")?,
        available: bytes("MemAvailable"),
        swap_total: bytes("SwapTotal").unwrap_or(0),
        swap_free: bytes("SwapFree").unwrap_or(0),
    })
}

/// `/proc/cpuinfo`, of which only the first processor counts.
pub(super) fn cpu(text: &str, arch: &str, cores: usize) -> Cpu {
    let value = |names: &[&str]| {
        let pairs = text.lines().filter_map(|line| line.split_once(':'));
        let mut found = pairs.filter(|(name, _)| names.contains(&name.trim())).map(|(_, value)| value.trim());
        found.next()
    };
    let all = value(&["flags", "Features"]).unwrap_or_default();
    let has = |feature: &&str| all.split(' ').any(|word| word == *feature);
    let features = FEATURES.iter().filter(|feature| has(feature)).map(|feature| (*feature).to_owned()).collect();
    Cpu { arch: arch.into(), model: value(&["model name"]).map(Untrusted::new), cores, features }
}

/// Per cent of the time between two first lines of `/proc/stat` that was stolen (the eighth number, proc(5)).
fn steal(before: &str, after: &str) -> Option<f64> {
    let ticks = |line: &str| -> Option<Vec<u64>> {
        let numbers = line.strip_prefix("cpu ")?.split_whitespace().map(str::parse);
        // The time of guests, after these, is counted in the first two already.
        numbers.take(8).collect::<Result<_, _>>().ok()
    };
    let (before, after) = (ticks(before)?, ticks(after)?);
    let spent: Vec<_> = before.iter().zip(&after).map(|(before, after)| after.saturating_sub(*before)).collect();
    let all: u64 = spent.iter().sum();
    let stolen = *spent.get(7)?;
    (all > 0).then(|| stolen as f64 * 100.0 / all as f64)
}

/// `glibc 2.36` from getconf; the first line of `ldd --version` elsewhere, such as `musl libc (x86_64)`.
fn libc(line: &str) -> Libc {
    let version = line.strip_prefix("glibc ").or_else(|| line.contains("GLIBC").then(|| line.rsplit(' ').next())?);
    let numbers = version.and_then(|version| version.split_once('.'));
    match numbers.map(|(major, minor)| (major.parse(), minor.split('.').next().unwrap_or(minor).parse())) {
        Some((Ok(major), Ok(minor))) => Libc::Glibc(major, minor),
        _ => Libc::Other,
    }
}

#[cfg(test)]
mod tests;
