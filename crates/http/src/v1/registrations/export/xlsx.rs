//! Writes registrations as a spreadsheet (XLSX), while they are read.
//!
//! The file is a ZIP archive whose parts, apart from the rows, are the same for every event (`workbook/`). Each row is
//! compressed as soon as it is written, so the memory does not grow with the number of rows, and there is no temporary
//! file. `docs/decisions/0015-export.md` says why no library writes the rows.

use std::cell::RefCell;
use std::fmt::{self, Write as _};
use std::io::{self, Write};
use std::rc::Rc;

use chrono::{DateTime, Utc};
use plenaria_persistence::registrations::export::{Chunk, ExportRow};
use zip::ZipWriter;
use zip::write::{SimpleFileOptions, StreamWriter};

use super::columns::{Cell, Columns};
use super::formulas::formula_starts;
use super::rows::{ExportError, Rows};

/// The most registrations in a file. A sheet can have 1,048,576 rows.
pub(crate) const MAX_ROWS: usize = 1_000_000;
/// The most registrations in a sheet that certainly has less than 4 GiB: with 50 answers of 2,000 characters and those to
/// removed questions, all of them escaped, a row has 700 KB.
pub(crate) const MAX_SMALL_ROWS: usize = 5_000;
/// The longest text of a cell, in UTF-16 code units. Excel calls a file with a longer one damaged.
const MAX_CELL_LENGTH: usize = 32_767;
/// The parts of the file before the sheet.
const PARTS: [(&str, &str); 5] = [
    ("[Content_Types].xml", include_str!("workbook/content_types.xml")),
    ("_rels/.rels", include_str!("workbook/package_relationships.xml")),
    ("xl/workbook.xml", include_str!("workbook/workbook.xml")),
    ("xl/_rels/workbook.xml.rels", include_str!("workbook/workbook_relationships.xml")),
    ("xl/styles.xml", include_str!("workbook/styles.xml")),
];
const SHEET: &str = "xl/worksheets/sheet1.xml";
const SHEET_START: &str = include_str!("workbook/sheet_start.xml");
const SHEET_END: &str = "</sheetData></worksheet>";
/// 1970-01-01 in a spreadsheet's days since 1899-12-30.
const EPOCH_DAY: f64 = 25_569.0;
const MICROSECONDS_PER_DAY: f64 = 86_400_000_000.0;

/// The styles of cells, in the order of `workbook/styles.xml`.
#[derive(Clone, Copy)]
enum CellStyle {
    Header = 1,
    DateTime = 2,
    /// A text that would be a formula if it were typed into the cell. The style keeps it a text when the cell is edited.
    Quoted = 3,
}

/// Whether the sheet may have 4 GiB before compression. It then has the sizes of ZIP64 in its archive, which not every
/// program reads as well as the usual ones.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum SheetSize {
    /// It certainly has less.
    Small,
    /// It may have more.
    Large,
}

/// Writes registrations as a spreadsheet.
pub(crate) struct XlsxWriter {
    columns: Columns,
    size: SheetSize,
    /// The letters by which the sheet refers to the columns.
    letters: Vec<String>,
    /// `None` before the first row and after the last.
    archive: Option<ZipWriter<StreamWriter<Output>>>,
    output: Output,
    /// The rows written, with the header.
    rows: usize,
    /// A buffer for the current row.
    row: String,
}

