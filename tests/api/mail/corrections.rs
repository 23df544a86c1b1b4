//! What an organiser corrects in a registration: the person is mailed, at both addresses if the address changed.

use serde_json::json;

use crate::support::mail::queue::{count_messages, sequence, smtp_worker, subjects, wait_for_messages};
use crate::support::mail::smtp_server::{Mail, MailServer};
use crate::support::server::app::TestApp;
use crate::support::server::partners::owned;

crate::on_both_engines!(a_reinstated_registration_is_mailed, both_addresses_are_mailed, corrections_spend_no_budget);

const REINSTATED: &str = "Your registration is valid again";
const NEW_ADDRESS: &str = "Your registration has a new email address";
const FORMER_ADDRESS: &str = "This email address is no longer used";

fn find<'a>(mails: &'a [Mail], subject: &str) -> &'a Mail {
    mails.iter().find(|mail| mail.subject.starts_with(subject)).unwrap()
}

async fn a_reinstated_registration_is_mailed(app: TestApp) {
    let server = MailServer::start().await;
    let worker = smtp_worker(&app, &server).await;
    let mut event = owned("small", "metropolis", &[]);
    event["registration"] = json!({"capacity": 1, "waitlist": true});
    app.publish(&event).await;
    let owner = app.partner("metropolis").await;
    let (ana, token, _) = app.registered("small", "ana@example.org").await;
    server.wait_for_exactly(1).await;
    app.cancel(&ana, &token).await.expect(200);
    server.wait_for_exactly(2).await;
    let path = format!("/v1/registrations/{ana}/reinstate");
    app.send("POST", &path, Some(&owner), None).await.expect(200);
    let all = server.wait_for_exactly(3).await;
    let (cancelled, reinstated) = (all[1].calendar.clone().unwrap(), all[2].calendar.clone().unwrap());
    assert_eq!(subjects(&all[2..]), [("ana", REINSTATED)]);
    assert!(all[2].text.contains("You have a seat.") && !all[2].parameter("token").is_empty(), "{}", all[2].text);
    assert!(reinstated.0 == "REQUEST" && reinstated.1.contains("STATUS:CONFIRMED\r\n"), "{reinstated:?}");
    assert!(sequence(&reinstated.1) > sequence(&cancelled.1), "calendars treat it as newer than the cancellation");
    // Twice is once. Then the seat is taken, and the next one who is reinstated waits.
    app.send("POST", &path, Some(&owner), None).await.expect(200);
    server.wait_for_exactly(3).await;
    app.send("POST", &format!("/v1/registrations/{ana}/cancel"), Some(&owner), None).await.expect(200);
    server.wait_for_exactly(4).await;
    app.registered("small", "bea@example.org").await;
    server.wait_for_exactly(5).await;
    app.send("POST", &path, Some(&owner), None).await.expect(200);
    let all = server.wait_for_exactly(6).await;
    assert!(all[5].text.contains("You are on the waiting list, in position 1."), "{}", all[5].text);
    assert!(all[5].calendar.is_none());
    worker.stop().await;
}

async fn both_addresses_are_mailed(app: TestApp) {
    let server = MailServer::start().await;
    let worker = smtp_worker(&app, &server).await;
    app.publish(&owned("small", "metropolis", &[])).await;
    let owner = app.partner("metropolis").await;
    let (ana, ..) = app.registered("small", "anna@example.org").await;
    let first = server.wait_for_exactly(1).await[0].calendar.clone().unwrap().1;
    let correction = json!({"email": "ana@example.org"});
    app.send("PATCH", &format!("/v1/registrations/{ana}"), Some(&owner), Some(&correction)).await.expect(200);
    let all = server.wait_for_exactly(3).await;
    assert_eq!(subjects(&all[1..]), [("ana", NEW_ADDRESS), ("anna", FORMER_ADDRESS)]);
    let (new, former) = (find(&all, NEW_ADDRESS), find(&all, FORMER_ADDRESS));
    let (method, calendar) = new.calendar.clone().unwrap();
    let unfolded = calendar.replace("\r\n ", "");
    assert!(method == "REQUEST" && unfolded.contains("mailto:ana@example.org"), "{calendar}");
    assert!(sequence(&calendar) > sequence(&first));
    app.read(&ana, &new.parameter("token")).await.expect(200);
    // The former mailbox may belong to another person.
    assert!(former.calendar.is_none() && !former.text.contains("token"), "{}", former.text);
    assert!(!former.text.contains("ana@example.org"), "{}", former.text);
    wait_for_messages(&app, "state = 'sent'", 3).await;
    assert_eq!(count_messages(&app, "recipient IS NOT NULL").await, 0, "a former address is not stored for long");
    worker.stop().await;
}

async fn corrections_spend_no_budget(app: TestApp) {
    let server = MailServer::start().await;
    let worker = smtp_worker(&app, &server).await;
    app.publish(&owned("small", "metropolis", &[])).await;
    let owner = app.partner("metropolis").await;
    let (ana, ..) = app.registered("small", "ana@example.org").await;
    server.wait_for_exactly(1).await;
    for expected in [3, 5] {
        for action in ["cancel", "reinstate"] {
            let path = format!("/v1/registrations/{ana}/{action}");
            app.send("POST", &path, Some(&owner), None).await.expect(200);
            server.wait_for(if action == "cancel" { expected - 1 } else { expected }).await;
        }
    }
    // Two of the three messages an hour that people may cause are left.
    for number in 6..=8 {
        app.clock.set(app.now() + chrono::TimeDelta::minutes(6));
        let path = "/v1/events/small/registrations/resend";
        app.send("POST", path, None, Some(&json!({"email": "ana@example.org"}))).await.expect(202);
        server.wait_for_exactly(number.min(7)).await;
    }
    worker.stop().await;
}
