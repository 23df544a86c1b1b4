//! Registrations as NDJSON: each line is what reading the registration would have answered.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use plenaria_domain::event::Event;
use plenaria_persistence::registration_export::{Chunk, Exported};
use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::body::{Failure, Rows};

/// Writes rows as NDJSON.
pub(super) struct Ndjson {
    event: Uuid,
    slug: String,
    event_link: String,
    /// Where registrations are found, and behind that the row's link.
    link: String,
    prefix: usize,
}

/// A registration as `RegistrationDto` has it, borrowed. A test compares the two.
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

impl Ndjson {
    pub(super) fn new(event: &Event, base: &str) -> Self {
        let slug = event.definition.slug.to_string();
        let link = format!("{base}/v1/registrations/");
        Self { event: event.id.0, event_link: format!("{base}/v1/events/{slug}"), slug, prefix: link.len(), link }
    }

    pub(super) fn write(&mut self, chunk: &Chunk, from: usize, bytes: usize) -> Result<Rows, Failure> {
        let mut rows = Rows { text: Vec::with_capacity(bytes + bytes / 16), number: 0 };
        while rows.text.len() < bytes
            && let Some(row) = chunk.get(from + rows.number)?
        {
            self.line(&mut rows.text, &row)?;
            rows.number += 1;
        }
        Ok(rows)
    }

    fn line(&mut self, text: &mut Vec<u8>, row: &Exported<'_>) -> Result<(), serde_json::Error> {
        self.link.truncate(self.prefix);
        // Writing to a string does not fail.
        let _ = write!(self.link, "{}", row.id.as_hyphenated());
        let this = self.link.len();
        self.link.push_str("/cancel");
        let calendar = format!("{}/calendar.ics", &self.link[..this]);
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
                this: &self.link[..this],
                event: &self.event_link,
                cancel: row.cancelled_at.is_none().then_some(&*self.link),
                calendar: &calendar,
            },
        };
        serde_json::to_writer(&mut *text, &line)?;
        text.push(b'\n');
        Ok(())
    }
}
