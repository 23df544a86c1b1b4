//! The ledger itself: the registrations of a batch, and what is looked up about them.

use std::collections::{HashMap, HashSet};

use plenaria_domain::change::ChangeType;
use plenaria_domain::registration::{Registration, RegistrationStatus};
use plenaria_domain::values::ids::{EventId, RegistrationId};
use plenaria_domain::values::time::Instant;
use uuid::Uuid;

use crate::access::Access;
use crate::database::error::StoreError;
use crate::desk::ledger::mail::Mail;
use crate::desk::ledger::plan::Plan;
use crate::desk::ledger::waitlist::Waitlist;
use crate::desk::request::RequiredAccess;
use crate::entity::{event_organisation, idempotency_record, registration::Model};
use crate::feed::outbox;
use crate::registrations::active_email;
use crate::registrations::read;
use crate::seats::LockedSeats;

/// An external reference in use: event, client, reference.
pub(crate) type Reference = (Uuid, Uuid, String);

#[derive(Default)]
pub(crate) struct Ledger {
    pub(crate) seats: Vec<LockedSeats>,
    rows: Vec<Row>,
    by_id: HashMap<Uuid, usize>,
    /// Rows that hold an address, by event and `active_email`.
    by_address: HashMap<(Uuid, String), usize>,
    /// Requests that wait for their address to be confirmed, by event and address.
    pending: HashMap<(Uuid, String), Vec<usize>>,
    pub(crate) references: HashSet<Reference>,
    /// Idempotency records, by their keys' digests.
    pub(crate) records: HashMap<Uuid, idempotency_record::Model>,
    /// The roles of organisations at events.
    roles: HashMap<(Uuid, String), String>,
    /// The waiting lists of events that may promote from it.
    pub(crate) waitlists: HashMap<Uuid, Waitlist>,
    pub(crate) mail: Mail,
    pub(crate) plan: Plan,
}

/// A registration in the ledger.
struct Row {
    model: Model,
    /// The row as it is stored, if it differs.
    stored: Option<Box<Model>>,
    is_new: bool,
    is_deleted: bool,
    /// The position on the waiting list, plus the number of people ahead who have left it since the ledger was filled.
    base_position: Option<u32>,
}

/// The state to which [`Ledger::undo`] returns.
pub(crate) struct Checkpoint {
    rows: usize,
    changes: usize,
    records: usize,
    seats: Vec<LockedSeats>,
}

impl Ledger {
    /// An empty ledger of these seats, for a batch of so many people.
    pub(crate) fn new(seats: Vec<LockedSeats>, size: usize) -> Self {
        let rows = Vec::with_capacity(size);
        let by_address = HashMap::with_capacity(size);
        Self { seats, rows, by_address, plan: Plan::with_capacity(size), ..Self::default() }
    }

    /// Adds a stored registration; one that is known already is left as it is.
    pub(crate) fn add_stored(&mut self, model: Model) -> usize {
        match self.by_id.get(&model.id) {
            Some(known) => *known,
            None => self.push(model, false),
        }
    }

    /// Adds the organisations of the events.
    pub(crate) fn add_roles(&mut self, organisations: Vec<event_organisation::Model>) {
        self.roles.extend(organisations.into_iter().map(|row| ((row.event_id, row.organisation), row.role)));
    }

    /// The index of an event's seats; `None`: there is no such event.
    pub(crate) fn seats_of(&self, event: EventId) -> Option<usize> {
        self.seats.iter().position(|seats| seats.event == event)
    }

    /// A registration by its id. Erased ones are not found.
    pub(crate) fn find(&self, id: Uuid) -> Option<usize> {
        let index = *self.by_id.get(&id)?;
        let row = &self.rows[index];
        (!row.is_deleted && row.model.erased_at.is_none()).then_some(index)
    }

    /// A registration in the ledger by its id, whatever has become of it.
    pub(crate) fn known(&self, id: Uuid) -> Option<usize> {
        self.by_id.get(&id).copied()
    }

