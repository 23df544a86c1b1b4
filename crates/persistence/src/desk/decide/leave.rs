//! Giving seats back, and taking that back: cancelling, erasing, reinstating, and the promotions that follow.

use plenaria_domain::audit::Action;
use plenaria_domain::change::ChangeType;
use plenaria_domain::registration::seats::Admission;
use plenaria_domain::registration::{Cancellation, RegistrationStatus, Reinstatement};
use serde_json::json;

use crate::audit::record::AuditRecord;
use crate::database::error::StoreError;
use crate::desk::decide::register::{admit, already_registered};
use crate::desk::decide::target::{check, current};
use crate::desk::ledger::state::Ledger;
use crate::desk::reply::{Outcome, Refusal, Reply};
use crate::desk::request::{Request, Target};
use crate::feed::outbox;
use crate::registrations::new_row;

/// Cancels a registration.
pub(super) fn cancel(
    ledger: &mut Ledger,
    request: &Request,
    target: &Target,
    reason: Option<String>,
) -> Result<Reply, StoreError> {
    let now = request.now;
    let (seats, index, registration) = check!(current(ledger, request, target)?);
    let held = match registration.status.cancel(now, ledger.seats[seats].window.ends_at) {
        Err(_) => return Ok(Err(Refusal::EventEnded)),
        Ok(Cancellation::AlreadyCancelled) => return Ok(Ok(Outcome::unchanged(registration))),
        Ok(Cancellation::Releases(held)) => held,
    };
    let by_client = target.access.organisation().is_some();
    ledger.release((seats, index), held, reason, now, by_client)?;
    let details = json!({ "status_before": registration.status });
    audit(ledger, request, target, Action::RegistrationCancelled, details);
    Ok(Ok(Outcome::changed(ledger.registration(index)?)))
}

/// Takes a cancellation back. The registration gets what a new one would get now, under the same rules.
pub(super) fn reinstate(ledger: &mut Ledger, request: &Request, target: &Target) -> Result<Reply, StoreError> {
    let now = request.now;
    let (seats, index, registration) = check!(current(ledger, request, target)?);
    match registration.status.reinstate() {
        Err(_) => return Ok(Err(Refusal::AddressNotConfirmed)),
        Ok(Reinstatement::AlreadyActive) => return Ok(Ok(Outcome::unchanged(registration))),
        Ok(Reinstatement::Admits) => {}
    }
    check!(ledger.seats[seats].window.check(now));
    let address = registration.attendee.email.key();
    if let Some(active) = ledger.active(request.event, address) {
        return Ok(Err(already_registered(ledger, active)));
    }
    let admission = check!(admit(ledger, seats));
    let waitlist_number = ledger.waitlist_number(seats, admission);
    let row = ledger.edit(index, now);
    new_row::status(admission).as_str().clone_into(&mut row.status);
    row.confirmed_at = (admission == Admission::Confirmed).then_some(now);
    row.waitlist_number = waitlist_number;
    row.former_email = None;
    row.cancelled_at = None;
    row.cancellation_reason = None;
    ledger.set_active_email(index, Some(address.to_owned()));
    if let Admission::Waitlisted { position } = admission {
        ledger.join_waitlist(index, position);
    }
    outbox::mark_caused_by_client(ledger.announce(ChangeType::RegistrationReinstated, index, now));
    let details = json!({ "status": new_row::status(admission) });
    audit(ledger, request, target, Action::RegistrationReinstated, details);
    Ok(Ok(Outcome::changed(ledger.registration(index)?)))
}

/// Erases a registration's personal data. An active registration is cancelled first; once the event has ended, the
/// status stays. Both leave an anonymous row that still counts in statistics (`docs/decisions/0016-erasure.md`).
pub(super) fn erase(ledger: &mut Ledger, request: &Request, target: &Target) -> Result<Reply, StoreError> {
    let now = request.now;
    let (seats, index, registration) = check!(current(ledger, request, target)?);
    let details = json!({ "status_before": registration.status });
    audit(ledger, request, target, Action::RegistrationErased, details);
    if registration.status == RegistrationStatus::Pending {
        // No change was published for a pending request, and no statistic counts it, so its row is deleted.
        ledger.delete(index);
        return Ok(Ok(Outcome::Erased));
    }
    let row = ledger.model(index).clone();
    ledger.mail.preserve_usage(&row, now);
    let ends_at = ledger.seats[seats].window.ends_at;
    if let Ok(Cancellation::Releases(held)) = registration.status.cancel(now, ends_at) {
        ledger.release((seats, index), held, None, now, target.access.organisation().is_some())?;
    }
    ledger.anonymise(index, now);
    Ok(Ok(Outcome::Erased))
}

/// Gives free seats to the first people on the waiting list.
pub(super) fn promote(ledger: &mut Ledger, request: &Request) -> Result<Reply, StoreError> {
    let seats = check!(ledger.seats_of(request.event).ok_or(Refusal::EventNotFound));
    Ok(Ok(Outcome::Promoted(ledger.promote(seats, request.now, true)?)))
}

fn audit(ledger: &mut Ledger, request: &Request, target: &Target, action: Action, details: serde_json::Value) {
    let record = AuditRecord::of_registration(action, target.id, request.event, details);
    ledger.plan.record_audit(&target.audit, record, request.now);
}
