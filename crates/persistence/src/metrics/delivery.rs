//! Counts the attempts to send mail and webhooks, by their recorded results.

use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::metrics::counter_family::{CounterFamily, label_values};

/// Buckets in seconds; an endpoint that takes longer than 10 s has timed out.
const DURATION_BUCKETS: [f64; 9] = [0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0];

label_values! {
    /// The result of an attempt to send a mail.
    MailResult {
        Sent => "sent",
        Dropped => "dropped",
        Retried => "retried",
        Postponed => "postponed",
        Refused => "refused",
    }
}

label_values! {
    /// The result of an attempt to deliver a webhook.
    WebhookResult {
        Delivered => "delivered",
        Retried => "retried",
        Exhausted => "exhausted",
        Gone => "gone",
    }
}

#[derive(Debug)]
pub(crate) struct DeliveryMetrics {
    mail: CounterFamily<MailResult>,
    mail_withheld: Counter,
    webhooks: CounterFamily<WebhookResult>,
    webhook_duration: Histogram,
}

impl Default for DeliveryMetrics {
    fn default() -> Self {
        Self {
            mail: CounterFamily::default(),
            mail_withheld: Counter::default(),
            webhooks: CounterFamily::default(),
            webhook_duration: Histogram::new(DURATION_BUCKETS),
        }
    }
}

impl DeliveryMetrics {
    pub(crate) fn register(&self, registry: &mut Registry) {
        self.mail.register(registry, "mail_attempts", "Attempts to send mail, by their result");
        let help = "Messages not queued because their mailbox reached the limit for callers without a token";
        registry.register("mail_withheld", help, self.mail_withheld.clone());
        self.webhooks.register(registry, "webhook_attempts", "Attempts to deliver a webhook, by their result");
        let help = "How long endpoints took to respond or to time out";
        registry.register_with_unit("webhook_attempt_duration", help, Unit::Seconds, self.webhook_duration.clone());
    }

    /// Counts messages that were not queued because their mailbox had reached its limit.
    pub(crate) fn count_withheld(&self, number: u64) {
        self.mail_withheld.inc_by(number);
    }

    pub(crate) fn count_mail(&self, outcomes: impl Iterator<Item: Into<MailResult>>) {
        outcomes.for_each(|outcome| self.mail.add(outcome.into(), 1));
    }

    pub(crate) fn count_webhooks(&self, outcomes: impl Iterator<Item: Into<(WebhookResult, Duration)>>) {
        for outcome in outcomes {
            let (result, duration) = outcome.into();
            self.webhooks.add(result, 1);
            self.webhook_duration.observe(duration.as_secs_f64());
        }
    }
}