/// Bytes of the archive that have not been sent yet. The archive's writer holds the other clone.
#[derive(Clone, Default)]
struct Output(Rc<RefCell<Vec<u8>>>);

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl XlsxWriter {
    pub(crate) fn new(columns: Columns, size: SheetSize) -> Self {
        let letters = (0..columns.names().count()).map(column_letters).collect();
        Self { columns, size, letters, archive: None, output: Output::default(), rows: 0, row: String::new() }
    }

    /// Writes registrations, or the end of the file if the batch is empty. The limit is the size before compression.
    pub(crate) fn write(&mut self, batch: &Chunk, from: usize, max_bytes: usize) -> Result<Rows, ExportError> {
        if self.rows == 0 {
            self.start()?;
        }
        let (mut count, mut size) = (0, 0);
        while size < max_bytes
            && let Some(row) = batch.get(from + count)?
        {
            size += self.write_row(&row)?;
            count += 1;
        }
        if batch.is_empty() {
            self.finish()?;
        }
        Ok(Rows { text: self.output.0.take(), count })
    }

    /// Writes all that comes before the registrations.
    fn start(&mut self) -> Result<(), ExportError> {
        let mut archive = ZipWriter::new_stream(self.output.clone());
        for (name, content) in PARTS {
            archive.start_file(name, SimpleFileOptions::default())?;
            archive.write_all(content.as_bytes())?;
        }
        archive.start_file(SHEET, SimpleFileOptions::default().large_file(self.size == SheetSize::Large))?;
        archive.write_all(SHEET_START.as_bytes())?;
        self.archive = Some(archive);
        self.start_row()?;
        for (name, letters) in self.columns.names().zip(&self.letters) {
            write_text(&mut self.row, letters, self.rows, Some(CellStyle::Header), &name)?;
        }
        self.end_row()?;
        Ok(())
    }

    /// Writes a registration, and returns its size before compression.
    fn write_row(&mut self, row: &ExportRow<'_>) -> Result<usize, ExportError> {
        if self.rows > MAX_ROWS {
            return Err(ExportError::TooManyRows);
        }
        self.start_row()?;
        let mut letters = self.letters.iter();
        self.columns.write_cells(row, |cell| {
            let letters = letters.next().map_or("", String::as_str);
            Ok(write_cell(&mut self.row, letters, self.rows, cell)?)
        })?;
        self.end_row()
    }

    fn start_row(&mut self) -> fmt::Result {
        self.rows += 1;
        self.row.clear();
        write!(self.row, "<row r=\"{}\">", self.rows)
    }

    fn end_row(&mut self) -> Result<usize, ExportError> {
        self.row.push_str("</row>");
        if let Some(archive) = &mut self.archive {
            archive.write_all(self.row.as_bytes())?;
        }
        Ok(self.row.len())
    }

    fn finish(&mut self) -> Result<(), ExportError> {
        if let Some(mut archive) = self.archive.take() {
            archive.write_all(SHEET_END.as_bytes())?;
            archive.finish()?;
        }
        Ok(())
    }
}

/// Appends a cell to a row. Empty cells are left out.
fn write_cell(out: &mut String, letters: &str, row: usize, cell: Cell<'_>) -> fmt::Result {
    match cell {
        Cell::Empty => Ok(()),
        Cell::Code(text) => write_text(out, letters, row, None, text),
        Cell::Text(text) => {
            let is_formula = formula_starts(text).next() == Some(0);
            write_text(out, letters, row, is_formula.then_some(CellStyle::Quoted), text)
        }
        Cell::Number(number) => write!(out, "<c r=\"{letters}{row}\"><v>{number}</v></c>"),
        Cell::Boolean(value) => write!(out, "<c r=\"{letters}{row}\" t=\"b\"><v>{}</v></c>", u8::from(value)),
        Cell::Instant(at) => {
            let style = CellStyle::DateTime as u8;
            write!(out, "<c r=\"{letters}{row}\" s=\"{style}\"><v>{}</v></c>", day_number(at))
        }
    }
}

/// Appends a cell of the type that only ever holds text, whatever the text looks like.
fn write_text(out: &mut String, letters: &str, row: usize, style: Option<CellStyle>, text: &str) -> fmt::Result {
    write!(out, "<c r=\"{letters}{row}\"")?;
    if let Some(style) = style {
        write!(out, " s=\"{}\"", style as u8)?;
    }
    out.push_str(" t=\"inlineStr\"><is><t xml:space=\"preserve\">");
    write_escaped(out, shortened(text))?;
    out.push_str("</t></is></c>");
    Ok(())
}

/// The letters of the column with this index: A to Z, then AA and so on.
fn column_letters(index: usize) -> String {
    let last = char::from(b'A' + u8::try_from(index % 26).unwrap_or_default());
    match index / 26 {
        0 => last.to_string(),
        more => format!("{}{last}", column_letters(more - 1)),
    }
}

/// An instant as spreadsheets count it, in days. They know no time zones: all instants are in UTC.
#[allow(clippy::cast_precision_loss, reason = "microseconds of the years up to 2200 are exact")]
fn day_number(at: DateTime<Utc>) -> f64 {
    at.timestamp_micros() as f64 / MICROSECONDS_PER_DAY + EPOCH_DAY
}

/// As much of a text as fits into a cell.
fn shortened(text: &str) -> &str {
    // A text has no more code units in UTF-16 than bytes in UTF-8.
    if text.len() <= MAX_CELL_LENGTH {
        return text;
    }
    let mut length = 0;
    let end = text.char_indices().find(|(_, character)| {
        length += character.len_utf16();
        length > MAX_CELL_LENGTH
    });
    end.map_or(text, |(at, _)| &text[..at])
}

/// Appends a text as XML. Characters that XML cannot have are written as `_xHHHH_`, as spreadsheets read them, and so is
/// the underscore of a text that looks like that already.
fn write_escaped(out: &mut String, text: &str) -> fmt::Result {
    for (at, character) in text.char_indices() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\t' | '\n' => out.push(character),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => write!(out, "_x{:04X}_", u32::from(character))?,
            '_' if is_escape(&text.as_bytes()[at..]) => out.push_str("_x005F_"),
            _ => out.push(character),
        }
    }
    Ok(())
}

