//! Converts a [`NewRegistration`] into the row to insert and into the registration that the caller receives.

use plenaria_domain::registration::seats::Admission;
use plenaria_domain::registration::{Registration, RegistrationStatus};

use crate::desk::request::NewRegistration;
use crate::entity::registration;

/// Columns of a new registration whose value is the same SQL expression in every row, if none has a requested reference.
pub(crate) const REGISTRATION_CONSTANTS: [(&str, &str); 12] = [
    ("privacy_accepted_at", "created_at"),
    ("updated_at", "created_at"),
    ("confirmed_at", "CASE WHEN status = 'confirmed' THEN created_at END"),
    ("cancelled_at", "NULL"),
    ("cancellation_reason", "NULL"),
    ("attended_at", "NULL"),
    ("followed_up_at", "NULL"),
    ("revision", "1"),
    ("former_email", "NULL"),
    ("erased_at", "NULL"),
    ("requested_reference", "NULL"),
    ("address_version", "0"),
];

/// The registration that the new row stores.
pub(crate) fn registration(new: &NewRegistration, row: &registration::Model, admission: Admission) -> Registration {
    let waitlist_position = match admission {
        Admission::Confirmed => None,
        Admission::Waitlisted { position } => Some(position),
    };
    Registration {
        id: new.id,
        event_id: new.event_id,
        status: status(admission),
        waitlist_position,
        attendee: new.attendee.clone(),
        external_reference: new.external_reference.clone(),
        source: new.source.clone(),
        created_at: row.created_at,
        updated_at: row.updated_at,
        confirmed_at: row.confirmed_at,
        cancelled_at: None,
        cancellation_reason: None,
        attended_at: None,
        revision: row.revision,
        address_version: row.address_version,
    }
}

/// The status that a newly admitted person has.
pub(crate) const fn status(admission: Admission) -> RegistrationStatus {
    match admission {
        Admission::Confirmed => RegistrationStatus::Confirmed,
        Admission::Waitlisted { .. } => RegistrationStatus::Waitlisted,
    }
}

/// The row of a new registration. `waitlist_number` orders the waiting list; a confirmed registration has none.
pub(crate) fn row(
    new: &NewRegistration,
    status: RegistrationStatus,
    waitlist_number: Option<i64>,
) -> registration::Model {
    let confirmed = status == RegistrationStatus::Confirmed;
    let attendee = &new.attendee;
    registration::Model {
        id: new.id.0,
        event_id: new.event_id.0,
        status: status.as_str().to_owned(),
        email: attendee.email.as_given().to_owned(),
        active_email: Some(attendee.email.key().to_owned()),
        name: attendee.name.clone(),
        organisation: attendee.organisation.clone(),
        position: attendee.position.clone(),
        city: attendee.city.clone(),
        country: attendee.country.map(|c| c.as_str().to_owned()),
        audience: attendee.audience.as_ref().map(ToString::to_string),
        language: attendee.language.as_str().to_owned(),
        newsletter: attendee.newsletter,
        access_needs: attendee.access_needs.clone(),
        answers: serde_json::Value::Object(attendee.answers.clone()),
        external_reference: new.external_reference.clone(),
        source: new.source.clone(),
        waitlist_number,
        privacy_notice: new.privacy_notice.clone(),
        privacy_accepted_at: new.received_at,
        created_at: new.received_at,
        updated_at: new.received_at,
        confirmed_at: confirmed.then_some(new.received_at),
        cancelled_at: None,
        cancellation_reason: None,
        attended_at: None,
        followed_up_at: None,
        revision: 1,
        client_id: new.client.map(|id| id.0),
        former_email: None,
        erased_at: None,
        requested_reference: None,
        address_version: 0,
    }
}
