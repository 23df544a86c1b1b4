//! Confirming addresses by mail (`docs/decisions/0017-email-confirmation.md`).
//!
//! Each request for a confirmation is a row of its own with the status `pending`. Its token confirms exactly the details
//! of that request, even if others send requests for the same address later. A pending row holds no seat. Its
//! `active_email` is the address with a slot number (`crate::registrations::active_email`), so the unique index limits
//! the pending requests for one address. The first one that is confirmed wins, and the others are removed.
//!
//! The reply is the same whether the address is registered or not.

use plenaria_domain::change::ChangeType;
use plenaria_domain::registration::RegistrationStatus;
use plenaria_domain::registration::message::{MessageKind, Requester};
use plenaria_domain::registration::seats::Admission;
use plenaria_domain::values::email::EmailAddress;
use plenaria_domain::values::ids::RegistrationId;

use crate::database::error::StoreError;
use crate::desk::decide::register::{admit, already_registered};
use crate::desk::decide::target::check;
use crate::desk::ledger::state::Ledger;
use crate::desk::reply::{Outcome, Refusal, Reply};
use crate::desk::request::{NewRegistration, Request};
use crate::entity::registration::Model;
use crate::registrations::active_email::{self, pending_slots};
use crate::registrations::new_row;

/// Stores a request and queues the mail that asks to confirm it, or the mail that the address is registered already.
pub(super) fn request(ledger: &mut Ledger, new: &NewRegistration) -> Result<Reply, StoreError> {
    check!(refusal_for_any_address(ledger, new).map_or(Ok(()), Err));
    let (address, now) = (new.attendee.email.key(), new.received_at);
    let requester = if new.client.is_some() { Requester::Client } else { Requester::Public };
    let subject = match ledger.active(new.event_id, address) {
        Some(active) => Some((MessageKind::AlreadyRegistered, active)),
        None => store(ledger, new, address).map(|index| (MessageKind::ConfirmAddress, index)),
    };
    if let Some((kind, index)) = subject {
        let about = ledger.model(index).clone();
        ledger.mail.queue(kind, &about, requester, now);
    }
    Ok(Ok(Outcome::MailRequested))
}

/// Queues the link to manage an address's registration, or to confirm its newest request.
pub(super) fn resend(ledger: &mut Ledger, request: &Request, email: &EmailAddress, requester: Requester) -> Outcome {
    let subject = match ledger.active(request.event, email.key()) {
        Some(active) => Some((MessageKind::ManageLink, active)),
        None => ledger.pending(request.event, email.key()).pop().map(|newest| (MessageKind::ConfirmAddress, newest)),
    };
    if let Some((kind, index)) = subject {
        let about = ledger.model(index).clone();
        ledger.mail.queue(kind, &about, requester, request.now);
    }
    Outcome::MailRequested
}

/// The refusal that the request gets for any address: the event takes no registrations, or the client's external
/// reference is in use. Pending requests use no reference, because whether one exists depends on the requests of others.
fn refusal_for_any_address(ledger: &Ledger, new: &NewRegistration) -> Option<Refusal> {
    let Some(seats) = ledger.seats_of(new.event_id) else { return Some(Refusal::EventNotFound) };
    let locked = &ledger.seats[seats];
    if let Err(closed) = locked.window.check(new.received_at) {
        return Some(closed.into());
    }
    if locked.seats.is_full() && !locked.seats.waitlist {
        return Some(Refusal::EventFull { seats: locked.seats });
    }
    let used = new.reference().is_some_and(|reference| ledger.references.contains(&reference));
    used.then_some(Refusal::DuplicateExternalReference)
}

