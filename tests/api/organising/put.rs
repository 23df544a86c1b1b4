//! Putting definitions for organisations: preconditions, concurrent publishers, who may change what, and the history.

use std::time::{Duration, Instant as Timer};

use futures_util::future::join_all;
use plenaria_domain::audit::Actor;
use plenaria_domain::event::EventStatus;
use plenaria_domain::event::definition::Definition;
use plenaria_domain::event::ownership::OrganiserRole;
use plenaria_domain::values::slug::Slug;
use plenaria_persistence::Store;
use plenaria_persistence::events::definitions::list::DefinitionFilter;
use plenaria_persistence::events::definitions::read::EventKey;
use plenaria_persistence::events::publish::outcome::{
    Effects, Precondition, PublishMode, PublishOutcome, Published, Publisher,
};
use plenaria_persistence::events::publish::put::{PutDefinition, PutOutcome};
use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};

use crate::support::database::test_database::Engine;
use crate::support::server::app::TestApp;
use crate::support::server::partners::{owned, publisher};
use crate::support::server::sample_events::definition;

crate::on_both_engines!(
    of_two_at_once_one_succeeds,
    conditions_are_checked,
    organisations_change_what_is_theirs,
    a_co_organiser_changes_no_other_events_speakers,
    every_revision_is_kept,
    large_revisions_make_small_pages,
    effects_are_foretold,
    a_hundred_publishers_at_once,
    waiting_publishers_leave_connections_to_readers,
    a_large_conference_is_published_in_a_second,
);

fn parse(app: &TestApp, document: &Value) -> Definition {
    Definition::parse(document, app.now()).expect("a valid definition")
}

fn request(app: &TestApp, document: &Value, publisher: Publisher, precondition: Precondition) -> PutDefinition {
    let mode = PublishMode::Apply;
    PutDefinition { definition: parse(app, document), publisher, precondition, mode, now: app.now() }
}

async fn put(app: &TestApp, document: &Value, organisation: &str, precondition: Precondition) -> PutOutcome {
    app.store.put_definition(request(app, document, publisher(organisation), precondition)).await.unwrap()
}

fn done(outcome: PutOutcome) -> Published {
    let PutOutcome::Done(published) = outcome else { panic!("{outcome:?}") };
    *published
}

fn pointers(outcome: PutOutcome) -> Vec<String> {
    let PutOutcome::Invalid(errors) = outcome else { panic!("{outcome:?}") };
    errors.into_iter().map(|error| error.pointer).collect()
}

async fn of_two_at_once_one_succeeds(app: TestApp) {
    let other = Store::open(&app.database.url()).await.unwrap();
    let mut document = owned("talk", "metropolis", &["al-las"]);
    for round in 0..5 {
        let precondition = if round == 0 { Precondition::MustNotExist } else { Precondition::Revision(round) };
        document["title"] = json!(format!("By metropolis {round}"));
        let first = request(&app, &document, publisher("metropolis"), precondition);
        let mut document = document.clone();
        document["title"] = json!(format!("By the other instance {round}"));
        let organisation = if round == 0 { "metropolis" } else { "al-las" };
        let second = request(&app, &document, publisher(organisation), precondition);
        let (first, second) = tokio::join!(app.store.put_definition(first), other.put_definition(second));
        let outcomes = [first.unwrap(), second.unwrap()];
        let successes = outcomes.iter().filter(|outcome| matches!(outcome, PutOutcome::Done(_))).count();
        let is_failure = |outcome: &PutOutcome| matches!(outcome, PutOutcome::PreconditionFailed { revision: Some(revision) } if *revision == round + 1);
        assert!(successes == 1 && outcomes.iter().any(is_failure), "{round}: {outcomes:?}");
    }
    let stored = app.store.definition(None, &EventKey::Slug(parse(&app, &document).slug)).await.unwrap().unwrap();
    assert_eq!(stored.revision, 5);
    assert_eq!(app.store.revisions(stored.id, None, 100).await.unwrap().0.len(), 5);
    assert_eq!(app.database.number("SELECT COUNT(*) AS n FROM audit_entries").await, 5);
}

