//! Writes registrations as CSV (RFC 4180), and keeps spreadsheets from running people's texts as formulas.

use ::csv::{Terminator, Writer, WriterBuilder};
use plenaria_domain::values::time;
use plenaria_persistence::registrations::export::Chunk;

use super::columns::{Cell, Columns};
use super::formulas::formula_starts;
use super::rows::{ExportError, Rows};

/// The byte order mark, by which some spreadsheets recognise UTF-8.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// The variants of CSV that a request can choose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct CsvDialect {
    /// Whether the file begins with a byte order mark.
    pub(crate) byte_order_mark: bool,
    /// What stands between two cells.
    pub(crate) separator: Separator,
}

/// What stands between two cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Separator {
    #[default]
    Comma,
    /// Spreadsheets expect it where the comma separates decimals.
    Semicolon,
}

/// Writes registrations as CSV.
pub(crate) struct CsvWriter {
    columns: Columns,
    dialect: CsvDialect,
    header_written: bool,
    /// A buffer for the current cell.
    cell: String,
}

type Out = Writer<Vec<u8>>;

impl CsvWriter {
    pub(crate) fn new(columns: Columns, dialect: CsvDialect) -> Self {
        Self { columns, dialect, header_written: false, cell: String::new() }
    }

    pub(crate) fn write(&mut self, batch: &Chunk, from: usize, max_bytes: usize) -> Result<Rows, ExportError> {
        let mut text = Vec::with_capacity(max_bytes + max_bytes / 4);
        if self.dialect.byte_order_mark && !self.header_written {
            text.extend_from_slice(BYTE_ORDER_MARK);
        }
        let delimiter = match self.dialect.separator {
            Separator::Comma => b',',
            Separator::Semicolon => b';',
        };
        let mut out = WriterBuilder::new().terminator(Terminator::CRLF).delimiter(delimiter).from_writer(text);
        if !self.header_written {
            self.header_written = true;
            out.write_record(self.columns.names())?;
        }
        let mut count = 0;
        while out.get_ref().len() < max_bytes
            && let Some(row) = batch.get(from + count)?
        {
            self.columns.write_cells(&row, |cell| Ok(write_cell(&mut self.cell, &mut out, cell)?))?;
            end_row(&mut out)?;
            count += 1;
        }
        let text = out.into_inner().map_err(::csv::IntoInnerError::into_error)?;
        Ok(Rows { text, count })
    }
}

/// Writes a cell; `buffer` is overwritten.
fn write_cell(buffer: &mut String, out: &mut Out, cell: Cell<'_>) -> Result<(), ::csv::Error> {
    match cell {
        Cell::Empty => out.write_field(""),
        Cell::Text(text) => write_text(buffer, out, text),
        Cell::Code(code) => out.write_field(code),
        Cell::Number(number) => out.write_field(number.to_string()),
        Cell::Boolean(value) => out.write_field(if value { "true" } else { "false" }),
        Cell::Instant(at) => out.write_field(time::rfc3339(at)),
    }
}

/// Writes a cell with a text that people have written; an apostrophe makes plain text of a formula.
fn write_text(buffer: &mut String, out: &mut Out, text: &str) -> Result<(), ::csv::Error> {
    let mut formulas = formula_starts(text).peekable();
    if formulas.peek().is_none() {
        return out.write_field(text);
    }
    buffer.clear();
    let mut written = 0;
    for at in formulas {
        buffer.push_str(&text[written..at]);
        buffer.push('\'');
        written = at;
    }
    buffer.push_str(&text[written..]);
    out.write_field(buffer)
}

fn end_row(out: &mut Out) -> Result<(), ::csv::Error> {
    out.write_record(None::<&[u8]>)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
        let mut buffer = String::new();
        let mut out = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
        out.write_field("id").unwrap();
        for cell in cells {
            write_cell(&mut buffer, &mut out, Cell::Text(cell)).unwrap();
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
