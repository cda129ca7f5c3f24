//! Everything of ours goes.

use std::time::Duration;

use super::answer::Answer;
use super::error::{Error, Step};
use super::look::Whose;
use super::plan::{TUNNEL_HOME, TUNNEL_USER};
use super::restricted::MARK;
use super::session::{Script, ServerSession};

/// How long the end of a service may take.
const PATIENCE: Duration = Duration::from_mins(5);

/// What goes with the folder `base`, a line each.
#[must_use]
pub fn lines(base: &str, whose: Whose) -> Vec<String> {
    let mut lines =
        vec![t!("deploy.remove.service").into_owned(), t!("deploy.remove.folder", path = base).into_owned()];
    if whose == Whose::System {
        lines.push(t!("deploy.remove.folder", path = "/var/lib/jkocr").into_owned());
        lines.push(t!("deploy.remove.link", path = "/usr/local/bin/jkocr").into_owned());
        lines.push(t!("deploy.remove.account", user = TUNNEL_USER, path = TUNNEL_HOME).into_owned());
    } else {
        lines.push(t!("deploy.remove.key", path = "~/.ssh/authorized_keys").into_owned());
    }
    lines
}

/// Takes it away.
///
/// # Errors
/// What the server says.
pub async fn remove(session: &ServerSession, base: &str, whose: Whose, owner: &str) -> Result<Answer, Error> {
    let values = [
        ("BASE", base.to_owned()),
        ("WHOSE", whose.word()),
        ("OWNER", owner.to_owned()),
        ("TUNNEL_USER", TUNNEL_USER.to_owned()),
        ("TUNNEL_HOME", TUNNEL_HOME.to_owned()),
        ("KEY_MARK", MARK.to_owned()),
    ];
    let text = include_str!("scripts/remove.sh");
    session.run(Script { step: Step::Remove, text, values: &values, patience: PATIENCE }).await
}
