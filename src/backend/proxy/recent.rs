//! The last requests, one by one: who read each, and what it took. Never a text.

use std::collections::VecDeque;
use std::time::{Duration, SystemTime};

use bytesize::ByteSize;
use serde::{Deserialize, Serialize};

use crate::api::Failure;
use crate::backend::{Answer, Image, Source};
use crate::log;
use crate::untrusted::Untrusted;

/// How many are kept.
const KEPT: usize = 10;

/// Who read an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WhoRead {
    /// The server.
    Remote,
    /// This machine.
    Local,
    /// Nobody: the answer was a message.
    Nobody,
}

impl WhoRead {
    /// Who is behind `answer`.
    pub(super) fn of(answer: &Result<Answer, Failure>) -> Self {
        match answer {
            Ok(Answer { source: Source::Remote, status, .. }) if status.is_server_error() => Self::Nobody,
            Ok(Answer { source: Source::Remote, .. }) => Self::Remote,
            Ok(Answer { source: Source::Local, .. }) => Self::Local,
            Err(_) => Self::Nobody,
        }
    }
}

/// What became of one request. Whatever is not known is absent: a server that is no jkocr does not say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecentRequest {
    /// Which one since the start, from 1.
    pub number: u64,
    /// When it came (RFC 3339).
    pub at: String,
    /// Who read it.
    pub by: WhoRead,
    /// Why this machine read, or why nobody did; a name for programs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Untrusted>,
    /// Size of the request.
    pub bytes: u64,
    /// Until the answer was there.
    pub ms: u64,
    /// Pixels in a row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// Lines of text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<usize>,
    /// The models.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub models: Option<Untrusted>,
    /// What they were read for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<Untrusted>,
    /// What the models run on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<Untrusted>,
}

/// The last requests of a proxy.
#[derive(Debug, Default)]
pub(super) struct RecentRequests {
    count: u64,
    last: VecDeque<RecentRequest>,
}

impl RecentRequests {
    /// Keeps what became of a request of `bytes` that took `took`.
    pub(super) fn add(&mut self, answer: &Result<Answer, Failure>, bytes: usize, took: Duration) {
        self.count += 1;
        let image = answer.as_ref().ok().and_then(|answer| answer.image.as_ref());
        let named =
            |value: fn(&Image) -> &Untrusted| image.map(value).filter(|name| !name.as_str().is_empty()).cloned();
        let by = WhoRead::of(answer);
        let reason = match (by, answer) {
            (WhoRead::Nobody, Ok(_)) => Some("server-error"),
            (WhoRead::Local, Ok(answer)) => answer.reason,
            (WhoRead::Remote, Ok(_)) => None,
            (_, Err(failure)) => Some(failure.error.name()),
        };
        self.last.truncate(KEPT - 1);
        self.last.push_front(RecentRequest {
            number: self.count,
            at: humantime::format_rfc3339_seconds(SystemTime::now() - took).to_string(),
            by,
            reason: reason.map(Untrusted::new),
            bytes: bytes as u64,
            ms: took.as_millis() as u64,
            width: image.map(|image| image.width),
            height: image.map(|image| image.height),
            lines: image.map(|image| image.lines),
            models: named(|image| &image.reader.models),
            profile: named(|image| &image.reader.profile),
            engine: named(|image| &image.reader.engine),
        });
    }

    /// The last ones, the latest first.
    pub(super) fn last(&self) -> Vec<RecentRequest> {
        self.last.iter().cloned().collect()
    }
}

impl RecentRequest {
    /// One line for people: when, who, how long, what. What matters least comes last.
    #[must_use]
    pub fn in_words(&self) -> String {
        let by = match self.by {
            WhoRead::Remote => t!("up.by_server"),
            WhoRead::Local => t!("up.by_this_machine"),
            WhoRead::Nobody => t!("up.by_nobody"),
        };
        let lines = self.lines.map(|lines| t!("up.lines_of_text", count = lines).into_owned());
        let size = self.width.zip(self.height).map(|(width, height)| format!("{width}×{height}"));
        let parts = [
            Some(log::duration(self.ms)),
            lines,
            self.reason.as_ref().map(|reason| log::reason(reason.as_str())),
            size.or_else(|| Some(ByteSize(self.bytes).display().si().to_string())),
            self.models.as_ref().map(ToString::to_string),
        ];
        let parts: Vec<_> = parts.into_iter().flatten().collect();
        format!("{}  {by}  {}", log::local_time(&self.at), parts.join(" · "))
    }
}
