//! Looking: every probe has a deadline, and those that need nothing of each other run at once. No opinions here.

mod address;
mod attempt;
mod http;
mod machine;
mod models;
mod proxy;
mod run;
mod server;
mod ssh;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::SystemTime;

use tokio::task::spawn_blocking;

use super::Paste;
use super::facts::{Attempt, ClockSkew, Configuration, Facts, LocalReading, RunningUp, ServerMachine, SshProgram};
use crate::config::Listen;
use crate::control::{self, Client};
use crate::installation::Installation;
use crate::models::{Choice, Library, Store};
use crate::server_programs::ServerPrograms;
use crate::tunnel;

/// What to look at.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The settings, or why there are none.
    pub configuration: Configuration,
    /// Bob's addresses; none if the settings cannot be used.
    pub listen: Vec<Listen>,
    /// The host of the server; `None`: that of the running `up`, if it has one.
    pub host: Option<String>,
    /// The way to the server, whose host, socket and folder do not matter; `None` if the settings cannot be used.
    pub tunnel: Option<tunnel::Options>,
    /// When this machine reads if there is a host.
    pub reading: LocalReading,
    /// Which models, or why there are no such ones.
    pub choice: Result<Choice, String>,
    /// Where models and the runtime are.
    pub store: Store,
    /// The ONNX Runtime.
    pub library: Library,
    /// Whether OpenVINO may read instead.
    pub may_use_openvino: bool,
    /// A program and its arguments that load the library named by one more argument, and fail with a line on standard
    /// error if it cannot be loaded.
    pub loader: Vec<OsString>,
    /// The folder of the running `up`.
    pub state: PathBuf,
    /// The environment.
    pub variables: Vec<(String, String)>,
    /// The programs for servers that came with this one.
    pub server_programs: ServerPrograms,
}

/// Looks at everything.
pub async fn gather(subject: &Subject) -> Facts {
    let up = up(subject).await;
    let host = subject.host.clone().or_else(|| match &up {
        RunningUp::Running(status) => status.host.clone(),
        RunningUp::Stopped | RunningUp::Unusable { .. } => None,
    });
    let options = match (&subject.tunnel, &host) {
        (Some(tunnel), Some(host)) => Some(tunnel::Options { host: host.clone(), ..tunnel.clone() }),
        _ => None,
    };
    let (addresses, (ssh, attempt, server), models, runtime, openvino, machine, proxies, unsound_server_programs) = tokio::join!(
        address::look(&subject.listen, &up),
        far(options.as_ref(), &subject.variables),
        models::files(&subject.store, &subject.choice, subject.may_use_openvino),
        models::runtime(&subject.store, &subject.library, &subject.loader),
        models::openvino(subject),
        machine::look(subject.store.folder()),
        proxy::look(&subject.variables),
        unsound(&subject.server_programs),
    );
    let (server, clock) = server.map_or((None, None), |(server, clock)| (Some(server), clock));
    let remote = subject.tunnel.as_ref().map(|tunnel| tunnel.remote.to_string()).unwrap_or_default();
    let reading = if host.is_some() { subject.reading } else { LocalReading::Always };
    Facts {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        build: env!("BUILD_VERSION").to_owned(),
        configuration: subject.configuration.clone(),
        up,
        addresses,
        host,
        remote,
        paste: options.as_ref().map(Paste::new).unwrap_or_default(),
        ssh,
        attempt,
        server,
        reading,
        proxies,
        models,
        runtime,
        openvino,
        machine,
        clock,
        installation: Installation::of_this_program().ok(),
        unsound_server_programs,
    }
}

/// What is wrong with the programs for servers that came with this one.
async fn unsound(programs: &ServerPrograms) -> Vec<String> {
    let programs = programs.clone();
    let look = move || {
        let errors = programs.known().iter().filter_map(|known| programs.for_target(&known.arch).err());
        errors.map(|error| error.to_string()).collect()
    };
    spawn_blocking(look).await.unwrap_or_default()
}

async fn up(subject: &Subject) -> RunningUp {
    let status = async {
        match Client::connect(&control::socket(&subject.state)).await? {
            Some(client) => client.status().await.map(Some),
            None => Ok(None),
        }
    };
    match status.await {
        Ok(Some(status)) => RunningUp::Running(Box::new(status)),
        Ok(None) => RunningUp::Stopped,
        Err(error) => RunningUp::Unusable { problem: error.to_string() },
    }
}

/// Everything about the way to the server and its far end. The far end is asked only over a login that works: each
/// refused login counts, where someone counts them.
async fn far(
    options: Option<&tunnel::Options>,
    variables: &[(String, String)],
) -> (Option<SshProgram>, Option<Attempt>, Option<(ServerMachine, Option<ClockSkew>)>) {
    let Some(options) = options else { return (None, None, None) };
    let (ssh, (attempt, server)) = tokio::join!(ssh::look(options, variables), async {
        let attempt = attempt::make(options).await;
        let server = if attempt::is_logged_in(&attempt) { server::ask(options).await } else { None };
        (attempt, server)
    });
    (Some(ssh), Some(attempt), server)
}

/// How far the clock there is ahead, if its `epoch` was read between the two moments.
fn ahead(epoch: i64, asked: SystemTime, answered: SystemTime) -> Option<ClockSkew> {
    let seconds = |time: SystemTime| Some(time.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs() as i64);
    let (asked, answered) = (seconds(asked)?, seconds(answered)?);
    // Anything in between is no difference at all.
    let ahead = if epoch < asked { epoch - asked } else { (epoch - answered).max(0) };
    Some(ClockSkew { ahead })
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::{ClockSkew, ahead};

    #[test]
    fn a_clock_that_was_read_in_between_is_right() {
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let ahead = |epoch| ahead(epoch, at(100), at(110));
        assert_eq!(ahead(105), Some(ClockSkew { ahead: 0 }));
        assert_eq!(ahead(40), Some(ClockSkew { ahead: -60 }));
        assert_eq!(ahead(400), Some(ClockSkew { ahead: 290 }));
    }
}
