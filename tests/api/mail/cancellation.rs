//! Cancelling an event with a reason, and taking that back: everyone is mailed once, in their language.

use std::collections::BTreeMap;

use plenaria_domain::values::ids::EventId;
use plenaria_domain::values::language::Language;
use plenaria_domain::values::text::Translated;
use plenaria_persistence::events::publish::command::{EventAction, EventCommand, EventCommandOutcome};
use plenaria_persistence::events::publish::outcome::{Precondition, PublishOutcome, Publisher};
use serde_json::json;

use crate::support::mail::queue::{sequence, smtp_worker, subjects, wait_for_messages};
use crate::support::mail::smtp_server::{Mail, MailServer};
use crate::support::server::app::TestApp;
use crate::support::server::sample_events::{definition, person};

crate::on_both_engines!(the_reason_is_in_each_persons_language, materials_of_sessions_cause_no_mail);

async fn command(app: &TestApp, event: EventId, action: EventAction) -> (PublishOutcome, u64) {
    let command = EventCommand {
        event,
        action,
        publisher: Publisher::operator(),
        precondition: Precondition::Any,
        idempotency: None,
        now: app.now(),
    };
    match app.store.command_event(command).await.unwrap() {
        EventCommandOutcome::Done(published) => (published.outcome, published.effects.attendees_to_notify),
        other => panic!("{other:?}"),
    }
}

async fn the_reason_is_in_each_persons_language(app: TestApp) {
    let server = MailServer::start().await;
    let workers = [smtp_worker(&app, &server).await, smtp_worker(&app, &server).await];
    let event = app.publish(&definition("small", None, false)).await.id;
    let people = [("ana", "en"), ("eva", "es"), ("quim", "ca")];
    for (name, language) in people {
        let mut person = person(&format!("{name}@example.org"));
        person["language"] = json!(language);
        app.register("small", &person).await.expect(201);
    }
    server.wait_for_exactly(3).await;
    let reasons = [("en", "A storm is coming.\n\nStay at home."), ("es", "Llega una tormenta.")];
    let reasons = reasons.map(|(language, text)| (Language::parse(language).unwrap(), text.to_owned()));
    let cancel = EventAction::Cancel { reason: Translated::new(BTreeMap::from(reasons)) };
    assert_eq!(command(&app, event, cancel.clone()).await, (PublishOutcome::Changed, 3));
    let all = server.wait_for_exactly(6).await;
    let cancelled = [("ana", "Cancelled"), ("eva", "Cancelado"), ("quim", "Cancel·lat")];
    assert_eq!(subjects(&all[3..]), cancelled);
    let to = |mails: &[Mail], name: &str| mails.iter().find(|mail| mail.to.starts_with(name)).unwrap().clone();
    for (name, reason) in [
        ("ana", "The organisers’ reason:\n\nA storm is coming.\n\nStay at home.\n"),
        ("eva", "El motivo que indican los organizadores:\n\nLlega una tormenta.\n"),
        ("quim", "El motiu que indiquen els organitzadors:\n\nA storm is coming.\n"),
    ] {
        let text = to(&all[3..], name).text.replace('\r', "");
        assert!(text.contains(reason), "{text}");
    }
    // Once is enough, and a worker that reads the change again sends nothing twice.
    assert_eq!(command(&app, event, cancel).await, (PublishOutcome::Unchanged, 0));
    wait_for_messages(&app, "state = 'pending'", 0).await;
    app.database.execute("UPDATE mail_feed_position SET position = position - 1").await;
    server.wait_for_exactly(6).await;
    assert_eq!(command(&app, event, EventAction::Reinstate).await, (PublishOutcome::Changed, 3));
    let reinstated = server.wait_for_exactly(9).await;
    for (name, _) in people {
        let (off, on) = (to(&all[3..], name), to(&reinstated[6..], name));
        let (method, calendar) = on.calendar.unwrap();
        assert!(method == "REQUEST" && calendar.contains("STATUS:CONFIRMED\r\n"), "{calendar}");
        assert!(sequence(&calendar) > sequence(&off.calendar.unwrap().1));
        assert!(!on.text.contains("storm") && !on.text.contains("tormenta"), "{}", on.text);
    }
    for worker in workers {
        worker.stop().await;
    }
}

async fn materials_of_sessions_cause_no_mail(app: TestApp) {
    let server = MailServer::start().await;
    let worker = smtp_worker(&app, &server).await;
    let mut event = definition("small", None, false);
    event["programme"] = json!({"sessions": [{"key": "talk", "kind": "talk", "minutes": 60, "title": "Talk"}]});
    app.publish(&event).await;
    app.registered("small", "ana@example.org").await;
    server.wait_for_exactly(1).await;
    let slides = json!([{"label": "Slides", "url": "https://www.example.org/s"}]);
    event["materials"] = slides.clone();
    event["programme"]["sessions"][0]["materials"] = slides;
    assert_eq!(app.publish(&event).await.effects.attendees_to_notify, 0);
    server.wait_for_exactly(1).await;
    event["programme"]["sessions"][0]["status"] = json!("cancelled");
    assert_eq!(app.publish(&event).await.effects.attendees_to_notify, 1);
    let all = server.wait_for_exactly(2).await;
    assert!(all[1].text.contains("The programme of “small” has changed."), "{}", all[1].text);
    worker.stop().await;
}
