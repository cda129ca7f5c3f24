//! What the server's machine says of itself: the script that asks, and what its output means.

mod address;
mod health;
mod unit;

use std::path::PathBuf;

use super::facts::{Cpu, Libc, Memory, There};
use crate::tunnel::Remote;

/// What only reads, for any POSIX shell.
const SCRIPT: &str = include_str!("survey.sh");

/// Begins the output; what a login shell may say comes before.
const BEGINNING: &str = "\n@@jkocr-survey-1\n";

/// Features of a processor that decide how fast the models run, in Linux's names: AVX2 and FMA carry the matrix
/// multiplications, the rest is faster still.
const FEATURES: [&str; 11] =
    ["avx", "avx2", "fma", "avx512f", "avx512_vnni", "avx_vnni", "amx_int8", "amx_bf16", "asimd", "asimddp", "bf16"];

/// The script, for a server that listens at `remote` as its machine sees it.
pub(super) fn script(remote: &Remote) -> String {
    let (authority, socket) = match remote {
        Remote::Tcp { .. } => (remote.to_string(), String::new()),
        Remote::Unix(path) => ("localhost".to_owned(), path.display().to_string()),
    };
    let quoted = |text: &str| shlex::try_quote(text).map_or_else(|_| "''".to_owned(), std::borrow::Cow::into_owned);
    format!("AUTHORITY={} SOCKET={}\n{SCRIPT}", quoted(&authority), quoted(&socket))
}

/// The output of the script; `None` if it did not run.
pub(super) fn parse(output: &str) -> Option<There> {
    let (_, output) = output.split_once(BEGINNING)?;
    let parts = Parts(output);
    let line = |name| parts.lines(name).next().map(str::to_owned);
    let kernel = line("kernel");
    let arch = kernel.as_deref().and_then(|kernel| kernel.split(' ').next_back()).unwrap_or_default().to_owned();
    let cores = parts.lines("cores").next().and_then(|cores| cores.parse().ok()).unwrap_or(0);
    let cpu = parts.lines("cpuinfo").next().map(|_| cpu(&parts.text("cpuinfo"), &arch, cores));
    let mut program = parts.lines("program");
    let mut units = unit::parse(&parts.text("units"), false);
    units.extend(unit::parse(&parts.text("user-units"), true));
    Some(There {
        system: line("system").map(|name| name.trim_matches('"').to_owned()),
        epoch: line("clock").and_then(|seconds| seconds.parse().ok()),
        listening: parts.has("listening").then(|| parts.lines("listening").filter_map(address::parse).collect()),
        journal: journal(&parts, &units),
        units,
        health: health::parse(&parts.text("health")),
        program: program.next().map(PathBuf::from),
        version: program.next().and_then(|line| line.split(' ').next_back()).map(str::to_owned),
        memory: memory(&parts.text("meminfo")),
        oom_kills: line("vmstat").and_then(|line| line.split(' ').nth(1)?.parse().ok()),
        cpu,
        steal: line("stat").and_then(|before| steal(&before, &line("later")?)),
        libc: line("libc").map(|line| libc(&line)),
        kernel,
    })
}

/// The output, cut at its `@@name` lines.
struct Parts<'a>(&'a str);

impl<'a> Parts<'a> {
    fn body(&self, name: &str) -> Option<&'a str> {
        let (_, rest) = self.0.split_once(&format!("@@{name}\n"))?;
        Some(rest.split("\n@@").next().unwrap_or(rest))
    }

    /// Whether the part has anything in it.
    fn has(&self, name: &str) -> bool {
        self.lines(name).next().is_some()
    }

    fn text(&self, name: &str) -> String {
        self.body(name).unwrap_or_default().to_owned()
    }

    /// Lines that are not empty.
    fn lines(&self, name: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        self.body(name).unwrap_or_default().lines().map(str::trim).filter(|line| !line.is_empty())
    }
}

/// The last words of units that do not run.
fn journal(parts: &Parts, units: &[super::facts::Unit]) -> Vec<String> {
    let is_down = |is_users| units.iter().any(|unit| unit.is_users == is_users && unit.active != "active");
    let of = |name, is_users| parts.lines(name).filter(move |_| is_down(is_users));
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
        found.next().map(str::to_owned)
    };
    let all = value(&["flags", "Features"]).unwrap_or_default();
    let has = |feature: &&str| all.split(' ').any(|word| word == *feature);
    let features = FEATURES.iter().filter(|feature| has(feature)).map(|feature| (*feature).to_owned()).collect();
    Cpu { arch: arch.to_owned(), model: value(&["model name"]), cores, features }
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
