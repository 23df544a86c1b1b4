//! Asking for a registration that takes a seat only once its address is confirmed (`docs/decisions/0017-confirming-addresses.md`).
//!
//! Each request is a row of its own, with the status `pending`: its token confirms exactly what was said in it, whoever asks
//! for the same address later. A pending row holds no seat, and no address either: instead of the address, which is unique
//! among the live registrations of an event, it has the address and a number. So the unique index bounds how many requests
//! may wait for one address. Everybody gets the same response, registered or not.

use std::sync::Arc;

use plenaria_domain::email::EmailAddress;
use plenaria_domain::ids::EventId;
use plenaria_domain::message::{MessageKind, Requester};
use plenaria_domain::registration::{CONFIRM_WITHIN, RegistrationStatus};
use plenaria_domain::time::Instant;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait,
    IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use crate::desk::{NewRegistration, Refused};
use crate::desk_rules;
use crate::entity::registration::{Column, Entity, Model};
use crate::entity::{event_seats, message};
use crate::idempotency::{self, Known, Once, Recorded};
use crate::{Constraint, Store, StoreError, messages, rows, seats};

/// How many requests may wait for one address at one event. One more takes the number of the oldest that nobody holds a token
/// for, since its mail was withheld; of the mails that a mailbox gets within 48 hours there are fewer than its numbers, unless
/// clients ask too: then nothing comes of it.
pub(crate) const MOST: usize = 10;
/// How often a request is tried again that met others for the same address: each of those took one of the numbers.
const TRIES: usize = MOST + 5;
/// How many requests that were never confirmed one transaction removes.
const SWEEP: u64 = 256;

/// The response to a request, the same for everybody.
#[derive(Clone, Debug)]
pub enum Asked {
    /// A mail is on its way.
    Pending,
    /// The request came before, and had this answer.
    Replayed(Recorded),
    /// Nobody at all is registered now; it says nothing of the person.
    Refused(Refused),
}

/// The address within `live_email`: a pending request has a number behind it, and no address has a space in it.
pub(crate) fn address(live_email: &str) -> &str {
    live_email.split_once(' ').map_or(live_email, |(address, _)| address)
}

/// What stands in `live_email` of the requests for an address.
pub(crate) fn slots(address: &str) -> impl Iterator<Item = String> {
    (0..MOST).map(move |number| format!("{address} {number}"))
}

