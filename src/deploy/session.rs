//! One login to the server, over which everything is done: commands, what is sent, the forward of the proof.
//!
//! The master is an ssh of ours, started like that of the tunnel, with a private configuration file that holds our options
//! and includes the user's own; it asks for passwords and passphrases itself, at the terminal. The `openssh` crate talks
//! to it. It ends with [`ServerSession::close`]; should we be killed, by itself, a while later.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use openssh::{ForwardType, Session, Socket};
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;

use super::answer::{self, Answer};
use super::error::{Error, Step};
use super::master::{Master, Questions};
use crate::shell::Value;
use crate::tunnel::{Options, Remote};
use crate::untrusted::Untrusted;

/// What every script begins with.
const BEGIN: &str = include_str!("scripts/begin.sh");

/// How long a server may take nothing of what is sent.
const STALL: Duration = Duration::from_mins(2);

/// How long the end of the master may take.
const FAREWELL: Duration = Duration::from_secs(5);

/// As whom a script runs.
#[derive(Clone, Default)]
pub enum Authority {
    /// As who logged in.
    #[default]
    Login,
    /// As root, by a sudo that asks for nothing.
    Sudo,
    /// As root, by a sudo that wants this password.
    SudoWith(SudoPassword),
}

/// A sudo that asks for nothing but a password on its standard input, and for that each time.
const SUDO_WITH: &str = "sudo -S -k -p '' -- ";

impl Authority {
    /// What a command there begins with.
    fn prefix(&self) -> &'static str {
        match self {
            Self::Login => "",
            Self::Sudo => "sudo -n -- ",
            Self::SudoWith(_) => SUDO_WITH,
        }
    }

    /// What its standard input begins with.
    fn first_line(&self) -> String {
        match self {
            Self::Login | Self::Sudo => String::new(),
            Self::SudoWith(password) => password.line(),
        }
    }
}

/// A password that is shown nowhere. It goes to `sudo` on its standard input and no other way.
#[derive(Clone)]
pub struct SudoPassword(String);

impl SudoPassword {
    /// What a person typed; `None` if it is more than one line.
    #[must_use]
    pub fn new(typed: String) -> Option<Self> {
        (!typed.contains(['\n', '\r', '\0'])).then_some(Self(typed))
    }

    fn line(&self) -> String {
        format!("{}\n", self.0)
    }
}

/// A script with the values it needs.
pub struct Script<'a> {
    /// The step it belongs to.
    pub step: Step,
    /// Its text, without what every script begins with.
    pub text: &'a str,
    /// Names of shell variables, with what they are set to.
    pub values: &'a [(&'static str, String)],
    /// How long it may take.
    pub patience: Duration,
}

/// A login, and its master.
pub struct ServerSession {
    session: Session,
    // Before its folder, which it needs to end.
    master: Master,
    folder: TempDir,
    /// As whom scripts run.
    pub authority: Authority,
}

impl ServerSession {
    /// Logs in to the host of `options`.
    ///
    /// # Errors
    /// [`Error::Login`] with why not; [`Error::Here`] if our own files cannot be written.
    pub async fn open(options: &Options, user_config: &Path, questions: Questions) -> Result<Self, Error> {
        let mut builder = tempfile::Builder::new();
        let folder = builder.prefix("jkocr-").permissions(Permissions::from_mode(0o700)).tempdir();
        let folder = folder.map_err(Error::Here)?;
        let master = Master::start(options, user_config, questions, folder.path()).await?;
        let session = Session::resume_mux(master.socket().into(), None);
        Ok(Self { session, master, folder, authority: Authority::Login })
    }

    /// Runs `script` there, and returns what it says.
    ///
    /// # Errors
    /// [`Error::Said`] if the script says that it failed; what kept it from saying anything.
    pub async fn run(&self, script: Script<'_>) -> Result<Answer, Error> {
        let mark = uuid::Uuid::new_v4().simple().to_string();
        let mut text = self.authority.first_line();
        let _ = writeln!(text, "MARK={mark}");
        for (name, value) in script.values {
            let value = Value::parse(value).ok_or(Error::Unspeakable { name })?;
            let _ = writeln!(text, "{name}={}", value.quoted());
        }
        // A function, so that all is read before anything in it could read from the same place.
        let _ = write!(text, "{BEGIN}\njkocr_deploy() {{\n{}\n}}\n", script.text);
        text += "jkocr_deploy </dev/null\nfinish\nexit 0\n";
        let shell = format!("exec {}sh -s", self.authority.prefix());
        let ended = self.command(&shell, text.as_bytes(), script.patience, &mut |_| ()).await;
        let Ended { output, errors, .. } = ended.map_err(|error| error.at(script.step))?;
        let Some(answer) = Answer::parse(&output, &mark) else {
            let words =
                [&errors, &output].map(|bytes| last_line(bytes)).into_iter().find(|words| !words.as_str().is_empty());
            return Err(Error::NoAnswer { step: script.step, words });
        };
        match answer.text("failed") {
            None => Ok(answer),
            Some(_) => Err(Error::Said { step: script.step, answer }),
        }
    }

    /// Whether `sudo` takes the password.
    ///
    /// # Errors
    /// What kept it from being asked.
    pub async fn takes(&self, password: &SudoPassword) -> Result<bool, Error> {
        let command = format!("exec {SUDO_WITH}true");
        let ended = self.command(&command, password.line().as_bytes(), Duration::from_secs(30), &mut |_| ()).await;
        Ok(ended.map_err(|error| error.at(Step::Look))?.is_success)
    }

