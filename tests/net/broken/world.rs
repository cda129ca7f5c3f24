//! A Mac with `up`, a server with sshd and `serve`, and the link between them.

use std::net::TcpStream;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::Value;

use super::bob::{self, Bob, Fate, Outcome};
use super::link::{Link, Weather};
use super::names::{self, NameServer, Names};
use super::namespace::Namespace;
use crate::common::{self, free_port};
use crate::sshd::{Sshd, signal, wait_for};
use crate::up::rig::{Home, Up};
use crate::up::serve::Serve;

/// The models of both machines.
const MODELS: &str = "[ocr]\nmodels = 'v5-mobile'";

/// Connections that were for several requests at a time are closed by then, and sessions that were replaced.
const SETTLED: Duration = Duration::from_secs(50);

/// Everything, healthy. Parts end in the order of the fields.
pub struct World {
    pub up: Up,
    serve: Mutex<Serve>,
    sshd: Mutex<Sshd>,
    names: Option<NameServer>,
    pub link: Link,
    pub mac: Namespace,
    server: Namespace,
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
        Home::new(&self.tunnel("10.77.0.1"), fallback).and(MODELS).with_models()
    }
}

impl World {
    /// With the `fallback` of a configuration; everything else is as it is by default.
    pub fn new(fallback: &str) -> Self {
        let site = Site::new();
        let home = site.home(fallback);
        Self::with(site, home)
    }

    /// The same, where the server has a name that a name server of the Mac knows.
    pub fn named(fallback: &str) -> Self {
        let site = Site::new();
        let names = NameServer::on(&site.mac, Names::Known);
        let home = Home::new(&site.tunnel(names::HOST), fallback).and(MODELS).with_models();
        let world = Self::by(site, home, names::own_names);
        Self { names: Some(names), ..world }
    }

    pub fn with(site: Site, home: Home) -> Self {
        Self::by(site, home, |_| {})
    }

    fn by(site: Site, home: Home, change: impl FnOnce(&mut Command) + Send) -> Self {
        let has_fallback = !std::fs::read_to_string(home.folder.path().join("config.toml"))
            .expect("config.toml")
            .contains("mode = 'off'");
        let up = site.mac.inside(|| Up::by(home, &["up"], change));
        up.until_up();
        if has_fallback {
            up.until_stocked();
        }
        let Site { serve, sshd, link, mac, server } = site;
        let first = mac.inside(|| bob::post(up.port(), &bob::screenshot(60_000)));
        let Fate::Read { texts, by } = first.fate else { panic!("{first:?}\n{}", up.log()) };
        assert_eq!((by.as_str(), texts.as_array().map(Vec::len)), ("remote", Some(3)), "{texts}");
        let (serve, sshd) = (Mutex::new(serve), Mutex::new(sshd));
        Self { up, serve, sshd, names: None, link, mac, server, bob: Bob::default(), texts }
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

    /// Sends a signal to the OCR server.
    pub fn signal_serve(&self, which: Signal) {
        signal(self.serve().pid(), which);
    }

    pub fn serve(&self) -> MutexGuard<'_, Serve> {
        self.serve.lock().expect("serve")
    }

    pub fn sshd(&self) -> MutexGuard<'_, Sshd> {
        self.sshd.lock().expect("sshd")
    }

    /// Kills every session of sshd.
    pub fn kill_sessions(&self) {
        for session in self.sshd().sessions() {
            signal(session, Signal::KILL);
        }
    }

    /// The OCR server is killed, and started again later.
    pub fn without_serve(&self, time: Duration) {
        self.serve().kill();
        thread::sleep(time);
        self.server.inside(|| self.serve().resume());
    }

    /// The server's power goes: no packet comes from it, not even one that says goodbye. Then it boots.
    pub fn power_cut(&self, time: Duration) {
        self.weather().hole(true);
        self.serve().kill();
        self.sshd().stop();
        thread::sleep(time);
        // No connection from before is known any more, and the network is there before the services are.
        self.weather().hole(false);
        self.server.inside(|| {
            self.sshd().resume();
            self.serve().resume();
        });
    }

    /// Others keep the OCR server busy for a while.
    pub fn busy(&self, time: Duration) {
        let (port, until) = (self.serve().port, Instant::now() + time);
        self.server.inside(|| {
            thread::scope(|scope| {
                for _ in 0..16 {
                    scope.spawn(|| {
                        while Instant::now() < until {
                            bob::post(port, &bob::screenshot(0));
                        }
                    });
                }
            });
        });
    }

    /// What the name server says from now on.
    pub fn set_names(&self, names: Names) {
        self.names.as_ref().expect("a name server").set(names);
    }

    /// `up` is started anew, in the place of the one that runs.
    pub fn restart_up(&self) {
        let output = self.mac.inside(|| self.up.home.run(&["up", "--detach"]));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// What [`cost`](Self::cost) says once there are no more open files than `files`, or after a while.
    pub fn settled(&self, files: usize) -> (u64, usize) {
        let until = Instant::now() + SETTLED;
        while self.cost().1 > files && Instant::now() < until {
            thread::sleep(Duration::from_millis(500));
        }
        self.cost()
    }

    /// Bytes that are in memory for the `up` that runs now, and how many files it has open.
    pub fn cost(&self) -> (u64, usize) {
        let pid = self.up.home.status()["pid"].as_u64().expect("a pid");
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
        let (_, rest) = status.split_once("VmRSS:").expect("its size");
        let kib: u64 = rest.split_whitespace().next().and_then(|kib| kib.parse().ok()).expect("a number");
        (kib << 10, std::fs::read_dir(format!("/proc/{pid}/fd")).expect("its files").count())
    }
}
