//! `plenaria attendance import`: records who attended, from the report of a video platform.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, anyhow, bail};
use chrono::TimeDelta;
use plenaria_domain::audit::AuditContext;
use plenaria_domain::event::Event;
use plenaria_domain::values::ids::EventId;
use plenaria_domain::values::slug::Slug;
use plenaria_domain::values::time::Instant;
use plenaria_formats::attendance_report::times::ReportedEvent;
use plenaria_formats::attendance_report::{self, AttendanceReport, Participant};
use plenaria_persistence::Store;
use plenaria_persistence::desk::reply::{AttendanceResult, Outcome, Refusal};
use plenaria_persistence::desk::request::{AttendanceEntry, AttendeeRef, Command, RecordAttendance, Request};

use crate::cli::AttendanceCommand;
use crate::commands::database::open;
use crate::commands::output::say;
use crate::settings::ServerConfig;

/// How many people one transaction records.
const BATCH_SIZE: usize = 500;

/// Runs the command.
pub(crate) async fn run(config: &ServerConfig, command: AttendanceCommand, now: Instant) -> anyhow::Result<()> {
    let AttendanceCommand::Import { file, event, minutes, dry_run } = command;
    let store = open(config).await?;
    let event = find_event(&store, &event).await?;
    let report = read_report(&file, &event)?;
    say_unreadable(&report)?;
    let minimum = TimeDelta::minutes(minutes.into());
    let (present, short): (Vec<_>, Vec<_>) =
        report.participants.into_iter().partition(|person| minutes == 0 || person.stayed.is_some_and(|t| t >= minimum));
    let total = present.len() + short.len();
    say(&format!("{}: {total} people in the report", event.definition.slug))?;
    if !short.is_empty() {
        say(&format!(
            "{} of them stayed less than {minutes} minutes, or the report does not say how long:",
            short.len()
        ))?;
        say_people(&short)?;
    }
    let recorded = record(&store, event.id, &present, now, dry_run).await;
    store.close().await;
    say_results(&present, &recorded?, dry_run)
}

async fn find_event(store: &Store, name: &str) -> anyhow::Result<Event> {
    let not_found = || anyhow!("there is no event {name:?}");
    let id = match (EventId::parse(name), Slug::parse(name)) {
        (Some(id), _) => Some(id),
        (None, Ok(slug)) => store.event_id(&slug).await.context("cannot read the event")?,
        (None, Err(_)) => None,
    };
    let events = store.load_events(&[id.ok_or_else(not_found)?]).await.context("cannot read the event")?;
    events.into_iter().next().ok_or_else(not_found)
}

fn read_report(file: &Path, event: &Event) -> anyhow::Result<AttendanceReport> {
    let name = file.display();
    let bytes = fs::read(file).with_context(|| format!("{name}"))?;
    let reported = ReportedEvent { starts_at: event.starts_at, zone: event.definition.time_zone };
    attendance_report::read(&bytes, reported).with_context(|| format!("{name}"))
}

async fn record(
    store: &Store,
    event: EventId,
    people: &[Participant],
    now: Instant,
    dry_run: bool,
) -> anyhow::Result<Vec<AttendanceResult>> {
    let mut results = Vec::with_capacity(people.len());
    for batch in people.chunks(BATCH_SIZE) {
        let entry = |person: &Participant| AttendanceEntry {
            attendee: AttendeeRef::Email(person.email.clone()),
            attended: true,
            // A platform whose clock is fast must not record the future.
            at: person.joined_at.map(|at| at.min(now)),
        };
        let entries = batch.iter().map(entry).collect();
        let attendance = RecordAttendance { access: None, audit: AuditContext::operator(), entries };
        let command = Command::RecordAttendance(attendance);
        let request = Request { event, now, idempotency: None, command };
        let reply = if dry_run { store.try_submit(request).await } else { store.submit(request).await };
        match reply {
            Ok(Outcome::Attendance(recorded)) => results.extend(recorded),
            Ok(_) | Err(Refusal::EventNotFound) => bail!("the event no longer exists"),
            Err(refusal) => return Err(refusal).context("cannot record the attendance"),
        }
    }
    Ok(results)
}

/// Says which rows could not be used.
fn say_unreadable(report: &AttendanceReport) -> anyhow::Result<()> {
    for (line, text) in &report.invalid_addresses {
        say(&format!("line {line}: {text:?} is no e-mail address"))?;
    }
    for (line, text) in &report.unreadable_times {
        say(&format!("line {line}: the time {text:?} cannot be read"))?;
    }
    match report.without_address.as_slice() {
        [] => Ok(()),
        lines => say(&format!("{} rows have no e-mail address, the first in line {}", lines.len(), lines[0])),
    }
}

/// Says what was recorded, and who could not be found.
fn say_results(people: &[Participant], results: &[AttendanceResult], dry_run: bool) -> anyhow::Result<()> {
    let (mut recorded, mut known) = (0_usize, 0_usize);
    let (mut unknown, mut without_seat) = (Vec::new(), Vec::new());
    for (person, result) in people.iter().zip(results) {
        match result {
            AttendanceResult::Recorded { changed: true, .. } => recorded += 1,
            AttendanceResult::Recorded { changed: false, .. } => known += 1,
            AttendanceResult::HoldsNoSeat { .. } => without_seat.push(person.clone()),
            AttendanceResult::NotFound | AttendanceResult::Ambiguous => unknown.push(person.clone()),
        }
    }
    let would = if dry_run { "would be " } else { "" };
    say(&format!("attendance {would}recorded: {recorded}; recorded before: {known}"))?;
    for (people, what) in [(unknown, "not registered"), (without_seat, "registered without a seat")] {
        if !people.is_empty() {
            say(&format!("{what}: {}", people.len()))?;
            say_people(&people)?;
        }
    }
    Ok(())
}

fn say_people(people: &[Participant]) -> anyhow::Result<()> {
    people.iter().try_for_each(|person| say(&format!("  {} (line {})", person.email.as_given(), person.line)))
}
