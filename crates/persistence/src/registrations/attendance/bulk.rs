//! Records who attended an event, for many people at once.
//!
//! The number of statements does not depend on the number of people: registrations are looked up by id, address and
//! external reference in one statement each, and written in one more for each [`MAX_ROWS`].

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use plenaria_domain::audit::{Action, Actor, AuditContext};
use plenaria_domain::change::ChangeType;
use plenaria_domain::registration::{AttendanceChange, Registration, RegistrationStatus};
use plenaria_domain::values::email::EmailAddress;
use plenaria_domain::values::ids::{EventId, RegistrationId};
use plenaria_domain::values::time::Instant;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, FromQueryResult, QueryFilter, Statement,
    Value,
};
use serde_json::json;
use uuid::Uuid;

use crate::access::{Access, Visibility};
use crate::audit::record::{AuditRecord, record};
use crate::database::error::StoreError;
use crate::database::statements::bulk_insert;
use crate::database::statements::sizes::pad_to_statement_size;
use crate::database::store::Store;
use crate::entity::registration::{Column, Entity};
use crate::feed::outbox;
use crate::idempotency::{self, IdempotencyGuard, IdempotencyLookup, StoredResponse};
use crate::registrations::read;
use crate::seats::{self, LockedSeats};

/// How many rows one statement updates.
const MAX_ROWS: usize = 256;

/// How an entry names a registration of the event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttendeeRef {
    /// By its id.
    Registration(RegistrationId),
    /// By the person's address. An active registration precedes a cancelled one.
    Email(EmailAddress),
    /// By a client's external reference. A registration of the calling client precedes those of others.
    ExternalReference(String),
}

/// Whether one person attended.
#[derive(Clone, Debug)]
pub struct AttendanceEntry {
    /// The person's registration.
    pub attendee: AttendeeRef,
    /// Whether the person attended.
    pub attended: bool,
    /// When, if the caller knows it. It replaces a recorded time.
    pub at: Option<Instant>,
}

/// A request to record attendance.
#[derive(Clone)]
pub struct RecordAttendance {
    /// The event.
    pub event: EventId,
    /// The caller's access rights; `None` for an operator.
    pub access: Option<Access>,
    /// Who records it.
    pub audit: AuditContext,
    /// The people. Of several entries for one registration the last one counts.
    pub entries: Vec<AttendanceEntry>,
    /// The time of the request.
    pub now: Instant,
    /// Whether only the results are computed, and nothing is written.
    pub dry_run: bool,
    /// Present if the request has an idempotency key.
    pub idempotency: Option<IdempotencyGuard<RecordedAttendance>>,
}

/// The result of a request to record attendance.
#[derive(Debug)]
pub enum RecordedAttendance {
    /// The results of the entries, in their order.
    Done(Vec<AttendanceResult>),
    /// The event does not exist.
    NotFound,
    /// An earlier request with the same key and body had this response.
    Replayed(StoredResponse),
    /// The idempotency key was used before with another body.
    IdempotencyKeyReused,
}

/// The result of one entry.
#[derive(Clone, Debug)]
pub enum AttendanceResult {
    /// The attendance is recorded, or was recorded before.
    Recorded {
        /// The registration after the request.
        registration: Box<Registration>,
        /// Whether the request changed it.
        changed: bool,
    },
    /// The registration holds no seat.
    HoldsNoSeat {
        /// Whether it may still get one.
        may_get_one: bool,
    },
    /// Several registrations have the external reference, and none is the calling client's.
    Ambiguous,
    /// The registration does not exist, or may not be seen.
    NotFound,
}

impl Store {
    /// Records who attended. What is already recorded is not written again.
    pub async fn record_attendance(&self, request: RecordAttendance) -> Result<RecordedAttendance, StoreError> {
        let request = Arc::new(request);
        self.write(|transaction| {
            let request = Arc::clone(&request);
            Box::pin(async move { record_idempotently(transaction, &request).await })
        })
        .await
    }
}

async fn record_idempotently(
    transaction: &DatabaseTransaction,
    request: &RecordAttendance,
) -> Result<RecordedAttendance, StoreError> {
    let RecordAttendance { event, idempotency: guard, now, .. } = request;
    // A concurrent request with the same key waits for the lock, and then finds the stored response.
    let Some(locked) = seats::lock_one(transaction, *event).await? else { return Ok(RecordedAttendance::NotFound) };
    if let Some(guard) = guard
        && let Some(lookup) = idempotency::look_up(transaction, guard.key, *now).await?
    {
        return Ok(match lookup {
            IdempotencyLookup::Found(response) => RecordedAttendance::Replayed(response),
            IdempotencyLookup::KeyReused => RecordedAttendance::IdempotencyKeyReused,
        });
    }
    let recorded = RecordedAttendance::Done(record_attendance(transaction, request, &locked).await?);
    idempotency::record(transaction, guard.as_ref(), &recorded, *now).await?;
    Ok(recorded)
}

