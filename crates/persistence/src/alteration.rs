//! Changing what a person said when registering.

use std::sync::Arc;

use plenaria_domain::change::ChangeType;
use plenaria_domain::ids::RegistrationId;
use plenaria_domain::refusal::Fault;
use plenaria_domain::registration::{Attendee, Registration, Unchangeable};
use plenaria_domain::time::Instant;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, DatabaseTransaction, IntoActiveModel};

use crate::registrations::{lock_event, under_lock};
use crate::{Access, Store, StoreError, outbox, rows};

/// What a change came to.
#[derive(Debug)]
pub enum Altered {
    /// The registration as it is now; its revision says whether anything changed.
    Done(Box<Registration>),
    /// It cannot be changed any more.
    Refused(Unchangeable),
    /// What it would become is not in order.
    Faulty(Vec<Fault>),
    /// There is no such registration.
    NotFound,
    /// It is not what the caller thinks it is.
    Changed(Box<Registration>),
}

/// What a person becomes.
pub type Change = Arc<dyn Fn(&Attendee) -> Result<Attendee, Vec<Fault>> + Send + Sync>;

/// What is to be changed, and how.
#[derive(Clone)]
pub struct Alter {
    /// The registration.
    pub id: RegistrationId,
    /// Among what it must be; `None`: anywhere.
    pub within: Option<Access>,
    /// When.
    pub now: Instant,
    /// Whether the registration, under its lock, is what the caller thinks it is.
    pub expected: Arc<dyn Fn(&Registration) -> bool + Send + Sync>,
    /// What the person is to be, from what the person is. The address stays as it is, whatever comes of it.
    pub change: Change,
}

impl Store {
    /// Changes what a person said. A change that changes nothing leaves no trace.
    pub async fn alter(&self, request: Alter) -> Result<Altered, StoreError> {
        let request = Arc::new(request);
        self.write(|transaction| {
            let request = Arc::clone(&request);
            Box::pin(async move { alter(transaction, &request).await })
        })
        .await
    }
}

async fn alter(transaction: &DatabaseTransaction, request: &Alter) -> Result<Altered, StoreError> {
    let Alter { id, within, now, expected, change } = request;
    let within = within.as_ref().map(Access::registrations);
    let Some(locked) = lock_event(transaction, *id, within).await? else { return Ok(Altered::NotFound) };
    let Some((row, mut current)) = under_lock(transaction, *id).await? else { return Ok(Altered::NotFound) };
    if !expected(&current) {
        return Ok(Altered::Changed(Box::new(current)));
    }
    if let Err(unchangeable) = current.status.check_changeable(*now, locked.window.ends_at) {
        return Ok(Altered::Refused(unchangeable));
    }
    let attendee = match change(&current.attendee) {
        Ok(attendee) => Attendee { email: current.attendee.email.clone(), ..attendee },
        Err(faults) => return Ok(Altered::Faulty(faults)),
    };
    if attendee == current.attendee {
        return Ok(Altered::Done(Box::new(current)));
    }
    let (status, revision) = (row.status.clone(), row.revision + 1);
    let mut changed = row.into_active_model();
    changed.name = Set(attendee.name.clone());
    changed.organisation = Set(attendee.organisation.clone());
    changed.position = Set(attendee.position.clone());
    changed.city = Set(attendee.city.clone());
    changed.country = Set(attendee.country.map(|c| c.as_str().to_owned()));
    changed.audience = Set(attendee.audience.as_ref().map(ToString::to_string));
    changed.language = Set(attendee.language.as_str().to_owned());
    changed.newsletter = Set(attendee.newsletter);
    changed.access_needs = Set(attendee.access_needs.clone());
    changed.answers = Set(serde_json::Value::Object(attendee.answers.clone()));
    changed.updated_at = Set(*now);
    changed.revision = Set(revision);
    changed.update(transaction).await?;
    let kind = ChangeType::RegistrationUpdated;
    let told = outbox::of_registration(kind, locked.event, *id, revision, &status, *now);
    rows::insert(transaction, vec![told]).await?;
    current.attendee = attendee;
    current.updated_at = *now;
    current.revision = revision;
    Ok(Altered::Done(Box::new(current)))
}
