//! launchd: `jkocr up` on the Mac, as an agent of the person who is logged in.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;

use super::{Call, Error, FileAccess, InstalledService, Plan, PlanStep, Program};

/// The agent's label, and the name of its file.
pub(crate) const LABEL: &str = "jkocr.up";

/// How long launchd waits after SIGTERM before it kills: `up` answers what is under way and ends ssh.
const EXIT_TIMEOUT: Duration = Duration::from_secs(20);

/// Exit codes of `launchctl bootstrap` while the agent that was booted out a moment ago still has its label, since
/// launchd removes it in the background: EIO, EINPROGRESS and EALREADY as macOS numbers them.
const STILL_THERE: &[i32] = &[5, 36, 37];

/// Exit codes of `launchctl bootout` for an agent that has gone or is going: ESRCH, EINPROGRESS, and launchd's own
/// number for a service that it does not know.
const GOING: &[i32] = &[3, 36, 113];

/// Where the system's programs are, and Homebrew's: an agent is started with the first four only, and a `ProxyCommand`
/// in `~/.ssh/config` is often one of the others.
const PATH: &str = "/usr/bin:/bin:/usr/sbin:/sbin:/usr/local/bin:/opt/homebrew/bin";

/// The session of a person at a Mac.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginSession {
    /// `~/Library/LaunchAgents`.
    pub agents: PathBuf,
    /// The file that the agent's output is added to; its folder is created.
    pub log: PathBuf,
    /// The user's number, which names the domain `gui/UID`.
    pub uid: u32,
}

/// What of ours is already there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InstalledAgent {
    /// The agent's property list.
    pub plist: Option<String>,
    /// What `launchctl print` says about the agent, if it is loaded.
    pub loaded: Option<String>,
    /// The user forbade the agent with `launchctl disable`.
    pub disabled: bool,
    /// Whether there is a log.
    pub log: bool,
}

/// A property list for launchd; the keys are those of launchd.plist(5).
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Agent<'a> {
    label: &'a str,
    program_arguments: Vec<&'a str>,
    environment_variables: BTreeMap<&'a str, &'a str>,
    run_at_load: bool,
    keep_alive: KeepAlive,
    /// The limits of an application, which are none. The default is throttled as background work is, and takes inference
    /// an order of magnitude longer.
    process_type: &'a str,
    /// Where Bob is, and the user's ssh agent.
    limit_load_to_session_type: &'a str,
    /// The default is the system's choice, as short as five seconds.
    exit_time_out: u64,
    /// 0077: property lists have no octal numbers.
    umask: u32,
    hard_resource_limits: ResourceLimits,
    standard_out_path: &'a str,
    standard_error_path: &'a str,
    /// By the names that [`sockets::inherited`](super::sockets::inherited) asks for.
    sockets: BTreeMap<String, Socket>,
}

/// Where launchd listens, so that connections wait while the agent is started anew.
#[derive(Serialize)]
struct Socket {
    #[serde(rename = "SockFamily")]
    family: &'static str,
    #[serde(rename = "SockNodeName")]
    address: String,
    #[serde(rename = "SockServiceName")]
    port: String,
    #[serde(rename = "SockType")]
    kind: &'static str,
}

impl From<SocketAddr> for Socket {
    fn from(address: SocketAddr) -> Self {
        let family = if address.is_ipv4() { "IPv4" } else { "IPv6" };
        Self { family, address: address.ip().to_string(), port: address.port().to_string(), kind: "stream" }
    }
}

/// Started again whenever it fails, which includes every death by a signal. launchd does that every ten seconds at most
/// (the default of `ThrottleInterval`), and never gives up. Only `jkocr down` ends it with success, and is obeyed.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct KeepAlive {
    successful_exit: bool,
}

/// Screenshots are in this memory: no core dumps.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ResourceLimits {
    core: u64,
}

