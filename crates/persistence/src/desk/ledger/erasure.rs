//! Removes personal data (`docs/decisions/0016-erasure.md`).

use plenaria_domain::change::ChangeType;
use plenaria_domain::values::time::Instant;
use serde_json::json;

use crate::desk::ledger::state::Ledger;
use crate::entity::registration::Model;
use crate::idempotency;

impl Ledger {
    /// Removes the personal data of a registration. Its row keeps what statistics count.
    pub(crate) fn anonymise(&mut self, index: usize, now: Instant) {
        let is_active = self.model(index).active_email.is_some();
        let id = self.model(index).id;
        let row = self.edit(index, now);
        remove_personal_data(row, now);
        // An active registration needs a unique value here. It contains no `@`, so it is no address that anyone can register.
        self.set_active_email(index, is_active.then(|| id.simple().to_string()));
        self.announce(ChangeType::RegistrationErased, index, now);
        self.mail.forget(id);
        self.plan.erased.push(id);
        for record in self.plan.records.iter_mut().filter(|record| record.registration_id == Some(id)) {
            idempotency::erase(record);
        }
        for record in self.records.values_mut().filter(|record| record.registration_id == Some(id)) {
            idempotency::erase(record);
        }
    }
}

fn remove_personal_data(row: &mut Model, now: Instant) {
    row.email = String::new();
    row.former_email = None;
    row.name = String::new();
    row.organisation = None;
    row.position = None;
    row.city = None;
    row.newsletter = false;
    row.access_needs = None;
    row.answers = json!({});
    row.external_reference = None;
    row.requested_reference = None;
    row.cancellation_reason = None;
    row.erased_at = Some(now);
}