/// Stores a request beside those that are pending for the same address; a repetition of one of them renews that one
/// instead. `None`: no slot is left.
fn store(ledger: &mut Ledger, new: &NewRegistration, address: &str) -> Option<usize> {
    let mut row = new_row::row(new, RegistrationStatus::Pending, None);
    row.requested_reference = row.external_reference.take();
    let pending = ledger.pending(new.event_id, address);
    if let Some(same) = pending.iter().copied().find(|index| is_repetition(&row, ledger.model(*index))) {
        let renewed = ledger.edit(same, new.received_at);
        renewed.created_at = new.received_at;
        renewed.privacy_accepted_at = new.received_at;
        return Some(same);
    }
    let used: Vec<&str> = pending.iter().filter_map(|index| ledger.model(*index).active_email.as_deref()).collect();
    let free = match pending_slots(address).find(|slot| !used.contains(&slot.as_str())) {
        Some(free) => free,
        None => free_slot(ledger, &pending)?,
    };
    row.active_email = Some(free);
    Some(ledger.insert(row))
}

/// Whether a request has the same details and the same caller as an earlier one.
fn is_repetition(new: &Model, earlier: &Model) -> bool {
    let compared = Model {
        id: earlier.id,
        active_email: earlier.active_email.clone(),
        created_at: earlier.created_at,
        updated_at: earlier.updated_at,
        privacy_accepted_at: earlier.privacy_accepted_at,
        revision: earlier.revision,
        ..new.clone()
    };
    compared == *earlier
}

/// Removes the oldest request whose mail was withheld, so that no one can confirm it, and returns its slot. Otherwise
/// ten requests from anyone would keep an address out of an event. A mailbox gets fewer confirmation mails within 48
/// hours than there are slots, so `None` (every request was mailed) occurs only if clients send requests too.
fn free_slot(ledger: &mut Ledger, pending: &[usize]) -> Option<String> {
    let unmailed = pending.iter().copied().find(|index| !ledger.mail.was_mailed(ledger.model(*index).id))?;
    let slot = ledger.model(unmailed).active_email.clone();
    ledger.delete(unmailed);
    slot
}

/// Turns a pending request into a registration with a seat or a place on the waiting list.
pub(super) fn confirm(ledger: &mut Ledger, request: &Request, id: RegistrationId) -> Result<Reply, StoreError> {
    let now = request.now;
    let Some((seats, index)) = ledger.seats_of(request.event).zip(ledger.find(id.0)) else {
        return Ok(Err(Refusal::NotFound));
    };
    let current = ledger.registration(index)?;
    if current.address_version > 0 {
        // The request's token went to a mailbox that the registration no longer belongs to.
        return Ok(Err(Refusal::NotFound));
    }
    match current.status {
        RegistrationStatus::Pending => {}
        RegistrationStatus::Cancelled => return Ok(Err(Refusal::RegistrationCancelled)),
        RegistrationStatus::Confirmed | RegistrationStatus::Waitlisted => return Ok(Ok(Outcome::unchanged(current))),
    }
    check!(ledger.seats[seats].window.check(now));
    let row = ledger.model(index);
    let address = row.active_email.as_deref().map(active_email::address).unwrap_or_default().to_owned();
    if let Some(active) = ledger.active(request.event, &address) {
        return Ok(Err(already_registered(ledger, active)));
    }
    let reference = row.client_id.zip(row.requested_reference.clone());
    let reference = reference.map(|(client, reference)| (request.event.0, client, reference));
    if reference.as_ref().is_some_and(|reference| ledger.references.contains(reference)) {
        return Ok(Err(Refusal::DuplicateExternalReference));
    }
    let admission = check!(admit(ledger, seats));
    let waitlist_number = ledger.waitlist_number(seats, admission);
    ledger.references.extend(reference);
    let row = ledger.edit(index, now);
    row.external_reference = row.requested_reference.take();
    row.waitlist_number = waitlist_number;
    new_row::status(admission).as_str().clone_into(&mut row.status);
    let kind = match admission {
        Admission::Confirmed => {
            row.confirmed_at = Some(now);
            ChangeType::RegistrationConfirmed
        }
        Admission::Waitlisted { .. } => ChangeType::RegistrationWaitlisted,
    };
    ledger.set_active_email(index, Some(address.clone()));
    for other in ledger.pending(request.event, &address) {
        ledger.delete(other);
    }
    if let Admission::Waitlisted { position } = admission {
        ledger.join_waitlist(index, position);
    }
    ledger.announce(kind, index, now);
    Ok(Ok(Outcome::changed(ledger.registration(index)?)))
}
