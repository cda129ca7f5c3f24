//! One program, run to its end or to a deadline.

use std::io;
use std::process::{Output, Stdio};
use std::time::Duration;

use rustix::process::Signal;
use tokio::io::AsyncWriteExt as _;
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::tunnel::signal_group;

/// What came of a program.
#[derive(Debug)]
pub(super) enum Ran {
    Ended(Output),
    /// It could not be started.
    NotStarted(io::Error),
    /// It was killed when its time was over.
    Late,
}

impl Ran {
    /// What it wrote to standard output, if it ended well.
    pub(super) fn success(self) -> Option<String> {
        match self {
            Self::Ended(output) if output.status.success() => {
                Some(String::from_utf8_lossy(&output.stdout).into_owned())
            }
            _ => None,
        }
    }
}

/// Runs `command` with `input`. It leads a process group, which is killed when the deadline passes or the future is
/// dropped.
pub(super) async fn run(mut command: Command, input: &str, deadline: Duration) -> Ran {
    command.env("LC_ALL", "C").process_group(0).kill_on_drop(true);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => return Ran::NotStarted(error),
    };
    let _group = ProcessGroup(child.id());
    match timeout(deadline, talk(&mut child, input)).await {
        Ok(Ok(output)) => Ran::Ended(output),
        Ok(Err(error)) => Ran::NotStarted(error),
        Err(_) => Ran::Late,
    }
}

async fn talk(child: &mut Child, input: &str) -> io::Result<Output> {
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let write = async {
        if let Some(mut stdin) = stdin {
            // A program that does not want it closes the pipe.
            let _ = stdin.write_all(input.as_bytes()).await;
        }
    };
    let ((), stdout, stderr) = tokio::join!(write, whole(stdout), whole(stderr));
    Ok(Output { status: child.wait().await?, stdout, stderr })
}

/// The most that is read of an output; the rest goes nowhere.
const LONGEST: u64 = 1 << 20;

async fn whole(output: Option<impl tokio::io::AsyncRead + Unpin>) -> Vec<u8> {
    use tokio::io::AsyncReadExt as _;
    let mut bytes = Vec::new();
    if let Some(mut output) = output {
        // What came before an error counts.
        let _ = (&mut output).take(LONGEST).read_to_end(&mut bytes).await;
        let _ = tokio::io::copy(&mut output, &mut tokio::io::sink()).await;
    }
    bytes
}

/// What is left of a program's process group is killed when this is dropped.
struct ProcessGroup(Option<u32>);

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        if let Some(pid) = self.0 {
            signal_group(pid, Signal::KILL);
        }
    }
}
