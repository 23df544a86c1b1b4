//! Definitions: an event, its speakers and its programme as one document.
//!
//! [`Definition::parse`] reads the document as JSON values, regardless of the file format, and reports all validation
//! errors at once. A parsed definition is resolved: dates have their years, every text has its language, every speaker
//! of a session has roles. Serialised and parsed again, a definition equals itself.

pub mod advice;
pub mod diff;
mod limits;
pub(crate) mod model;
mod parse;

pub use crate::event::definition::model::{Definition, FollowUp, Join, ProgrammeDefinition, RegistrationRules};
pub use crate::event::definition::parse::reason::parse_reason;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod text_tests;
