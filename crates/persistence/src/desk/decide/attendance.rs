//! Recording who attended: one person, or many.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use plenaria_domain::audit::{Action, Actor};
use plenaria_domain::change::ChangeType;
use plenaria_domain::registration::{AttendanceChange, Registration, RegistrationStatus};
use plenaria_domain::values::time::Instant;
use serde_json::json;
use uuid::Uuid;

use crate::audit::record::AuditRecord;
use crate::database::error::StoreError;
use crate::desk::decide::target::{check, current};
use crate::desk::ledger::state::Ledger;
use crate::desk::reply::{AttendanceResult, Outcome, Refusal, Reply};
use crate::desk::request::{AttendanceEntry, AttendeeRef, RecordAttendance, Request, Target};

/// Records whether a person attended. If that is already recorded, nothing is written.
pub(super) fn attend(
    ledger: &mut Ledger,
    request: &Request,
    target: &Target,
    attended: bool,
) -> Result<Reply, StoreError> {
    let now = request.now;
    let (seats, index, registration) = check!(current(ledger, request, target)?);
    let attended_at = match registration.record_attendance(attended, None, now) {
        Err(_) => {
            let may_get_one = may_get_seat(ledger, seats, &registration, now);
            return Ok(Err(Refusal::HoldsNoSeat { may_get_one }));
        }
        Ok(AttendanceChange::Unchanged) => return Ok(Ok(Outcome::unchanged(registration))),
        Ok(AttendanceChange::Set(attended_at)) => attended_at,
    };
    ledger.edit(index, now).attended_at = attended_at;
    ledger.announce(ChangeType::RegistrationAttended, index, now);
    let details = json!({ "attended": attended });
    let record = AuditRecord::of_registration(Action::AttendanceRecorded, target.id, request.event, details);
    ledger.plan.record_audit(&target.audit, record, now);
    Ok(Ok(Outcome::changed(ledger.registration(index)?)))
}

/// Whether a registration without a seat may still get one.
fn may_get_seat(ledger: &Ledger, seats: usize, registration: &Registration, now: Instant) -> bool {
    registration.status != RegistrationStatus::Cancelled && ledger.seats[seats].promotes_at(now)
}

/// Records who of several people attended. What is already recorded is not written again.
pub(super) fn record_all(
    ledger: &mut Ledger,
    request: &Request,
    attendance: &RecordAttendance,
) -> Result<Reply, StoreError> {
    let now = request.now;
    let seats = check!(ledger.seats_of(request.event).ok_or(Refusal::EventNotFound));
    let attendees = Attendees::of(ledger, request, attendance);
    // The registrations that were named, as they will be.
    let mut named: HashMap<usize, Registration> = HashMap::new();
    let mut results = Vec::with_capacity(attendance.entries.len());
    for entry in &attendance.entries {
        results.push(match attendees.find(&entry.attendee) {
            Err(result) => Err(result),
            Ok(index) => {
                let registration = match named.entry(index) {
                    Entry::Occupied(known) => known.into_mut(),
                    Entry::Vacant(new) => new.insert(ledger.registration(index)?),
                };
                apply(registration, entry, now).map(|()| index).map_err(|()| AttendanceResult::HoldsNoSeat {
                    may_get_one: may_get_seat(ledger, seats, registration, now),
                })
            }
        });
    }
    let mut changed: Vec<usize> = named
        .iter()
        .filter(|(index, registration)| ledger.model(**index).attended_at != registration.attended_at)
        .map(|(index, _)| *index)
        .collect();
    changed.sort_unstable();
    for index in &changed {
        ledger.edit(*index, now).attended_at = named[index].attended_at;
        ledger.announce(ChangeType::RegistrationAttended, *index, now);
    }
    if !changed.is_empty() {
        let attended = changed.iter().filter(|index| named[*index].attended_at.is_some()).count();
        let details = json!({ "attended": attended, "withdrawn": changed.len() - attended });
        let record = AuditRecord::of_event(Action::AttendanceRecorded, request.event, details);
        ledger.plan.record_audit(&attendance.audit, record, now);
    }
    let result = |decided: Result<usize, AttendanceResult>| match decided {
        Err(result) => Ok(result),
        Ok(index) => {
            let registration = Box::new(ledger.registration(index)?);
            Ok(AttendanceResult::Recorded { registration, changed: changed.binary_search(&index).is_ok() })
        }
    };
    let results: Result<Vec<_>, StoreError> = results.into_iter().map(result).collect();
    Ok(Ok(Outcome::Attendance(results?)))
}

/// Applies an entry to a registration; an error means that it holds no seat.
fn apply(registration: &mut Registration, entry: &AttendanceEntry, now: Instant) -> Result<(), ()> {
    match registration.record_attendance(entry.attended, entry.at, now) {
        Ok(AttendanceChange::Set(at)) => registration.attended_at = at,
        Ok(AttendanceChange::Unchanged) => {}
        Err(_) => return Err(()),
    }
    Ok(())
}

/// The registrations of an event that a caller may see, by the names that entries use.
struct Attendees {
    ids: HashMap<Uuid, usize>,
    emails: HashMap<String, usize>,
    /// By the address of a cancelled registration, the newest one.
    former_emails: HashMap<String, usize>,
    /// Whether the calling client made each of them.
    references: HashMap<String, Vec<(usize, bool)>>,
}

impl Attendees {
    fn of(ledger: &Ledger, request: &Request, attendance: &RecordAttendance) -> Self {
        let client = match &attendance.audit.actor {
            Actor::Client { client, .. } => Some(client.0),
            Actor::Holder | Actor::Operator | Actor::System => None,
        };
        let mut attendees = Self {
            ids: HashMap::new(),
            emails: HashMap::new(),
            former_emails: HashMap::new(),
            references: HashMap::new(),
        };
        for index in ledger.of_event(request.event) {
            let row = ledger.model(index);
            if attendance.access.as_ref().is_some_and(|access| !ledger.sees(access, row)) {
                continue;
            }
            attendees.ids.insert(row.id, index);
            if let Some(address) = &row.active_email {
                attendees.emails.insert(address.clone(), index);
            }
            if let Some(address) = &row.former_email {
                let newest = attendees.former_emails.entry(address.clone()).or_insert(index);
                if ledger.model(*newest).id < row.id {
                    *newest = index;
                }
            }
            if let Some(reference) = &row.external_reference {
                let is_own = client.is_some() && row.client_id == client;
                attendees.references.entry(reference.clone()).or_default().push((index, is_own));
            }
        }
        attendees
    }

    /// The registration that an entry names.
    fn find(&self, attendee: &AttendeeRef) -> Result<usize, AttendanceResult> {
        let found = match attendee {
            AttendeeRef::Registration(id) => self.ids.get(&id.0),
            AttendeeRef::Email(email) => self.emails.get(email.key()).or_else(|| self.former_emails.get(email.key())),
            AttendeeRef::ExternalReference(reference) => {
                let all = self.references.get(reference).map(Vec::as_slice).unwrap_or_default();
                match (all.iter().find(|(_, is_own)| *is_own), all) {
                    (Some((own, _)), _) => Some(own),
                    (None, [_, _, ..]) => return Err(AttendanceResult::Ambiguous),
                    (None, all) => all.first().map(|(index, _)| index),
                }
            }
        };
        found.copied().ok_or(AttendanceResult::NotFound)
    }
}
