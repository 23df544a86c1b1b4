//! Changing the details of a registration, and correcting its address.
//!
//! An organiser may correct the address. The links that were mailed to the former one then stop working
//! (`Registration::address_version`), and both addresses get a message.

use plenaria_domain::audit::Action;
use plenaria_domain::change::ChangeType;
use plenaria_domain::registration::{Attendee, Unchangeable};
use plenaria_domain::values::email::EmailAddress;
use serde_json::json;

use crate::audit::record::AuditRecord;
use crate::database::error::StoreError;
use crate::desk::decide::register::already_registered;
use crate::desk::decide::target::{check, current};
use crate::desk::ledger::state::Ledger;
use crate::desk::reply::{Outcome, Refusal, Reply};
use crate::desk::request::{Change, Request, RequiredAccess, Target};
use crate::entity::registration::Model;

impl From<Unchangeable> for Refusal {
    fn from(reason: Unchangeable) -> Self {
        match reason {
            Unchangeable::Cancelled => Self::RegistrationCancelled,
            Unchangeable::Ended => Self::EventEnded,
            Unchangeable::Pending => Self::AddressNotConfirmed,
        }
    }
}

/// Changes the details of a registration. A change that changes nothing keeps the revision.
pub(super) fn update(
    ledger: &mut Ledger,
    request: &Request,
    target: &Target,
    change: &Change,
    address: Option<&EmailAddress>,
) -> Result<Reply, StoreError> {
    let now = request.now;
    if address.is_some() && !matches!(target.access, RequiredAccess::Organised(_) | RequiredAccess::Owned(_)) {
        return Ok(Err(Refusal::NotFound));
    }
    let (seats, index, registration) = check!(current(ledger, request, target)?);
    check!(registration.status.check_changeable(now, ledger.seats[seats].window.ends_at));
    let before = &registration.attendee;
    let attendee = check!(change(before).map_err(Refusal::Invalid));
    let attendee = Attendee { email: address.unwrap_or(&before.email).clone(), ..attendee };
    if attendee == *before {
        return Ok(Ok(Outcome::unchanged(registration)));
    }
    // Another spelling of the same address needs no message: it is the same mailbox.
    let new_key = Some(attendee.email.key()).filter(|key| *key != before.email.key());
    if let Some(key) = new_key {
        if let Some(active) = ledger.active(request.event, key) {
            return Ok(Err(already_registered(ledger, active)));
        }
        let row = ledger.model(index).clone();
        ledger.mail.preserve_usage(&row, now);
    }
    let former_address = before.email.as_given().to_owned();
    write_attendee(ledger.edit(index, now), &attendee);
    if let Some(key) = new_key {
        ledger.set_active_email(index, Some(key.to_owned()));
        let row = ledger.new_address_version(index);
        ledger.mail.queue_address_change(&row, &former_address, now);
    }
    ledger.announce(ChangeType::RegistrationUpdated, index, now);
    let details = json!({ "changed": changed_fields(before, &attendee) });
    let record = AuditRecord::of_registration(Action::RegistrationUpdated, target.id, request.event, details);
    ledger.plan.record_audit(&target.audit, record, now);
    Ok(Ok(Outcome::changed(ledger.registration(index)?)))
}

/// Writes a person's details into a row.
fn write_attendee(row: &mut Model, attendee: &Attendee) {
    attendee.email.as_given().clone_into(&mut row.email);
    row.name.clone_from(&attendee.name);
    row.organisation.clone_from(&attendee.organisation);
    row.position.clone_from(&attendee.position);
    row.city.clone_from(&attendee.city);
    row.country = attendee.country.map(|country| country.as_str().to_owned());
    row.audience = attendee.audience.as_ref().map(ToString::to_string);
    attendee.language.as_str().clone_into(&mut row.language);
    row.newsletter = attendee.newsletter;
    row.access_needs.clone_from(&attendee.access_needs);
    row.answers = serde_json::Value::Object(attendee.answers.clone());
}

/// The names of the fields that differ, without their values.
fn changed_fields(before: &Attendee, after: &Attendee) -> Vec<&'static str> {
    let fields = [
        ("email", before.email != after.email),
        ("name", before.name != after.name),
        ("organisation", before.organisation != after.organisation),
        ("position", before.position != after.position),
        ("city", before.city != after.city),
        ("country", before.country != after.country),
        ("audience", before.audience != after.audience),
        ("language", before.language != after.language),
        ("newsletter", before.newsletter != after.newsletter),
        ("access_needs", before.access_needs != after.access_needs),
        ("answers", before.answers != after.answers),
    ];
    fields.into_iter().filter_map(|(name, differs)| differs.then_some(name)).collect()
}
