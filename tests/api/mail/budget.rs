//! The budget of a mailbox: callers without a client's token can cause three messages an hour and ten a day.

use serde_json::json;

use crate::support::mail::queue::{count_messages, smtp_worker, wait_for_messages};
use crate::support::mail::smtp_server::MailServer;
use crate::support::server::app::TestApp;
use crate::support::server::partners::owned;
use crate::support::server::sample_events::{definition, person};

crate::on_both_engines!(
    register_cancel_cycles_are_bounded,
    the_budget_spans_events_and_kinds,
    erasure_does_not_reset_the_budget,
    promotions_count,
    client_requests_are_not_counted,
    two_instances_share_a_budget,
);

/// Waits until the mail worker has read every change.
async fn wait_until_all_read(app: &TestApp) {
    app.all_told().await;
    for _ in 0..600 {
        let sql = "SELECT f.last_position - m.position AS n FROM mail_feed_position AS m, feed AS f";
        if app.database.number(sql).await == 0 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the mail worker does not reach the end of the feed");
}

/// Waits until everything is sent. A queued message that no longer applies is dropped, and does not count.
async fn wait_until_all_sent(app: &TestApp) {
    wait_until_all_read(app).await;
    wait_for_messages(app, "state = 'pending'", 0).await;
}

async fn register_cancel_cycles_are_bounded(app: TestApp) {
    let server = MailServer::start().await;
    let worker = smtp_worker(&app, &server).await;
    app.publish(&definition("open", None, false)).await;
    let cycle = async || {
        for _ in 0..4 {
            let (id, token, _) = app.registered("open", "ana@example.org").await;
            wait_until_all_sent(&app).await;
            app.cancel(&id, &token).await.expect(200);
            wait_until_all_sent(&app).await;
        }
    };
    cycle().await;
    assert_eq!(count_messages(&app, "kind <> 'reminder'").await, 3, "eight would have been sent");
    // Other mailboxes are not affected.
    app.registered("open", "bea@example.org").await;
    wait_until_all_read(&app).await;
    assert_eq!(count_messages(&app, "kind <> 'reminder'").await, 4);
    for (time, number) in [
        ("2026-11-23T09:59:59Z", 3),
        ("2026-11-23T10:00:00Z", 6),
        ("2026-11-23T11:00:00Z", 9),
        ("2026-11-23T12:00:00Z", 10),
        ("2026-11-23T20:00:00Z", 10),
        ("2026-11-24T09:00:00Z", 13),
    ] {
        app.set_time(time);
        cycle().await;
        assert_eq!(count_messages(&app, "kind <> 'reminder'").await, number + 1, "{time}");
    }
    worker.stop().await;
}

async fn the_budget_spans_events_and_kinds(app: TestApp) {
    let server = MailServer::start().await;
    let worker = smtp_worker(&app, &server).await;
    for event in ["one", "two", "three"] {
        app.publish(&definition(event, None, false)).await;
    }
    app.publish_confirming(&definition("careful", None, false)).await;
    app.registered("one", "ana@example.org").await;
    app.registered("two", "ana@example.org").await;
    wait_until_all_read(&app).await;
    let resend = async |event: &str| {
        let path = format!("/v1/events/{event}/registrations/resend");
        app.send("POST", &path, None, Some(&json!({"email": "ANA@example.org"}))).await.expect(202);
    };
    resend("one").await;
    assert_eq!(count_messages(&app, "kind <> 'reminder'").await, 3);
    // From here on requests succeed, but no mail is sent.
    resend("two").await;
    app.register("careful", &person("ana@example.org")).await.expect(202);
    app.registered("three", "ana@example.org").await;
    wait_until_all_read(&app).await;
    assert_eq!(count_messages(&app, "kind <> 'reminder'").await, 3);
    app.set_time("2026-11-23T10:00:00Z");
    resend("three").await;
    assert_eq!(count_messages(&app, "kind = 'manage_link'").await, 2);
    worker.stop().await;
}

async fn erasure_does_not_reset_the_budget(app: TestApp) {
    let server = MailServer::start().await;
    let worker = smtp_worker(&app, &server).await;
    app.publish(&definition("open", None, false)).await;
    for _ in 0..6 {
        let (id, token, _) = app.registered("open", "ana@example.org").await;
        wait_until_all_read(&app).await;
        wait_for_messages(&app, "state = 'pending'", 0).await;
        app.send("DELETE", &format!("/v1/registrations/{id}"), Some(&token), None).await.expect(204);
    }
    assert_eq!(server.wait_for_exactly(3).await.len(), 3, "six would have been sent");
    worker.stop().await;
}

async fn promotions_count(app: TestApp) {
    let server = MailServer::start().await;
    let worker = smtp_worker(&app, &server).await;
    app.publish(&definition("small", Some(1), true)).await;
    let mut seated = app.registered("small", "attacker@example.net").await;
    for _ in 0..4 {
        let victim = app.registered("small", "victim@example.org").await;
        app.cancel(&seated.0, &seated.1).await.expect(200);
        app.cancel(&victim.0, &victim.1).await.expect(200);
        seated = app.registered("small", "attacker@example.net").await;
    }
    wait_until_all_read(&app).await;
    wait_for_messages(&app, "state = 'pending'", 0).await;
    let sent = server.received().into_iter().filter(|mail| mail.to.starts_with("victim")).count();
    assert!(sent <= 3, "{sent}");
    worker.stop().await;
}

async fn client_requests_are_not_counted(app: TestApp) {
    let server = MailServer::start().await;
    let worker = smtp_worker(&app, &server).await;
    app.publish(&owned("summit", "metropolis", &[])).await;
    let owner = app.partner("metropolis").await;
    for _ in 0..5 {
        let created = app.registered_by("summit", &owner, &person("ana@example.org")).await;
        wait_until_all_sent(&app).await;
        let path = format!("/v1/registrations/{}/cancel", created["id"].as_str().unwrap());
        app.send("POST", &path, Some(&owner), None).await.expect(200);
        wait_until_all_sent(&app).await;
    }
    assert_eq!(count_messages(&app, "kind <> 'reminder'").await, 10, "messages that a client causes are not counted");
    // An organiser's action is mailed even if the mailbox's budget is used up.
    let mut last: Option<(String, String)> = None;
    for _ in 0..3 {
        if let Some((id, token)) = last.take() {
            app.cancel(&id, &token).await.expect(200);
            wait_until_all_sent(&app).await;
        }
        let (id, token, _) = app.registered("summit", "bea@example.org").await;
        wait_until_all_sent(&app).await;
        last = Some((id, token));
    }
    wait_until_all_read(&app).await;
    assert_eq!(count_messages(&app, "kind <> 'reminder'").await, 13);
    let path = format!("/v1/registrations/{}/cancel", last.unwrap().0);
    app.send("POST", &path, Some(&owner), None).await.expect(200);
    wait_until_all_read(&app).await;
    assert_eq!(count_messages(&app, "kind = 'cancelled'").await, 7, "five, one of bea's own, and this one");
    worker.stop().await;
}

async fn two_instances_share_a_budget(app: TestApp) {
    for event in ["e-0", "e-1", "e-2", "e-3", "e-4", "e-5", "e-6", "e-7"] {
        app.publish_confirming(&definition(event, None, false)).await;
    }
    let bases = [app.base.clone(), app.another_instance().await];
    let ask = |n: usize| {
        let url = format!("{}/v1/events/e-{n}/registrations", bases[n % 2]);
        let request = app.client.post(url).json(&person("ana@example.org"));
        async move { request.send().await.unwrap().status().as_u16() }
    };
    assert_eq!(futures_util::future::join_all((0..8).map(ask)).await, [202; 8]);
    assert_eq!(count_messages(&app, "kind <> 'reminder'").await, 3);
}
