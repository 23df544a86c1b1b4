//! Maps the outcomes of the features to the labels of the counters in [`crate::metrics`], which know no feature.

use std::time::Duration;

use plenaria_domain::event::registration_window::RegistrationClosed;
use plenaria_domain::registration::RegistrationStatus;

use crate::desk::reply::{Outcome, Refusal, Reply};
use crate::desk::request::{Command, Request};
use crate::metrics::delivery::{MailResult, WebhookResult};
use crate::metrics::registrations::{RegistrationResult, RegistrationResults};
use crate::{mail, webhooks};

impl RegistrationResults for (&Request, &Reply) {
    fn results(&self) -> impl Iterator<Item = RegistrationResult> {
        let (request, reply) = self;
        let (one, items) = match (&request.command, reply) {
            (Command::RegisterAll(_), Ok(Outcome::All(outcomes))) => (None, outcomes.as_slice()),
            (command, reply) => (result(command, reply), [].as_slice()),
        };
        one.into_iter().chain(items.iter().filter_map(of_outcome))
    }
}

/// What a caller got who requested a seat. Other requests are not counted.
fn result(command: &Command, reply: &Reply) -> Option<RegistrationResult> {
    match (command, reply) {
        (Command::RequestConfirmation(_), Ok(Outcome::MailRequested)) => Some(RegistrationResult::Pending),
        // These callers did not request a seat: they have one, or have cancelled it.
        (Command::Confirm(_), Ok(Outcome::Registration { changed: false, .. })) => None,
        (
            Command::Register(_) | Command::RegisterAll(_) | Command::RequestConfirmation(_) | Command::Confirm(_),
            reply,
        ) => match reply {
            Ok(outcome) => of_outcome(outcome),
            Err(refusal) => of_refusal(refusal),
        },
        _ => None,
    }
}

fn of_outcome(outcome: &Outcome) -> Option<RegistrationResult> {
    match outcome {
        Outcome::Registration { registration, .. } => of_status(registration.status),
        Outcome::Replayed(_) => Some(RegistrationResult::Replayed),
        _ => None,
    }
}

fn of_refusal(refusal: &Refusal) -> Option<RegistrationResult> {
    Some(match refusal {
        // Callers cannot tell a draft from an event that does not exist.
        Refusal::EventNotFound | Refusal::Window(RegistrationClosed::Draft) => RegistrationResult::EventNotFound,
        Refusal::Window(RegistrationClosed::Cancelled) => RegistrationResult::Cancelled,
        Refusal::Window(RegistrationClosed::Ended) => RegistrationResult::Ended,
        Refusal::Window(RegistrationClosed::NotOpen { .. }) => RegistrationResult::NotOpen,
        Refusal::Window(RegistrationClosed::Closed { .. }) => RegistrationResult::Closed,
        Refusal::AlreadyRegistered { .. } => RegistrationResult::AlreadyRegistered,
        Refusal::DuplicateExternalReference => RegistrationResult::DuplicateExternalReference,
        Refusal::EventFull { .. } => RegistrationResult::EventFull,
        Refusal::IdempotencyKeyReused => RegistrationResult::IdempotencyKeyReused,
        Refusal::Overloaded => RegistrationResult::Overloaded,
        Refusal::Store(_) => RegistrationResult::Failed,
        Refusal::Item { refusal, .. } => return of_refusal(refusal),
        _ => return None,
    })
}

const fn of_status(status: RegistrationStatus) -> Option<RegistrationResult> {
    match status {
        RegistrationStatus::Confirmed => Some(RegistrationResult::Confirmed),
        RegistrationStatus::Waitlisted => Some(RegistrationResult::Waitlisted),
        RegistrationStatus::Pending => Some(RegistrationResult::Pending),
        RegistrationStatus::Cancelled => None,
    }
}

impl From<&mail::MailOutcome> for MailResult {
    fn from(outcome: &mail::MailOutcome) -> Self {
        match outcome {
            mail::MailOutcome::Sent => Self::Sent,
            mail::MailOutcome::Dropped => Self::Dropped,
            mail::MailOutcome::Retry(_) => Self::Retried,
            mail::MailOutcome::Postponed(_) => Self::Postponed,
            mail::MailOutcome::Refused(_) => Self::Refused,
        }
    }
}

impl From<&webhooks::DeliveryOutcome> for (WebhookResult, Duration) {
    fn from(outcome: &webhooks::DeliveryOutcome) -> Self {
        let result = match outcome.verdict {
            webhooks::DeliveryVerdict::Delivered => WebhookResult::Delivered,
            webhooks::DeliveryVerdict::Retry(_) => WebhookResult::Retried,
            webhooks::DeliveryVerdict::Exhausted => WebhookResult::Exhausted,
            webhooks::DeliveryVerdict::Gone => WebhookResult::Gone,
        };
        (result, Duration::from_millis(outcome.duration_ms))
    }
}