impl LoginSession {
    /// The property list that runs `program`, with the sockets that launchd listens on for it. A port that is only known
    /// once it is taken is left to the program.
    ///
    /// # Errors
    /// [`Error::NotUtf8`] for the path of the log.
    #[expect(clippy::missing_panics_doc, reason = "texts and numbers can always be written")]
    pub fn render(&self, program: &Program, listen: &[SocketAddr]) -> Result<String, Error> {
        let log = text(&self.log)?;
        let mut environment_variables = BTreeMap::from([("PATH", PATH)]);
        environment_variables.extend(program.environment.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let agent = Agent {
            label: LABEL,
            program_arguments: [&program.path].into_iter().chain(&program.arguments).map(String::as_str).collect(),
            environment_variables,
            run_at_load: true,
            keep_alive: KeepAlive { successful_exit: false },
            process_type: "Interactive",
            limit_load_to_session_type: "Aqua",
            exit_time_out: EXIT_TIMEOUT.as_secs(),
            umask: 0o077,
            hard_resource_limits: ResourceLimits { core: 0 },
            standard_out_path: log,
            standard_error_path: log,
            sockets: listen
                .iter()
                .filter(|address| address.port() != 0)
                .map(|address| (address.to_string(), (*address).into()))
                .collect(),
        };
        let mut xml = Vec::new();
        plist::to_writer_xml(&mut xml, &agent).expect("a list of texts and numbers has a property list");
        xml.push(b'\n');
        Ok(String::from_utf8(xml).expect("property lists are written in UTF-8"))
    }

    /// Looks what is there: reads the file, and asks launchctl.
    ///
    /// # Errors
    /// [`Error::Read`], and [`Error::Start`] without launchctl.
    pub fn find(&self) -> Result<InstalledAgent, Error> {
        let plist = match fs::read_to_string(self.file()) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            // Whatever it is, it is not what would be written now.
            Err(error) if error.kind() == ErrorKind::InvalidData => Some(String::new()),
            Err(source) => return Err(Error::Read { path: self.file(), source }),
        };
        let (printed, loaded) = launchctl(["print", &self.target()]).answer()?;
        let (_, listed) = launchctl(["print-disabled", &self.domain()]).answer()?;
        let log = fs::symlink_metadata(&self.log).is_ok();
        Ok(InstalledAgent { plist, loaded: printed.success().then_some(loaded), disabled: is_disabled(&listed), log })
    }

    /// What has to be done to run the agent of `plist`.
    #[must_use]
    pub(crate) fn install(&self, plist: String, found: &InstalledAgent) -> Plan {
        let mut steps = Vec::new();
        if let Some(folder) = self.log.parent() {
            steps.push(PlanStep::Folder(folder.to_owned()));
        }
        if found.loaded.is_some() && found.plist.as_ref() == Some(&plist) {
            // Only the program may be a newer one.
            steps.push(PlanStep::Run(launchctl(["kickstart", "-k", &self.target()])));
            return Plan(steps);
        }
        steps.extend(self.boot_out(found));
        steps.push(PlanStep::Write { file: self.file(), text: plist, access: FileAccess::Owner });
        if found.disabled {
            steps.push(PlanStep::Run(launchctl(["enable", &self.target()])));
        }
        let call = launchctl(["bootstrap", &self.domain(), &self.file().to_string_lossy()]);
        let call = call.or_else(t!("service.hint.no_session", log = self.log.display()));
        // Removing the label takes as long as the program takes to end.
        let patience = if found.loaded.is_some() { EXIT_TIMEOUT * 2 } else { Duration::ZERO };
        steps.push(PlanStep::Insist { call, codes: STILL_THERE, patience });
        Plan(steps)
    }

    /// What has to be done to leave nothing; no steps when there is nothing.
    #[must_use]
    pub(crate) fn uninstall(&self, found: &InstalledAgent) -> Plan {
        let mut steps = self.boot_out(found);
        if found.plist.is_some() {
            steps.push(PlanStep::Remove(self.file()));
        }
        if found.log {
            steps.push(PlanStep::Remove(self.log.clone()));
            steps.push(PlanStep::Remove(self.log.with_extension("log.1")));
        }
        Plan(steps)
    }

    /// What launchd says about the agent; `None` if it is not installed.
    #[must_use]
    pub fn status(&self, found: &InstalledAgent) -> Option<InstalledService> {
        found.plist.as_ref()?;
        let state = found.loaded.as_deref().and_then(state);
        let activity = state.unwrap_or("not loaded").to_owned();
        let running = activity == "running";
        Some(InstalledService {
            name: LABEL.to_owned(),
            file: self.file(),
            enabled: !found.disabled,
            activity: Some(activity),
            running,
        })
    }

    fn boot_out(&self, found: &InstalledAgent) -> Vec<PlanStep> {
        let call = Call { fine: GOING, ..launchctl(["bootout", &self.target()]) };
        found.loaded.iter().map(|_| PlanStep::Run(call.clone())).collect()
    }

    fn file(&self) -> PathBuf {
        self.agents.join(format!("{LABEL}.plist"))
    }

    fn domain(&self) -> String {
        format!("gui/{}", self.uid)
    }

    fn target(&self) -> String {
        format!("gui/{}/{LABEL}", self.uid)
    }
}

fn launchctl<const N: usize>(arguments: [&str; N]) -> Call {
    Call::new("launchctl", arguments)
}

/// The state in what `launchctl print` says about an agent: the first, those of its parts are further in.
fn state(printed: &str) -> Option<&str> {
    printed.lines().find_map(|line| line.trim().strip_prefix("state = "))
}

/// Whether our label is among those that `launchctl print-disabled` lists as disabled; `true` in older versions.
fn is_disabled(listed: &str) -> bool {
    let ours = format!("\"{LABEL}\" => ");
    let value = listed.lines().find_map(|line| line.trim().strip_prefix(&ours));
    value.is_some_and(|value| ["disabled", "true"].contains(&value.trim_end_matches(';')))
}

fn text(path: &Path) -> Result<&str, Error> {
    path.to_str().ok_or_else(|| Error::NotUtf8 { what: path.display().to_string() })
}
