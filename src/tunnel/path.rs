//! While ssh runs: proving the path, again and again, and judging what is wrong when it does not carry.

use std::convert::Infallible;
use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout};

use super::cause::Cause;
use super::probe::{self, Outcome};
use super::ssh::Event;
use super::state::State;
use super::supervisor::Supervisor;
use super::{Wish, lock};

/// How long ssh may take to say why a channel broke, or to end because of it.
const REASON: Duration = Duration::from_millis(500);

/// Unanswered probes in a row after which the path is dead.
const STRIKES: u32 = 2;

/// When to probe next.
struct Rest {
    /// After this long…
    wait: Duration,
    /// … or, if a request wants to know, already after this long.
    eager: Duration,
}

impl Supervisor {
    /// Probes until the path is dead, or fit for nothing but a new ssh.
    pub(super) async fn look_after(&mut self) -> Result<Infallible, Cause> {
        self.publish(State::Probing);
        let mut strikes = 0;
        loop {
            let (outcome, refusal) = self.probe().await?;
            // Whoever asked meanwhile has this answer.
            while self.inbox.try_recv().is_ok() {}
            let rest = match outcome {
                Outcome::Silence => {
                    strikes += 1;
                    self.silence(strikes)?
                }
                Outcome::Healthy { round_trip, server } => self.healthy(round_trip, server),
                Outcome::Unfit(cause) => self.unfit(cause),
                Outcome::Broken(error) => {
                    tracing::debug!(?error, "the probe broke");
                    let cause = self.reason(refusal).await?;
                    if !cause.keeps_ssh() {
                        return Err(cause);
                    }
                    self.unfit(cause)
                }
            };
            if rest.wait > Duration::ZERO {
                strikes = self.rest(&rest).await?;
            }
        }
    }

    /// One probe. Also returns what ssh said meanwhile about a channel that did not open.
    async fn probe(&mut self) -> Result<(Outcome, Option<Cause>), Cause> {
        let remote = self.options.remote.to_string();
        let question = probe::ask(&self.upstream, &remote, self.options.pace.probe_timeout);
        tokio::pin!(question);
        let mut refusal = None;
        loop {
            tokio::select! {
                // What ssh says comes before the break it explains.
                biased;
                event = Self::news(&mut self.ssh) => match event {
                    Event::Ended(cause) => return Err(cause),
                    Event::Said(line) => refusal = Cause::from_channel(&line, &remote).or(refusal),
                },
                outcome = &mut question => return Ok((outcome, refusal)),
            }
        }
    }

    /// Why the question was not carried.
    ///
    /// # Errors
    /// ssh has ended.
    async fn reason(&mut self, refusal: Option<Cause>) -> Result<Cause, Cause> {
        if let Some(refusal) = refusal {
            return Ok(refusal);
        }
        let remote = self.options.remote.to_string();
        let told = async {
            loop {
                match Self::news(&mut self.ssh).await {
                    Event::Ended(cause) => return Err(cause),
                    Event::Said(line) => {
                        if let Some(cause) = Cause::from_channel(&line, &remote) {
                            return Ok(cause);
                        }
                    }
                }
            }
        };
        timeout(REASON, told).await.unwrap_or(Ok(Cause::ClosedWithoutAnswer))
    }

    fn healthy(&mut self, round_trip: Duration, server: Option<String>) -> Rest {
        let pace = &self.options.pace;
        let rest = Rest { wait: pace.probe_interval, eager: Duration::ZERO };
        let (since, wall) = *self.up_since.get_or_insert_with(|| {
            tracing::info!(?round_trip, "up");
            (Instant::now(), self.options.clock.now())
        });
        if since.elapsed() >= pace.healthy_after {
            self.back_off.reset();
        }
        self.attempt = 0;
        self.told = None;
        self.is_host_known = true;
        let mut facts = lock(&self.facts);
        facts.proved = Some(self.options.clock.moment());
        facts.server = server;
        drop(facts);
        self.publish(State::Up { since: wall, round_trip });
        rest
    }

    /// ssh is well and the server is not: only the server is asked again.
    fn unfit(&mut self, cause: Cause) -> Rest {
        self.up_since = None;
        let pace = &self.options.pace;
        let eager = pace.eager_after;
        let wait = match &cause {
            Cause::NotReady { .. } => pace.not_ready,
            cause if cause.needs_user() => pace.blocked,
            _ => self.back_off.next(),
        };
        self.announce(cause, wait);
        Rest { wait, eager }
    }

    fn silence(&mut self, strikes: u32) -> Result<Rest, Cause> {
        if strikes >= STRIKES {
            return Err(Cause::Silent);
        }
        tracing::info!("the probe went unanswered");
        self.suspect();
        Ok(Rest { wait: Duration::ZERO, eager: Duration::ZERO })
    }

    fn suspect(&self) {
        if self.state().is_up() {
            self.publish(State::Suspect);
        }
    }

    /// Waits until the next probe is due. Returns how many strikes it starts with: one if the surroundings changed,
    /// because then the connection is more likely dead than slow.
    async fn rest(&mut self, rest: &Rest) -> Result<u32, Cause> {
        let remote = self.options.remote.to_string();
        let started = Instant::now();
        let mut until = started + rest.wait;
        loop {
            tokio::select! {
                () = sleep_until(until) => return Ok(0),
                event = Self::news(&mut self.ssh) => match event {
                    Event::Ended(cause) => return Err(cause),
                    // Somebody's request did not get through.
                    Event::Said(line) if Cause::from_channel(&line, &remote).is_some() => {
                        until = until.min(started + rest.eager);
                    }
                    Event::Said(_) => {}
                },
                Some(wish) = self.inbox.recv() => match wish {
                    Wish::Now => return Ok(0),
                    Wish::Soon => until = until.min(started + rest.eager),
                },
                _ = self.surroundings.change() => {
                    self.suspect();
                    return Ok(STRIKES - 1);
                }
            }
        }
    }
}
