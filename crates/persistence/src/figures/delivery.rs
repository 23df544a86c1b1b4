//! What came of mail and of webhooks, as it is written down.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use super::Tally;
use crate::{mail, webhooks};

/// In seconds; after the last but one an endpoint has not answered in time.
const TIMES: [f64; 9] = [0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0];

#[derive(Debug)]
pub(crate) struct DeliveryFigures {
    mail: Tally<5>,
    mail_withheld: Counter,
    webhooks: Tally<4>,
    webhook_times: Histogram,
}

impl Default for DeliveryFigures {
    fn default() -> Self {
        Self {
            mail: Tally::new("outcome", ["sent", "dropped", "retried", "postponed", "refused"]),
            mail_withheld: Counter::default(),
            webhooks: Tally::new("outcome", ["delivered", "retried", "exhausted", "gone"]),
            webhook_times: Histogram::new(TIMES),
        }
    }
}

impl DeliveryFigures {
    pub(super) fn register(&self, registry: &mut Registry) {
        self.mail.register(registry, "mail_attempts", "Attempts to send mail, by what came of them");
        let help = "Messages that were not queued because their mailbox had as many as callers without a token may cause";
        registry.register("mail_withheld", help, self.mail_withheld.clone());
        self.webhooks.register(registry, "webhook_attempts", "Attempts to send a webhook, by what came of them");
        let help = "How long endpoints took to answer, or not to";
        registry.register_with_unit("webhook_attempt_duration", help, Unit::Seconds, self.webhook_times.clone());
    }

    pub(crate) fn withheld(&self, number: u64) {
        self.mail_withheld.inc_by(number);
    }

    pub(crate) fn mail<'o>(&self, outcomes: impl Iterator<Item = &'o mail::Outcome>) {
        for outcome in outcomes {
            let index = match outcome {
                mail::Outcome::Sent => 0,
                mail::Outcome::Dropped => 1,
                mail::Outcome::Retry(_) => 2,
                mail::Outcome::Postponed(_) => 3,
                mail::Outcome::Refused(_) => 4,
            };
            self.mail.add(index, 1);
        }
    }

    pub(crate) fn webhooks<'o>(&self, outcomes: impl Iterator<Item = &'o webhooks::Outcome>) {
        for outcome in outcomes {
            let index = match outcome.verdict {
                webhooks::Verdict::Delivered => 0,
                webhooks::Verdict::Retry(_) => 1,
                webhooks::Verdict::Exhausted => 2,
                webhooks::Verdict::Gone => 3,
            };
            self.webhooks.add(index, 1);
            let milliseconds = u32::try_from(outcome.duration_ms).unwrap_or(u32::MAX);
            self.webhook_times.observe(f64::from(milliseconds) / 1000.0);
        }
    }
}
