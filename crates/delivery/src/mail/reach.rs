//! How long mail waits for a server that is not there.

use std::time::Duration;

use super::transport::Verdict;

/// How long the sender stays away from a server that is not there: at first, and at most.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// How it stands with the server.
#[derive(Default)]
pub(super) struct Reach {
    /// How long the sender stays away; `None`: the server answers.
    pub(super) pause: Option<Duration>,
}

impl Reach {
    /// How long it stays away if the server turns out not to be there.
    pub(super) fn next_pause(&self) -> Duration {
        self.pause.map_or(FIRST_PAUSE, |pause| (pause * 2).min(LONGEST_PAUSE))
    }

    /// Takes note of what came of a message that was sent when the pause was that long: several that were under way together
    /// found out the same.
    pub(super) fn heard(&mut self, verdict: &Verdict, before: Option<Duration>) {
        match verdict {
            Verdict::Away(_) if self.pause != before => {}
            Verdict::Away(why) => {
                if self.pause.is_none() {
                    tracing::warn!(why, "mail waits: the mail server is not there");
                }
                self.pause = Some(self.next_pause());
            }
            _ => {
                if self.pause.take().is_some() {
                    tracing::info!("the mail server is there again");
                }
            }
        }
    }
}
