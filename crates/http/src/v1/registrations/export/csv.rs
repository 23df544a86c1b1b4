//! Registrations as CSV (RFC 4180).

use std::collections::BTreeMap;
use std::fmt::Write as _;

use ::csv::{Terminator, Writer, WriterBuilder};
use chrono::{DateTime, Utc};
use plenaria_domain::answers::Question;
use plenaria_domain::time;
use plenaria_persistence::registration_export::{Chunk, Exported};
use serde_json::Value;

use super::body::{Failure, Rows};

/// The columns before and behind those of the answers.
const BEFORE: [&str; 14] = [
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
const BEHIND: [&str; 8] = [
    "source",
    "created_at",
    "updated_at",
    "confirmed_at",
    "cancelled_at",
    "cancellation_reason",
    "attended_at",
    "revision",
];
/// Answers to questions that the form no longer has.
const OTHERS: &str = "other_answers";
/// Between the choices in one cell. Keys of choices hold none.
const SEPARATOR: &str = ";";

/// Writes rows as CSV.
pub(super) struct Csv {
    /// The keys of the event's questions, in their order.
    questions: Vec<String>,
    /// Whether the first line has been written.
    begun: bool,
    cell: String,
}

type Out = Writer<Vec<u8>>;

impl Csv {
    pub(super) fn new(questions: &[Question]) -> Self {
        let questions = questions.iter().map(|question| question.key.to_string()).collect();
        Self { questions, begun: false, cell: String::new() }
    }

    pub(super) fn write(&mut self, chunk: &Chunk, from: usize, bytes: usize) -> Result<Rows, Failure> {
        let text = Vec::with_capacity(bytes + bytes / 4);
        let mut out = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(text);
        if !self.begun {
            self.begun = true;
            self.header(&mut out)?;
        }
        let mut number = 0;
        while out.get_ref().len() < bytes
            && let Some(row) = chunk.get(from + number)?
        {
            self.row(&mut out, &row)?;
            number += 1;
        }
        let text = out.into_inner().map_err(::csv::IntoInnerError::into_error)?;
        Ok(Rows { text, number })
    }

    fn header(&self, out: &mut Out) -> Result<(), ::csv::Error> {
        for name in BEFORE {
            out.write_field(name)?;
        }
        for question in &self.questions {
            out.write_field(format!("answers.{question}"))?;
        }
        out.write_field(OTHERS)?;
        for name in BEHIND {
            out.write_field(name)?;
        }
        end(out)
    }

    fn row(&mut self, out: &mut Out, row: &Exported<'_>) -> Result<(), Failure> {
        let mut id = [0; 36];
        out.write_field(&*row.id.hyphenated().encode_lower(&mut id))?;
        out.write_field(row.status)?;
        self.shown(out, row.waitlist_position)?;
        for text in [Some(row.email), Some(row.name), row.organisation, row.position, row.city] {
            self.text(out, text)?;
        }
        out.write_field(row.country.unwrap_or_default())?;
        out.write_field(row.audience.unwrap_or_default())?;
        out.write_field(row.language)?;
        out.write_field(if row.newsletter { "true" } else { "false" })?;
        self.text(out, row.access_needs)?;
        self.text(out, row.external_reference)?;
        self.answers(out, row.answers)?;
        out.write_field(row.source)?;
        for at in [Some(row.created_at), Some(row.updated_at), row.confirmed_at, row.cancelled_at] {
            instant(out, at)?;
        }
        self.text(out, row.cancellation_reason)?;
        instant(out, row.attended_at)?;
        self.shown(out, Some(row.revision))?;
        Ok(end(out)?)
    }

    /// The cells of the answers.
    fn answers(&mut self, out: &mut Out, text: &str) -> Result<(), Failure> {
        let mut answers: BTreeMap<String, Value> =
            if text == "{}" { BTreeMap::new() } else { serde_json::from_str(text)? };
        let questions = std::mem::take(&mut self.questions);
        for question in &questions {
            match answers.remove(question) {
                None | Some(Value::Null) => self.text(out, None)?,
                Some(Value::String(answer)) => self.text(out, Some(&answer))?,
                Some(Value::Array(choices)) => {
                    let choices: Vec<&str> = choices.iter().filter_map(Value::as_str).collect();
                    self.text(out, Some(&choices.join(SEPARATOR)))?;
                }
                Some(answer) => self.shown(out, Some(answer))?,
            }
        }
        self.questions = questions;
        let others = if answers.is_empty() { None } else { Some(serde_json::to_string(&answers)?) };
        self.text(out, others.as_deref())?;
        Ok(())
    }

    /// A cell with what somebody has written, or an empty one.
    fn text(&mut self, out: &mut Out, text: Option<&str>) -> Result<(), ::csv::Error> {
        let text = text.unwrap_or_default();
        let mut formulas = formulas(text).peekable();
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

    /// A cell with something of ours, or an empty one.
    fn shown(&mut self, out: &mut Out, value: Option<impl std::fmt::Display>) -> Result<(), ::csv::Error> {
        self.cell.clear();
        if let Some(value) = value {
            // Writing to a string does not fail.
            let _ = write!(self.cell, "{value}");
        }
        out.write_field(&self.cell)
    }
}

fn instant(out: &mut Out, at: Option<DateTime<Utc>>) -> Result<(), ::csv::Error> {
    out.write_field(at.map(time::rfc3339).unwrap_or_default())
}

fn end(out: &mut Out) -> Result<(), ::csv::Error> {
    out.write_record(None::<&[u8]>)
}

/// Where a spreadsheet would find a formula in this cell: at its start, or behind a character inside it at which a program may
/// divide the file that was told, or guesses, another separator than the comma. An apostrophe there makes it plain text.
fn formulas(text: &str) -> impl Iterator<Item = usize> + '_ {
    let divided = text.bytes().enumerate().filter(|(_, byte)| divides(*byte)).map(|(at, _)| at + 1);
    std::iter::once(0).chain(divided).filter(move |&at| is_run(&text[at..], at == 0))
}

const fn divides(byte: u8) -> bool {
    matches!(byte, b';' | b',' | b'|' | b'\t' | b'\r' | b'\n')
}

/// Whether a spreadsheet would run a cell that begins so (OWASP, "CSV injection"): what comes behind quotes and blanks counts,
/// because some programs leave those out. Tabs and line breaks count at the start of the whole cell; inside it they are
/// places where it may be divided, and `formulas` looks behind each.
fn is_run(text: &str, whole: bool) -> bool {
    for character in text.chars() {
        match character {
            '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠' => return true,
            '\t' | '\r' | '\n' => return whole,
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
    fn what_a_spreadsheet_would_run_is_quoted_off() {
        for run in [
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
            assert_eq!(formulas(run).next(), Some(0), "{run:?}");
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
            assert_eq!(formulas(harmless).next(), None, "{harmless:?}");
        }
    }

    #[test]
    fn what_hides_inside_a_cell_is_quoted_off_too() {
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

    /// A row of these cells between two of ours.
    fn row(cells: &[&str]) -> String {
        let mut csv = Csv::new(&[]);
        let mut out = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
        out.write_field("id").unwrap();
        for cell in cells {
            csv.text(&mut out, Some(cell)).unwrap();
        }
        out.write_field("1").unwrap();
        end(&mut out).unwrap();
        String::from_utf8(out.into_inner().unwrap()).unwrap()
    }

    /// Every cell that a program finds in a file which it divides at this character, with quotes or without.
    fn cells(text: &str, delimiter: u8, quoting: bool) -> Vec<String> {
        let mut builder = ::csv::ReaderBuilder::new();
        builder.has_headers(false).flexible(true).delimiter(delimiter).quoting(quoting);
        let mut reader = builder.from_reader(text.as_bytes());
        let records = reader.byte_records().map(Result::unwrap).collect::<Vec<_>>();
        records.iter().flatten().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect()
    }

    proptest! {
        #[test]
        fn nothing_is_run_whatever_separates_the_cells(
            texts in proptest::collection::vec("[ab é\u{3000}=+＠@\t\r\n;,|\"'-]{0,12}", 1..4),
        ) {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let text = row(&texts);
            for delimiter in *b",;\t|" {
                for quoting in [true, false] {
                    for cell in cells(&text, delimiter, quoting) {
                        let shown = cell.trim_start_matches(|c: char| c.is_whitespace() || c == '"' || c == '\u{feff}');
                        prop_assert!(!shown.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']), "{:?} in {:?}", cell, text);
                    }
                }
            }
            // Read as it was written, it is what people wrote, but for apostrophes.
            let read = cells(&text, b',', true);
            prop_assert_eq!(read.len(), texts.len() + 2);
            for (read, text) in read[1..].iter().zip(&texts) {
                prop_assert_eq!(read.replace('\'', ""), text.replace('\'', ""));
                prop_assert!(formulas(text).next().is_some() || read == text, "{:?} is {:?}", text, read);
            }
        }
    }

    #[test]
    fn a_cell_stays_one_cell() {
        let text = row(&["=HYPERLINK(\"x\")", "a,b", "two\r\nlines", "", "+34"]);
        assert_eq!(text, "id,\"'=HYPERLINK(\"\"x\"\")\",\"a,b\",\"two\r\nlines\",,'+34,1\r\n");
    }
}
