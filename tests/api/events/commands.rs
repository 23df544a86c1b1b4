//! Cancelling, reinstating and renaming events.

use plenaria_domain::event::EventStatus;
use plenaria_domain::values::ids::EventId;
use plenaria_domain::values::slug::Slug;
use plenaria_domain::values::text::Translated;
use plenaria_persistence::events::definitions::read::EventKey;
use plenaria_persistence::events::publish::command::{EventAction, EventCommand, EventCommandOutcome};
use plenaria_persistence::events::publish::outcome::{Precondition, PublishMode, PublishOutcome};
use plenaria_persistence::idempotency::{IdempotencyGuard, Key, StoredResponse};
use plenaria_persistence::{Constraint, StoreError};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::mail::queue::{smtp_worker, subjects};
use crate::support::mail::smtp_server::MailServer;
use crate::support::server::app::TestApp;
use crate::support::server::partners::{owned, publisher};

crate::on_both_engines!(
    attendees_are_told_once_and_the_reason_is_kept,
    only_the_owner_cancels,
    drafts_and_ended_events_are_not_cancelled,
    a_repeated_request_is_replayed,
    a_former_slug_leads_to_the_event_for_good,
);

fn command(app: &TestApp, event: EventId, organisation: &str, action: EventAction) -> EventCommand {
    let (publisher, precondition) = (publisher(organisation), Precondition::Any);
    EventCommand { event, action, publisher, precondition, idempotency: None, now: app.now() }
}

fn cancel() -> EventAction {
    let reason: Translated = serde_json::from_value(json!({"en": "The speaker is ill.", "es": "Enfermedad."})).unwrap();
    EventAction::Cancel { reason: Some(reason) }
}

fn rename(slug: &str) -> EventAction {
    EventAction::Rename { slug: Slug::parse(slug).unwrap() }
}

async fn run(app: &TestApp, event: EventId, organisation: &str, action: EventAction) -> EventCommandOutcome {
    app.store.command_event(command(app, event, organisation, action)).await.unwrap()
}

/// The outcome, the revision and the number of attendees to notify.
async fn done(app: &TestApp, event: EventId, action: EventAction) -> (PublishOutcome, i64, u64) {
    let outcome = run(app, event, "metropolis", action).await;
    let EventCommandOutcome::Done(published) = outcome else { panic!("{outcome:?}") };
    (published.outcome, published.revision, published.effects.attendees_to_notify)
}

async fn attendees_are_told_once_and_the_reason_is_kept(app: TestApp) {
    use PublishOutcome::{Changed, Unchanged};
    let server = MailServer::start().await;
    let worker = smtp_worker(&app, &server).await;
    let event = app.publish(&owned("talk", "metropolis", &[])).await.id;
    for number in 0..3 {
        app.registered("talk", &format!("person-{number}@example.org")).await;
    }
    server.wait_for_exactly(3).await;
    assert_eq!(done(&app, event, cancel()).await, (Changed, 2, 3));
    server.wait_for_exactly(6).await;
    assert_eq!(done(&app, event, cancel()).await, (Unchanged, 2, 0));
    let stored = app.store.definition(None, &EventKey::Id(event)).await.unwrap().unwrap();
    assert_eq!((stored.status, stored.revision), (EventStatus::Cancelled, 2));
    let read = app.store.load_events(&[event]).await.unwrap().pop().unwrap();
    assert_eq!(read.cancellation_reason, stored.cancellation_reason);
    assert_eq!(
        serde_json::to_value(read.cancellation_reason).unwrap(),
        json!({"en": "The speaker is ill.", "es": "Enfermedad."})
    );
    // A cancelled event whose definition is corrected keeps the reason.
    let mut corrected = owned("talk", "metropolis", &[]);
    (corrected["status"], corrected["title"]) = (json!("cancelled"), json!("Corrected"));
    app.publish(&corrected).await;
    let read = app.store.load_events(&[event]).await.unwrap().pop().unwrap();
    assert!(read.cancellation_reason.is_some());
    assert_eq!(done(&app, event, EventAction::Reinstate).await, (Changed, 4, 3));
    let all = server.wait_for_exactly(9).await;
    assert!(subjects(&all[6..]).iter().all(|(_, subject)| subject.starts_with("Will take place")));
    assert_eq!(done(&app, event, EventAction::Reinstate).await, (Unchanged, 4, 0));
    let read = app.store.load_events(&[event]).await.unwrap().pop().unwrap();
    assert!(read.cancellation_reason.is_none() && read.is_published());
    server.wait_for_exactly(9).await;
    worker.stop().await;
    let (revision, document) = app.store.revision(event, 2).await.unwrap().unwrap();
    assert_eq!(document["status"], "cancelled");
    assert_eq!(revision.by, publisher("metropolis").audit.actor);
    for action in ["event.cancelled", "event.reinstated"] {
        let sql = format!("SELECT COUNT(*) AS n FROM audit_entries WHERE action = '{action}'");
        assert_eq!(app.database.number(&sql).await, 1);
    }
}

