//! What can go wrong on the way to a server that reads, and the one thing to do about it.

use std::io;

use super::answer::Answer;
use crate::tunnel::Cause;
use crate::untrusted::Untrusted;
use crate::{models, server_programs};

/// A step of the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Looking what there is.
    Look,
    /// Making room for what is sent.
    Prepare,
    /// Sending the program.
    Upload,
    /// Checking what was sent.
    Unpack,
    /// Getting the models there.
    Models,
    /// Installing the service.
    Service,
    /// Having a picture read.
    Prove,
    /// Going back to what was before.
    Back,
    /// Putting away what is no longer needed.
    Settle,
    /// The key for the tunnel alone.
    Key,
    /// Taking everything away.
    Remove,
}

impl Step {
    /// What it does, as the beginning of a sentence.
    #[must_use]
    pub fn title(self) -> String {
        match self {
            Self::Look => t!("deploy.step.look"),
            Self::Prepare => t!("deploy.step.prepare"),
            Self::Upload => t!("deploy.step.upload"),
            Self::Unpack => t!("deploy.step.unpack"),
            Self::Models => t!("deploy.step.models"),
            Self::Service => t!("deploy.step.service"),
            Self::Prove => t!("deploy.step.prove"),
            Self::Back => t!("deploy.step.back"),
            Self::Settle => t!("deploy.step.settle"),
            Self::Key => t!("deploy.step.key"),
            Self::Remove => t!("deploy.step.remove"),
        }
        .into_owned()
    }
}

