//! What keeps the process that draws small, short-lived, and from outliving the one that wants its pages. All that
//! differs from one system to another is here.

use std::io::{self, Read as _};
use std::{process, thread};

use rustix::process::{Resource, Rlimit, setrlimit};

/// The most a PDF may compute, in seconds; the one who asked loses patience before.
const CPU_SECONDS: u64 = 300;

/// Bounds what this process can take, in bytes of memory and in time, and lets it leave no image of its memory behind: a
/// screenshot may be in it.
///
/// Where the system does not let it, as macOS does not for memory, the one who asked still has a clock.
pub fn restrain(memory: u64) {
    let exactly = |limit| Rlimit { current: Some(limit), maximum: Some(limit) };
    for (resource, limit) in [(Resource::Core, 0), (Resource::As, memory), (Resource::Cpu, CPU_SECONDS)] {
        let _ = setrlimit(resource, exactly(limit));
    }
}

/// From here on, this process ends when the one that started it does; on Linux also while that leaves standard input open
/// elsewhere.
///
/// # Errors
/// If the system gives no thread.
pub fn end_with_parent() -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{Signal, set_parent_process_death_signal};
        let _ = set_parent_process_death_signal(Some(Signal::KILL));
    }
    let wait = || {
        // Nothing comes any more but the end.
        let _ = io::stdin().lock().read(&mut [0]);
        process::exit(1);
    };
    thread::Builder::new().name("parent".to_owned()).spawn(wait).map(drop)
}
