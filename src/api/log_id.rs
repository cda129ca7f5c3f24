//! The name of one exchange, in its answer and in the log.

use std::fmt;

use serde::Serialize;
use uuid::Uuid;

/// A caller's own id longer than this is not echoed.
const LONGEST: usize = 128;

/// Names one exchange: the caller's `logId`, or a random UUID.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct LogId(String);

impl LogId {
    /// A random one.
    #[must_use]
    pub fn fresh() -> Self {
        Self(Uuid::new_v4().to_string())
    }

    /// The caller's, if it has any characters and not too many; else a random one.
    #[must_use]
    pub fn of(wanted: Option<String>) -> Self {
        wanted.filter(|id| !id.is_empty() && id.len() <= LONGEST).map_or_else(Self::fresh, Self)
    }

    /// The id as the answer carries it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// For the log: only what looks like an id is shown, since a caller may write anything into the field.
impl fmt::Display for LogId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
        formatter.write_str(if self.0.bytes().all(plain) { &self.0 } else { "(not shown)" })
    }
}

#[cfg(test)]
mod tests {
    use super::LogId;

    #[test]
    fn the_callers_id_is_kept_and_an_empty_or_endless_one_is_not() {
        assert_eq!(LogId::of(Some("abc 12".to_owned())).as_str(), "abc 12");
        for unusable in [None, Some(String::new()), Some("x".repeat(129))] {
            assert_eq!(LogId::of(unusable).as_str().len(), 36);
        }
    }

    #[test]
    fn the_log_shows_no_free_text() {
        assert_eq!(LogId::of(Some("job-7".to_owned())).to_string(), "job-7");
        assert_eq!(LogId::of(Some("my secret".to_owned())).to_string(), "(not shown)");
    }
}
