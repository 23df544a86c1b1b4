//! One batch of the desk: lock, look for who is there already, decide in order, write, commit.

use std::collections::HashMap;
use std::sync::Arc;

use plenaria_domain::change::ChangeType;
use plenaria_domain::ids::{EventId, RegistrationId};
use plenaria_domain::registration::{Registration, RegistrationStatus};
use plenaria_domain::seats::Admission;
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, DbBackend, EntityTrait, Statement};
use uuid::Uuid;

use crate::desk::{Answer, NewRegistration, Refused};
use crate::entity::registration::{Entity, Model};
use crate::seats::{self, LockedSeats};
use crate::{Store, StoreError, outbox, registrations, rows};

/// Whether to look first for addresses that are registered already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lookup {
    /// Look first.
    First,
    /// Do not: if there is one, the unique index refuses the batch with [`Constraint::LiveAddress`], and it is to be
    /// done again with [`Lookup::First`]. Where duplicates are rare this saves a round trip.
    ///
    /// [`Constraint::LiveAddress`]: crate::Constraint::LiveAddress
    Skip,
}

/// Registers all of `news` in one transaction; the answers stand in the same order.
pub(crate) async fn register(
    store: &Store,
    news: &Arc<[Arc<NewRegistration>]>,
    lookup: Lookup,
) -> Result<Vec<Answer>, StoreError> {
    store
        .write(|transaction| {
            let news = Arc::clone(news);
            Box::pin(async move { in_transaction(transaction, &news, lookup).await })
        })
        .await
}

async fn in_transaction(
    transaction: &DatabaseTransaction,
    news: &[Arc<NewRegistration>],
    lookup: Lookup,
) -> Result<Vec<Answer>, StoreError> {
    let mut events: Vec<EventId> = news.iter().map(|n| n.event_id).collect();
    events.sort_unstable();
    events.dedup();
    let mut locked = seats::lock(transaction, &events).await?;
    let mut live = match lookup {
        Lookup::First => live_registrations(transaction, news).await?,
        Lookup::Skip => Live::new(),
    };
    let mut answers = Vec::with_capacity(news.len());
    let mut inserts = Vec::with_capacity(news.len());
    let mut changes = Vec::with_capacity(news.len());
    for new in news {
        let seats = locked.iter_mut().find(|l| l.event == new.event_id);
        match decide(seats, &mut live, new) {
            Decision::Refused(refused) => answers.push(Err(refused)),
            Decision::WrittenBefore(row) => {
                tracing::info!(registration = %row.id, "a registration had been committed without an answer");
                let read = registrations::read(transaction, new.id).await?;
                answers.push(read.ok_or(Refused::Overloaded));
            }
            Decision::Admitted { admission, queue_number } => {
                let row = row(new, admission, queue_number);
                let kind = ChangeType::RegistrationCreated;
                changes.push(outbox::of_registration(kind, new.event_id, new.id, 1, &row.status, new.received_at));
                let position = match admission {
                    Admission::Confirmed => None,
                    Admission::Waitlisted { position } => Some(position),
                };
                answers.push(Ok(registration(new, &row, admission, position)));
                inserts.push(row);
            }
        }
    }
    let admitted = |l: &&LockedSeats| inserts.iter().any(|row| row.event_id == l.event.0);
    let changed: Vec<&LockedSeats> = locked.iter().filter(admitted).collect();
    write(transaction, inserts, changes, &changed).await?;
    Ok(answers)
}

/// Writes registrations, changes and counts; on PostgreSQL in one statement, since round trips are what a batch costs.
async fn write(
    transaction: &DatabaseTransaction,
    registrations: Vec<Model>,
    changes: Vec<outbox::Change>,
    seats: &[&LockedSeats],
) -> Result<(), StoreError> {
    if registrations.is_empty() {
        return Ok(());
    }
    if transaction.get_database_backend() == DbBackend::Postgres {
        let mut values = Vec::new();
        let registered = rows::insert_arrays(registrations, &mut values);
        let told = rows::insert_arrays(changes, &mut values);
        let counted = seats::save_arrays(seats, &mut values);
        let sql = format!("WITH registered AS ({registered}), told AS ({told}) {counted}");
        transaction.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, values)).await?;
        return Ok(());
    }
    rows::insert(transaction, registrations).await?;
    rows::insert(transaction, changes).await?;
    for locked in seats {
        seats::save(transaction, locked).await?;
    }
    Ok(())
}

enum Decision {
    Admitted {
        admission: Admission,
        queue_number: Option<i64>,
    },
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
            let queue_number = matches!(admission, Admission::Waitlisted { .. }).then(|| locked.next_queue_number());
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
///
/// One parameter whatever the number of addresses, and on PostgreSQL one index look-up for each of them: a list of
/// values would tempt its planner, while it knows little of a table that grows fast, to read the whole of it.
async fn live_registrations(
    transaction: &DatabaseTransaction,
    news: &[Arc<NewRegistration>],
) -> Result<Live, StoreError> {
    let addresses: Vec<&str> = news.iter().map(|n| n.attendee.email.key()).collect();
    let addresses = serde_json::to_string(&addresses).map_err(|error| StoreError::corrupt("new rows", error))?;
    let backend = transaction.get_database_backend();
    let sql = match backend {
        DbBackend::Postgres => {
            "SELECT r.* FROM json_array_elements_text(CAST($1 AS json)) AS asked(address) \
             CROSS JOIN LATERAL (SELECT * FROM registrations WHERE live_email = asked.address OFFSET 0) AS r"
        }
        _ => "SELECT r.* FROM json_each($1) AS asked JOIN registrations AS r ON r.live_email = asked.value",
    };
    let statement = Statement::from_sql_and_values(backend, sql, [addresses.into()]);
    let found = Entity::find().from_raw_sql(statement).all(transaction).await?;
    let entry =
        |row: Model| row.live_email.clone().map(|address| ((row.event_id, address), Taken::Stored(Box::new(row))));
    Ok(found.into_iter().filter_map(entry).collect())
}

/// The registration that a new row holds.
fn registration(new: &NewRegistration, row: &Model, admission: Admission, position: Option<u32>) -> Registration {
    Registration {
        id: new.id,
        event_id: new.event_id,
        status: status(admission),
        waitlist_position: position,
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
    }
}

const fn status(admission: Admission) -> RegistrationStatus {
    match admission {
        Admission::Confirmed => RegistrationStatus::Confirmed,
        Admission::Waitlisted { .. } => RegistrationStatus::Waitlisted,
    }
}

fn row(new: &NewRegistration, admission: Admission, queue_number: Option<i64>) -> Model {
    let confirmed = admission == Admission::Confirmed;
    let attendee = &new.attendee;
    Model {
        id: new.id.0,
        event_id: new.event_id.0,
        status: status(admission).as_str().to_owned(),
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
