//! Registrations that take a seat only once their address is confirmed. Until then they are pending: they hold nothing,
//! nobody is told of them, and whoever asks is answered the same, registered already or not.

use std::sync::Arc;

use plenaria_domain::change::ChangeType;
use plenaria_domain::email::EmailAddress;
use plenaria_domain::ids::{EventId, RegistrationId};
use plenaria_domain::message::MessageKind;
use plenaria_domain::registration::{CONFIRM_WITHIN, Registration, RegistrationStatus};
use plenaria_domain::seats::Admission;
use plenaria_domain::time::Instant;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait,
    IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use crate::desk::{NewRegistration, Refused};
use crate::desk_rules;
use crate::entity::event_seats;
use crate::entity::registration::{Column, Entity, Model};
use crate::idempotency::{self, Known, Once, Recorded};
use crate::registrations::{lock_event, registration, under_lock};
use crate::{Constraint, Store, StoreError, messages, outbox, rows, seats};

/// How often a request is tried again that met an equal one.
const TRIES: u32 = 5;
/// How many that were never confirmed one transaction removes.
const SWEEP: u64 = 256;

/// What one who asked is answered, whoever it is.
#[derive(Clone, Debug)]
pub enum Asked {
    /// A mail is on its way.
    Pending,
    /// The request came before, and had this answer.
    Replayed(Recorded),
    /// Nobody at all is registered now; it says nothing of the person.
    Refused(Refused),
}

/// What confirming came to.
#[derive(Debug)]
pub enum Confirmed {
    /// It is confirmed; `first`: now, and not before.
    Done {
        /// The registration as it is now.
        registration: Box<Registration>,
        /// Whether it was pending until now.
        first: bool,
    },
    /// No seat for it now.
    Refused(Refused),
    /// It was cancelled meanwhile.
    Cancelled,
    /// There is no such registration any more.
    NotFound,
    /// The request came before, and had this answer.
    Replayed(Recorded),
    /// The request's key came before, with another body.
    KeyOfAnother,
}

/// What is to be confirmed.
#[derive(Clone)]
pub struct Confirm {
    /// The registration.
    pub id: RegistrationId,
    /// When: the window is checked against it.
    pub now: Instant,
    /// If the request has a key: it is to have one effect, however often it comes.
    pub once: Option<Once<Confirmed>>,
}

impl Store {
    /// Keeps what a person said until the address is confirmed, and queues the mail that asks for it; or one that says
    /// that there is a registration already. `new.once` is not looked at.
    pub async fn ask_to_confirm(&self, new: NewRegistration, once: Option<Once<Asked>>) -> Result<Asked, StoreError> {
        let request = Arc::new((new, once));
        let mut tries = 1;
        loop {
            let asked = self.write(|transaction| {
                let request = Arc::clone(&request);
                Box::pin(async move { ask_once(transaction, &request.0, request.1.as_ref()).await })
            });
            match asked.await {
                // An equal request was quicker; now it is seen.
                Err(StoreError::Conflict(
                    Constraint::LiveAddress | Constraint::ExternalReference | Constraint::IdempotencyKey,
                )) if tries < TRIES => tries += 1,
                result => {
                    if let Some(figures) = self.figures() {
                        figures.registrations.asked(&result);
                    }
                    return result;
                }
            }
        }
    }

    /// Confirms an address: the registration takes its seat, or a place in the queue.
    pub async fn confirm(&self, request: Confirm) -> Result<Confirmed, StoreError> {
        let request = Arc::new(request);
        let result = self
            .write(|transaction| {
                let request = Arc::clone(&request);
                Box::pin(async move { confirm_once(transaction, &request).await })
            })
            .await;
        if let Some(figures) = self.figures() {
            figures.registrations.confirmed(&result);
        }
        result
    }

    /// Queues a mail with the link to manage the live registration of an address, if there is one; for a pending one the
    /// mail that asks to confirm it.
    pub async fn resend(
        &self,
        event: EventId,
        email: &EmailAddress,
        now: Instant,
        once: Option<Once<Asked>>,
    ) -> Result<Asked, StoreError> {
        let request = Arc::new((email.key().to_owned(), once));
        self.write(|transaction| {
            let request = Arc::clone(&request);
            Box::pin(async move {
                let (address, once) = &*request;
                if let Some(answer) = answered(transaction, once.as_ref(), now).await? {
                    return Ok(answer);
                }
                if let Some(row) = of_address(transaction, event, address).await? {
                    let pending = row.status == RegistrationStatus::Pending.as_str();
                    let kind = if pending { MessageKind::ConfirmAddress } else { MessageKind::ManageLink };
                    messages::queue(transaction, kind, &row, now).await?;
                }
                record(transaction, Asked::Pending, once.as_ref(), now).await
            })
        })
        .await
    }

