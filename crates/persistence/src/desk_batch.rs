//! One batch of the desk: lock, look for who is there already, decide in order, write, commit.

use std::collections::HashMap;
use std::sync::Arc;

use plenaria_domain::change::ChangeType;
use plenaria_domain::ids::{EventId, RegistrationId};
use plenaria_domain::registration::RegistrationStatus;
use plenaria_domain::seats::Admission;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use crate::desk::{Answer, NewRegistration, Refused};
use crate::entity::registration::{Column, Entity, Model};
use crate::seats::{self, LockedSeats};
use crate::{Store, StoreError, outbox, registrations, rows};

/// Registers all of `news` in one transaction; the answers stand in the same order.
pub(crate) async fn register(store: &Store, news: &Arc<[Arc<NewRegistration>]>) -> Result<Vec<Answer>, StoreError> {
    store
        .write(|transaction| {
            let news = Arc::clone(news);
            Box::pin(async move { in_transaction(transaction, &news).await })
        })
        .await
}

async fn in_transaction(
    transaction: &DatabaseTransaction,
    news: &[Arc<NewRegistration>],
) -> Result<Vec<Answer>, StoreError> {
    let mut events: Vec<EventId> = news.iter().map(|n| n.event_id).collect();
    events.sort_unstable();
    events.dedup();
    let mut locked = seats::lock(transaction, &events).await?;
    let mut live = live_registrations(transaction, news).await?;
    let mut answers = Vec::with_capacity(news.len());
    let mut inserts = Vec::with_capacity(news.len());
    let mut changes = Vec::with_capacity(news.len());
    for new in news {
        let seats = locked.iter_mut().find(|l| l.event == new.event_id);
        match decide(seats, &mut live, new) {
            Decision::Refused(refused) => answers.push(Err(refused)),
            Decision::WrittenBefore(row) => {
                let id = RegistrationId(row.id);
                tracing::info!(registration = %id, "a registration had been committed without an answer");
                answers.push(registrations::registration(*row, None).map_err(|e| Refused::Store(Arc::new(e))));
            }
            Decision::Admitted { admission, queue_number } => {
                let row = row(new, admission, queue_number);
                let kind = ChangeType::RegistrationCreated;
                changes.push(outbox::of_registration(kind, new.event_id, new.id, 1, &row.status, new.received_at));
                let position = match admission {
                    Admission::Confirmed => None,
                    Admission::Waitlisted { position } => Some(position),
                };
                answers.push(registrations::registration(row.clone(), position).map_err(|e| Refused::Store(Arc::new(e))));
                inserts.push(row);
            }
        }
    }
    rows::insert(transaction, inserts).await?;
    rows::insert(transaction, changes).await?;
    for locked in &locked {
        if news.iter().zip(&answers).any(|(new, answer)| new.event_id == locked.event && answer.is_ok()) {
            seats::save(transaction, locked).await?;
        }
    }
    Ok(answers)
}

enum Decision {
    Admitted { admission: Admission, queue_number: Option<i64> },
    /// An earlier try of this very request was committed, and its answer was lost.
    WrittenBefore(Box<Model>),
    Refused(Refused),
}

fn decide(locked: Option<&mut LockedSeats>, live: &mut Live, new: &NewRegistration) -> Decision {
    let Some(locked) = locked else { return Decision::Refused(Refused::EventNotFound) };
    let key = (new.event_id.0, new.attendee.email.key().to_owned());
    match live.get(&key) {
        Some(Taken::Stored(row)) if row.id == new.id.0 => return Decision::WrittenBefore(row.clone()),
        taken => {
            if let Err(closed) = locked.window.check(new.received_at) {
                return Decision::Refused(closed.into());
            }
            if let Some(taken) = taken {
                return Decision::Refused(Refused::AlreadyRegistered { id: taken.id() });
            }
        }
    }
    match locked.seats.admit() {
        Err(_) => Decision::Refused(Refused::EventFull { seats: locked.seats }),
        Ok(admission) => {
            live.insert(key, Taken::InBatch(new.id));
            let queue_number =
                matches!(admission, Admission::Waitlisted { .. }).then(|| locked.next_queue_number());
            Decision::Admitted { admission, queue_number }
        }
    }
}

/// Who holds an address at an event.
enum Taken {
    Stored(Box<Model>),
    InBatch(RegistrationId),
}

impl Taken {
    const fn id(&self) -> RegistrationId {
        match self {
            Self::Stored(row) => RegistrationId(row.id),
            Self::InBatch(id) => *id,
        }
    }
}

type Live = HashMap<(Uuid, String), Taken>;

/// The live registrations of the addresses that ask. Under the lock nobody can add to them.
async fn live_registrations(
    transaction: &DatabaseTransaction,
    news: &[Arc<NewRegistration>],
) -> Result<Live, StoreError> {
    let addresses: Vec<String> = news.iter().map(|n| n.attendee.email.key().to_owned()).collect();
    let mut query = Entity::find().filter(Column::LiveEmail.is_in(rows::padded(addresses)));
    if let [only] = news {
        query = query.filter(Column::EventId.eq(only.event_id.0)).limit(1);
    }
    let found = query.all(transaction).await?;
    let entry = |row: Model| row.live_email.clone().map(|address| ((row.event_id, address), Taken::Stored(Box::new(row))));
    Ok(found.into_iter().filter_map(entry).collect())
}

fn row(new: &NewRegistration, admission: Admission, queue_number: Option<i64>) -> Model {
    let confirmed = admission == Admission::Confirmed;
    let status = if confirmed { RegistrationStatus::Confirmed } else { RegistrationStatus::Waitlisted };
    let attendee = &new.attendee;
    Model {
        id: new.id.0,
        event_id: new.event_id.0,
        status: status.as_str().to_owned(),
        email: attendee.email.as_given().to_owned(),
        live_email: Some(attendee.email.key().to_owned()),
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
        queue_number,
        privacy_notice: new.privacy_notice.clone(),
        privacy_accepted_at: new.received_at,
        created_at: new.received_at,
        updated_at: new.received_at,
        confirmed_at: confirmed.then_some(new.received_at),
        cancelled_at: None,
        cancellation_reason: None,
        attended_at: None,
        revision: 1,
    }
}
