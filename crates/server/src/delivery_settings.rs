//! Derives the settings of mail and webhooks from those of the program.

use std::sync::Arc;

use anyhow::Context as _;
use plenaria_delivery::mail::Mailbox;
use plenaria_delivery::mail::config::{Destination, MailConfig};
use plenaria_delivery::mail::content::links::{Links, ManageTokenSigner, TokenSigner};
use plenaria_delivery::webhooks::config::WebhookConfig;
use plenaria_domain::values::public_url::PublicUrl;
use plenaria_domain::values::time::Clock;
use plenaria_http::auth::{ConfirmationTokens, ManageTokens};

use crate::settings::ServerConfig;
use crate::settings::mail::mail_from;

/// The settings of webhooks, for an API with this public address.
pub(crate) fn webhooks(config: &ServerConfig, public_url: &PublicUrl, clock: Clock) -> anyhow::Result<WebhookConfig> {
    Ok(WebhookConfig {
        public_url: public_url.to_string(),
        keys: config.secrets()?.webhook_keys(),
        address_policy: config.webhook_address_policy,
        clock,
        timeout: WebhookConfig::TIMEOUT,
        poll_interval: WebhookConfig::POLL_INTERVAL,
    })
}

/// The settings of mail, for an API with this public address.
pub(crate) fn mail(config: &ServerConfig, public_url: &PublicUrl, clock: Clock) -> anyhow::Result<MailConfig> {
    let secrets = config.secrets()?;
    let (manage, confirmation) = (ManageTokens::new(&secrets), ConfirmationTokens::new(&secrets));
    let manage: ManageTokenSigner =
        Arc::new(move |registration, event_ends_at| manage.sign(registration, event_ends_at).ok());
    let confirmation: TokenSigner = Arc::new(move |id, requested_at| confirmation.sign(id, requested_at).ok());
    Ok(MailConfig {
        from: sender(config)?,
        links: links(config, public_url, manage, confirmation),
        destination: mail_destination(config)?,
        reminders: config.reminders.clone(),
        log_retention: config.retention.changes,
        clock,
        timeout: MailConfig::TIMEOUT,
        poll_interval: MailConfig::POLL_INTERVAL,
    })
}

/// The sender of mail; without a setting, an address that no mail server would accept.
pub(crate) fn sender(config: &ServerConfig) -> anyhow::Result<Mailbox> {
    config.mail_from.clone().map_or_else(|| mail_from("Plenaria <no-reply@localhost>"), Ok)
}

/// The links in mails.
pub(crate) fn links(
    config: &ServerConfig,
    public_url: &PublicUrl,
    manage_token: ManageTokenSigner,
    confirmation_token: TokenSigner,
) -> Links {
    let (public_url, manage_url) = (public_url.clone(), config.manage_url.clone());
    Links { public_url, manage_url, manage_token, confirmation_token }
}

/// The mail server, or the data directory if there is none.
pub(crate) fn mail_destination(config: &ServerConfig) -> anyhow::Result<Destination> {
    let Some(server) = config.smtp.clone() else { return Ok(Destination::Directory(config.data_dir.join("mail"))) };
    let Some(file) = &config.smtp_ca else { return Ok(Destination::Smtp(server)) };
    let setting = || format!("PLENARIA_SMTP_CA, {}", file.display());
    let authority = std::fs::read(file).with_context(setting)?;
    server.trusting(&authority).map(Destination::Smtp).with_context(setting)
}