/// Why the server does not read. Words of the server are [`Untrusted`].
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The login does not work.
    #[error("{0}")]
    Login(Cause),
    /// A file of ours on this machine.
    #[error("{}", t!("deploy.error.here"))]
    Here(#[source] io::Error),
    /// The connection went away.
    #[error("{}", t!("deploy.error.cut", step = step.title(), problem = problem))]
    Cut { step: Step, problem: Untrusted },
    /// It takes longer than it ever should.
    #[error("{}", t!("deploy.error.late", step = step.title()))]
    Late { step: Step },
    /// The server does not stop talking.
    #[error("{}", t!("deploy.error.endless", step = step.title()))]
    Endless { step: Step },
    /// What came back is not what our script says.
    #[error("{}", no_answer(*step, words.as_ref()))]
    NoAnswer { step: Step, words: Option<Untrusted> },
    /// The script says that it failed, and why.
    #[error("{}", t!("deploy.error.said", step = step.title(), what = failed(answer), words = words(answer)))]
    Said { step: Step, answer: Answer },
    /// The server refuses something else than a script.
    #[error("{}", t!("deploy.error.refused", step = step.title(), words = words))]
    Refused { step: Step, words: Untrusted },
    /// A value with characters that no line of a shell has.
    #[error("{}", t!("deploy.error.unspeakable", name = name))]
    Unspeakable { name: &'static str },
    #[error("{}", t!("deploy.error.kernel", kernel = kernel))]
    Kernel { kernel: Untrusted },
    #[error("{}", t!("deploy.error.bits", arch = arch))]
    Bits { arch: Untrusted },
    #[error("{}", t!("deploy.error.libc", libc = libc))]
    Libc {
        libc: Untrusted,
        #[source]
        source: Box<models::Error>,
    },
    #[error("{}", t!("deploy.error.no_systemd"))]
    NoSystemd,
    #[error(transparent)]
    Program(#[from] server_programs::Error),
    #[error("{}", t!("deploy.error.not_root", user = user))]
    NotRoot { user: Untrusted },
    #[error("{}", t!("deploy.error.is_root"))]
    IsRoot,
    #[error("{}", t!("deploy.error.sudo", user = user))]
    Sudo { user: Untrusted },
    #[error("{}", t!("deploy.error.no_place", places = places))]
    NoPlace { places: String },
    #[error("{}", t!("deploy.error.no_space", place = place, free = free, needed = needed))]
    NoSpace { place: String, free: String, needed: String },
    #[error("{}", t!("deploy.error.memory", found = found))]
    Memory { found: String },
    #[error("{}", t!("deploy.error.port", port = port, holder = holder))]
    Port { port: u16, holder: Untrusted },
    #[error("{}", t!("deploy.error.no_user_manager", user = user))]
    NoUserManager { user: Untrusted },
    /// The picture came back with another text, or with an error.
    #[error("{}", t!("deploy.error.unproved", expected = expected, said = said))]
    Unproved { expected: &'static str, said: Untrusted },
    /// The key can do more than it should.
    #[error("{}", t!("deploy.error.unrestricted", what = what))]
    Unrestricted { what: String },
    /// The key cannot be made here.
    #[error("{}", t!("deploy.error.keygen", words = words))]
    KeyGen { words: Untrusted },
    #[error("{}", t!("deploy.error.remote", remote = remote))]
    Remote { remote: String },
}

/// What came back instead of an answer, if anything did.
fn no_answer(step: Step, words: Option<&Untrusted>) -> String {
    let step = step.title();
    let silent = || t!("deploy.error.silent", step = step);
    words.map_or_else(silent, |words| t!("deploy.error.no_answer", step = step, words = words)).into_owned()
}

/// What a script that failed calls it.
fn failed(answer: &Answer) -> String {
    let what = match answer.text("failed").unwrap_or_default() {
        "place" => t!("deploy.failed.place"),
        "space" => t!("deploy.failed.space"),
        "busy" => t!("deploy.failed.busy"),
        "taken_over" => t!("deploy.failed.taken_over"),
        "damaged" => t!("deploy.failed.damaged"),
        "does_not_run" => t!("deploy.failed.does_not_run"),
        "models" => t!("deploy.failed.models"),
        "service" => t!("deploy.failed.service"),
        "account" => t!("deploy.failed.account"),
        "foreign" => t!("deploy.failed.foreign"),
        _ => t!("deploy.failed.other"),
    };
    what.into_owned()
}

fn words(answer: &Answer) -> Untrusted {
    answer.shown("words").unwrap_or_default()
}

impl Error {
    /// What the script called it, if one did.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Said { answer, .. } => answer.text("failed"),
            _ => None,
        }
    }

    /// The words of the server, as far as it said any.
    #[must_use]
    pub fn words(&self) -> Untrusted {
        match self {
            Self::Said { answer, .. } => words(answer),
            _ => Untrusted::default(),
        }
    }

    /// What runs on the server after a step that took the new program back, if it says so.
    #[must_use]
    pub fn after(&self) -> Option<&str> {
        match self {
            Self::Said { answer, .. } => answer.text("after"),
            _ => None,
        }
    }

    /// The one thing to do.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Login(cause) => return Some(cause.remedy()),
            Self::Program(error) => return Some(error.hint()),
            Self::Said { .. } => return self.hint_of_script(),
            Self::Cut { .. } | Self::Late { .. } => t!("deploy.hint.again"),
            Self::NoAnswer { .. } | Self::Endless { .. } => t!("deploy.hint.shell"),
            Self::Libc { .. } => t!("deploy.hint.libc"),
            Self::NoSystemd => t!("deploy.hint.no_systemd"),
            Self::NotRoot { .. } => t!("deploy.hint.not_root"),
            Self::IsRoot => t!("deploy.hint.is_root"),
            Self::Sudo { .. } => t!("deploy.hint.sudo"),
            Self::NoPlace { .. } => t!("deploy.hint.no_place"),
            Self::NoSpace { .. } => t!("deploy.hint.space"),
            Self::Memory { .. } => t!("deploy.hint.memory"),
            Self::Port { .. } => t!("deploy.hint.port"),
            Self::NoUserManager { .. } => t!("deploy.hint.no_user_manager"),
            Self::Unproved { .. } | Self::Refused { .. } => t!("deploy.hint.doctor"),
            Self::Unrestricted { .. } => t!("deploy.hint.unrestricted"),
            Self::Remote { .. } => t!("deploy.hint.remote"),
            Self::Kernel { .. } | Self::Bits { .. } => t!("deploy.hint.kernel"),
            Self::KeyGen { .. } | Self::Here(_) | Self::Unspeakable { .. } => return None,
        };
        Some(hint.into_owned())
    }

    fn hint_of_script(&self) -> Option<String> {
        let hint = match self.name()? {
            "space" => t!("deploy.hint.space"),
            "place" => t!("deploy.hint.no_place"),
            "busy" | "taken_over" => t!("deploy.hint.busy"),
            "foreign" => t!("deploy.hint.foreign"),
            "damaged" => t!("deploy.hint.again"),
            "does_not_run" => t!("deploy.hint.does_not_run"),
            "models" => t!("deploy.hint.models"),
            "service" => t!("deploy.hint.service"),
            _ => return None,
        };
        Some(hint.into_owned())
    }
}