/// Whether a text begins with `_xHHHH_`.
fn is_escape(text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"_x").and_then(|rest| rest.split_at_checked(4));
    digits.is_some_and(|(digits, rest)| digits.iter().all(u8::is_ascii_hexdigit) && rest.starts_with(b"_"))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use calamine::{Data, Reader as _, Xlsx};
    use chrono::TimeDelta;
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    /// The cells of a file without registrations but with one more row.
    fn read_back(cells: &[Cell<'_>]) -> Vec<Data> {
        let mut writer = XlsxWriter::new(Columns::new(&[]), SheetSize::Large);
        writer.start().unwrap();
        writer.start_row().unwrap();
        for (index, cell) in cells.iter().enumerate() {
            write_cell(&mut writer.row, &column_letters(index), writer.rows, *cell).unwrap();
        }
        writer.end_row().unwrap();
        let rows = rows(writer);
        rows[1][..cells.len()].to_vec()
    }

    fn rows(mut writer: XlsxWriter) -> Vec<Vec<Data>> {
        writer.finish().unwrap();
        let mut workbook: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(writer.output.0.take())).unwrap();
        assert_eq!(workbook.sheet_names(), ["registrations"]);
        assert!(workbook.worksheet_formula("registrations").unwrap().is_empty(), "no formulas");
        workbook.worksheet_range("registrations").unwrap().rows().map(<[Data]>::to_vec).collect()
    }

    #[test]
    fn every_type_of_cell_is_read_back() {
        let at = DateTime::from_timestamp_micros(1_795_424_400_123_000).unwrap();
        let cells = read_back(&[
            Cell::Text("=1+1"),
            Cell::Number(7),
            Cell::Boolean(true),
            Cell::Empty,
            Cell::Instant(at),
            Cell::Code("confirmed"),
        ]);
        assert_eq!(cells[0], Data::String("=1+1".to_owned()));
        assert_eq!(cells[1..4], [Data::Float(7.0), Data::Bool(true), Data::Empty]);
        let Data::DateTime(read) = cells[4] else { panic!("{:?} is not a date", cells[4]) };
        let difference = read.as_datetime().unwrap() - at.naive_utc();
        assert!(difference.abs() <= TimeDelta::milliseconds(1), "{read:?}");
        assert_eq!(cells[5], Data::String("confirmed".to_owned()));
    }

    #[test]
    fn a_text_longer_than_a_cell_is_cut() {
        let text = format!("{}😀😀", "é".repeat(MAX_CELL_LENGTH - 3));
        let expected = text.strip_suffix('😀').unwrap();
        assert_eq!(read_back(&[Cell::Text(&text)]), [Data::String(expected.to_owned())]);
    }

    #[test]
    fn a_large_sheet_has_the_sizes_of_zip64() {
        for (size, version) in [(SheetSize::Small, 20), (SheetSize::Large, 45)] {
            let mut writer = XlsxWriter::new(Columns::new(&[]), size);
            writer.start().unwrap();
            writer.finish().unwrap();
            let mut archive = zip::ZipArchive::new(Cursor::new(writer.output.0.take())).unwrap();
            assert_eq!(archive.by_name(SHEET).unwrap().version_needed(), version);
            assert_eq!(archive.by_name("xl/workbook.xml").unwrap().version_needed(), 20);
        }
    }

    #[test]
    fn columns_have_letters() {
        assert_eq!([0, 25, 26, 51, 52, 701, 702].map(column_letters), ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]);
    }

    #[test]
    fn a_sheet_has_a_maximum() {
        let mut writer = XlsxWriter::new(Columns::new(&[]), SheetSize::Large);
        writer.start().unwrap();
        writer.rows = MAX_ROWS;
        writer.write_row(&registration()).unwrap();
        assert!(matches!(writer.write_row(&registration()), Err(ExportError::TooManyRows)));
    }

    fn registration() -> ExportRow<'static> {
        ExportRow {
            id: Uuid::nil(),
            status: "confirmed",
            waitlist_position: None,
            email: "ana@example.org",
            name: "Ana",
            organisation: None,
            position: None,
            city: None,
            country: None,
            audience: None,
            language: "en",
            newsletter: false,
            access_needs: None,
            external_reference: None,
            source: "public",
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
            confirmed_at: None,
            cancelled_at: None,
            cancellation_reason: None,
            attended_at: None,
            revision: 1,
            answers: "{}",
        }
    }

    proptest! {
        #[test]
        fn texts_are_read_back_unchanged(text in "([ -~é😀\u{fffe}\n\t]|_x000D_|_x005F_|&amp;|]]>){1,20}") {
            prop_assert_eq!(read_back(&[Cell::Text(&text)]), [Data::String(text)]);
        }
    }
}