async fn conditions_are_checked(app: TestApp) {
    let document = owned("talk", "metropolis", &[]);
    for precondition in [Precondition::MustExist, Precondition::Revision(1)] {
        assert!(matches!(put(&app, &document, "metropolis", precondition).await, PutOutcome::NotFound));
    }
    assert_eq!(done(put(&app, &document, "metropolis", Precondition::MustNotExist).await).revision, 1);
    for (organisation, precondition, visible) in
        [("metropolis", Precondition::MustNotExist, Some(1)), ("al-las", Precondition::MustNotExist, None)]
    {
        let outcome = put(&app, &document, organisation, precondition).await;
        assert!(
            matches!(outcome, PutOutcome::PreconditionFailed { revision } if revision == visible),
            "{organisation}: {outcome:?}"
        );
    }
    for precondition in [Precondition::Any, Precondition::MustExist, Precondition::Revision(1)] {
        let outcome = put(&app, &document, "al-las", precondition).await;
        assert!(matches!(outcome, PutOutcome::NotFound), "{outcome:?}");
        let again = done(put(&app, &document, "metropolis", precondition).await);
        assert_eq!((again.outcome, again.revision, again.changes.len()), (PublishOutcome::Unchanged, 1, 0));
    }
}

async fn organisations_change_what_is_theirs(app: TestApp) {
    let mut document = definition("talk", Some(5), false);
    document["owner"] = json!("al-las");
    assert_eq!(pointers(put(&app, &document, "metropolis", Precondition::MustNotExist).await), ["/owner"]);
    document.as_object_mut().unwrap().remove("owner");
    document["co_organisers"] = json!(["al-las"]);
    let id = done(put(&app, &document, "metropolis", Precondition::MustNotExist).await).id;
    let key = EventKey::Id(id);
    for (organisation, role) in [("metropolis", OrganiserRole::Owner), ("al-las", OrganiserRole::CoOrganiser)] {
        let access = publisher(organisation).access.unwrap();
        let stored = app.store.definition(Some(&access), &key).await.unwrap().expect("a visible definition");
        assert_eq!(stored.definition.owner.unwrap().as_str(), "metropolis");
        let filter = DefinitionFilter { status: Some(EventStatus::Published), ..DefinitionFilter::default() };
        let listed = app.store.list_definitions(&access, &filter, 10).await.unwrap();
        assert_eq!((listed.len(), listed[0].id, listed[0].role), (1, id, role));
        assert_eq!(listed[0].owner.as_ref().unwrap().as_str(), "metropolis");
        let filter = DefinitionFilter { before: Some(id), ..DefinitionFilter::default() };
        assert!(app.store.list_definitions(&access, &filter, 10).await.unwrap().is_empty());
    }
    let stranger = publisher("stranger").access.unwrap();
    assert!(app.store.definition(Some(&stranger), &key).await.unwrap().is_none());
    assert!(app.store.list_definitions(&stranger, &DefinitionFilter::default(), 10).await.unwrap().is_empty());
    let mut cancelled = document.clone();
    cancelled["status"] = json!("cancelled");
    cancelled["co_organisers"] = json!([]);
    let errors = pointers(put(&app, &cancelled, "al-las", Precondition::Revision(1)).await);
    assert_eq!(errors, ["/status", "/co_organisers"]);
    document["title"] = json!("By a co-organiser");
    let changed = done(put(&app, &document, "al-las", Precondition::Revision(1)).await);
    assert_eq!(changed.changed_parts, ["title"]);
    // The owner hands the event over to its co-organiser.
    (document["owner"], document["co_organisers"]) = (json!("al-las"), json!([]));
    done(put(&app, &document, "metropolis", Precondition::MustExist).await);
    assert!(matches!(put(&app, &document, "metropolis", Precondition::MustExist).await, PutOutcome::NotFound));
}

/// Among the events of one owner the newest card applies, so a co-organiser of one event could change the others.
async fn a_co_organiser_changes_no_other_events_speakers(app: TestApp) {
    let with_speakers = |slug: &str, co_organisers: &[&str]| {
        let mut document = owned(slug, "metropolis", co_organisers);
        document["speakers"] = json!([{"key": "ana", "name": "Ana"}, {"key": "bo", "name": "Bo"}]);
        document
    };
    let mut shared = with_speakers("shared", &["al-las"]);
    done(put(&app, &shared, "metropolis", Precondition::Any).await);
    let mut other = with_speakers("other", &[]);
    other["speakers"].as_array_mut().unwrap().remove(0);
    done(put(&app, &other, "metropolis", Precondition::Any).await);
    (shared["speakers"][0]["name"], shared["speakers"][1]["name"]) = (json!("Ana P."), json!("Bo B."));
    assert_eq!(pointers(put(&app, &shared, "al-las", Precondition::Any).await), ["/speakers/1"]);
    shared["speakers"][1]["name"] = json!("Bo");
    shared["speakers"].as_array_mut().unwrap().push(json!({"key": "eva", "name": "Eva"}));
    done(put(&app, &shared, "al-las", Precondition::Any).await);
}

