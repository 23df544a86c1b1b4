//! Backoff while the mail server is down.

use std::time::Duration;

use crate::mail::transport::SendResult;

/// The first pause, and the longest; each pause is twice as long as the one before.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const MAX_PAUSE: Duration = Duration::from_mins(1);

/// Backoff while the mail server is down.
#[derive(Default)]
pub(crate) struct ServerBackoff {
    /// The current pause; `None` while the server is up.
    pub(crate) pause: Option<Duration>,
}

impl ServerBackoff {
    /// The pause if the next attempt finds the server down.
    pub(crate) fn next_pause(&self) -> Duration {
        self.pause.map_or(FIRST_PAUSE, |pause| (pause * 2).min(MAX_PAUSE))
    }

    /// Records the result of a message that was sent when the pause was `pause_at_start`. Several messages that were in
    /// flight together lengthen the pause once.
    pub(crate) fn record(&mut self, result: &SendResult, pause_at_start: Option<Duration>) {
        match result {
            SendResult::ServerUnavailable(_) if self.pause != pause_at_start => {}
            SendResult::ServerUnavailable(reason) => {
                if self.pause.is_none() {
                    tracing::warn!(reason, "the mail server is unavailable; mail waits");
                }
                self.pause = Some(self.next_pause());
            }
            _ => {
                if self.pause.take().is_some() {
                    tracing::info!("the mail server is available again");
                }
            }
        }
    }
}
