//! Writes registrations as NDJSON: each line is the JSON that reading the registration returns.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use plenaria_domain::event::Event;
use plenaria_persistence::registrations::export::{Chunk, ExportRow};
use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::rows::{ExportError, Rows};

/// Writes registrations as NDJSON.
pub(crate) struct NdjsonWriter {
    event: Uuid,
    slug: String,
    event_url: String,
    /// A buffer: the URL of all registrations, then the rest of the current row's URL.
    url: String,
    /// The length of the URL of all registrations.
    prefix: usize,
}

/// A registration with the fields of `RegistrationDto`, borrowed. A test compares the two.
#[derive(Serialize)]
struct Line<'r> {
    id: Uuid,
    event: EventReference<'r>,
    status: &'r str,
    waitlist_position: Option<usize>,
    email: &'r str,
    name: &'r str,
    organisation: Option<&'r str>,
    position: Option<&'r str>,
    city: Option<&'r str>,
    country: Option<&'r str>,
    audience: Option<&'r str>,
    language: &'r str,
    newsletter: bool,
    access_needs: Option<&'r str>,
    answers: &'r RawValue,
    external_reference: Option<&'r str>,
    source: &'r str,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    confirmed_at: Option<DateTime<Utc>>,
    cancelled_at: Option<DateTime<Utc>>,
    cancellation_reason: Option<&'r str>,
    attended_at: Option<DateTime<Utc>>,
    revision: i64,
    links: Links<'r>,
}

#[derive(Serialize)]
struct EventReference<'r> {
    id: Uuid,
    slug: &'r str,
}

#[derive(Serialize)]
struct Links<'r> {
    #[serde(rename = "self")]
    this: &'r str,
    event: &'r str,
    cancel: Option<&'r str>,
    calendar: &'r str,
}

impl NdjsonWriter {
    pub(crate) fn new(event: &Event, base_url: &str) -> Self {
        let slug = event.definition.slug.to_string();
        let url = format!("{base_url}/v1/registrations/");
        Self { event: event.id.0, event_url: format!("{base_url}/v1/events/{slug}"), slug, prefix: url.len(), url }
    }

    pub(crate) fn write(&mut self, batch: &Chunk, from: usize, max_bytes: usize) -> Result<Rows, ExportError> {
        let mut rows = Rows { text: Vec::with_capacity(max_bytes + max_bytes / 16), count: 0 };
        while rows.text.len() < max_bytes
            && let Some(row) = batch.get(from + rows.count)?
        {
            self.write_line(&mut rows.text, &row)?;
            rows.count += 1;
        }
        Ok(rows)
    }

    fn write_line(&mut self, text: &mut Vec<u8>, row: &ExportRow<'_>) -> Result<(), serde_json::Error> {
        self.url.truncate(self.prefix);
        // Writing to a string does not fail.
        let _ = write!(self.url, "{}", row.id.as_hyphenated());
        let this = self.url.len();
        self.url.push_str("/cancel");
        let calendar = format!("{}/calendar.ics", &self.url[..this]);
        let line = Line {
            id: row.id,
            event: EventReference { id: self.event, slug: &self.slug },
            status: row.status,
            waitlist_position: row.waitlist_position,
            email: row.email,
            name: row.name,
            organisation: row.organisation,
            position: row.position,
            city: row.city,
            country: row.country,
            audience: row.audience,
            language: row.language,
            newsletter: row.newsletter,
            access_needs: row.access_needs,
            answers: serde_json::from_str(row.answers)?,
            external_reference: row.external_reference,
            source: row.source,
            created_at: row.created_at,
            updated_at: row.updated_at,
            confirmed_at: row.confirmed_at,
            cancelled_at: row.cancelled_at,
            cancellation_reason: row.cancellation_reason,
            attended_at: row.attended_at,
            revision: row.revision,
            links: Links {
                this: &self.url[..this],
                event: &self.event_url,
                cancel: row.cancelled_at.is_none().then_some(&*self.url),
                calendar: &calendar,
            },
        };
        serde_json::to_writer(&mut *text, &line)?;
        text.push(b'\n');
        Ok(())
    }
}