async fn record_attendance(
    transaction: &DatabaseTransaction,
    request: &RecordAttendance,
    locked: &LockedSeats,
) -> Result<Vec<AttendanceResult>, StoreError> {
    let mut found = Found::read(transaction, request).await?;
    let decided: Vec<Result<Uuid, AttendanceResult>> =
        request.entries.iter().map(|entry| found.apply(entry, locked, request)).collect();
    let changed = found.changed(request.now);
    if !request.dry_run && !changed.is_empty() {
        write(transaction, request, &found, &changed).await?;
    }
    let changed: HashSet<Uuid> = changed.into_iter().collect();
    let result = |decided: Result<Uuid, AttendanceResult>| match decided {
        Err(result) => result,
        Ok(id) => match found.registrations.get(&id) {
            Some(row) => AttendanceResult::Recorded {
                registration: Box::new(row.registration.clone()),
                changed: changed.contains(&id),
            },
            None => AttendanceResult::NotFound,
        },
    };
    Ok(decided.into_iter().map(result).collect())
}

/// A registration that the caller may see, with the attendance after the entries that have been applied.
struct FoundRegistration {
    registration: Registration,
    /// The client that made it.
    client: Option<Uuid>,
    /// The attendance before the request.
    recorded: Option<Instant>,
}

/// The registrations that the entries name.
struct Found {
    registrations: HashMap<Uuid, FoundRegistration>,
    /// By address, active ones first.
    by_email: HashMap<String, Vec<Uuid>>,
    by_reference: HashMap<String, Vec<Uuid>>,
    /// The calling client.
    client: Option<Uuid>,
}

#[derive(FromQueryResult)]
struct IdOfText {
    text: String,
    id: Uuid,
}

impl Found {
    async fn read(transaction: &DatabaseTransaction, request: &RecordAttendance) -> Result<Self, StoreError> {
        let (mut ids, mut emails, mut references) = (Vec::new(), Vec::new(), Vec::new());
        for entry in &request.entries {
            match &entry.attendee {
                AttendeeRef::Registration(id) => ids.push(id.0),
                AttendeeRef::Email(email) => emails.push(email.key()),
                AttendeeRef::ExternalReference(reference) => references.push(reference.as_str()),
            }
        }
        let event = request.event;
        let mut by_email = ids_of_texts(transaction, event, "active_email", &emails).await?;
        emails.retain(|email| !by_email.contains_key(*email));
        by_email.extend(ids_of_texts(transaction, event, "former_email", &emails).await?);
        let by_reference = ids_of_texts(transaction, event, "external_reference", &references).await?;
        ids.extend(by_email.values().chain(by_reference.values()).flatten());
        ids.sort_unstable();
        ids.dedup();
        let visibility = match &request.access {
            Some(access) => access.visibility_of(transaction, event).await?,
            None => Visibility::All,
        };
        let mut registrations = HashMap::with_capacity(ids.len());
        if !ids.is_empty() {
            let rows = Entity::find()
                .filter(Column::Id.is_in(pad_to_statement_size(ids)))
                .filter(Column::EventId.eq(event.0))
                .filter(Column::ErasedAt.is_null())
                .filter(visibility.registrations());
            for row in rows.all(transaction).await? {
                let (id, client, recorded) = (row.id, row.client_id, row.attended_at);
                // A position on the waiting list is not needed: such a registration is in no result.
                let registration = read::from_row(row, None)?;
                registrations.insert(id, FoundRegistration { registration, client, recorded });
            }
        }
        let client = match &request.audit.actor {
            Actor::Client { client, .. } => Some(client.0),
            Actor::Holder | Actor::Operator | Actor::System => None,
        };
        Ok(Self { registrations, by_email, by_reference, client })
    }

    /// The registration that an entry names.
    fn find(&self, attendee: &AttendeeRef) -> Result<Uuid, AttendanceResult> {
        let visible = |ids: Option<&Vec<Uuid>>| -> Vec<Uuid> {
            ids.into_iter().flatten().copied().filter(|id| self.registrations.contains_key(id)).collect()
        };
        let found = match attendee {
            AttendeeRef::Registration(id) => visible(Some(&vec![id.0])).pop(),
            // An address has one active registration; of several cancelled ones, the newest has the greatest id.
            AttendeeRef::Email(email) => visible(self.by_email.get(email.key())).into_iter().max(),
            AttendeeRef::ExternalReference(reference) => {
                let all = visible(self.by_reference.get(reference));
                let is_own = |id: &&Uuid| self.client.is_some() && self.registrations[*id].client == self.client;
                match all.iter().find(is_own) {
                    Some(own) => Some(*own),
                    None if all.len() > 1 => return Err(AttendanceResult::Ambiguous),
                    None => all.first().copied(),
                }
            }
        };
        found.ok_or(AttendanceResult::NotFound)
    }

