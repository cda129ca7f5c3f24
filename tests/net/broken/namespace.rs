//! Network namespaces of a test's own.

use std::fs::File;
use std::os::fd::AsFd as _;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

/// A namespace, empty but for its loopback. It ends when dropped; whatever runs in it must have ended before.
pub struct Namespace {
    name: String,
}

impl Namespace {
    /// A new one.
    pub fn new(role: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let namespace = Self { name: format!("jkocr-{}-{number}-{role}", std::process::id()) };
        ip(&["netns", "add", &namespace.name]);
        namespace.ip("link set lo up");
        namespace
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// `ip` with the words of `arguments`, inside.
    pub fn ip(&self, arguments: &str) {
        let words: Vec<&str> = arguments.split(' ').collect();
        ip(&[&["-n", &self.name], words.as_slice()].concat());
    }

    /// Runs `work` on a thread that lives in the namespace; the processes and sockets it makes belong there, too.
    pub fn inside<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        thread::scope(|scope| scope.spawn(|| self.enter(work)).join())
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }

    /// Moves this thread into the namespace and runs `work`. The thread must not be used for anything else.
    fn enter<T>(&self, work: impl FnOnce() -> T) -> T {
        let file = File::open(format!("/run/netns/{}", self.name)).expect("the namespace");
        move_into_link_name_space(file.as_fd(), Some(LinkNameSpaceType::Network)).expect("a thread of the namespace");
        work()
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let _ = Command::new("ip").args(["netns", "del", &self.name]).status();
    }
}

fn ip(arguments: &[&str]) {
    let output = Command::new("ip").args(arguments).output().expect("ip runs: install iproute2");
    assert!(output.status.success(), "ip {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Whether namespaces and TUN devices can be had here. If not, says that a test is skipped.
pub fn are_possible() -> bool {
    let is_root = rustix::process::geteuid().is_root();
    let has_tun = std::path::Path::new("/dev/net/tun").exists();
    let made = is_root && has_tun && {
        let name = format!("jkocr-{}-try", std::process::id());
        let run = |verb| Command::new("ip").args(["netns", verb, &name]).output().is_ok_and(|out| out.status.success());
        // Another test may try at the same moment, with the same name.
        run("add") | run("del") || std::path::Path::new("/run/netns").exists()
    };
    if !made {
        eprintln!("SKIPPED: network namespaces and TUN devices need root on Linux");
    }
    made
}
