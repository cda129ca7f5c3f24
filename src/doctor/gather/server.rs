//! The far end, asked over one more login: a script that only reads, fed to `sh`, its output understood by
//! [`crate::doctor::survey`].
//!
//! Not by way of the `openssh` crate: it runs the `ssh` it finds in `PATH` whatever `tunnel.ssh` says, takes none of
//! `tunnel.ssh_options`, and puts a master into the background that outlives us if we are killed. One session needs no
//! master, and an ssh of ours goes the very way that the tunnel goes.

use std::time::{Duration, SystemTime};

use tokio::process::Command;

use super::ahead;
use super::run::run;
use crate::doctor::facts::{ClockSkew, ServerMachine};
use crate::doctor::survey;
use crate::tunnel::{self, Options};

/// How long the login and the script may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the machine of `options` says of itself; `None` if it lets no command run.
pub(super) async fn ask(options: &Options) -> Option<(ServerMachine, Option<ClockSkew>)> {
    let mut command = Command::new(&options.ssh);
    command.args(tunnel::session_arguments(options)).arg("exec sh -s");
    let script = survey::script(&options.remote);
    let asked = SystemTime::now();
    let answer = run(command, &script, PATIENCE).await.success()?;
    let answered = SystemTime::now();
    let server = ServerMachine::from_survey(&answer)?;
    let clock = server.epoch.and_then(|epoch| ahead(epoch, asked, answered));
    Some((server, clock))
}
