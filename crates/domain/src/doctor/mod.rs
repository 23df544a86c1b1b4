//! The findings of `plenaria doctor`: problems of a database or of settings, each with a remedy. This module contains
//! the checks that need no database access. Findings never contain personal data or secrets.

pub(crate) mod engine;
pub(crate) mod feed;
pub(crate) mod finding;
pub(crate) mod kind;
pub(crate) mod seats;

pub use engine::{Durability, compare_clocks};
pub use feed::FeedPositions;
pub use finding::{Finding, MAX_IDS};
pub use kind::{Kind, Severity};
pub use seats::{SeatCounts, SeatRecount};
