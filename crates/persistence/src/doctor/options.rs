//! The settings that an examination compares the database with.

use chrono::TimeDelta;
use plenaria_domain::values::time::Clock;

/// What an examination needs to know beside the database.
#[derive(Clone, Debug)]
pub struct ExamineOptions {
    /// The present, with which the database's clock is compared too.
    pub clock: Clock,
    /// How long changes, messages and deliveries are stored.
    pub change_retention: TimeDelta,
    /// How long personal data is stored after an event's end if its definition does not say; `None` means for ever.
    pub personal_data_retention: Option<TimeDelta>,
}
