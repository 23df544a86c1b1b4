//! Updates the details of a registration: everything that the person stated except the address.

use std::sync::Arc;

use plenaria_domain::audit::{Action, AuditContext};
use plenaria_domain::change::ChangeType;
use plenaria_domain::registration::{Attendee, Registration, Unchangeable};
use plenaria_domain::validation::FieldError;
use plenaria_domain::values::ids::RegistrationId;
use plenaria_domain::values::time::Instant;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, DatabaseTransaction, IntoActiveModel};
use serde_json::json;

use crate::access::Access;
use crate::audit::record::{AuditRecord, record};
use crate::database::error::StoreError;
use crate::database::statements::bulk_insert;
use crate::database::store::Store;
use crate::feed::outbox;
use crate::registrations::read::{lock_event, read_locked};

/// The result of an update.
#[derive(Debug)]
pub enum Updated {
    /// The registration as it is now. Its revision is unchanged if the update changed nothing.
    Done(Box<Registration>),
    /// The registration's status or the event's end does not allow changes.
    Rejected(Unchangeable),
    /// The updated details would be invalid.
    Invalid(Vec<FieldError>),
    /// The registration does not exist, or may not be seen.
    NotFound,
    /// The precondition does not hold; this is the current registration.
    PreconditionFailed(Box<Registration>),
}

/// Computes the new details from the current ones.
pub type Change = Arc<dyn Fn(&Attendee) -> Result<Attendee, Vec<FieldError>> + Send + Sync>;

/// A request to update a registration.
#[derive(Clone)]
pub struct Update {
    /// The registration's id.
    pub id: RegistrationId,
    /// The caller's access rights; `None` for the registered person.
    pub access: Option<Access>,
    /// The time of the request.
    pub now: Instant,
    /// The precondition (`If-Match`), checked against the registration once it is locked.
    pub precondition: Arc<dyn Fn(&Registration) -> bool + Send + Sync>,
    /// Who makes the request, for the audit log.
    pub audit: AuditContext,
    /// Computes the new details. A change of the address is ignored.
    pub change: Change,
}

impl Store {
    /// Updates a registration. An update that changes nothing writes nothing.
    pub async fn update_registration(&self, request: Update) -> Result<Updated, StoreError> {
        let request = Arc::new(request);
        self.write(|transaction| {
            let request = Arc::clone(&request);
            Box::pin(async move { update(transaction, &request).await })
        })
        .await
    }
}

async fn update(transaction: &DatabaseTransaction, request: &Update) -> Result<Updated, StoreError> {
    let Update { id, access, now, precondition, audit, change } = request;
    let condition = access.as_ref().map(Access::registrations);
    let Some(locked) = lock_event(transaction, *id, condition).await? else { return Ok(Updated::NotFound) };
    let Some((row, mut current)) = read_locked(transaction, *id).await? else { return Ok(Updated::NotFound) };
    if !precondition(&current) {
        return Ok(Updated::PreconditionFailed(Box::new(current)));
    }
    if let Err(unchangeable) = current.status.check_changeable(*now, locked.window.ends_at) {
        return Ok(Updated::Rejected(unchangeable));
    }
    let attendee = match change(&current.attendee) {
        Ok(attendee) => Attendee { email: current.attendee.email.clone(), ..attendee },
        Err(faults) => return Ok(Updated::Invalid(faults)),
    };
    if attendee == current.attendee {
        return Ok(Updated::Done(Box::new(current)));
    }
    let (status, revision) = (row.status.clone(), row.revision + 1);
    let mut row = row.into_active_model();
    row.name = Set(attendee.name.clone());
    row.organisation = Set(attendee.organisation.clone());
    row.position = Set(attendee.position.clone());
    row.city = Set(attendee.city.clone());
    row.country = Set(attendee.country.map(|c| c.as_str().to_owned()));
    row.audience = Set(attendee.audience.as_ref().map(ToString::to_string));
    row.language = Set(attendee.language.as_str().to_owned());
    row.newsletter = Set(attendee.newsletter);
    row.access_needs = Set(attendee.access_needs.clone());
    row.answers = Set(serde_json::Value::Object(attendee.answers.clone()));
    row.updated_at = Set(*now);
    row.revision = Set(revision);
    row.update(transaction).await?;
    let kind = ChangeType::RegistrationUpdated;
    let outbox_change = outbox::registration_change(kind, locked.event, *id, revision, &status, *now);
    bulk_insert::insert(transaction, vec![outbox_change]).await?;
    let details = json!({ "changed": changed_fields(&current.attendee, &attendee) });
    let entry = AuditRecord::of_registration(Action::RegistrationUpdated, *id, locked.event, details);
    record(transaction, audit, vec![entry], *now).await?;
    current.attendee = attendee;
    current.updated_at = *now;
    current.revision = revision;
    Ok(Updated::Done(Box::new(current)))
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