async fn only_the_owner_cancels(app: TestApp) {
    let event = app.publish(&owned("talk", "metropolis", &["al-las"])).await.id;
    for organisation in ["al-las", "stranger"] {
        for action in [cancel(), EventAction::Reinstate] {
            let outcome = run(&app, event, organisation, action).await;
            assert!(matches!(outcome, EventCommandOutcome::NotFound), "{organisation}: {outcome:?}");
        }
    }
    assert!(matches!(run(&app, event, "stranger", rename("mine")).await, EventCommandOutcome::NotFound));
    let stale =
        EventCommand { precondition: Precondition::Revision(7), ..command(&app, event, "metropolis", cancel()) };
    let outcome = app.store.command_event(stale).await.unwrap();
    assert!(matches!(outcome, EventCommandOutcome::PreconditionFailed { revision: 1 }), "{outcome:?}");
    let unknown = run(&app, EventId::new(app.now()), "metropolis", cancel()).await;
    assert!(matches!(unknown, EventCommandOutcome::NotFound));
}

async fn drafts_and_ended_events_are_not_cancelled(app: TestApp) {
    let mut document = owned("talk", "metropolis", &[]);
    document["status"] = json!("draft");
    let draft = app.publish(&document).await.id;
    for action in [cancel(), EventAction::Reinstate] {
        let outcome = run(&app, draft, "metropolis", action).await;
        assert!(matches!(outcome, EventCommandOutcome::Draft), "{outcome:?}");
    }
    document["status"] = json!("published");
    app.publish(&document).await;
    app.set_time("2026-11-24T11:00:00Z");
    assert!(matches!(run(&app, draft, "metropolis", cancel()).await, EventCommandOutcome::Ended));
}

async fn a_repeated_request_is_replayed(app: TestApp) {
    let event = app.publish(&owned("talk", "metropolis", &[])).await.id;
    let guard = |body: u128| IdempotencyGuard::<EventCommandOutcome> {
        key: Key { key_digest: Uuid::from_u128(1), body_digest: Uuid::from_u128(body) },
        record: std::sync::Arc::new(|outcome| {
            let EventCommandOutcome::Done(published) = outcome else { return None };
            let body = published.revision.to_string();
            Some(StoredResponse { status: 200, location: None, etag: None, body, registration: None })
        }),
    };
    let with_key =
        |body, action| EventCommand { idempotency: Some(guard(body)), ..command(&app, event, "metropolis", action) };
    let first = app.store.command_event(with_key(1, cancel())).await.unwrap();
    assert!(matches!(first, EventCommandOutcome::Done(_)));
    done(&app, event, EventAction::Reinstate).await;
    let again = app.store.command_event(with_key(1, cancel())).await.unwrap();
    assert!(matches!(&again, EventCommandOutcome::Replayed(response) if response.body == "2"), "{again:?}");
    let other = app.store.command_event(with_key(2, EventAction::Reinstate)).await.unwrap();
    assert!(matches!(other, EventCommandOutcome::IdempotencyKeyReused));
    let stored = app.store.definition(None, &EventKey::Id(event)).await.unwrap().unwrap();
    assert_eq!(stored.status, EventStatus::Published);
}

async fn a_former_slug_leads_to_the_event_for_good(app: TestApp) {
    let event = app.publish(&owned("first", "metropolis", &["al-las"])).await.id;
    let id_of = async |slug: &str| app.store.event_id(&Slug::parse(slug).unwrap()).await.unwrap();
    let taken = async |slug: &str| {
        let other = app.store.event_id(&Slug::parse("other").unwrap()).await.unwrap().unwrap();
        matches!(run(&app, other, "metropolis", rename(slug)).await, EventCommandOutcome::SlugTaken)
    };
    app.publish(&owned("other", "metropolis", &[])).await;
    assert_eq!(done(&app, event, rename("second")).await.1, 2);
    assert_eq!(done(&app, event, rename("second")).await.0, PublishOutcome::Unchanged);
    assert!(matches!(run(&app, event, "al-las", rename("third")).await, EventCommandOutcome::Done(_)));
    for slug in ["first", "second", "third"] {
        assert_eq!(id_of(slug).await, Some(event));
        assert!(taken(slug).await, "{slug}");
        let key = EventKey::Slug(Slug::parse(slug).unwrap());
        let stored = app.store.definition(None, &key).await.unwrap().unwrap();
        assert_eq!((stored.slug.as_str(), stored.revision), ("third", 3));
    }
    // The event takes its first slug back; the third one stays its own.
    assert!(matches!(run(&app, event, "metropolis", rename("other")).await, EventCommandOutcome::SlugTaken));
    done(&app, event, rename("first")).await;
    assert!(taken("third").await && taken("first").await);
    assert_eq!(id_of("third").await, Some(event));
    // Files cannot publish another event with it either.
    let document: Value = owned("third", "metropolis", &[]);
    let definition = plenaria_domain::event::definition::Definition::parse(&document, app.now()).unwrap();
    let published = app.store.publish(&[definition], app.now(), PublishMode::Apply).await;
    assert!(matches!(published, Err(StoreError::Conflict(Constraint::EventSlug))), "{published:?}");
}
