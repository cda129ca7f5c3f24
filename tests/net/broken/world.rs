//! A Mac with `up`, a server with sshd and `serve`, and the link between them.

use std::net::TcpStream;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::Value;

use super::bob::{self, Bob, Fate, Outcome};
use super::link::{Link, Weather};
use super::namespace::Namespace;
use crate::common::{self, free_port};
use crate::sshd::{Sshd, signal, wait_for};
use crate::up::rig::{Home, Up};
use crate::up::serve::Serve;

/// Everything, healthy. Parts end in the order of the fields.
pub struct World {
    pub up: Up,
    pub serve: Serve,
    pub sshd: Sshd,
    pub link: Link,
    pub mac: Namespace,
    _server: Namespace,
    /// Who posts.
    pub bob: Bob,
    /// What the screenshot says.
    pub texts: Value,
}

/// What people have without this program.
pub struct PlainSsh {
    port: u16,
    shell: Child,
}

impl PlainSsh {
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for PlainSsh {
    fn drop(&mut self) {
        let group = i32::try_from(self.shell.id()).ok().and_then(Pid::from_raw);
        let _ = kill_process_group(group.expect("a process number"), Signal::KILL);
        let _ = self.shell.wait();
    }
}

/// Before `up` runs.
pub struct Site {
    pub serve: Serve,
    pub sshd: Sshd,
    pub link: Link,
    pub mac: Namespace,
    pub server: Namespace,
}

impl Site {
    /// A server that is ready, and a link with a round trip of 20 ms.
    pub fn new() -> Self {
        // Fetched while there still is a way to the world.
        common::home();
        let (mac, server) = (Namespace::new("mac"), Namespace::new("server"));
        let link = Link::between(&mac, &server);
        Weather::set(&link.weather.delay_ms, 10);
        let (sshd, serve) = server.inside(|| {
            let mut sshd = Sshd::stopped();
            sshd.configure(&format!("ListenAddress 10.77.0.1:{}", sshd.port()));
            sshd.resume();
            (sshd, Serve::start())
        });
        Self { serve, sshd, link, mac, server }
    }

    /// The lines of `[tunnel]`, with every time as it is by default. `host` is a name or an address of the server.
    pub fn tunnel(&self, host: &str) -> String {
        let (port, file) = (self.sshd.port(), |name| self.sshd.file(name).display().to_string());
        format!(
            "host = '{host}'\nremote = '127.0.0.1:{}'\nssh_options = ['Port={port}', 'HostKeyAlias=host-{port}', \
             'IdentityFile={}', 'IdentitiesOnly=yes', 'IdentityAgent=none', 'UserKnownHostsFile={}', \
             'GlobalKnownHostsFile=/dev/null']",
            self.serve.port,
            file("user"),
            file("known_hosts"),
        )
    }

    /// `ssh -N -L` on the Mac, again and again, with nothing that would have it give up.
    pub fn plain_ssh(&self) -> PlainSsh {
        let (port, file) = (free_port(), |name| self.sshd.file(name).display().to_string());
        let ssh = format!(
            "while :; do ssh -F none -N -T -o BatchMode=yes -o ExitOnForwardFailure=yes -o HostKeyAlias=host-{at} \
             -o IdentitiesOnly=yes -o IdentityAgent=none -o UserKnownHostsFile={} -i {} -p {at} \
             -L 127.0.0.1:{port}:127.0.0.1:{} 10.77.0.1; sleep 1; done",
            file("known_hosts"),
            file("user"),
            self.serve.port,
            at = self.sshd.port(),
        );
        let start = || {
            Command::new("sh").args(["-c", &ssh]).process_group(0).stdin(Stdio::null()).stderr(Stdio::null()).spawn()
        };
        let shell = self.mac.inside(start).expect("sh starts");
        let is_open = || self.mac.inside(|| TcpStream::connect(("127.0.0.1", port)).is_ok());
        wait_for("ssh listens", is_open, String::new);
        PlainSsh { port, shell }
    }

    /// A home for `up` with a fallback.
    pub fn home(&self, fallback: &str) -> Home {
        Home::new(&self.tunnel("10.77.0.1"), fallback).and("[ocr]\nmodels = 'v5-mobile'").with_models()
    }
}

impl World {
    /// With the `fallback` of a configuration; everything else is as it is by default.
    pub fn new(fallback: &str) -> Self {
        let site = Site::new();
        let home = site.home(fallback);
        Self::with(site, home)
    }

    pub fn with(site: Site, home: Home) -> Self {
        let has_fallback = !std::fs::read_to_string(home.folder.path().join("config.toml"))
            .expect("config.toml")
            .contains("mode = 'off'");
        let up = site.mac.inside(|| Up::start(home));
        up.until_up();
        if has_fallback {
            up.until_stocked();
        }
        let Site { serve, sshd, link, mac, server } = site;
        let first = mac.inside(|| bob::post(up.port(), &bob::screenshot(60_000)));
        let Fate::Read { texts, by } = first.fate else { panic!("{first:?}\n{}", up.log()) };
        assert_eq!((by.as_str(), texts.as_array().map(Vec::len)), ("remote", Some(3)), "{texts}");
        Self { up, serve, sshd, link, mac, _server: server, bob: Bob::default(), texts }
    }

    pub fn weather(&self) -> &Weather {
        &self.link.weather
    }

    /// One request of `size` bytes.
    pub fn post(&self, size: usize) -> Outcome {
        self.mac.inside(|| bob::post(self.up.port(), &bob::screenshot(size)))
    }

    /// `count` small requests at the same moment.
    pub fn burst(&self, count: usize) -> Vec<Outcome> {
        let port = self.up.port();
        self.mac.inside(|| {
            thread::scope(|scope| {
                let asking: Vec<_> =
                    (0..count).map(|_| scope.spawn(move || bob::post(port, &bob::screenshot(60_000)))).collect();
                asking.into_iter().map(|asked| asked.join().expect("an outcome")).collect()
            })
        })
    }

    /// What `jkocr status` says to a person.
    pub fn words(&self) -> String {
        String::from_utf8_lossy(&self.up.home.run(&["status"]).stdout).into_owned()
    }

    /// The Mac's network goes, as when Wi-Fi is switched off.
    pub fn unplug(&self) {
        self.mac.ip("link set wire down");
    }

    pub fn plug(&self) {
        self.mac.ip("link set wire up");
        self.mac.ip("route add default via 10.77.0.1");
    }

    /// The Mac is on another network, from which the server can be reached as well.
    pub fn move_to(&self, address: &str) {
        self.mac.ip("addr flush dev wire");
        self.mac.ip(&format!("addr add {address}/24 dev wire"));
        self.mac.ip("route replace default via 10.77.0.1");
    }

    /// `up`, its ssh and its user stand still.
    pub fn sleep(&self, time: Duration) {
        let _asleep = self.bob.rest();
        let all: Vec<u32> = std::iter::once(self.up.pid()).chain(self.up.ssh()).collect();
        for pid in &all {
            signal(*pid, Signal::STOP);
        }
        thread::sleep(time);
        for pid in &all {
            signal(*pid, Signal::CONT);
        }
    }

    /// The processes of the server.
    pub fn signal_serve(&self, which: Signal) {
        signal(self.serve.pid(), which);
    }
}
