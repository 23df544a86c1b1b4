//! Attendance reports of video platforms (Zoom, Teams, Meet, Webex, …), as CSV files.
//!
//! No two platforms write the same columns, so columns are recognised by words of their names in several languages
//! (`columns.rs`), and times by trying the usual spellings (`times.rs`). What stands before the row of column names is
//! skipped. A person has a row for each time that they joined; their rows are added up.

mod columns;
#[cfg(test)]
mod tests;
pub mod times;

use std::collections::BTreeMap;

use chrono::TimeDelta;
use plenaria_domain::values::email::EmailAddress;
use plenaria_domain::values::time::Instant;

use self::columns::Columns;
use self::times::ReportedEvent;

/// A person in a report.
#[derive(Clone, Debug)]
pub struct Participant {
    /// The address.
    pub email: EmailAddress,
    /// The line of the person's first row.
    pub line: u64,
    /// When the person first joined, if the report says so.
    pub joined_at: Option<Instant>,
    /// For how long the person was there, if the report says so.
    pub stayed: Option<TimeDelta>,
}

/// A report.
#[derive(Debug, Default)]
pub struct AttendanceReport {
    /// The people who attended, in the order of their first rows.
    pub participants: Vec<Participant>,
    /// The lines of rows without an address: guests, and people who joined by telephone.
    pub without_address: Vec<u64>,
    /// Rows whose address is none, with their line.
    pub invalid_addresses: Vec<(u64, String)>,
    /// Times that could not be read, with their line. Such a row counts without its time.
    pub unreadable_times: Vec<(u64, String)>,
}

/// Why a report cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The file is neither UTF-8 nor UTF-16.
    #[error("the file is not text in UTF-8 or UTF-16; save it as “CSV UTF-8”")]
    Encoding,
    /// No row has the name of a column with addresses.
    #[error("the file has no column with e-mail addresses")]
    NoAddresses,
    /// The file is no CSV.
    #[error("the file cannot be read as CSV: {0}")]
    Csv(#[from] csv::Error),
}

/// Reads a report.
///
/// # Errors
/// See [`ReportError`]. Rows that cannot be read are no error; the report lists them.
pub fn read(bytes: &[u8], event: ReportedEvent) -> Result<AttendanceReport, ReportError> {
    let text = decode(bytes)?;
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(&text))
        .from_reader(text.as_bytes());
    let mut columns = None;
    let mut collector = Collector { event, report: AttendanceReport::default(), people: BTreeMap::new() };
    for row in reader.records() {
        let row = row?;
        // A report of several parts has several rows of column names.
        if let Some(found) = Columns::find(&row) {
            columns = Some(found);
        } else if let Some(columns) = &columns {
            collector.add(columns, &row);
        }
    }
    if columns.is_none() { Err(ReportError::NoAddresses) } else { Ok(collector.finish()) }
}

/// Decodes UTF-8, with or without a byte order mark, and UTF-16 with one, which Teams writes.
fn decode(bytes: &[u8]) -> Result<String, ReportError> {
    let utf16 = |rest: &[u8], unit: fn([u8; 2]) -> u16| {
        let (pairs, rest) = rest.as_chunks::<2>();
        let units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
        String::from_utf16(&units).ok().filter(|_| rest.is_empty()).ok_or(ReportError::Encoding)
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => {
            let text = std::str::from_utf8(bytes).map_err(|_| ReportError::Encoding)?;
            Ok(text.strip_prefix('\u{feff}').unwrap_or(text).to_owned())
        }
    }
}

/// The separator of the row of column names: the most frequent of tab, semicolon and comma.
fn delimiter(text: &str) -> u8 {
    let names = text.lines().find(|line| {
        [b'\t', b';', b','].into_iter().any(|separator| {
            let row: csv::StringRecord = line.split(char::from(separator)).map(|name| name.trim_matches('"')).collect();
            Columns::find(&row).is_some()
        })
    });
    let count = |separator: u8| names.unwrap_or_default().bytes().filter(|byte| *byte == separator).count();
    // Of equally frequent ones the last is taken: a comma where there is no separator at all.
    [b'\t', b';', b','].into_iter().max_by_key(|separator| count(*separator)).unwrap_or(b',')
}

/// What the rows say about one person.
struct Person {
    email: EmailAddress,
    /// The order of the first rows.
    number: usize,
    line: u64,
    joined_at: Option<Instant>,
    /// The times from joining until leaving.
    intervals: Vec<(Instant, Instant)>,
    /// The durations of rows without such times.
    stated: Option<TimeDelta>,
}

/// Adds rows up to people.
struct Collector {
    event: ReportedEvent,
    report: AttendanceReport,
    /// By the normalised address.
    people: BTreeMap<String, Person>,
}

impl Collector {
    fn add(&mut self, columns: &Columns, row: &csv::StringRecord) {
        let line = row.position().map_or(0, csv::Position::line);
        if columns.is_absent(row) || row.iter().all(|cell| cell.trim().is_empty()) {
            return;
        }
        let Some(address) = columns.email(row) else {
            self.report.without_address.push(line);
            return;
        };
        let Ok(email) = EmailAddress::parse(address) else {
            self.report.invalid_addresses.push((line, address.to_owned()));
            return;
        };
        let joined = columns.joined(row).and_then(|text| self.time(line, text));
        let left = columns.left(row).and_then(|text| self.time(line, text));
        let stated = columns.duration(row).and_then(times::duration);
        let number = self.people.len();
        let person = self.people.entry(email.key().to_owned()).or_insert(Person {
            email,
            number,
            line,
            joined_at: None,
            intervals: Vec::new(),
            stated: None,
        });
        person.joined_at = [person.joined_at, joined].into_iter().flatten().min();
        match (joined, left) {
            (Some(joined), Some(left)) if left >= joined => person.intervals.push((joined, left)),
            _ => person.stated = [person.stated, stated].into_iter().flatten().reduce(|sum, more| sum + more),
        }
    }

    /// Reads a time, or notes that it cannot be read.
    fn time(&mut self, line: u64, text: &str) -> Option<Instant> {
        let time = times::instant(text, self.event);
        if time.is_none() {
            self.report.unreadable_times.push((line, text.to_owned()));
        }
        time
    }

    fn finish(mut self) -> AttendanceReport {
        let mut people: Vec<Person> = self.people.into_values().collect();
        people.sort_unstable_by_key(|person| person.number);
        let participant = |person: Person| Participant {
            stayed: [union(person.intervals), person.stated].into_iter().flatten().reduce(|sum, more| sum + more),
            email: person.email,
            line: person.line,
            joined_at: person.joined_at,
        };
        self.report.participants = people.into_iter().map(participant).collect();
        self.report
    }
}

/// The time that the intervals cover. They overlap where a person joined with two devices, or where two parts of a report
/// have the same row.
fn union(mut intervals: Vec<(Instant, Instant)>) -> Option<TimeDelta> {
    intervals.sort_unstable();
    let mut covered_until = intervals.first()?.0;
    let mut covered = TimeDelta::zero();
    for (from, until) in intervals {
        let from = from.max(covered_until);
        if until > from {
            covered += until - from;
            covered_until = until;
        }
    }
    Some(covered)
}