    /// The active registration of an address.
    pub(crate) fn active(&self, event: EventId, address: &str) -> Option<usize> {
        self.by_address.get(&(event.0, address.to_owned())).copied()
    }

    /// The pending requests for an address, the newest last.
    pub(crate) fn pending(&self, event: EventId, address: &str) -> Vec<usize> {
        let mut pending = self.pending.get(&(event.0, address.to_owned())).cloned().unwrap_or_default();
        pending.sort_unstable_by_key(|index| (self.model(*index).created_at, self.model(*index).id));
        pending
    }

    pub(crate) fn model(&self, index: usize) -> &Model {
        &self.rows[index].model
    }

    /// All registrations of an event in the ledger that are not erased.
    pub(crate) fn of_event(&self, event: EventId) -> impl Iterator<Item = usize> {
        let found = move |row: &Row| row.model.event_id == event.0 && !row.is_deleted && row.model.erased_at.is_none();
        self.rows.iter().enumerate().filter(move |(_, row)| found(row)).map(|(index, _)| index)
    }

    /// The registration in a row, with its present position on the waiting list.
    pub(crate) fn registration(&self, index: usize) -> Result<Registration, StoreError> {
        read::from_row(self.model(index).clone(), self.position(index))
    }

    /// Sets the position of a stored row as it was when the ledger was filled.
    pub(crate) fn set_stored_position(&mut self, index: usize, position: u32) {
        self.rows[index].base_position = Some(position);
    }

    /// Sets the position that a row has now.
    pub(crate) fn set_position(&mut self, index: usize, position: u32) {
        let left = self.waitlists.get(&self.rows[index].model.event_id).map_or(0, Waitlist::departures);
        self.rows[index].base_position = Some(position + left);
    }

    fn position(&self, index: usize) -> Option<u32> {
        let row = &self.rows[index];
        let (number, base) = row.model.waitlist_number.zip(row.base_position)?;
        let ahead = self.waitlists.get(&row.model.event_id).map_or(0, |waitlist| waitlist.departures_before(number));
        Some(base.saturating_sub(ahead).max(1))
    }

    /// Whether the caller has the rights to change the registration.
    pub(crate) fn permits(&self, access: &RequiredAccess, index: usize) -> bool {
        let row = self.model(index);
        match access {
            RequiredAccess::Holder => true,
            RequiredAccess::Visible(access) => self.sees(access, row),
            RequiredAccess::Organised(access) => self.role(access, row.event_id).is_some(),
            RequiredAccess::Owned(access) => self.role(access, row.event_id) == Some("owner"),
        }
    }

    /// Whether the organisation may see a registration: the rule of `Access::registrations`.
    pub(crate) fn sees(&self, access: &Access, row: &Model) -> bool {
        self.role(access, row.event_id).is_some() || access.made(row)
    }

    fn role(&self, access: &Access, event: Uuid) -> Option<&str> {
        self.roles.get(&(event, access.organisation().as_str().to_owned())).map(String::as_str)
    }

    /// Inserts a new registration.
    pub(crate) fn insert(&mut self, model: Model) -> usize {
        if let (Some(client), Some(reference)) = (model.client_id, &model.external_reference) {
            self.references.insert((model.event_id, client, reference.clone()));
        }
        self.push(model, true)
    }

    fn push(&mut self, model: Model, is_new: bool) -> usize {
        let index = self.rows.len();
        self.by_id.insert(model.id, index);
        self.rows.push(Row { model, stored: None, is_new, is_deleted: false, base_position: None });
        self.hold_address(index);
        index
    }

    /// Changes a registration, which gets a new revision. The address is changed by [`Self::set_active_email`] alone.
    pub(crate) fn edit(&mut self, index: usize, now: Instant) -> &mut Model {
        let row = &mut self.rows[index];
        if row.stored.is_none() && !row.is_new {
            row.stored = Some(Box::new(row.model.clone()));
        }
        row.model.revision += 1;
        row.model.updated_at = now;
        &mut row.model
    }

