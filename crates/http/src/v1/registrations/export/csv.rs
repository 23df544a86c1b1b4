//! Writes registrations as CSV (RFC 4180), and keeps spreadsheets from running people's texts as formulas.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use ::csv::{Terminator, Writer, WriterBuilder};
use chrono::{DateTime, Utc};
use plenaria_domain::registration::answers::Question;
use plenaria_domain::values::time;
use plenaria_persistence::registrations::export::{Chunk, ExportRow};
use serde_json::Value;

use super::rows::{ExportError, Rows};

/// The columns before the answers.
const COLUMNS_BEFORE_ANSWERS: [&str; 14] = [
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
const COLUMNS_AFTER_ANSWERS: [&str; 8] = [
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

/// Writes registrations as CSV.
pub(crate) struct CsvWriter {
    /// The keys of the event's questions, in their order.
    questions: Vec<String>,
    header_written: bool,
    /// A buffer for the current cell.
    cell: String,
}

type Out = Writer<Vec<u8>>;

impl CsvWriter {
    pub(crate) fn new(questions: &[Question]) -> Self {
        let questions = questions.iter().map(|question| question.key.to_string()).collect();
        Self { questions, header_written: false, cell: String::new() }
    }

    pub(crate) fn write(&mut self, batch: &Chunk, from: usize, max_bytes: usize) -> Result<Rows, ExportError> {
        let text = Vec::with_capacity(max_bytes + max_bytes / 4);
        let mut out = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(text);
        if !self.header_written {
            self.header_written = true;
            self.write_header(&mut out)?;
        }
        let mut count = 0;
        while out.get_ref().len() < max_bytes
            && let Some(row) = batch.get(from + count)?
        {
            self.write_row(&mut out, &row)?;
            count += 1;
        }
        let text = out.into_inner().map_err(::csv::IntoInnerError::into_error)?;
        Ok(Rows { text, count })
    }

    fn write_header(&self, out: &mut Out) -> Result<(), ::csv::Error> {
        for name in COLUMNS_BEFORE_ANSWERS {
            out.write_field(name)?;
        }
        for question in &self.questions {
            out.write_field(format!("answers.{question}"))?;
        }
        out.write_field(OTHER_ANSWERS)?;
        for name in COLUMNS_AFTER_ANSWERS {
            out.write_field(name)?;
        }
        end_row(out)
    }

    fn write_row(&mut self, out: &mut Out, row: &ExportRow<'_>) -> Result<(), ExportError> {
        let mut id = [0; 36];
        out.write_field(&*row.id.hyphenated().encode_lower(&mut id))?;
        out.write_field(row.status)?;
        self.write_value(out, row.waitlist_position)?;
        for text in [Some(row.email), Some(row.name), row.organisation, row.position, row.city] {
            self.write_text(out, text)?;
        }
        out.write_field(row.country.unwrap_or_default())?;
        out.write_field(row.audience.unwrap_or_default())?;
        out.write_field(row.language)?;
        out.write_field(if row.newsletter { "true" } else { "false" })?;
        self.write_text(out, row.access_needs)?;
        self.write_text(out, row.external_reference)?;
        self.write_answers(out, row.answers)?;
        out.write_field(row.source)?;
        for at in [Some(row.created_at), Some(row.updated_at), row.confirmed_at, row.cancelled_at] {
            write_instant(out, at)?;
        }
        self.write_text(out, row.cancellation_reason)?;
        write_instant(out, row.attended_at)?;
        self.write_value(out, Some(row.revision))?;
        Ok(end_row(out)?)
    }

    /// Writes a cell for each question, and one for the other answers.
    fn write_answers(&mut self, out: &mut Out, text: &str) -> Result<(), ExportError> {
        let mut answers: BTreeMap<String, Value> =
            if text == "{}" { BTreeMap::new() } else { serde_json::from_str(text)? };
        let questions = std::mem::take(&mut self.questions);
        for question in &questions {
            match answers.remove(question) {
                None | Some(Value::Null) => self.write_text(out, None)?,
                Some(Value::String(answer)) => self.write_text(out, Some(&answer))?,
                Some(Value::Array(choices)) => {
                    let choices: Vec<&str> = choices.iter().filter_map(Value::as_str).collect();
                    self.write_text(out, Some(&choices.join(CHOICE_SEPARATOR)))?;
                }
                Some(answer) => self.write_value(out, Some(answer))?,
            }
        }
        self.questions = questions;
        let other_answers = if answers.is_empty() { None } else { Some(serde_json::to_string(&answers)?) };
        self.write_text(out, other_answers.as_deref())?;
        Ok(())
    }

    /// Writes a cell with a text that people have written, or an empty one.
    fn write_text(&mut self, out: &mut Out, text: Option<&str>) -> Result<(), ::csv::Error> {
        let text = text.unwrap_or_default();
        let mut formulas = formula_starts(text).peekable();
        if formulas.peek().is_none() {
            return out.write_field(text);
        }
        self.cell.clear();
        let mut written = 0;
        for at in formulas {
            self.cell.push_str(&text[written..at]);
            self.cell.push('\'');
            written = at;
        }
        self.cell.push_str(&text[written..]);
        out.write_field(&self.cell)
    }

    /// Writes a cell with a value that cannot be a formula, or an empty one.
    fn write_value(&mut self, out: &mut Out, value: Option<impl std::fmt::Display>) -> Result<(), ::csv::Error> {
        self.cell.clear();
        if let Some(value) = value {
            // Writing to a string does not fail.
            let _ = write!(self.cell, "{value}");
        }
        out.write_field(&self.cell)
    }
}

fn write_instant(out: &mut Out, at: Option<DateTime<Utc>>) -> Result<(), ::csv::Error> {
    out.write_field(at.map(time::rfc3339).unwrap_or_default())
}

fn end_row(out: &mut Out) -> Result<(), ::csv::Error> {
    out.write_record(None::<&[u8]>)
}

/// The positions at which a spreadsheet would find a formula in this cell: at its start, or after a separator inside
/// it, because a program may split the file at another separator than the comma. An apostrophe there makes it plain
/// text.
fn formula_starts(text: &str) -> impl Iterator<Item = usize> + '_ {
    let after_separators = text.bytes().enumerate().filter(|(_, byte)| is_separator(*byte)).map(|(at, _)| at + 1);
    std::iter::once(0).chain(after_separators).filter(move |&at| starts_formula(&text[at..], at == 0))
}

const fn is_separator(byte: u8) -> bool {
    matches!(byte, b';' | b',' | b'|' | b'\t' | b'\r' | b'\n')
}

/// Whether a spreadsheet would run a text with this beginning as a formula (OWASP, "CSV injection"). Quotes and blanks
/// at the start are skipped, because some programs drop them. A tab or line break counts at the start of the cell;
/// inside it both are separators, which [`formula_starts`] handles.
fn starts_formula(text: &str, at_cell_start: bool) -> bool {
    for character in text.chars() {
        match character {
            '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠' => return true,
            '\t' | '\r' | '\n' => return at_cell_start,
            '"'
            | '\''
            | '\u{feff}'
            | '\u{ad}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' => {}
            blank if blank.is_whitespace() => {}
            _ => return false,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn formulas_at_the_start_of_a_cell_are_found() {
        for formula in [
            "=1+1",
            "+34 600 000 000",
            "-1",
            "@SUM(A1)",
            "\t=1",
            "\rx",
            "\nx",
            " =1",
            "\"=1",
            "' \"@x",
            "\u{a0}=1",
            "\u{feff}=1",
            "＝1",
            "  \t",
            "--",
        ] {
            assert_eq!(formula_starts(formula).next(), Some(0), "{formula:?}");
        }
        for harmless in [
            "",
            " ",
            "Ana",
            "a=1",
            "1+1",
            "«=1»",
            "ana@example.org",
            "O’Brien",
            "'quoted'",
            "100",
            "Ajuntament, \"Barcelona\"",
            "a;b|c",
            "two\r\nlines",
            "one\n\n\ttwo",
            "a; b=1",
            ";",
            "{\"why\":\"no\",\"first\":-1}",
        ] {
            assert_eq!(formula_starts(harmless).next(), None, "{harmless:?}");
        }
    }

    #[test]
    fn formulas_inside_a_cell_are_escaped() {
        for (text, expected) in [
            ("Ana;=HYPERLINK(A1)", "Ana;'=HYPERLINK(A1)"),
            ("a,+1", "a,'+1"),
            ("a|-1", "a|'-1"),
            ("a\t@x", "a\t'@x"),
            ("a\n=1\r\n=2", "a\n'=1\r\n'=2"),
            ("a; \"=1", "a;' \"=1"),
            ("a;;;＝1", "a;;;'＝1"),
            ("=1;=2", "'=1;'=2"),
            ("\t=1", "'\t'=1"),
            ("é;=é", "é;'=é"),
        ] {
            let row = row(&[text]);
            let mut reader = ::csv::ReaderBuilder::new().has_headers(false).from_reader(row.as_bytes());
            assert_eq!(&reader.records().next().unwrap().unwrap()[1], expected, "{text:?}");
        }
    }

    /// A row with these cells between two constant ones.
    fn row(cells: &[&str]) -> String {
        let mut csv = CsvWriter::new(&[]);
        let mut out = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
        out.write_field("id").unwrap();
        for cell in cells {
            csv.write_text(&mut out, Some(cell)).unwrap();
        }
        out.write_field("1").unwrap();
        end_row(&mut out).unwrap();
        String::from_utf8(out.into_inner().unwrap()).unwrap()
    }

    /// Every cell that a program finds in a file if it splits at this delimiter, with quoting or without.
    fn cells(text: &str, delimiter: u8, quoting: bool) -> Vec<String> {
        let mut builder = ::csv::ReaderBuilder::new();
        builder.has_headers(false).flexible(true).delimiter(delimiter).quoting(quoting);
        let mut reader = builder.from_reader(text.as_bytes());
        let records = reader.byte_records().map(Result::unwrap).collect::<Vec<_>>();
        records.iter().flatten().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect()
    }

    proptest! {
        #[test]
        fn no_delimiter_makes_a_cell_a_formula(
            texts in proptest::collection::vec("[ab é\u{3000}=+＠@\t\r\n;,|\"'-]{0,12}", 1..4),
        ) {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let text = row(&texts);
            for delimiter in *b",;\t|" {
                for quoting in [true, false] {
                    for cell in cells(&text, delimiter, quoting) {
                        let trimmed = cell.trim_start_matches(|c: char| c.is_whitespace() || c == '"' || c == '\u{feff}');
                        prop_assert!(!trimmed.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']), "{:?} in {:?}", cell, text);
                    }
                }
            }
            // Read back as CSV, the texts are unchanged except for apostrophes.
            let read = cells(&text, b',', true);
            prop_assert_eq!(read.len(), texts.len() + 2);
            for (read, text) in read[1..].iter().zip(&texts) {
                prop_assert_eq!(read.replace('\'', ""), text.replace('\'', ""));
                prop_assert!(formula_starts(text).next().is_some() || read == text, "{:?} is {:?}", text, read);
            }
        }
    }

    #[test]
    fn cells_are_quoted() {
        let text = row(&["=HYPERLINK(\"x\")", "a,b", "two\r\nlines", "", "+34"]);
        assert_eq!(text, "id,\"'=HYPERLINK(\"\"x\"\")\",\"a,b\",\"two\r\nlines\",,'+34,1\r\n");
    }
}