impl Store {
    /// Stores what a person said until the address is confirmed, and queues the mail that asks for it; or one that says that
    /// there is a registration already. `new.once` is not looked at.
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
                Err(StoreError::Conflict(Constraint::LiveAddress | Constraint::IdempotencyKey)) if tries < TRIES => {
                    tries += 1;
                }
                result => {
                    let result = self.counting_withheld(result);
                    if let Some(figures) = self.figures() {
                        figures.registrations.asked(&result);
                    }
                    return result;
                }
            }
        }
    }

    /// Queues a mail with the link to manage the live registration of an address, if there is one; where requests wait to be
    /// confirmed, the mail that asks to confirm the newest of them.
    pub async fn resend(
        &self,
        event: EventId,
        email: &EmailAddress,
        requester: Requester,
        now: Instant,
        once: Option<Once<Asked>>,
    ) -> Result<Asked, StoreError> {
        let request = Arc::new((email.key().to_owned(), once));
        let result = self
            .write(|transaction| {
                let request = Arc::clone(&request);
                Box::pin(async move {
                    let (address, once) = &*request;
                    if let Some(answer) = answered(transaction, once.as_ref(), now).await? {
                        return Ok((answer, 0));
                    }
                    let mut withheld = 0;
                    let about = if let Some(live) = live(transaction, event, address).await? {
                        Some((MessageKind::ManageLink, live))
                    } else {
                        let newest = requests(transaction, event, address).await?.pop();
                        newest.map(|request| (MessageKind::ConfirmAddress, request))
                    };
                    if let Some((kind, row)) = about {
                        withheld = messages::queue(transaction, kind, &row, requester, now).await?;
                    }
                    Ok((record(transaction, Asked::Pending, once.as_ref(), now).await?, withheld))
                })
            })
            .await;
        self.counting_withheld(result)
    }

    /// Removes the requests whose address was not confirmed in time, and says how many.
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

    /// Counts the messages that were not queued because a mailbox has had its share.
    fn counting_withheld<T>(&self, result: Result<(T, u64), StoreError>) -> Result<T, StoreError> {
        let (value, withheld) = result?;
        if let Some(figures) = self.figures() {
            figures.delivery.withheld(withheld);
        }
        Ok(value)
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

/// Stores an answer whose request has a key.
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

/// The live registration of an address, locked.
pub(crate) async fn live(
    transaction: &DatabaseTransaction,
    event: EventId,
    address: &str,
) -> Result<Option<Model>, StoreError> {
    let found = Entity::find().filter(Column::LiveEmail.eq(address)).filter(Column::EventId.eq(event.0));
    Ok(found.lock_exclusive().one(transaction).await?)
}

/// The requests that wait for an address, locked, the newest last.
pub(crate) async fn requests(
    transaction: &DatabaseTransaction,
    event: EventId,
    address: &str,
) -> Result<Vec<Model>, StoreError> {
    let found = Entity::find()
        .filter(Column::LiveEmail.is_in(slots(address)))
        .filter(Column::EventId.eq(event.0))
        .order_by_asc(Column::CreatedAt)
        .order_by_asc(Column::Id);
    Ok(found.lock_exclusive().all(transaction).await?)
}

/// Whether a request says the very same as one before, of the same caller.
fn says_the_same(new: &Model, before: &Model) -> bool {
    let compared = Model {
        id: before.id,
        live_email: before.live_email.clone(),
        created_at: before.created_at,
        updated_at: before.updated_at,
        privacy_accepted_at: before.privacy_accepted_at,
        revision: before.revision,
        ..new.clone()
    };
    compared == *before
}

async fn ask_once(
    transaction: &DatabaseTransaction,
    new: &NewRegistration,
    once: Option<&Once<Asked>>,
) -> Result<(Asked, u64), StoreError> {
    let now = new.received_at;
    if let Some(answer) = answered(transaction, once, now).await? {
        return Ok((answer, 0));
    }
    if let Some(refused) = refused_to_all(transaction, new).await? {
        return Ok((record(transaction, Asked::Refused(refused), once, now).await?, 0));
    }
    let address = new.attendee.email.key();
    let requester = if new.client.is_some() { Requester::Client } else { Requester::Public };
    let live = live(transaction, new.event_id, address).await?;
    let before = requests(transaction, new.event_id, address).await?;
    let mut row = desk_rules::row(new, RegistrationStatus::Pending, None);
    row.requested_reference = row.external_reference.take();
    // Whatever is found, a row is written and a message queued: what it costs says nothing.
    let (kind, about) = if let Some(live) = live {
        touch(transaction, live.id).await?;
        (MessageKind::AlreadyRegistered, live)
    } else {
        let Some(row) = store_request(transaction, row, before, now).await? else {
            return Ok((record(transaction, Asked::Pending, once, now).await?, 0));
        };
        (MessageKind::ConfirmAddress, row)
    };
    let withheld = messages::queue(transaction, kind, &about, requester, now).await?;
    Ok((record(transaction, Asked::Pending, once, now).await?, withheld))
}

/// Stores a request beside those that wait for the same address; one that says what one of them says is that one, and waits
/// from now. `None`: there are as many as there may be.
async fn store_request(
    transaction: &DatabaseTransaction,
    mut row: Model,
    before: Vec<Model>,
    now: Instant,
) -> Result<Option<Model>, StoreError> {
    if let Some(same) = before.iter().find(|before| says_the_same(&row, before)) {
        let mut renewed = same.clone().into_active_model();
        renewed.created_at = Set(now);
        renewed.updated_at = Set(now);
        renewed.privacy_accepted_at = Set(now);
        renewed.revision = Set(same.revision + 1);
        return Ok(Some(renewed.update(transaction).await?));
    }
    let taken: Vec<&str> = before.iter().filter_map(|row| row.live_email.as_deref()).collect();
    let address = row.live_email.take().unwrap_or_default();
    let free = match slots(&address).find(|slot| !taken.contains(&slot.as_str())) {
        Some(free) => Some(free),
        None => free_a_slot(transaction, &before).await?,
    };
    let Some(free) = free else {
        if let Some(oldest) = before.first() {
            touch(transaction, oldest.id).await?;
        }
        return Ok(None);
    };
    row.live_email = Some(free);
    rows::insert(transaction, vec![row.clone()]).await?;
    Ok(Some(row))
}

/// Removes the oldest request whose mail was withheld, and gives its number back. Without that, anybody could keep an address
/// out of an event by asking for it ten times.
async fn free_a_slot(transaction: &DatabaseTransaction, before: &[Model]) -> Result<Option<String>, StoreError> {
    let mailed: Vec<Option<Uuid>> = message::Entity::find()
        .select_only()
        .column(message::Column::RegistrationId)
        .filter(message::Column::RegistrationId.is_in(before.iter().map(|row| row.id)))
        .into_tuple()
        .all(transaction)
        .await?;
    let Some(unmailed) = before.iter().find(|row| !mailed.contains(&Some(row.id))) else { return Ok(None) };
    Entity::delete_by_id(unmailed.id).exec(transaction).await?;
    Ok(unmailed.live_email.clone())
}

/// Writes a row without changing it.
async fn touch(transaction: &DatabaseTransaction, id: Uuid) -> Result<(), StoreError> {
    let mut touch = Query::update();
    touch.table(Entity).value(Column::Revision, Expr::col(Column::Revision)).and_where(Expr::col(Column::Id).eq(id));
    transaction.execute(&touch).await?;
    Ok(())
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
    let used = is_reference_used(transaction, event, client, &name).await?;
    Ok(used.then_some(Refused::ReferenceTaken))
}

/// Whether the client has a registration for the event under this name. Pending requests have none yet: whether there is one
/// depends on others.
pub(crate) async fn is_reference_used(
    transaction: &DatabaseTransaction,
    event: Uuid,
    client: Uuid,
    name: &str,
) -> Result<bool, StoreError> {
    let used = Entity::find()
        .filter(Column::ExternalReference.eq(name))
        .filter(Column::ClientId.eq(client))
        .filter(Column::EventId.eq(event))
        .one(transaction)
        .await?;
    Ok(used.is_some())
}

/// Removes the requests that wait for an address, but for the one that was confirmed just now.
pub(crate) async fn remove_others(
    transaction: &DatabaseTransaction,
    event: EventId,
    address: &str,
) -> Result<(), StoreError> {
    let others = requests(transaction, event, address).await?;
    let ids: Vec<Uuid> = others.into_iter().map(|row| row.id).collect();
    if !ids.is_empty() {
        Entity::delete_many().filter(Column::Id.is_in(ids.clone())).exec(transaction).await?;
        messages::forget(transaction, ids).await?;
    }
    Ok(())
}

/// A request that is renewed or confirmed meanwhile holds its row's lock: the conditions are checked again once it is free.
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