    /// Changes the address that a registration holds, after [`Self::edit`].
    pub(crate) fn set_active_email(&mut self, index: usize, active_email: Option<String>) {
        self.release_address(index);
        self.rows[index].model.active_email = active_email;
        self.hold_address(index);
    }

    /// Counts a correction of the address, after [`Self::edit`], and returns the row: tokens for the former address stop
    /// working.
    pub(crate) fn new_address_version(&mut self, index: usize) -> Model {
        self.rows[index].model.address_version += 1;
        self.rows[index].model.clone()
    }

    fn hold_address(&mut self, index: usize) {
        let model = &self.rows[index].model;
        let Some(active_email) = &model.active_email else { return };
        self.by_address.insert((model.event_id, active_email.clone()), index);
        if model.status == RegistrationStatus::Pending.as_str() {
            let key = (model.event_id, active_email::address(active_email).to_owned());
            self.pending.entry(key).or_default().push(index);
        }
    }

    fn release_address(&mut self, index: usize) {
        let model = &self.rows[index].model;
        let Some(active_email) = &model.active_email else { return };
        self.by_address.remove(&(model.event_id, active_email.clone()));
        let key = (model.event_id, active_email::address(active_email).to_owned());
        if let Some(pending) = self.pending.get_mut(&key) {
            pending.retain(|other| *other != index);
        }
    }

    /// Deletes a pending request, with its messages.
    pub(crate) fn delete(&mut self, index: usize) {
        self.release_address(index);
        self.rows[index].is_deleted = true;
        let id = self.rows[index].model.id;
        self.mail.forget(id);
    }

    /// Announces that a registration has changed.
    pub(crate) fn announce(&mut self, kind: ChangeType, index: usize, now: Instant) -> &mut outbox::OutboxRow {
        let row = self.model(index);
        let (event, id) = (EventId(row.event_id), RegistrationId(row.id));
        let change = outbox::registration_change(kind, event, id, row.revision, &row.status, now);
        let changes = &mut self.plan.changes;
        changes.push(change);
        let last = changes.len() - 1;
        &mut changes[last]
    }

    /// The state to which [`Self::undo`] can return while only new registrations are added.
    pub(crate) fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            rows: self.rows.len(),
            changes: self.plan.changes.len(),
            records: self.plan.records.len(),
            seats: self.seats.clone(),
        }
    }

    /// Removes everything that was added since the checkpoint.
    pub(crate) fn undo(&mut self, checkpoint: Checkpoint) {
        for index in checkpoint.rows..self.rows.len() {
            self.release_address(index);
            let model = &self.rows[index].model;
            self.by_id.remove(&model.id);
            if let (Some(client), Some(reference)) = (model.client_id, model.external_reference.clone()) {
                self.references.remove(&(model.event_id, client, reference));
            }
            if let Some(waitlist) = self.waitlists.get_mut(&model.event_id) {
                waitlist.forget(model.id);
            }
        }
        self.rows.truncate(checkpoint.rows);
        self.plan.changes.truncate(checkpoint.changes);
        for record in self.plan.records.drain(checkpoint.records..) {
            self.records.remove(&record.id);
        }
        self.seats = checkpoint.seats;
    }

    /// What must be written.
    pub(crate) fn into_plan(mut self) -> (Plan, Vec<LockedSeats>) {
        for row in self.rows {
            match (row.is_new, row.is_deleted, row.stored) {
                (true, false, _) => self.plan.inserted.push(row.model),
                (false, true, _) => self.plan.deleted.push(row.model.id),
                (false, false, Some(stored)) => self.plan.updated.push((stored, row.model)),
                (true, true, _) | (false, false, None) => {}
            }
        }
        self.plan.take_mail(self.mail);
        (self.plan, self.seats)
    }
}
