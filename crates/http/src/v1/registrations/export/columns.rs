//! The columns of an export as a table, which CSV and XLSX share, and the cells of a row.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use plenaria_domain::registration::answers::Question;
use plenaria_persistence::registrations::export::ExportRow;
use serde_json::Value;
use uuid::fmt::Hyphenated;

use super::rows::ExportError;

/// The columns before the answers.
const BEFORE_ANSWERS: [&str; 14] = [
    "id",
    "status",
    "waitlist_position",
    "email",
    "name",
    "organisation",
    "position",
    "city",
    "country",
    "audience",
    "language",
    "newsletter",
    "access_needs",
    "external_reference",
];
/// The columns after the answers.
const AFTER_ANSWERS: [&str; 8] = [
    "source",
    "created_at",
    "updated_at",
    "confirmed_at",
    "cancelled_at",
    "cancellation_reason",
    "attended_at",
    "revision",
];
/// The column for answers to questions that the form no longer has.
const OTHER_ANSWERS: &str = "other_answers";
/// Separates the choices in one cell. Keys of choices do not contain it.
const CHOICE_SEPARATOR: &str = ";";

/// The columns of an event's registrations.
pub(crate) struct Columns {
    /// The keys of the event's questions, in their order.
    questions: Vec<String>,
}

/// The value of a cell.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Cell<'c> {
    Empty,
    /// A text that people have written.
    Text(&'c str),
    /// A text that no spreadsheet takes for a formula, such as an id or a status.
    Code(&'c str),
    Number(i64),
    Boolean(bool),
    Instant(DateTime<Utc>),
}

impl Columns {
    pub(crate) fn new(questions: &[Question]) -> Self {
        Self { questions: questions.iter().map(|question| question.key.to_string()).collect() }
    }

    /// The names of the columns, in their order.
    pub(crate) fn names(&self) -> impl Iterator<Item = String> {
        let answers = self.questions.iter().map(|question| format!("answers.{question}"));
        let owned = |names: &'static [&'static str]| names.iter().copied().map(str::to_owned);
        owned(&BEFORE_ANSWERS).chain(answers).chain([OTHER_ANSWERS.to_owned()]).chain(owned(&AFTER_ANSWERS))
    }

    /// Writes the cells of a row, one for each column.
    pub(crate) fn write_cells(
        &self,
        row: &ExportRow<'_>,
        mut write: impl FnMut(Cell<'_>) -> Result<(), ExportError>,
    ) -> Result<(), ExportError> {
        let mut id = [0; Hyphenated::LENGTH];
        write(Cell::Code(row.id.hyphenated().encode_lower(&mut id)))?;
        write(Cell::Code(row.status))?;
        let position = row.waitlist_position.map(|position| i64::try_from(position).unwrap_or(i64::MAX));
        write(position.map_or(Cell::Empty, Cell::Number))?;
        for text in [Some(row.email), Some(row.name), row.organisation, row.position, row.city] {
            write(Cell::text(text))?;
        }
        for code in [row.country, row.audience, Some(row.language)] {
            write(code.map_or(Cell::Empty, Cell::Code))?;
        }
        write(Cell::Boolean(row.newsletter))?;
        write(Cell::text(row.access_needs))?;
        write(Cell::text(row.external_reference))?;
        self.write_answers(row.answers, &mut write)?;
        write(Cell::Code(row.source))?;
        for at in [Some(row.created_at), Some(row.updated_at), row.confirmed_at, row.cancelled_at] {
            write(Cell::instant(at))?;
        }
        write(Cell::text(row.cancellation_reason))?;
        write(Cell::instant(row.attended_at))?;
        write(Cell::Number(row.revision))
    }

    /// Writes a cell for each question, and one for the other answers.
    fn write_answers(
        &self,
        text: &str,
        write: &mut impl FnMut(Cell<'_>) -> Result<(), ExportError>,
    ) -> Result<(), ExportError> {
        let mut answers: BTreeMap<String, Value> =
            if text == "{}" { BTreeMap::new() } else { serde_json::from_str(text)? };
        for question in &self.questions {
            match answers.remove(question) {
                None | Some(Value::Null) => write(Cell::Empty)?,
                Some(Value::String(answer)) => write(Cell::Text(&answer))?,
                Some(Value::Bool(answer)) => write(Cell::Boolean(answer))?,
                Some(Value::Array(choices)) => {
                    let choices: Vec<&str> = choices.iter().filter_map(Value::as_str).collect();
                    write(Cell::Text(&choices.join(CHOICE_SEPARATOR)))?;
                }
                Some(answer) => write(Cell::Text(&answer.to_string()))?,
            }
        }
        let other_answers = if answers.is_empty() { None } else { Some(serde_json::to_string(&answers)?) };
        write(Cell::text(other_answers.as_deref()))
    }
}

impl<'c> Cell<'c> {
    fn text(text: Option<&'c str>) -> Self {
        text.map_or(Self::Empty, Self::Text)
    }

    fn instant(at: Option<DateTime<Utc>>) -> Self {
        at.map_or(Self::Empty, Self::Instant)
    }
}