    /// Applies an entry, and returns the registration that it names.
    fn apply(
        &mut self,
        entry: &AttendanceEntry,
        locked: &LockedSeats,
        request: &RecordAttendance,
    ) -> Result<Uuid, AttendanceResult> {
        let id = self.find(&entry.attendee)?;
        let Some(FoundRegistration { registration, .. }) = self.registrations.get_mut(&id) else {
            return Err(AttendanceResult::NotFound);
        };
        match registration.record_attendance(entry.attended, entry.at, request.now) {
            Ok(AttendanceChange::Set(at)) => registration.attended_at = at,
            Ok(AttendanceChange::Unchanged) => {}
            Err(_) => {
                let active = registration.status != RegistrationStatus::Cancelled;
                let may_get_one = active && locked.promotes_at(request.now);
                return Err(AttendanceResult::HoldsNoSeat { may_get_one });
            }
        }
        Ok(id)
    }

    /// Gives the registrations whose attendance has changed their new revision, and returns their ids.
    fn changed(&mut self, now: Instant) -> Vec<Uuid> {
        let mut changed = Vec::new();
        for (id, found) in &mut self.registrations {
            if found.registration.attended_at != found.recorded {
                found.registration.revision += 1;
                found.registration.updated_at = now;
                changed.push(*id);
            }
        }
        changed.sort_unstable();
        changed
    }
}

/// The ids of the event's registrations with one of these texts in a column, by text. The texts are one parameter, as in
/// the desk's search for existing registrations (`desk/locked.rs`).
async fn ids_of_texts(
    transaction: &DatabaseTransaction,
    event: EventId,
    column: &str,
    texts: &[&str],
) -> Result<HashMap<String, Vec<Uuid>>, StoreError> {
    let mut ids: HashMap<String, Vec<Uuid>> = HashMap::new();
    if texts.is_empty() {
        return Ok(ids);
    }
    let mut texts: Vec<&str> = texts.to_vec();
    texts.sort_unstable();
    texts.dedup();
    let texts = serde_json::to_string(&texts).map_err(|error| StoreError::corrupt("attendance", error))?;
    let backend = transaction.get_database_backend();
    let sql = match backend {
        DbBackend::Postgres => format!(
            "SELECT r.{column} AS text, r.id FROM json_array_elements_text(CAST($1 AS json)) AS requested(text) \
             CROSS JOIN LATERAL (SELECT {column}, id FROM registrations \
             WHERE {column} = requested.text AND event_id = $2 OFFSET 0) AS r"
        ),
        _ => format!(
            "SELECT r.{column} AS text, r.id FROM json_each($1) AS requested \
             CROSS JOIN registrations AS r ON r.{column} = requested.value AND r.event_id = $2"
        ),
    };
    let statement = Statement::from_sql_and_values(backend, sql, [texts.into(), event.0.into()]);
    for IdOfText { text, id } in IdOfText::find_by_statement(statement).all(transaction).await? {
        ids.entry(text).or_default().push(id);
    }
    Ok(ids)
}

/// Writes the changed registrations, their changes for the feed, and one entry of the audit log.
async fn write(
    transaction: &DatabaseTransaction,
    request: &RecordAttendance,
    found: &Found,
    changed: &[Uuid],
) -> Result<(), StoreError> {
    let (event, now) = (request.event, request.now);
    for ids in changed.chunks(MAX_ROWS) {
        let rows = ids.iter().map(|id| (*id, found.registrations[id].registration.attended_at)).collect();
        transaction.execute_raw(update_statement(transaction.get_database_backend(), rows, now)).await?;
    }
    let kind = ChangeType::RegistrationAttended;
    let change = |id: &Uuid| {
        let registration = &found.registrations[id].registration;
        let status = registration.status.as_str();
        outbox::registration_change(kind, event, registration.id, registration.revision, status, now)
    };
    bulk_insert::insert(transaction, changed.iter().map(change).collect()).await?;
    let attended = changed.iter().filter(|id| found.registrations[*id].registration.attended_at.is_some()).count();
    let details = json!({ "attended": attended, "withdrawn": changed.len() - attended });
    let entry = AuditRecord::of_event(Action::AttendanceRecorded, event, details);
    record(transaction, &request.audit, vec![entry], now).await
}

/// One statement that writes the attendance of these registrations.
fn update_statement(backend: DbBackend, rows: Vec<(Uuid, Option<Instant>)>, now: Instant) -> Statement {
    let rows = pad_to_statement_size(rows);
    let mut values: Vec<Value> = vec![now.into()];
    let mut tuples = Vec::with_capacity(rows.len());
    for (id, attended_at) in rows {
        values.extend([id.into(), Value::ChronoDateTimeUtc(attended_at)]);
        let (first, second) = (values.len() - 1, values.len());
        tuples.push(match backend {
            DbBackend::Postgres => format!("(${first}::uuid, ${second}::timestamptz)"),
            _ => format!("(${first}, ${second})"),
        });
    }
    let sql = format!(
        "UPDATE registrations SET attended_at = n.column2, updated_at = $1, revision = revision + 1 \
         FROM (VALUES {}) AS n WHERE registrations.id = n.column1",
        tuples.join(", ")
    );
    Statement::from_sql_and_values(backend, sql, values)
}