async fn every_revision_is_kept(app: TestApp) {
    let mut document = owned("talk", "metropolis", &[]);
    let id = done(put(&app, &document, "metropolis", Precondition::Any).await).id;
    let original = document.clone();
    document["title"] = json!("Another");
    let published = done(put(&app, &document, "metropolis", Precondition::Revision(1)).await);
    assert_eq!((published.outcome, published.revision), (PublishOutcome::Changed, 2));
    app.store.publish(&[parse(&app, &original)], app.now(), PublishMode::Apply).await.unwrap();
    let (revisions, more) = app.store.revisions(id, None, 2).await.unwrap();
    assert!(more);
    assert_eq!(revisions.iter().map(|one| one.revision).collect::<Vec<_>>(), [3, 2]);
    assert_eq!(revisions[0].by, Actor::Operator);
    assert_eq!(revisions[1].by, publisher("metropolis").audit.actor);
    assert_eq!(revisions[1].changes, published.changes);
    let (older, more) = app.store.revisions(id, Some(2), 2).await.unwrap();
    assert!(!more && older.len() == 1 && older[0].changes.is_empty());
    // Each document can be put again as it is.
    for number in 1..=3 {
        let (revision, stored) = app.store.revision(id, number).await.unwrap().unwrap();
        let expected = if number == 2 { &document } else { &original };
        assert_eq!(revision.revision, number);
        assert_eq!(parse(&app, &stored), parse(&app, expected), "{number}");
    }
    assert!(app.store.revision(id, 4).await.unwrap().is_none());
}

