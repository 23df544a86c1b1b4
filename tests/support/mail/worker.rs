//! Workers that send mail and webhooks, and their settings.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use plenaria_delivery::mail::config::{Destination, MailConfig};
use plenaria_delivery::mail::content::links::Links;
use plenaria_delivery::webhooks::config::WebhookConfig;
use plenaria_delivery::worker::Worker;
use plenaria_domain::values::public_url::PublicUrl;
use plenaria_domain::values::time::Clock;
use plenaria_domain::webhook::AddressPolicy;
use plenaria_http::auth::{ConfirmationTokens, ManageTokens};
use plenaria_persistence::Store;

use crate::support::server::app::TestApp;
use crate::support::webhooks::worker::secrets;

/// A worker with its own database connections, as in another process.
pub async fn worker(app: &TestApp, destination: Destination) -> Worker {
    let (mail, webhooks) = (mail_config(app, destination, app.clock.clone()), webhook_config(app));
    let store = Store::open(&app.database.url()).await.unwrap();
    Worker::start(&store, app.head.clone(), webhooks, Some(mail)).unwrap()
}

/// The settings of mail, with a clock that may differ from the server's.
pub fn mail_config(app: &TestApp, destination: Destination, clock: Clock) -> MailConfig {
    let (manage, confirmation) = (ManageTokens::new(&secrets()), ConfirmationTokens::new(&secrets()));
    MailConfig {
        from: "Events <events@example.org>".parse().unwrap(),
        links: Links {
            public_url: PublicUrl::new(&app.base, true),
            manage_url: None,
            manage_token: Arc::new(move |registration, at| manage.sign(registration, at).ok()),
            confirmation_token: Arc::new(move |id, at| confirmation.sign(id, at).ok()),
        },
        destination,
        reminders: vec![1440, 60],
        log_retention: TimeDelta::days(35),
        clock,
        timeout: Duration::from_millis(700),
        poll_interval: Duration::from_millis(50),
    }
}

/// The settings of webhooks, which are rarely looked for.
pub fn webhook_config(app: &TestApp) -> WebhookConfig {
    WebhookConfig {
        public_url: app.base.clone(),
        keys: secrets().webhook_keys(),
        address_policy: AddressPolicy::Any,
        clock: app.clock.clone(),
        timeout: Duration::from_secs(1),
        poll_interval: Duration::from_mins(1),
    }
}
