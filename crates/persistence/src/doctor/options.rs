//! The settings that an examination compares the database with.

use chrono::TimeDelta;
use plenaria_domain::values::time::Clock;

/// The settings of an examination.
#[derive(Clone, Debug)]
pub struct ExamineOptions {
    /// The source of the current time, which the database's clock is compared with.
    pub clock: Clock,
    /// How long changes, messages and deliveries are stored.
    pub change_retention: TimeDelta,
    /// How long personal data is stored after an event's end if its definition does not say; `None` means for ever.
    pub personal_data_retention: Option<TimeDelta>,
}