async fn large_revisions_make_small_pages(app: TestApp) {
    let mut document = owned("talk", "metropolis", &[]);
    for revision in 1..=6 {
        document["title"] = json!(format!("Title {revision}"));
        done(put(&app, &document, "metropolis", Precondition::Any).await);
    }
    let large = json!([{"pointer": "/title", "op": "replace", "from": "x".repeat(1_500_000), "to": "y"}]);
    let sql = format!("UPDATE event_revisions SET changes = '{large}' WHERE revision > 1");
    app.database.execute(&sql).await;
    let token = app.token_of("metropolis", "events:write").await;
    let (mut numbers, mut sizes, mut rest) = (Vec::new(), Vec::new(), String::new());
    loop {
        let path = format!("/v1/events/talk/revisions?limit=100{rest}");
        let page = app.send("GET", &path, Some(&token), None).await.expect(200);
        let revisions = page["data"].as_array().unwrap();
        sizes.push(revisions.len());
        numbers.extend(revisions.iter().map(|revision| revision["revision"].as_i64().unwrap()));
        match page["page"]["next_cursor"].as_str() {
            Some(cursor) => rest = format!("&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!((numbers, sizes), (vec![6, 5, 4, 3, 2, 1], vec![3, 3]));
}

async fn effects_are_foretold(app: TestApp) {
    let mut document = owned("talk", "metropolis", &[]);
    document["registration"] = json!({"capacity": 2, "waitlist": true});
    app.publish(&document).await;
    for number in 0..4 {
        app.registered("talk", &format!("person-{number}@example.org")).await;
    }
    let effects = async |change: &dyn Fn(&mut Value)| {
        let mut document = document.clone();
        change(&mut document);
        let mut request = request(&app, &document, publisher("metropolis"), Precondition::MustExist);
        request.mode = PublishMode::DryRun;
        done(app.store.put_definition(request).await.unwrap()).effects
    };
    let expected =
        |promoted, attendees_to_notify, over_capacity| Effects { promoted, attendees_to_notify, over_capacity };
    assert_eq!(effects(&|_| ()).await, expected(0, 0, 0));
    assert_eq!(effects(&|d| d["title"] = json!("Another")).await, expected(0, 0, 0));
    assert_eq!(effects(&|d| d["registration"]["capacity"] = json!(3)).await, expected(1, 0, 0));
    assert_eq!(effects(&|d| d["registration"]["capacity"] = json!(1)).await, expected(0, 0, 1));
    assert_eq!(effects(&|d| d["starts"] = json!("2026-11-24T11:00")).await, expected(0, 4, 0));
    assert_eq!(effects(&|d| d["status"] = json!("cancelled")).await, expected(0, 4, 0));
    assert_eq!(effects(&|d| d["status"] = json!("draft")).await, expected(0, 0, 0));
    let stored = app.store.definition(None, &EventKey::Slug(parse(&app, &document).slug)).await.unwrap().unwrap();
    assert_eq!(stored.revision, 1, "nothing was stored");
    assert_eq!(app.database.number("SELECT COUNT(*) AS n FROM event_revisions").await, 1);
}

async fn a_hundred_publishers_at_once(app: TestApp) {
    let other = Store::open(&app.database.url()).await.unwrap();
    let documents: Vec<Value> = (0..100).map(|n| owned(&format!("talk-{n}"), "metropolis", &[])).collect();
    let puts = documents.iter().enumerate().map(|(n, document)| {
        let store = if n.is_multiple_of(2) { &app.store } else { &other };
        store.put_definition(request(&app, document, publisher("metropolis"), Precondition::MustNotExist))
    });
    for outcome in join_all(puts).await {
        assert_eq!(done(outcome.unwrap()).outcome, PublishOutcome::Created);
    }
    assert_eq!(app.database.number("SELECT COUNT(*) AS n FROM events").await, 100);
    assert_eq!(app.database.number("SELECT version AS n FROM catalogue").await, 100);
}

/// Publications wait for each other. Readers must not wait for them too, however many there are.
async fn waiting_publishers_leave_connections_to_readers(app: TestApp) {
    app.publish(&owned("small", "metropolis", &[])).await;
    let connection = app.database.connect().await;
    let lock = match app.database.engine {
        Engine::Postgres => "BEGIN; SELECT * FROM catalogue FOR UPDATE",
        Engine::Sqlite => "BEGIN IMMEDIATE",
    };
    connection.execute_unprepared(lock).await.unwrap();
    let documents: Vec<Value> = (0..40).map(|n| owned(&format!("talk-{n}"), "metropolis", &[])).collect();
    let puts = documents.iter().map(|document| {
        app.store.put_definition(request(&app, document, publisher("metropolis"), Precondition::MustNotExist))
    });
    let read = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let started = Timer::now();
        app.store.definition(None, &EventKey::Slug(Slug::parse("small").unwrap())).await.unwrap().unwrap();
        let elapsed = started.elapsed();
        connection.execute_unprepared("ROLLBACK").await.unwrap();
        elapsed
    };
    let (outcomes, elapsed) = futures_util::join!(join_all(puts), read);
    assert!(elapsed < Duration::from_secs(1), "{elapsed:?}");
    for outcome in outcomes {
        assert_eq!(done(outcome.unwrap()).outcome, PublishOutcome::Created);
    }
}

async fn a_large_conference_is_published_in_a_second(app: TestApp) {
    let mut document = owned("conference", "metropolis", &[]);
    document["speakers"] =
        (0..500).map(|n| json!({"key": format!("speaker-{n}"), "name": format!("Speaker {n}")})).collect();
    document["programme"] = json!({"sessions": (0..1000)
        .map(|n| json!({
            "key": format!("session-{n}"), "title": format!("Session {n}"), "minutes": 5,
            "speakers": [format!("speaker-{}", n % 500), format!("speaker-{}", (n + 1) % 500)],
        }))
        .collect::<Vec<_>>()});
    let timed_put = async |document: &Value| {
        let request = request(&app, document, publisher("metropolis"), Precondition::Any);
        let timer = Timer::now();
        let published = done(app.store.put_definition(request).await.unwrap());
        let took = timer.elapsed();
        assert!(took < Duration::from_secs(5), "{took:?}, without optimisation and beside other tests");
        published
    };
    let id = timed_put(&document).await.id;
    let ids = app.store.load_events(&[id]).await.unwrap().pop().unwrap().programme;
    assert_eq!((ids.sessions.len(), ids.speakers.len()), (1000, 500));
    document["programme"]["sessions"].as_array_mut().unwrap().reverse();
    for speaker in document["speakers"].as_array_mut().unwrap() {
        speaker["city"] = json!("Barcelona");
    }
    assert_eq!(timed_put(&document).await.changed_parts, ["speakers", "programme"]);
    let after = app.store.load_events(&[id]).await.unwrap().pop().unwrap().programme;
    let reversed: Vec<_> = after.sessions.iter().rev().map(|session| session.id).collect();
    assert_eq!(reversed, ids.sessions.iter().map(|session| session.id).collect::<Vec<_>>());
    assert_eq!(after.speakers[0].id, ids.speakers[0].id);
}
