//! A sandbox that runs: its directory, its mailbox, and the examples in its database.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use chrono::TimeDelta;
use plenaria_delivery::mail::config::Destination;
use plenaria_delivery::mail::transport::memory::{MemoryMailbox, StoredMail};
use plenaria_domain::audit::AuditContext;
use plenaria_domain::event::EventStatus;
use plenaria_domain::event::definition::parse_reason;
use plenaria_domain::values::ids::{EventId, RegistrationId};
use plenaria_domain::values::language::Language;
use plenaria_domain::values::slug::Slug;
use plenaria_domain::values::time::Instant;
use plenaria_http::operations::sandbox::config::{MailFilter, Sandbox, SandboxMail};
use plenaria_persistence::Store;
use plenaria_persistence::desk::Desk;
use plenaria_persistence::desk::request::{AttendanceEntry, AttendeeRef, Command, RecordAttendance, Request};
use plenaria_persistence::events::definitions::read::EventKey;
use plenaria_persistence::events::publish::command::{EventAction, EventCommand};
use plenaria_persistence::events::publish::outcome::{Precondition, PublishMode, Publisher};
use serde_json::json;

use crate::commands::publish;
use crate::sandbox::clients::Filled;
use crate::sandbox::events::{EXAMPLES, Example};
use crate::sandbox::mode::SandboxMode;
use crate::sandbox::{clients, directory, events, people};

/// How long before the start of the sandbox its events were published, and people registered.
const HISTORY: TimeDelta = TimeDelta::days(20);

/// A sandbox that runs.
pub(crate) struct RunningSandbox {
    /// Locks the directory; `None` with PostgreSQL.
    _lock: Option<File>,
    mailbox: MemoryMailbox,
}

impl RunningSandbox {
    /// Prepares a sandbox, before its database is opened.
    ///
    /// # Errors
    /// Another sandbox uses the directory.
    pub(crate) fn begin(mode: SandboxMode, directory: &Path) -> anyhow::Result<Self> {
        let lock = (mode != SandboxMode::Postgres).then(|| directory::claim(mode, directory)).transpose()?;
        Ok(Self { _lock: lock, mailbox: MemoryMailbox::default() })
    }

    /// Fills an empty database with the bundled events and the examples, or one that was filled only partly with the rest.
    /// One that a sandbox has filled before stays as it is.
    ///
    /// # Errors
    /// The database has events that are not a sandbox's.
    pub(crate) async fn fill(&self, store: &Store, privacy_notice: &str, now: Instant) -> anyhow::Result<()> {
        let filled = clients::filled(store).await?;
        if filled == Filled::Completely {
            tracing::info!("the sandbox continues with the database of an earlier one");
            return Ok(());
        }
        if filled == Filled::NotAtAll && store.has_events().await.context("cannot look for events")? {
            bail!(
                "PLENARIA_SANDBOX: the database has events that are not a sandbox's. Use an empty database, which is for the \
                 sandbox alone."
            );
        }
        clients::begin(store, now).await?;
        publish::fill_if_empty(store, now).await?;
        let (desk, worker) = Desk::open(store.clone());
        let examples = async {
            for example in &EXAMPLES {
                add(store, &desk, example, privacy_notice, now).await?;
            }
            // The worker ends.
            drop(desk);
            anyhow::Ok(())
        };
        let (examples, ()) = tokio::join!(examples, worker);
        examples?;
        clients::complete(store, now).await?;
        tracing::info!(events = EXAMPLES.len(), "the sandbox's examples were published");
        Ok(())
    }

    /// Where mail is delivered.
    pub(crate) fn mail_destination(&self) -> Destination {
        Destination::Memory(self.mailbox.clone())
    }

    /// What the sandbox's routes show.
    pub(crate) fn shown(&self) -> Sandbox {
        let mailbox = self.mailbox.clone();
        let read_mail = move |filter: &MailFilter| {
            let matches = |mail: &StoredMail| {
                filter.to.as_ref().is_none_or(|address| address.to_lowercase() == mail.text.to.to_lowercase())
            };
            mailbox.newest(filter.limit, matches).into_iter().map(shown_mail).collect()
        };
        Sandbox { events: events::listed(), clients: clients::listed(), read_mail: Arc::new(read_mail) }
    }
}

/// Publishes an example and registers its people, in the past. Continues where an earlier start ended.
async fn add(store: &Store, desk: &Desk, example: &Example, privacy_notice: &str, now: Instant) -> anyhow::Result<()> {
    let since = now - HISTORY;
    let stored = store.definition(None, &EventKey::Slug(Slug::parse(example.slug)?)).await;
    let (event, definition) = match stored.with_context(|| format!("cannot read {}", example.slug))? {
        // Nothing follows the cancellation.
        Some(stored) if stored.status == EventStatus::Cancelled => return Ok(()),
        Some(stored) => (stored.id, stored.definition),
        None => {
            let definition = example.definition(now)?;
            let published = store.publish(std::slice::from_ref(&definition), since, PublishMode::Apply).await;
            let published = published.with_context(|| format!("cannot publish {}", example.slug))?;
            let Some(event) = published.first().map(|published| published.id) else { return Ok(()) };
            (event, definition)
        }
    };
    let people = people::register(desk, (event, &definition), (example.people, privacy_notice), since).await?;
    if example.attended > 0 {
        record_attendance(store, event, &people[..example.attended.min(people.len())], now).await?;
    }
    if example.cancelled {
        cancel(store, event, now).await?;
    }
    Ok(())
}

async fn record_attendance(
    store: &Store,
    event: EventId,
    people: &[RegistrationId],
    now: Instant,
) -> anyhow::Result<()> {
    let entry =
        |id: &RegistrationId| AttendanceEntry { attendee: AttendeeRef::Registration(*id), attended: true, at: None };
    let entries = people.iter().map(entry).collect();
    let attendance = RecordAttendance { access: None, audit: AuditContext::operator(), entries };
    let request = Request { event, now, idempotency: None, command: Command::RecordAttendance(attendance) };
    store.submit(request).await.context("cannot record the attendance")?;
    Ok(())
}

async fn cancel(store: &Store, event: EventId, now: Instant) -> anyhow::Result<()> {
    let reason = json!({
        "en": "The example hall was flooded.", "es": "La sala de ejemplo se inundó.",
        "fr": "La salle d'exemple a été inondée.", "ca": "La sala d'exemple es va inundar.",
    });
    let language = Language::parse("en")?;
    let reason = parse_reason(&reason, "/reason", &language).unwrap_or_default();
    let command = EventCommand {
        event,
        action: EventAction::Cancel { reason },
        publisher: Publisher::operator(),
        precondition: Precondition::Any,
        idempotency: None,
        now,
    };
    store.command_event(command).await.context("cannot cancel an example")?;
    Ok(())
}

fn shown_mail(mail: StoredMail) -> SandboxMail {
    let StoredMail { id, kind, registration, event, at, text } = mail;
    SandboxMail {
        id: id.to_string(),
        kind: kind.as_str(),
        to: text.to,
        language: text.language.as_str(),
        at,
        event_id: event.to_string(),
        registration_id: registration.to_string(),
        subject: text.subject,
        text: text.plain,
        html: text.html,
        link: text.link,
    }
}
