//! `plenaria mail`: previews the messages that attendees get.

use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use plenaria_delivery::mail::content::preview::Sample;
use plenaria_delivery::mail::content::render::{MailRenderer, RenderedMail};
use plenaria_domain::registration::message::MessageKind;
use plenaria_domain::values::language::MessageLanguage;
use plenaria_domain::values::time::Clock;

use crate::cli::MailCommand;
use crate::commands::output::say;
use crate::settings::ServerConfig;
use crate::{bootstrap, definition_files, delivery_settings};

/// Prints a message as it would be sent.
pub(crate) fn run(config: &ServerConfig, command: MailCommand, clock: &Clock) -> anyhow::Result<()> {
    let MailCommand::Preview { kind, language, html } = command;
    let list = |names: Vec<&str>| names.join(", ");
    let kind = MessageKind::parse(&kind).map_err(|_| {
        let kinds = list(MessageKind::ALL.iter().map(|k| k.as_str()).collect());
        anyhow!("there is no message “{kind}”: it is one of {kinds}.")
    })?;
    let language = MessageLanguage::parse(&language).map_err(|_| {
        let languages = list(MessageLanguage::ALL.iter().map(|l| l.as_str()).collect());
        anyhow!("there are no messages in “{language}”: it is one of {languages}.")
    })?;
    let mail = render(config, kind, language, clock).context("the message cannot be rendered")?;
    let formatted = || String::from_utf8_lossy(&mail.message.formatted()).into_owned();
    say(if html { mail.text.html.clone() } else { formatted() }.trim_end())
}

fn render(
    config: &ServerConfig,
    kind: MessageKind,
    language: MessageLanguage,
    clock: &Clock,
) -> anyhow::Result<RenderedMail> {
    let now = clock.now();
    let (name, text) = bootstrap::BUNDLED_EVENTS[0];
    let definition = definition_files::read(name, text, now)?;
    let mut sample = Sample::new(definition, "Ana Pérez", "ana@example.org", now).context("the sample")?;
    let public_url = config.public_url_or(config.listen);
    // The registration does not exist, so no token could be valid.
    let token = || Some("header.claims.signature".to_owned());
    let (manage, confirmation) = (Arc::new(move |_: &_, _| token()), Arc::new(move |_, _| token()));
    let links = delivery_settings::links(config, &public_url, manage, confirmation);
    let renderer = MailRenderer::new(delivery_settings::sender(config)?, links)?;
    let changed = ["time".to_owned(), "programme".to_owned()];
    Ok(renderer.render(sample.content(kind, language, &changed))?)
}