    /// Forgets those who have not confirmed their address in time, and says how many.
    pub async fn remove_unconfirmed(&self, now: Instant) -> Result<u64, StoreError> {
        let mut removed = 0;
        loop {
            let swept = self.write(|transaction| Box::pin(remove_some(transaction, now - CONFIRM_WITHIN))).await?;
            removed += swept;
            if swept < SWEEP {
                return Ok(removed);
            }
        }
    }
}

/// The answer to a key that came before.
async fn answered(
    transaction: &DatabaseTransaction,
    once: Option<&Once<Asked>>,
    now: Instant,
) -> Result<Option<Asked>, StoreError> {
    let Some(once) = once else { return Ok(None) };
    Ok(idempotency::find_one(transaction, once.key, now).await?.map(|known| match known {
        Known::Answered(recorded) => Asked::Replayed(recorded),
        Known::OfAnother => Asked::Refused(Refused::KeyOfAnother),
    }))
}

/// Keeps an answer whose request has a key.
async fn record(
    transaction: &DatabaseTransaction,
    answer: Asked,
    once: Option<&Once<Asked>>,
    now: Instant,
) -> Result<Asked, StoreError> {
    if let Some((once, kept)) = once.and_then(|once| Some((once, (once.record)(&answer)?))) {
        rows::insert(transaction, vec![idempotency::row(once.key, &kept, now)]).await?;
    }
    Ok(answer)
}

/// The live or pending registration of an address, locked.
async fn of_address(
    transaction: &DatabaseTransaction,
    event: EventId,
    address: &str,
) -> Result<Option<Model>, StoreError> {
    let found = Entity::find().filter(Column::LiveEmail.eq(address)).filter(Column::EventId.eq(event.0));
    Ok(found.lock_exclusive().one(transaction).await?)
}

async fn ask_once(
    transaction: &DatabaseTransaction,
    new: &NewRegistration,
    once: Option<&Once<Asked>>,
) -> Result<Asked, StoreError> {
    let now = new.received_at;
    if let Some(answer) = answered(transaction, once, now).await? {
        return Ok(answer);
    }
    if let Some(refused) = refused_to_all(transaction, new).await? {
        return record(transaction, Asked::Refused(refused), once, now).await;
    }
    let mut row = desk_rules::row(new, RegistrationStatus::Pending, None);
    // Whatever is found, a row is written and a message queued: what it costs says nothing.
    match of_address(transaction, new.event_id, new.attendee.email.key()).await? {
        None => {
            rows::insert(transaction, vec![row.clone()]).await?;
            messages::queue(transaction, MessageKind::ConfirmAddress, &row, now).await?;
        }
        // Who asks once more means what is said now.
        Some(before) if before.status == RegistrationStatus::Pending.as_str() => {
            row.id = before.id;
            row.revision = before.revision + 1;
            row.clone().into_active_model().reset_all().update(transaction).await?;
            messages::queue(transaction, MessageKind::ConfirmAddress, &row, now).await?;
        }
        Some(live) => {
            let mut touch = Query::update();
            touch
                .table(Entity)
                .value(Column::Revision, Expr::col(Column::Revision))
                .and_where(Expr::col(Column::Id).eq(live.id));
            transaction.execute(&touch).await?;
            messages::queue(transaction, MessageKind::AlreadyRegistered, &live, now).await?;
        }
    }
    record(transaction, Asked::Pending, once, now).await
}

/// Why nobody, whoever it is, can register now; or why the client cannot use its own name for a registration again.
async fn refused_to_all(
    transaction: &DatabaseTransaction,
    new: &NewRegistration,
) -> Result<Option<Refused>, StoreError> {
    let seats = event_seats::Entity::find_by_id(new.event_id.0).one(transaction).await?;
    let Some(row) = seats else { return Ok(Some(Refused::EventNotFound)) };
    if let Err(closed) = seats::window(&row)?.check(new.received_at) {
        return Ok(Some(closed.into()));
    }
    let seats = seats::counts(&row)?;
    if seats.is_full() && !seats.waitlist {
        return Ok(Some(Refused::EventFull { seats }));
    }
    let Some((event, client, name)) = new.reference() else { return Ok(None) };
    let used = Entity::find()
        .filter(Column::ExternalReference.eq(&name))
        .filter(Column::ClientId.eq(client))
        .filter(Column::EventId.eq(event))
        .one(transaction)
        .await?;
    match used {
        None => Ok(None),
        // A pending one must not be told of, not even by this: the name goes to who comes last.
        Some(pending) if pending.status == RegistrationStatus::Pending.as_str() => {
            let mut pending = pending.into_active_model();
            pending.external_reference = Set(None);
            pending.update(transaction).await?;
            Ok(None)
        }
        Some(_) => Ok(Some(Refused::ReferenceTaken)),
    }
}

