//! What is going to be done, as a list that can be shown before it is carried out.

use std::io::{self, Write as _};
use std::os::fd::AsFd;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use std::{fmt, fs, thread};

use super::Error;
use crate::paths;

/// The pause between two attempts of [`PlanStep::Insist`].
const PAUSE: Duration = Duration::from_millis(500);

/// Steps in their order. Its text names each on a line of its own, with the commands as a shell would take them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan(pub Vec<PlanStep>);

/// One thing that is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlanStep {
    /// Create a folder that only its owner can enter.
    Folder(PathBuf),
    /// Write a file, in one go, and the folders that are missing above it.
    Write {
        /// Where.
        file: PathBuf,
        /// What.
        text: String,
        /// Who may read it.
        access: FileAccess,
    },
    /// Remove a file, a link, or a folder with everything in it. It may be gone already.
    Remove(PathBuf),
    /// Run a command, which must succeed.
    Run(Call),
    /// Run a command again and again for a while, as long as it exits with one of these codes.
    Insist {
        /// The command.
        call: Call,
        /// Exit codes that mean "not yet".
        codes: &'static [i32],
        /// For how long.
        patience: Duration,
    },
}

/// Who may read a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileAccess {
    /// Its owner: mode 0600.
    Owner,
    /// Everyone: mode 0644.
    Everyone,
}

/// A program with its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Found along `PATH`, unless it is a path.
    pub program: String,
    /// Without the program itself.
    pub arguments: Vec<String>,
    /// Variables besides those of this process.
    pub environment: Vec<(String, String)>,
    /// Exit codes besides 0 that are no failure.
    pub fine: &'static [i32],
    /// The one thing to do when it fails.
    pub remedy: Option<String>,
}

impl Call {
    /// `program` with `arguments`.
    pub fn new<A: Into<String>>(program: &str, arguments: impl IntoIterator<Item = A>) -> Self {
        let arguments = arguments.into_iter().map(Into::into).collect();
        Self { program: program.to_owned(), arguments, environment: Vec::new(), fine: &[], remedy: None }
    }

    /// The same, with more arguments.
    #[must_use]
    pub fn with<A: Into<String>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// The same, with the one thing to do when it fails.
    #[must_use]
    pub fn or_else(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// What it prints on standard output, and how it exits.
    ///
    /// # Errors
    /// [`Error::Start`].
    pub(super) fn answer(&self) -> Result<(ExitStatus, String), Error> {
        let output = self.command().stderr(Stdio::null()).output().map_err(|source| self.not_started(source))?;
        Ok((output.status, String::from_utf8_lossy(&output.stdout).into_owned()))
    }

    /// Runs it; all it prints goes to standard error, since results go to standard output.
    fn status(&self) -> Result<ExitStatus, Error> {
        let output = io::stderr().as_fd().try_clone_to_owned();
        let status = output.and_then(|output| self.command().stdout(output).status());
        status.map_err(|source| self.not_started(source))
    }

    fn run(&self) -> Result<(), Error> {
        self.judge(self.status()?)
    }

    fn insist(&self, codes: &[i32], patience: Duration) -> Result<(), Error> {
        let deadline = Instant::now() + patience;
        loop {
            let output = self.command().output().map_err(|source| self.not_started(source))?;
            let not_yet = output.status.code().is_some_and(|code| codes.contains(&code));
            if not_yet && Instant::now() < deadline {
                thread::sleep(PAUSE);
                continue;
            }
            // Only the last attempt's words mean anything; a closed standard error leaves nobody to tell them.
            let _ = io::stderr().write_all(&output.stderr);
            return self.judge(output.status);
        }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).stdin(Stdio::null());
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    fn not_started(&self, source: io::Error) -> Error {
        Error::Start { program: self.program.clone(), source }
    }

    fn judge(&self, status: ExitStatus) -> Result<(), Error> {
        if status.success() || status.code().is_some_and(|code| self.fine.contains(&code)) {
            return Ok(());
        }
        Err(Error::Failed { command: self.to_string(), status, remedy: self.remedy.clone() })
    }
}

impl Plan {
    /// Does it all, and stops at the first step that fails.
    ///
    /// # Errors
    /// [`Error::Write`], [`Error::Remove`], [`Error::Start`], [`Error::Failed`]: what was done until then stays.
    pub fn carry_out(&self) -> Result<(), Error> {
        self.0.iter().try_for_each(PlanStep::carry_out)
    }
}

impl PlanStep {
    fn carry_out(&self) -> Result<(), Error> {
        match self {
            Self::Folder(path) => folder(path).map_err(|source| Error::Write { path: path.clone(), source }),
            Self::Write { file, text, access } => {
                write(file, text, *access).map_err(|source| Error::Write { path: file.clone(), source })
            }
            Self::Remove(path) => remove(path).map_err(|source| Error::Remove { path: path.clone(), source }),
            Self::Run(call) => call.run(),
            Self::Insist { call, codes, patience } => call.insist(codes, *patience),
        }
    }
}

fn folder(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

fn write(file: &Path, text: &str, access: FileAccess) -> io::Result<()> {
    let parent = file.parent().unwrap_or(Path::new("/"));
    let (file_mode, folder_mode) = match access {
        FileAccess::Owner => (0o600, 0o700),
        FileAccess::Everyone => (0o644, 0o755),
    };
    fs::DirBuilder::new().recursive(true).mode(folder_mode).create(parent)?;
    paths::replace(file, file_mode, text.as_bytes())
}

fn remove(path: &Path) -> io::Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|step| writeln!(formatter, "  {step}"))
    }
}

impl fmt::Display for PlanStep {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Folder(path) => t!("service.step.folder", path = path.display()),
            Self::Write { file, .. } => t!("service.step.write", path = file.display()),
            Self::Remove(path) => t!("service.step.remove", path = path.display()),
            Self::Run(call) | Self::Insist { call, .. } => t!("service.step.run", command = call),
        };
        formatter.write_str(&text)
    }
}

impl fmt::Display for Call {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in &self.environment {
            write!(formatter, "{name}={} ", word(value))?;
        }
        formatter.write_str(&word(&self.program))?;
        self.arguments.iter().try_for_each(|argument| write!(formatter, " {}", word(argument)))
    }
}

/// `text` as one word of a shell command.
pub(super) fn word(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"@%_+=:,./-".contains(&byte);
    if !text.is_empty() && text.bytes().all(plain) {
        return text.to_owned();
    }
    // A NUL, which nothing quotes, cannot be in an argument.
    shlex::try_quote(text).map_or_else(|_| text.to_owned(), std::borrow::Cow::into_owned)
}