    /// Adds `bytes` to the end of `file` there, a path of plain characters; `sent` is told how many have gone.
    ///
    /// # Errors
    /// What the server says, or that the connection is gone.
    pub async fn append(&self, file: &str, bytes: &[u8], sent: &mut dyn FnMut(u64)) -> Result<(), Error> {
        let patience = Duration::from_hours(1);
        // No backslash and no `!`: the login shell may be fish or csh.
        let command = format!("exec {}sh -c 'umask 077; cat >> \"$0\"' {file}", self.authority.prefix());
        let head = self.authority.first_line();
        let input = [head.as_bytes(), bytes].concat();
        let mut gone = |count: u64| sent(count.saturating_sub(head.len() as u64));
        let ended = self.command(&command, &input, patience, &mut gone).await;
        let ended = ended.map_err(|error| error.at(Step::Upload))?;
        if ended.is_success {
            return Ok(());
        }
        Err(Error::Refused { step: Step::Upload, words: last_line(&ended.errors) })
    }

    /// Leads the Unix socket `listen` here to `remote` there.
    ///
    /// # Errors
    /// [`Error::Refused`] where the server forwards nothing.
    pub async fn forward(&self, listen: &Path, remote: &Remote) -> Result<(), Error> {
        let to = match remote {
            Remote::Tcp { host, port } => Socket::new(host.as_str(), *port),
            Remote::Unix(path) => Socket::from(path.clone()),
        };
        let asked = self.session.request_port_forward(ForwardType::Local, Socket::from(listen.to_owned()), to);
        let refused = |words: String| Error::Refused { step: Step::Prove, words: words.into() };
        match timeout(Duration::from_secs(30), asked).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(refused(error.to_string())),
            Err(_) => Err(Error::Late { step: Step::Prove }),
        }
    }

    /// A folder for this session alone, which goes with it.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Ends the master, with all that still runs over it here.
    pub async fn close(self) {
        // `Session::close` lets commands that were abandoned go on; this does not.
        let process = timeout(FAREWELL, self.master.process()).await.ok().flatten();
        let _ = timeout(FAREWELL, self.master.exit()).await;
        let _ = timeout(FAREWELL, self.session.close()).await;
        let Some(process) = process else { return };
        let gone = async {
            while process.is_running() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        if timeout(FAREWELL, gone).await.is_err() {
            process.end(FAREWELL).await;
        }
    }

    async fn command(
        &self,
        line: impl AsRef<OsStr>,
        input: &[u8],
        patience: Duration,
        sent: &mut dyn FnMut(u64),
    ) -> Result<Ended, Lost> {
        let talk = async {
            let mut command = self.session.raw_command(line);
            command.stdin(openssh::Stdio::piped()).stdout(openssh::Stdio::piped()).stderr(openssh::Stdio::piped());
            let mut child = command.spawn().await.map_err(Lost::connection)?;
            let (stdin, stdout, stderr) = (child.stdin().take(), child.stdout().take(), child.stderr().take());
            let write = async {
                if let Some(mut stdin) = stdin {
                    let mut gone = 0;
                    for piece in input.chunks(64 << 10) {
                        // Who does not want it says why on another pipe.
                        if timeout(STALL, stdin.write_all(piece)).await.map_err(|_| Lost::Late)?.is_err() {
                            break;
                        }
                        gone += piece.len() as u64;
                        sent(gone);
                    }
                }
                Ok(())
            };
            // Who has said too much is not heard to the end.
            let ((), output, errors) = tokio::try_join!(write, bounded(stdout), bounded(stderr))?;
            let is_success = match child.wait().await {
                Ok(status) => status.success(),
                Err(openssh::Error::Remote(_)) => false,
                // A command that was killed looks the same as a connection that is gone.
                Err(openssh::Error::RemoteProcessTerminated) if self.session.check().await.is_ok() => false,
                Err(error) => return Err(Lost::connection(error)),
            };
            Ok(Ended { output, errors, is_success })
        };
        timeout(patience, talk).await.unwrap_or(Err(Lost::Late))
    }
}

/// What a command there left.
struct Ended {
    output: Vec<u8>,
    errors: Vec<u8>,
    is_success: bool,
}

/// Why a command there was not heard to its end.
enum Lost {
    Connection(Untrusted),
    Late,
    Endless,
}

impl Lost {
    #[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` has")]
    fn connection(error: openssh::Error) -> Self {
        Self::Connection(crate::wording::chain(&error).into())
    }

    fn at(self, step: Step) -> Error {
        match self {
            Self::Connection(problem) => Error::Cut { step, problem },
            Self::Late => Error::Late { step },
            Self::Endless => Error::Endless { step },
        }
    }
}

/// All that comes, if it is no more than an answer can be.
async fn bounded(output: Option<impl AsyncRead + Unpin>) -> Result<Vec<u8>, Lost> {
    let mut bytes = Vec::new();
    if let Some(output) = output {
        // What came before an error counts.
        let _ = output.take(answer::LONGEST as u64 + 1).read_to_end(&mut bytes).await;
    }
    if bytes.len() > answer::LONGEST { Err(Lost::Endless) } else { Ok(bytes) }
}

/// The last line that says anything.
fn last_line(bytes: &[u8]) -> Untrusted {
    let text = String::from_utf8_lossy(bytes);
    Untrusted::new(text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default())
}
