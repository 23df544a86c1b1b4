//! Mail workers that send to a test's SMTP server, and checks of the queue and of what arrived.

use std::time::Duration;

use plenaria_delivery::mail::config::Destination;
use plenaria_delivery::worker::Worker;

use crate::support::mail::smtp_server::{Mail, MailServer};
use crate::support::mail::worker::worker;
use crate::support::server::app::TestApp;

/// Starts a worker that sends mail to this server.
pub async fn smtp_worker(app: &TestApp, server: &MailServer) -> Worker {
    worker(
        app,
        Destination::Smtp(plenaria_delivery::mail::transport::smtp_server::MailServer::new(&server.url()).unwrap()),
    )
    .await
}

/// The number of messages that meet a condition in SQL.
pub async fn count_messages(app: &TestApp, condition: &str) -> i64 {
    app.database.number(&format!("SELECT COUNT(*) AS n FROM messages WHERE {condition}")).await
}

/// Waits until exactly this many messages meet a condition in SQL.
pub async fn wait_for_messages(app: &TestApp, condition: &str, number: i64) {
    for _ in 0..600 {
        if count_messages(app, condition).await == number {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{condition}: {} messages, not {number}", count_messages(app, condition).await);
}

/// The recipients' local parts with the beginning of each subject, up to the colon; sorted.
pub fn subjects(mails: &[Mail]) -> Vec<(&str, &str)> {
    let mut all: Vec<_> =
        mails.iter().map(|m| (m.to.split('@').next().unwrap(), m.subject.split(':').next().unwrap())).collect();
    all.sort_unstable();
    all
}

/// The `SEQUENCE` of a calendar.
pub fn sequence(calendar: &str) -> i64 {
    calendar.lines().find_map(|line| line.strip_prefix("SEQUENCE:")).unwrap().trim().parse().unwrap()
}
