//! `plenaria mail`.

use std::sync::Arc;

use plenaria_delivery::mail::letter::{Signer, Writer};
use plenaria_delivery::mail::sample::Sample;
use plenaria_domain::language::MessageLanguage;
use plenaria_domain::message::MessageKind;
use plenaria_domain::time::Clock;

use super::say;
use crate::cli::MailCommand;
use crate::settings::Settings;
use crate::{Failure, definitions, embedded};

/// Prints a message as it would be sent.
pub(super) fn run(settings: &Settings, command: MailCommand, clock: &Clock) -> Result<(), Failure> {
    let MailCommand::Preview { kind, language } = command;
    let names = |names: Vec<&str>| names.join(", ");
    let kind = MessageKind::parse(&kind).map_err(|_| {
        format!(
            "there is no message “{kind}”: it is one of {}.",
            names(MessageKind::ALL.iter().map(|k| k.as_str()).collect())
        )
    })?;
    let language = MessageLanguage::parse(&language).map_err(|_| {
        format!(
            "there are no messages in “{language}”: it is one of {}.",
            names(MessageLanguage::ALL.iter().map(|l| l.as_str()).collect())
        )
    })?;
    let now = clock.now();
    let failed = |error: &dyn std::fmt::Display| format!("the message cannot be written: {error}.");
    let (name, text) = embedded::PROGRAMMES[0];
    let definition = definitions::read(name, text, now)?;
    let mut sample = Sample::new(definition, "Ana Pérez", "ana@example.org", now).map_err(|_| failed(&"the sample"))?;
    let public_url = settings.public_url.clone().unwrap_or_else(|| format!("http://{}", settings.listen));
    // It opens nothing, as there is nothing to open.
    let token: Signer = Arc::new(|_, _| Some("header.claims.signature".to_owned()));
    let links = settings.links(&public_url, Arc::clone(&token), token);
    let writer = Writer::new(settings.sender()?, links).map_err(|error| failed(&error))?;
    let changed = ["time".to_owned(), "programme".to_owned()];
    let message = writer.write(sample.letter(kind, language, &changed)).map_err(|error| failed(&error))?;
    say(String::from_utf8_lossy(&message.formatted()).trim_end())
}
