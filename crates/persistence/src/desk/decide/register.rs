//! Registering people: one, or all of several.

use plenaria_domain::change::ChangeType;
use plenaria_domain::registration::Registration;
use plenaria_domain::registration::seats::Admission;

use crate::database::error::StoreError;
use crate::desk::decide::target::check;
use crate::desk::ledger::state::Ledger;
use crate::desk::reply::{Outcome, Refusal, Reply};
use crate::desk::request::{Command, NewRegistration, Request};
use crate::idempotency::StoredResponse;
use crate::registrations::new_row;

/// Registers a person.
pub(super) fn register(ledger: &mut Ledger, new: &NewRegistration) -> Result<Reply, StoreError> {
    let seats = check!(ledger.seats_of(new.event_id).ok_or(Refusal::EventNotFound));
    let duplicate = ledger.active(new.event_id, new.attendee.email.key());
    if let Some(index) = duplicate
        && ledger.model(index).id == new.id.0
    {
        return already_committed(ledger, index).map(Ok);
    }
    check!(ledger.seats[seats].window.check(new.received_at));
    if let Some(index) = duplicate {
        return Ok(Err(already_registered(ledger, index)));
    }
    if new.reference().is_some_and(|reference| ledger.references.contains(&reference)) {
        return Ok(Err(Refusal::DuplicateExternalReference));
    }
    let admission = check!(admit(ledger, seats));
    let waitlist_number = ledger.waitlist_number(seats, admission);
    let row = new_row::row(new, new_row::status(admission), waitlist_number);
    let registration = new_row::registration(new, &row, admission);
    let index = ledger.insert(row);
    if let Admission::Waitlisted { position } = admission {
        ledger.join_waitlist(index, position);
    }
    ledger.announce(ChangeType::RegistrationCreated, index, new.received_at);
    Ok(Ok(Outcome::changed(registration)))
}

/// Takes a seat, or a place on the waiting list.
pub(super) fn admit(ledger: &mut Ledger, seats: usize) -> Result<Admission, Refusal> {
    let counts = &mut ledger.seats[seats].seats;
    counts.admit().map_err(|_| Refusal::EventFull { seats: *counts })
}

/// The refusal of a request for an address that the registration at this index has.
pub(super) fn already_registered(ledger: &Ledger, index: usize) -> Refusal {
    let row = ledger.model(index);
    let id = plenaria_domain::values::ids::RegistrationId(row.id);
    Refusal::AlreadyRegistered { id, registration_source: row.source.clone() }
}

/// The outcome of a request that an earlier attempt of the desk has committed: the registration as it is stored.
fn already_committed(ledger: &Ledger, index: usize) -> Result<Outcome, StoreError> {
    let registration: Registration = ledger.registration(index)?;
    tracing::info!(registration = %registration.id, "found a registration whose commit had not been acknowledged");
    Ok(Outcome::changed(registration))
}

/// The reply to a request whose response is stored. If an earlier attempt of the desk at this very request stored it, the
/// caller has not had it yet.
pub(super) fn committed_before(
    ledger: &Ledger,
    request: &Request,
    stored: StoredResponse,
) -> Result<Reply, StoreError> {
    if let Command::Register(new) = &request.command
        && stored.registration == Some(new.id)
        && let Some(index) = ledger.active(new.event_id, new.attendee.email.key())
        && ledger.model(index).id == new.id.0
    {
        let registration = Box::new(ledger.registration(index)?);
        return Ok(Ok(Outcome::Registration { registration, changed: true, stored: Some(stored) }));
    }
    Ok(Ok(Outcome::Replayed(stored)))
}
