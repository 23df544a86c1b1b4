//! What a batch writes.

use plenaria_domain::audit::AuditContext;
use plenaria_domain::values::time::Instant;
use uuid::Uuid;

use crate::audit::record::{self, AuditRecord};
use crate::desk::ledger::mail::Mail;
use crate::entity::registration::Model;
use crate::entity::{audit_entry, idempotency_record, mail_budget, message};
use crate::feed::outbox::OutboxRow;

/// The rows that must be committed before the replies are sent. The seats are written beside them.
#[derive(Default)]
pub(crate) struct Plan {
    pub(crate) inserted: Vec<Model>,
    /// Changed registrations: as they are stored, and as they will be.
    pub(crate) updated: Vec<(Box<Model>, Model)>,
    /// People who are promoted, and whose rows are in none of the other lists, with the time.
    pub(crate) promoted: Vec<(Uuid, Instant)>,
    /// Pending requests to delete, with their messages.
    pub(crate) deleted: Vec<Uuid>,
    /// Registrations whose data are to be erased elsewhere too: in stored responses, messages and deliveries.
    pub(crate) erased: Vec<Uuid>,
    pub(crate) changes: Vec<OutboxRow>,
    pub(crate) records: Vec<idempotency_record::Model>,
    pub(crate) audit: Vec<audit_entry::Model>,
    pub(crate) messages: Vec<message::Model>,
    /// Budgets of mailboxes that have none yet, in the order of their ids.
    pub(crate) new_budgets: Vec<mail_budget::Model>,
    /// Budgets whose stored row is locked.
    pub(crate) changed_budgets: Vec<mail_budget::Model>,
    /// How many messages were withheld because a mailbox had used up its budget.
    pub(crate) withheld: u64,
}

impl Plan {
    pub(crate) fn with_capacity(size: usize) -> Self {
        Self { inserted: Vec::with_capacity(size), changes: Vec::with_capacity(size), ..Self::default() }
    }

    /// Adds an entry to the audit log.
    pub(crate) fn record_audit(&mut self, context: &AuditContext, record: AuditRecord, now: Instant) {
        self.audit.push(record::row(context, record, now));
    }

    /// Adds the messages and budgets.
    pub(crate) fn take_mail(&mut self, mail: Mail) {
        (self.new_budgets, self.changed_budgets) = mail.budgets();
        self.messages = mail.queued;
        self.withheld = mail.withheld;
    }

    /// Whether only new registrations are written, and nothing that needs more than the columns that new ones have.
    pub(crate) fn is_admissions_only(&self) -> bool {
        self.updated.is_empty()
            && self.promoted.is_empty()
            && self.deleted.is_empty()
            && self.erased.is_empty()
            && self.audit.is_empty()
            && self.messages.is_empty()
            && self.new_budgets.is_empty()
            && self.changed_budgets.is_empty()
    }

    /// Whether nothing is written.
    pub(crate) fn is_empty(&self) -> bool {
        self.is_admissions_only() && self.inserted.is_empty() && self.changes.is_empty() && self.records.is_empty()
    }
}