/// Locks the event, then looks for the key: whoever comes with the same one meanwhile waits here, and finds it.
async fn confirm_once(transaction: &DatabaseTransaction, request: &Confirm) -> Result<Confirmed, StoreError> {
    let Confirm { id, now, once } = request;
    let Some(locked) = lock_event(transaction, *id, None).await? else { return Ok(Confirmed::NotFound) };
    if let Some(once) = once {
        match idempotency::find_one(transaction, once.key, *now).await? {
            Some(Known::Answered(recorded)) => return Ok(Confirmed::Replayed(recorded)),
            Some(Known::OfAnother) => return Ok(Confirmed::KeyOfAnother),
            None => {}
        }
    }
    let confirmed = confirm(transaction, request, locked).await?;
    if let Some((once, kept)) = once.as_ref().and_then(|once| Some((once, (once.record)(&confirmed)?))) {
        rows::insert(transaction, vec![idempotency::row(once.key, &kept, *now)]).await?;
    }
    Ok(confirmed)
}

async fn confirm(
    transaction: &DatabaseTransaction,
    request: &Confirm,
    mut locked: seats::LockedSeats,
) -> Result<Confirmed, StoreError> {
    let (id, now) = (request.id, request.now);
    let Some((row, current)) = under_lock(transaction, id).await? else { return Ok(Confirmed::NotFound) };
    match current.status {
        RegistrationStatus::Pending => {}
        RegistrationStatus::Cancelled => return Ok(Confirmed::Cancelled),
        RegistrationStatus::Confirmed | RegistrationStatus::Waitlisted => {
            return Ok(Confirmed::Done { registration: Box::new(current), first: false });
        }
    }
    if let Err(closed) = locked.window.check(now) {
        return Ok(Confirmed::Refused(closed.into()));
    }
    let Ok(admission) = locked.seats.admit() else {
        return Ok(Confirmed::Refused(Refused::EventFull { seats: locked.seats }));
    };
    let revision = row.revision + 1;
    let mut changed = row.into_active_model();
    let (kind, status, position) = match admission {
        Admission::Confirmed => {
            changed.confirmed_at = Set(Some(now));
            (ChangeType::RegistrationConfirmed, RegistrationStatus::Confirmed, None)
        }
        Admission::Waitlisted { position } => {
            changed.queue_number = Set(Some(locked.next_queue_number()));
            (ChangeType::RegistrationWaitlisted, RegistrationStatus::Waitlisted, Some(position))
        }
    };
    changed.status = Set(status.as_str().to_owned());
    changed.updated_at = Set(now);
    changed.revision = Set(revision);
    let row = changed.update(transaction).await?;
    seats::save(transaction, &locked).await?;
    let told = outbox::of_registration(kind, locked.event, id, revision, status.as_str(), now);
    rows::insert(transaction, vec![told]).await?;
    Ok(Confirmed::Done { registration: Box::new(registration(row, position)?), first: true })
}

/// Whoever asks again, or confirms, while this happens is met by the row's lock: the condition is looked at once more.
async fn remove_some(transaction: &DatabaseTransaction, asked_until: Instant) -> Result<u64, StoreError> {
    let overdue: Vec<Uuid> = Entity::find()
        .select_only()
        .column(Column::Id)
        // The condition of the index of those who wait for it, word for word: SQLite finds it by nothing else.
        .filter(Expr::cust("status = 'pending'"))
        .filter(Column::CreatedAt.lte(asked_until))
        .order_by_asc(Column::CreatedAt)
        .limit(SWEEP)
        .into_tuple()
        .all(transaction)
        .await?;
    if overdue.is_empty() {
        return Ok(0);
    }
    let mut delete = Query::delete();
    delete
        .from_table(Entity)
        .and_where(Expr::col(Column::Id).is_in(rows::padded(overdue)))
        .and_where(Expr::col(Column::Status).eq(RegistrationStatus::Pending.as_str()))
        .and_where(Expr::col(Column::CreatedAt).lte(asked_until))
        .returning(Query::returning().columns([Column::Id]));
    let gone = transaction.query_all(&delete).await?;
    let gone: Vec<Uuid> = gone.iter().map(|row| row.try_get("", "id")).collect::<Result<_, _>>()?;
    let number = gone.len() as u64;
    messages::forget(transaction, gone).await?;
    Ok(number)
}
