//! How far a login has come, by ssh's own remarks (`LogLevel=DEBUG1`). Their wording is that of OpenSSH 7.4 to 10.

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
    /// Takes note of `remark`, without its `debug1: `.
    pub(super) fn pass(&mut self, remark: &str) {
        let reached = match remark {
            remark if remark.starts_with("Connection established") => Self::Connected,
            remark if remark.starts_with("Remote protocol version ") => Self::Introduced,
            remark if remark.starts_with("SSH2_MSG_NEWKEYS received") => Self::Secured,
            remark if remark.starts_with("Authentication succeeded") || remark.starts_with("Authenticated to ") => {
                Self::LoggedIn
            }
            _ => return,
        };
        *self = (*self).max(reached);
    }
}

#[cfg(test)]
mod tests {
    use super::Milestone;

    #[test]
    fn a_login_passes_its_milestones_in_order() {
        let mut milestone = Milestone::default();
        for (remark, reached) in [
            ("Reading configuration data /etc/ssh/ssh_config", Milestone::Started),
            ("Connection established.", Milestone::Connected),
            ("Remote protocol version 2.0, remote software version OpenSSH_9.2p1", Milestone::Introduced),
            ("SSH2_MSG_KEXINIT sent", Milestone::Introduced),
            ("SSH2_MSG_NEWKEYS received", Milestone::Secured),
            ("Authenticated to 10.77.0.1 ([10.77.0.1]:22) using \"publickey\".", Milestone::LoggedIn),
            ("Connection established.", Milestone::LoggedIn),
        ] {
            milestone.pass(remark);
            assert_eq!(milestone, reached, "{remark}");
        }
    }
}
