//! How far a login has come, by remarks of ssh.
//!
//! They are asked for one by one (`LogVerbose`), since most of what ssh remarks (`LogLevel=DEBUG1`) repeats what the
//! server says, ends of lines included: a server could write its own. Nothing of a server is in these.

/// The functions of ssh whose remarks are asked for, by the names that they have in OpenSSH 8.5 to 10.
const FUNCTIONS: [&str; 4] = ["ssh_connect_direct", "ssh_login", "kex_input_newkeys", "ssh_userauth2"];

/// The option that asks for them; older ones do not know it.
pub(super) const REMARKS: &str =
    "LogVerbose=*:ssh_connect_direct():*,*:ssh_login():*,*:kex_input_newkeys():*,*:ssh_userauth2():*";

/// What an ssh that is older says of [`REMARKS`], on its standard error.
pub(super) const NO_REMARKS: &str = "ad configuration option: logverbose";

/// What has been reached, the later the greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) enum Milestone {
    /// Nothing is known: ssh has not said, or another program stands in its place.
    #[default]
    Started,
    /// Something took the connection.
    Connected,
    /// It introduced itself as an ssh server, in a small packet.
    Introduced,
    /// Keys were exchanged, in large packets.
    Secured,
    /// The user is let in.
    LoggedIn,
}

impl Milestone {
    /// Takes note of a line of ssh's log. Returns what is more than a remark, without what `LogVerbose` put before it.
    pub(super) fn pass<'l>(&mut self, line: &'l str) -> Option<&'l str> {
        let Some((is_remark, text)) = placed(line) else { return Some(line) };
        let reached = match text {
            text if text.starts_with("Connection established") => Self::Connected,
            text if text.starts_with("Authenticating to ") => Self::Introduced,
            text if text.starts_with("SSH2_MSG_NEWKEYS received") => Self::Secured,
            text if text.starts_with("Authentication succeeded") || text.starts_with("Authenticated to ") => {
                Self::LoggedIn
            }
            text => return (!is_remark).then_some(text),
        };
        *self = (*self).max(reached);
        None
    }
}

/// `debug1: FILE:FUNCTION():LINE (pid=NUMBER): TEXT`: whether it is a remark, and the text; `None` if it is no line of
/// one of [`FUNCTIONS`].
fn placed(line: &str) -> Option<(bool, &str)> {
    let remark = ["debug1: ", "debug2: ", "debug3: "].iter().find_map(|level| line.strip_prefix(level));
    let (place, text) = remark.unwrap_or(line).split_once(": ")?;
    let (_file, place) = place.split_once(':')?;
    let (function, _line) = place.split_once("():")?;
    FUNCTIONS.contains(&function).then_some((remark.is_some(), text))
}

#[cfg(test)]
mod tests {
    use super::{FUNCTIONS, Milestone, REMARKS};

    #[test]
    fn a_login_passes_its_milestones_in_order() {
        let mut milestone = Milestone::default();
        for (line, reached) in [
            ("debug3: sshconnect.c:ssh_connect_direct():457 (pid=7): entering", Milestone::Started),
            ("debug1: sshconnect.c:ssh_connect_direct():522 (pid=7): Connection established.", Milestone::Connected),
            ("debug1: sshconnect.c:ssh_login():1585 (pid=7): Authenticating to ::1:22 as 'me'", Milestone::Introduced),
            ("debug1: kex.c:kex_input_newkeys():612 (pid=7): SSH2_MSG_NEWKEYS received", Milestone::Secured),
            (
                "sshconnect2.c:ssh_userauth2():580 (pid=7): Authenticated to ::1 ([::1]:22) using \"publickey\".",
                Milestone::LoggedIn,
            ),
            ("debug1: sshconnect.c:ssh_connect_direct():522: Connection established.", Milestone::LoggedIn),
        ] {
            assert_eq!(milestone.pass(line), None, "{line}");
            assert_eq!(milestone, reached, "{line}");
        }
    }

    #[test]
    fn what_is_more_than_a_remark_is_left() {
        let mut milestone = Milestone::default();
        let refused = "ssh: connect to host 127.0.0.1 port 1: Connection refused";
        let placed = format!("sshconnect.c:ssh_connect_direct():517 (pid=7): {refused}");
        for line in [refused, &placed] {
            assert_eq!(milestone.pass(line), Some(refused));
        }
        for line in ["debug1: Connection established.", "x.c:main():1 (pid=7): Authenticated to x", ""] {
            assert_eq!(milestone.pass(line), Some(line));
        }
        assert_eq!(milestone, Milestone::Started);
    }

    #[test]
    fn the_remarks_of_every_function_are_asked_for() {
        let asked: Vec<_> = FUNCTIONS.iter().map(|function| format!("*:{function}():*")).collect();
        assert_eq!(REMARKS, format!("LogVerbose={}", asked.join(",")));
    }
}
