//! What is looked at: the names of the checks, their titles, and why each matters.

use serde::{Serialize, Serializer};

/// One thing that is looked at. The order is that of the output: what is likely to be wrong comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the titles in the catalogue say what each is")]
pub enum Check {
    Config,
    Up,
    Port,
    Bob,
    Ssh,
    Host,
    Reach,
    HostKey,
    Keys,
    Login,
    Forward,
    Service,
    ServerAddress,
    ServerUnit,
    ServerHealth,
    ServerVersion,
    Proxy,
    Models,
    Runtime,
    ServerMemory,
    ServerOom,
    ServerCpu,
    ServerSteal,
    ServerLibc,
    Clock,
    Memory,
    Disk,
    Cpu,
    Installation,
}

impl Check {
    /// Every check, in the order of the output.
    pub const ALL: [Self; 29] = [
        Self::Config,
        Self::Up,
        Self::Port,
        Self::Bob,
        Self::Ssh,
        Self::Host,
        Self::Reach,
        Self::HostKey,
        Self::Keys,
        Self::Login,
        Self::Forward,
        Self::Service,
        Self::ServerAddress,
        Self::ServerUnit,
        Self::ServerHealth,
        Self::ServerVersion,
        Self::Proxy,
        Self::Models,
        Self::Runtime,
        Self::ServerMemory,
        Self::ServerOom,
        Self::ServerCpu,
        Self::ServerSteal,
        Self::ServerLibc,
        Self::Clock,
        Self::Memory,
        Self::Disk,
        Self::Cpu,
        Self::Installation,
    ];

    /// A name for programs; it never changes with the language.
    #[must_use]
    pub fn id(self) -> &'static str {
        self.entry().0
    }

    /// Its name for people.
    #[must_use]
    pub fn title(self) -> String {
        t!(self.entry().1).into_owned()
    }

    /// Why it matters, in one sentence.
    #[must_use]
    pub fn why(self) -> String {
        t!(self.entry().2).into_owned()
    }

    /// Its name, and the keys of its title and of why it matters.
    fn entry(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Config => ("config", "doctor.title.config", "doctor.why.config"),
            Self::Up => ("up", "doctor.title.up", "doctor.why.up"),
            Self::Port => ("port", "doctor.title.port", "doctor.why.port"),
            Self::Bob => ("bob", "doctor.title.bob", "doctor.why.bob"),
            Self::Ssh => ("ssh", "doctor.title.ssh", "doctor.why.ssh"),
            Self::Host => ("host", "doctor.title.host", "doctor.why.host"),
            Self::Reach => ("reach", "doctor.title.reach", "doctor.why.reach"),
            Self::HostKey => ("host-key", "doctor.title.host_key", "doctor.why.host_key"),
            Self::Keys => ("keys", "doctor.title.keys", "doctor.why.keys"),
            Self::Login => ("login", "doctor.title.login", "doctor.why.login"),
            Self::Forward => ("forward", "doctor.title.forward", "doctor.why.forward"),
            Self::Service => ("service", "doctor.title.service", "doctor.why.service"),
            Self::ServerAddress => ("server-address", "doctor.title.server_address", "doctor.why.server_address"),
            Self::ServerUnit => ("server-unit", "doctor.title.server_unit", "doctor.why.server_unit"),
            Self::ServerHealth => ("server-health", "doctor.title.server_health", "doctor.why.server_health"),
            Self::ServerVersion => ("server-version", "doctor.title.server_version", "doctor.why.server_version"),
            Self::Proxy => ("proxy", "doctor.title.proxy", "doctor.why.proxy"),
            Self::Models => ("models", "doctor.title.models", "doctor.why.models"),
            Self::Runtime => ("runtime", "doctor.title.runtime", "doctor.why.runtime"),
            Self::ServerMemory => ("server-memory", "doctor.title.server_memory", "doctor.why.memory"),
            Self::ServerOom => ("server-oom", "doctor.title.server_oom", "doctor.why.server_oom"),
            Self::ServerCpu => ("server-cpu", "doctor.title.server_cpu", "doctor.why.cpu"),
            Self::ServerSteal => ("server-steal", "doctor.title.server_steal", "doctor.why.server_steal"),
            Self::ServerLibc => ("server-glibc", "doctor.title.server_libc", "doctor.why.server_libc"),
            Self::Clock => ("clock", "doctor.title.clock", "doctor.why.clock"),
            Self::Memory => ("memory", "doctor.title.memory", "doctor.why.memory"),
            Self::Disk => ("disk", "doctor.title.disk", "doctor.why.disk"),
            Self::Cpu => ("cpu", "doctor.title.cpu", "doctor.why.cpu"),
            Self::Installation => ("installation", "doctor.title.installation", "doctor.why.installation"),
        }
    }
}

impl Serialize for Check {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::Check;

    #[test]
    fn the_list_is_complete_in_order_and_every_name_is_its_own() {
        assert!(Check::ALL.windows(2).all(|pair| pair[0] < pair[1]));
        let mut ids: Vec<_> = Check::ALL.iter().map(|check| check.id()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), Check::ALL.len());
    }

    #[test]
    fn every_check_has_a_title_and_a_reason() {
        for check in Check::ALL {
            assert!(!check.title().starts_with("doctor.") && !check.why().starts_with("doctor."), "{check:?}");
        }
    }
}
