//! The people who are registered for a sandbox's events. All are invented.

use anyhow::Context as _;
use chrono::TimeDelta;
use futures_util::future::join_all;
use plenaria_domain::event::definition::Definition;
use plenaria_domain::registration::{Attendee, PUBLIC_SOURCE};
use plenaria_domain::values::country::Country;
use plenaria_domain::values::email::EmailAddress;
use plenaria_domain::values::ids::{EventId, RegistrationId};
use plenaria_domain::values::language::MessageLanguage;
use plenaria_domain::values::time::Instant;
use plenaria_persistence::desk::Desk;
use plenaria_persistence::desk::reply::{Outcome, Refusal};
use plenaria_persistence::desk::request::{NewRegistration, Request};
use serde_json::{Map, Value, json};

/// Name, local part of the address, country and language.
const PEOPLE: [(&str, &str, &str, MessageLanguage); 12] = [
    ("Ana Pérez", "ana", "ES", MessageLanguage::Es),
    ("Bilal Haddad", "bilal", "MA", MessageLanguage::Fr),
    ("Chiara Bianchi", "chiara", "IT", MessageLanguage::En),
    ("Dolors Puig", "dolors", "ES", MessageLanguage::Ca),
    ("Emeka Okafor", "emeka", "NG", MessageLanguage::En),
    ("Françoise Lefèvre", "francoise", "FR", MessageLanguage::Fr),
    ("Gabriela Souza", "gabriela", "BR", MessageLanguage::Es),
    ("هدى محمود", "huda", "EG", MessageLanguage::En),
    ("Itziar Etxeberria", "itziar", "ES", MessageLanguage::Es),
    ("佐藤 次郎", "jiro", "JP", MessageLanguage::En),
    ("Kateryna Shevchenko", "kateryna", "UA", MessageLanguage::En),
    ("Lluís Ferrer i Vidal", "lluis", "ES", MessageLanguage::Ca),
];

/// Registers this many people for an event through its public form, one an hour from `since`. Returns their registrations in
/// this order.
pub(crate) async fn register(
    desk: &Desk,
    (event, definition): (EventId, &Definition),
    (number, privacy_notice): (usize, &str),
    since: Instant,
) -> anyhow::Result<Vec<RegistrationId>> {
    let mut requests = Vec::with_capacity(number);
    for (index, at) in (0..number).zip(0..) {
        let received_at = since + TimeDelta::hours(at);
        let new = NewRegistration {
            id: RegistrationId::new(received_at),
            event_id: event,
            attendee: attendee(definition, index)?,
            client: None,
            external_reference: None,
            source: PUBLIC_SOURCE.to_owned(),
            privacy_notice: definition.privacy_version(privacy_notice).to_owned(),
            received_at,
        };
        requests.push(desk.submit(Request::register(new, None)));
    }
    let replies = join_all(requests).await.into_iter().filter_map(|reply| match reply {
        Ok(Outcome::Registration { registration, .. }) => Some(Ok(registration.id)),
        Ok(_) => None,
        // By an earlier start, which ended before the sandbox was complete.
        Err(Refusal::AlreadyRegistered { id, .. }) => Some(Ok(id)),
        Err(error) => Some(Err(error)),
    });
    let registered: Result<_, _> = replies.collect();
    registered.with_context(|| format!("cannot register people for {}", definition.slug))
}

/// A person. Every event has addresses of its own, so that the limit of messages to one mailbox is not reached.
fn attendee(definition: &Definition, index: usize) -> anyhow::Result<Attendee> {
    let (name, local, country, language) = PEOPLE[index % PEOPLE.len()];
    let round = if index < PEOPLE.len() { String::new() } else { (index / PEOPLE.len() + 1).to_string() };
    let event = definition.slug.as_str().trim_start_matches("example-");
    let audiences = &definition.audiences;
    let audience = (!audiences.is_empty()).then(|| audiences[index % audiences.len()].key.clone());
    Ok(Attendee {
        email: EmailAddress::parse(&format!("{local}{round}.{event}@example.org"))?,
        name: if round.is_empty() { name.to_owned() } else { format!("{name} ({round})") },
        organisation: index.is_multiple_of(2).then(|| "Example City".to_owned()),
        position: None,
        city: None,
        country: Some(Country::parse(country)?),
        audience,
        language,
        newsletter: index.is_multiple_of(3),
        access_needs: (index == 4).then(|| "A place near the door, please.".to_owned()),
        answers: if definition.registration.questions.is_empty() { Map::new() } else { answers(index) },
    })
}

/// Answers to the questions of the example with questions.
fn answers(index: usize) -> Map<String, Value> {
    let lunch = ["meat", "vegetarian"][index % 2];
    let answers = [
        ("first-time", json!(index.is_multiple_of(2))),
        ("lunch", json!(lunch)),
        ("interests", json!(["water", "transport"])),
        ("expectations", json!("New ideas, and people who have tried them.")),
    ];
    answers.into_iter().map(|(key, answer)| (key.to_owned(), answer)).collect()
}
