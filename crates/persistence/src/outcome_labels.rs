//! Maps the outcomes of the features to the labels of the counters in [`crate::metrics`], which know no feature.

use std::time::Duration;

use plenaria_domain::event::registration_window::RegistrationClosed;
use plenaria_domain::registration::RegistrationStatus;

use crate::database::error::StoreError;
use crate::desk::all_or_none::AtomicBatchOutcome;
use crate::metrics::delivery::{MailResult, WebhookResult};
use crate::metrics::registrations::{RegistrationResult, RegistrationResults};
use crate::registrations::confirmation::confirm::Confirmed;
use crate::registrations::confirmation::requests::PendingOutcome;
use crate::registrations::new_registration::{RegistrationError, RegistrationOutcome, RegistrationReply};
use crate::{mail, webhooks};

impl RegistrationResults for RegistrationError {
    fn results(&self) -> impl Iterator<Item = RegistrationResult> {
        std::iter::once(match self {
            // Callers cannot tell a draft from an event that does not exist.
            Self::EventNotFound | Self::Window(RegistrationClosed::Draft) => RegistrationResult::EventNotFound,
            Self::Window(RegistrationClosed::Cancelled) => RegistrationResult::Cancelled,
            Self::Window(RegistrationClosed::Ended) => RegistrationResult::Ended,
            Self::Window(RegistrationClosed::NotOpen { .. }) => RegistrationResult::NotOpen,
            Self::Window(RegistrationClosed::Closed { .. }) => RegistrationResult::Closed,
            Self::AlreadyRegistered { .. } => RegistrationResult::AlreadyRegistered,
            Self::DuplicateExternalReference => RegistrationResult::DuplicateExternalReference,
            Self::EventFull { .. } => RegistrationResult::EventFull,
            Self::IdempotencyKeyReused => RegistrationResult::IdempotencyKeyReused,
            Self::Overloaded => RegistrationResult::Overloaded,
            Self::Store(_) => RegistrationResult::Failed,
        })
    }
}

impl RegistrationResults for RegistrationOutcome {
    fn results(&self) -> impl Iterator<Item = RegistrationResult> {
        let result = match self {
            Self::Registered { registration, .. } => of_status(registration.status),
            Self::Replayed(_) => Some(RegistrationResult::Replayed),
        };
        result.into_iter()
    }
}

impl RegistrationResults for RegistrationReply {
    fn results(&self) -> impl Iterator<Item = RegistrationResult> {
        let (outcome, error) = (self.as_ref().ok(), self.as_ref().err());
        outcome
            .into_iter()
            .flat_map(RegistrationOutcome::results)
            .chain(error.into_iter().flat_map(RegistrationError::results))
    }
}

impl RegistrationResults for Result<AtomicBatchOutcome, StoreError> {
    fn results(&self) -> impl Iterator<Item = RegistrationResult> {
        let results: Vec<_> = match self {
            Ok(AtomicBatchOutcome::Registered(outcomes)) => outcomes.results().collect(),
            Ok(AtomicBatchOutcome::Rejected { error, .. }) => error.results().collect(),
            Ok(AtomicBatchOutcome::Replayed(_)) => vec![RegistrationResult::Replayed],
            Ok(AtomicBatchOutcome::IdempotencyKeyReused) => vec![RegistrationResult::IdempotencyKeyReused],
            Err(_) => vec![RegistrationResult::Failed],
        };
        results.into_iter()
    }
}

impl RegistrationResults for Result<PendingOutcome, StoreError> {
    fn results(&self) -> impl Iterator<Item = RegistrationResult> {
        let result = match self {
            Ok(PendingOutcome::Pending) => Some(RegistrationResult::Pending),
            Ok(PendingOutcome::Replayed(_)) => Some(RegistrationResult::Replayed),
            Ok(PendingOutcome::Rejected(error)) => error.results().next(),
            Err(_) => Some(RegistrationResult::Failed),
        };
        result.into_iter()
    }
}

impl RegistrationResults for Result<Confirmed, StoreError> {
    fn results(&self) -> impl Iterator<Item = RegistrationResult> {
        let result = match self {
            Ok(Confirmed::Done { registration, first: true }) => of_status(registration.status),
            Ok(Confirmed::Rejected(error)) => error.results().next(),
            Ok(Confirmed::Replayed(_)) => Some(RegistrationResult::Replayed),
            Ok(Confirmed::IdempotencyKeyReused) => Some(RegistrationResult::IdempotencyKeyReused),
            // These callers did not request a seat: they have one, or have cancelled it.
            Ok(Confirmed::Done { .. } | Confirmed::Cancelled | Confirmed::NotFound) => None,
            Err(_) => Some(RegistrationResult::Failed),
        };
        result.into_iter()
    }
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
