//! Looks after one session: proves it again and again, and tells what it finds. It decides nothing.

use std::pin::Pin;
use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout};

use super::cause::Cause;
use super::options::Options;
use super::probe::{self, ProbeOutcome};
use super::session::SshSession;
use super::ssh::SshEvent;
use crate::untrusted::Untrusted;

/// How long ssh may take to say why a channel broke, or to end because of it.
const REASON: Duration = Duration::from_millis(500);

/// A slow link is not a silent one: an answer may take this many times as long as the last one did…
const SLOWER: u32 = 3;

/// … but no longer than this before it is doubted.
const SLOWEST: Duration = Duration::from_secs(10);

/// What a probe found, or what became of ssh.
#[derive(Debug)]
pub(super) enum News {
    /// The server is well.
    Healthy { round_trip: Duration, server: Option<Untrusted> },
    /// ssh is well and the server is not.
    Unfit(Cause),
    /// Nothing has come back for a while, though something should have. It may still come.
    Silent,
    /// It carries nothing any more.
    Dead(Cause),
}

/// A probe under way.
struct PendingProbe {
    answer: Pin<Box<dyn Future<Output = ProbeOutcome> + Send>>,
    /// When its silence is news; `None` once that was told.
    doubt_at: Option<Instant>,
    /// Bytes that had come back when it was last looked at.
    received: u64,
}

/// A session and when it is proved next.
pub(super) struct SessionWatch {
    session: SshSession,
    remote: String,
    /// The patience with a link that was not slow.
    patience: Duration,
    question: Option<PendingProbe>,
    due: Instant,
    /// A request has it proved from here on.
    eager: Instant,
    refusal: Option<Cause>,
    round_trip: Duration,
}

impl SessionWatch {
    /// Proves `session` at once. `round_trip` is what is known of the link.
    pub(super) fn new(session: SshSession, options: &Options, round_trip: Duration) -> Self {
        let now = Instant::now();
        let (remote, patience) = (options.remote.to_string(), options.pace.probe_timeout);
        Self { session, remote, patience, question: None, due: now, eager: now, refusal: None, round_trip }
    }

    pub(super) fn session(&self) -> &SshSession {
        &self.session
    }

    pub(super) fn into_session(self) -> SshSession {
        self.session
    }

    /// Proves it again after `wait`, or already after `eager` if a request wants to know.
    pub(super) fn rest(&mut self, wait: Duration, eager: Duration) {
        let now = Instant::now();
        (self.due, self.eager) = (now + wait, now + eager.min(wait));
    }

    /// A request wants to know whether it carries.
    pub(super) fn ask_soon(&mut self) {
        self.due = self.due.min(self.eager);
    }

    /// Something has changed: it may be dead though nobody said so.
    pub(super) fn ask_now(&mut self) {
        self.due = Instant::now();
    }

    /// The next news. Loses nothing when dropped half-way.
    pub(super) async fn news(&mut self) -> News {
        loop {
            if self.question.is_none() && Instant::now() >= self.due {
                self.ask();
            }
            let doubt_at = self.question.as_ref().and_then(|question| question.doubt_at);
            let is_asking = self.question.is_some();
            tokio::select! {
                // What ssh says comes before the break it explains.
                biased;
                event = self.session.event() => match event {
                    SshEvent::Ended(cause) => return News::Dead(cause),
                    // Somebody's request did not get through.
                    SshEvent::LastWords(line) => if let Some(cause) = Cause::from_channel(&line, &self.remote) {
                        self.refusal = Some(cause);
                        self.ask_soon();
                    }
                },
                outcome = answer(&mut self.question), if is_asking => {
                    self.question = None;
                    if let Some(news) = self.judge(outcome).await {
                        return news;
                    }
                }
                () = sleep_until(doubt_at.unwrap_or(self.due)), if doubt_at.is_some() => if self.is_silent() {
                    return News::Silent;
                },
                () = sleep_until(self.due), if !is_asking => {}
            }
        }
    }

    fn ask(&mut self) {
        self.refusal = None;
        let upstream = self.session.upstream();
        let received = upstream.traffic().received();
        let answer = Box::pin(probe::ask(upstream.clone(), self.remote.clone()));
        self.question = Some(PendingProbe { answer, doubt_at: Some(Instant::now() + self.limit()), received });
    }

    /// How long an answer may take.
    fn limit(&self) -> Duration {
        self.patience.max((SLOWER * self.round_trip).min(SLOWEST))
    }

    /// Whether nothing at all came back meanwhile. Any byte is a sign of life.
    fn is_silent(&mut self) -> bool {
        let (limit, received) = (self.limit(), self.session.upstream().traffic().received());
        let Some(question) = &mut self.question else { return false };
        let is_silent = received == question.received;
        question.received = received;
        question.doubt_at = (!is_silent).then(|| Instant::now() + limit);
        is_silent
    }

    async fn judge(&mut self, outcome: ProbeOutcome) -> Option<News> {
        Some(match outcome {
            ProbeOutcome::Healthy { round_trip, server } => {
                self.round_trip = round_trip;
                News::Healthy { round_trip, server }
            }
            ProbeOutcome::Unfit(cause) => News::Unfit(cause),
            // The longest that a probe lasts.
            ProbeOutcome::Silence => return None,
            ProbeOutcome::Broken(error) => {
                tracing::debug!(?error, "the probe broke");
                match self.reason().await {
                    Ok(cause) if cause.keeps_ssh() => News::Unfit(cause),
                    Ok(cause) | Err(cause) => News::Dead(cause),
                }
            }
        })
    }

    /// Why the question was not carried.
    ///
    /// # Errors
    /// ssh has ended.
    async fn reason(&mut self) -> Result<Cause, Cause> {
        if let Some(refusal) = self.refusal.take() {
            return Ok(refusal);
        }
        let remote = self.remote.clone();
        let told = async {
            loop {
                match self.session.event().await {
                    SshEvent::Ended(cause) => return Err(cause),
                    SshEvent::LastWords(line) => {
                        if let Some(cause) = Cause::from_channel(&line, &remote) {
                            return Ok(cause);
                        }
                    }
                }
            }
        };
        timeout(REASON, told).await.unwrap_or(Ok(Cause::ClosedWithoutAnswer))
    }
}

async fn answer(question: &mut Option<PendingProbe>) -> ProbeOutcome {
    match question {
        Some(question) => question.answer.as_mut().await,
        None => std::future::pending().await,
    }
}
