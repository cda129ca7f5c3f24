//! One notification when this machine reads in the server's place for a while, and one when the server is back.

use std::convert::Infallible;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::control::{PathState, Status};
use crate::notification;

/// Shorter than this, nobody needs to know.
const WHILE: Duration = Duration::from_mins(1);

/// How often it is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// What there is to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Notice {
    TakenOver,
    ServerIsBack,
}

/// What has been seen and told so far.
#[derive(Debug, Default)]
struct Notices {
    /// Since when the server is not there, and how many this machine had read by then.
    away: Option<(Instant, u64)>,
    is_told: bool,
}

impl Notices {
    /// What there is to tell, now that the server is there or not and this machine has read `local` pictures.
    fn look(&mut self, is_up: bool, local: u64, now: Instant) -> Option<Notice> {
        if is_up {
            self.away = None;
            return std::mem::take(&mut self.is_told).then_some(Notice::ServerIsBack);
        }
        let (since, before) = *self.away.get_or_insert((now, local));
        let has_read = local > before && now.duration_since(since) >= WHILE;
        let is_news = has_read && !self.is_told;
        self.is_told |= has_read;
        is_news.then_some(Notice::TakenOver)
    }
}

/// Tells for as long as it is polled.
pub async fn tell(status: impl Fn() -> Status) -> Infallible {
    let mut notices = Notices::default();
    loop {
        let status = status();
        let is_up = matches!(status.state, PathState::Up | PathState::Local);
        let words = match notices.look(is_up, status.requests.local, Instant::now()) {
            Some(Notice::TakenOver) => Some(t!("up.notice_taken_over")),
            Some(Notice::ServerIsBack) => Some(t!("up.notice_back")),
            None => None,
        };
        if let Some(words) = words
            && let Err(error) = notification::show(&words).await
        {
            tracing::warn!(%error, "notification-failed");
        }
        sleep(LOOK).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_told_once_and_a_short_absence_not_at_all() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut notices = Notices::default();
        assert_eq!(notices.look(true, 0, at(0)), None);
        // Away for half a minute, in which this machine has read.
        assert_eq!(notices.look(false, 0, at(1)), None);
        assert_eq!(notices.look(false, 3, at(31)), None);
        assert_eq!(notices.look(true, 3, at(32)), None);
        // Away for longer, and nobody asked.
        assert_eq!(notices.look(false, 3, at(100)), None);
        assert_eq!(notices.look(false, 3, at(200)), None);
        assert_eq!(notices.look(false, 4, at(201)), Some(Notice::TakenOver));
        assert_eq!(notices.look(false, 9, at(300)), None);
        assert_eq!(notices.look(true, 9, at(301)), Some(Notice::ServerIsBack));
        assert_eq!(notices.look(true, 9, at(302)), None);
    }
}
