//! `plenaria definition`: helps to write definitions. It needs no database.

use chrono::{Days, NaiveDate};
use plenaria_domain::values::time::Instant;

use crate::cli::DefinitionCommand;
use crate::commands::output::say;

/// A definition with comments. Its event starts on [`EXAMPLE_DATE`].
const EXAMPLE: &str = include_str!("example.yaml");
const EXAMPLE_DATE: &str = "2027-03-18";
/// How far ahead the printed example's event is.
const DAYS_AHEAD: Days = Days::new(90);

/// Runs one of the commands.
pub(crate) fn run(command: DefinitionCommand, now: Instant) -> anyhow::Result<()> {
    match command {
        DefinitionCommand::New => say(example(now.date_naive()).trim_end()),
    }
}

/// The example, with an event that is to come.
fn example(today: NaiveDate) -> String {
    match today.checked_add_days(DAYS_AHEAD) {
        Some(starts) => EXAMPLE.replace(EXAMPLE_DATE, &starts.to_string()),
        None => EXAMPLE.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use plenaria_formats::definition_files::Document;

    use super::*;

    #[test]
    fn the_example_is_a_valid_definition_of_a_coming_event() {
        for today in ["2026-11-23", "2030-02-28"] {
            let today: NaiveDate = today.parse().unwrap();
            let now = today.and_hms_opt(12, 0, 0).unwrap().and_utc();
            let definition = Document::parse(&example(today)).unwrap().read(now, None).unwrap();
            assert_eq!(definition.starts.date(), today + DAYS_AHEAD);
            assert!(definition.advice().is_empty());
        }
    }
}
