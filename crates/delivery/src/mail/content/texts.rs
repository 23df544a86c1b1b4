//! Writes the sentences of a message from the catalogue of words.

use plenaria_domain::registration::RegistrationStatus;
use plenaria_domain::registration::message::MessageKind;
use plenaria_domain::values::time;
use plenaria_locale::dates;
use plenaria_locale::fill::fill;
use plenaria_locale::numbers;
use plenaria_locale::words::mail::model::Sentences;

use crate::mail::content::message::{MailContent, isolated};

/// The subject, without a prefix.
pub(crate) fn subject(content: MailContent<'_>, title: &str) -> String {
    fill(content.words().messages.of(content.kind).subject, &[("title", title)])
}

/// The paragraphs about the matter of the message.
pub(crate) fn paragraphs(content: MailContent<'_>, title: &str) -> Vec<String> {
    let words = content.words();
    let message = words.messages.of(content.kind);
    let text = match content.kind {
        MessageKind::EventChanged => format!("{} {}", what_changed(content), message.text),
        MessageKind::FollowUp if content.registration.attended_at.is_some() => words.sentences.attended.to_owned(),
        _ => message.text.to_owned(),
    };
    let (seat, joining) = (seat(content), joining(content).unwrap_or_default());
    split(&fill(&text, &[("title", &isolated(title)), ("seat", &seat), ("joining", &joining)]))
}

/// The paragraphs of a text, which blank lines separate.
pub(crate) fn split(text: &str) -> Vec<String> {
    text.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty()).map(str::to_owned).collect()
}

/// Whether the person has a seat, or how the waiting list goes on.
fn seat(content: MailContent<'_>) -> String {
    let Sentences { have_seat, full_for_now, waiting, waiting_at, when_free, .. } = content.words().sentences;
    let position =
        content.registration.waitlist_position.map(|position| numbers::format(i64::from(position), content.language()));
    let waiting = position.map_or_else(|| waiting.to_owned(), |at| fill(waiting_at, &[("position", &at)]));
    match (content.kind, content.registration.status) {
        (MessageKind::Waitlisted, _) => format!("{waiting}\n\n{when_free}"),
        (_, RegistrationStatus::Waitlisted) => format!("{full_for_now} {waiting} {when_free}"),
        _ => have_seat.to_owned(),
    }
}

/// From when people can join; `None` for an event without a meeting online.
fn joining(content: MailContent<'_>) -> Option<String> {
    let definition = &content.event.definition;
    let at = content.event.starts_at - time::minutes(definition.join.as_ref()?.minutes_before);
    let at = dates::date_time_with_zone(at, definition.time_zone, content.language());
    Some(fill(content.words().sentences.joining, &[("time", &at)]))
}

/// The sentences that say which parts of the event changed.
fn what_changed(content: MailContent<'_>) -> String {
    let sentences = &content.words().sentences;
    let has = |part: &str| content.changed.iter().any(|changed| changed == part);
    let first = match (has("time"), has("programme")) {
        (true, true) => sentences.changed_time_and_programme,
        (true, false) => sentences.changed_time,
        (false, true) => sentences.changed_programme,
        (false, false) if has("place") => return sentences.changed_place.to_owned(),
        (false, false) => return String::new(),
    };
    if has("place") { format!("{first} {}", sentences.changed_place_too) } else { first.to_owned() }
}
