//! The backlog: pending work in the database, which the metrics report.

use serde_json::json;

use crate::support::server::app::TestApp;
use crate::support::server::sample_events::{definition, person};
use crate::support::webhooks::worker::Partner;
use crate::with_receivers_on_both_engines;

with_receivers_on_both_engines!(pending_work_is_counted, an_empty_database_has_no_backlog);

async fn an_empty_database_has_no_backlog(app: TestApp) {
    let backlog = app.store.backlog().await.unwrap();
    assert_eq!((backlog.feed_position, backlog.outbox_rows, backlog.outbox_oldest), (0, 0, None));
    assert_eq!((backlog.mail_rows, backlog.mail_due, backlog.mail_position), (0, None, 0));
    assert_eq!((backlog.webhook_rows, backlog.webhook_due, backlog.webhook_position), (0, None, None));
    assert_eq!((backlog.endpoints_active, backlog.endpoints_disabled), (0, 0));
}

async fn pending_work_is_counted(app: TestApp) {
    app.publish(&definition("open", Some(10), false)).await;
    app.publish_confirming(&definition("confirming", Some(10), false)).await;
    app.all_told().await;
    let published = app.store.backlog().await.unwrap();
    assert_eq!((published.outbox_rows, published.mail_position), (0, 0));
    // No worker runs: one requested mail is queued, and two endpoints have no deliveries yet.
    let partner = Partner::new(&app, "metropolis", &["registration.created"]).await;
    let disabled = Partner::new(&app, "al-las", &["registration.created"]).await;
    disabled.call(&app, "PATCH", "", Some(&json!({"status": "disabled"}))).await.expect(200);
    app.register("confirming", &person("ana@example.org")).await.expect(202);
    app.registered("open", "bob@example.org").await;
    app.all_told().await;
    let backlog = app.store.backlog().await.unwrap();
    assert!(backlog.feed_position > published.feed_position);
    assert_eq!((backlog.mail_rows, backlog.mail_due), (1, Some(app.now())));
    assert_eq!(backlog.webhook_position, Some(published.feed_position));
    assert_eq!((backlog.endpoints_active, backlog.endpoints_disabled), (1, 1));
    assert_eq!((backlog.webhook_rows, backlog.webhook_due), (0, None));
    // A test delivery is due immediately.
    partner.call(&app, "POST", "/test", None).await.expect(202);
    let backlog = app.store.backlog().await.unwrap();
    assert_eq!((backlog.webhook_rows, backlog.webhook_due), (1, Some(app.now())));
}
