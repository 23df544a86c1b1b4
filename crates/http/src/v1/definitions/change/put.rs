//! Handles `PUT /events/{event}/definition`: creates an event, or replaces its definition.

use actix_web::{HttpRequest, HttpResponse, put, web};
use plenaria_domain::validation::InvalidValue;
use plenaria_persistence::events::definitions::read::EventKey;
use plenaria_persistence::events::publish::outcome::{Precondition, PublishMode, Publisher};
use plenaria_persistence::events::publish::put::{PutDefinition, PutOutcome};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{condition, response};
use crate::auth::Caller;
use crate::problem::{ApiError, Code};
use crate::request::path;
use crate::request::query::Query;
use crate::v1::definitions::dto::{AdviceDto, PublishedDto};
use crate::v1::definitions::parts::DefinitionParts;
use crate::v1::definitions::{access, document};

/// A small document, for the specification.
const YAML_EXAMPLE: &str = "\
slug: internationalisation-and-metropolitan-spaces-en
status: published
language: en
title: { en: Internationalisation and metropolitan spaces, fr: L'internationalisation et les espaces métropolitains }
starts: 2027-07-22T15:00
time_zone: Europe/Madrid
registration: { capacity: 500, waitlist: true }
speakers:
  - { key: elham-fakhari, name: Elham Fakhari, honorific: Dr. }
programme:
  sessions:
    - { key: tehran, kind: talk, minutes: 10, title: Tehran, speakers: [elham-fakhari] }
";

/// Whether the definition takes effect.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PutQuery {
    /// `true`: change nothing, and say what would happen. The conditions need not be sent then.
    #[param(value_type = Option<bool>, example = true)]
    dry_run: Option<String>,
}

impl PutQuery {
    fn mode(&self) -> Result<PublishMode, ApiError> {
        match self.dry_run.as_deref() {
            None | Some("false") => Ok(PublishMode::Apply),
            Some("true") => Ok(PublishMode::DryRun),
            Some(_) => {
                let choices = ["true", "false"].map(str::to_owned).to_vec();
                Err(ApiError::invalid_parameter("dry_run", InvalidValue::Choice { choices }))
            }
        }
    }
}

/// Publish a definition
///
/// Creates the event with this slug (`If-None-Match: *`), or replaces its definition (`If-Match` with the `ETag` that was
/// read). The document takes effect as a whole, with its programme and speakers, or not at all. All validation errors are
/// reported at once, with their line and column in YAML. A new event belongs to the client's organisation. Co-organisers
/// may replace the definition too, but only the owner may change the organisers or cancel the event. To change the slug, use
/// `rename`. Attendees get a mail about changes of the time, the place and the programme; `dry_run=true` returns how many.
///
/// The response has the new tag in `etag`. It has the header `ETag` only if the document was stored byte for byte as it was
/// sent (RFC 9110, section 9.3.4): in the canonical form in which it is read.
#[utoipa::path(
    tag = "definitions",
    params(PutQuery, ("If-Match" = String, Header), ("If-None-Match" = String, Header)),
    request_body(content((Value = "application/json"), (String = "application/yaml", example = json!(YAML_EXAMPLE)))),
    responses(
        (status = 200, description = "What changed, or with `dry_run` what would", body = PublishedDto, headers(
            ("Cache-Control" = String, description = "The response is for the caller alone"),
        )),
        (status = 201, description = "The event is new", body = PublishedDto, headers(
            ("Cache-Control" = String, description = "The response is for the caller alone"),
            ("Location" = String, description = "The definition's path"),
        )),
        (status = 428, description = "`precondition-required`: `If-Match` or `If-None-Match` is missing"),
    ),
    security(("oauth2" = ["events:write"])),
)]
#[put("/events/{event}/definition")]
pub(crate) async fn put_definition(
    request: HttpRequest,
    parts: DefinitionParts,
    event: web::Path<String>,
    query: Query<PutQuery>,
    payload: web::Payload,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let client = access::client(caller.clone())?;
    let reference = path::event(&event)?;
    let stored = access::find_any(&parts.store, &client, &reference).await?;
    let slug = match (&stored, reference) {
        (Some(stored), _) => stored.slug.clone(),
        (None, EventKey::Slug(slug)) => slug,
        (None, EventKey::Id(_)) => return Err(ApiError::not_found()),
    };
    let current = stored.map(|stored| stored.revision);
    let precondition = condition::read(&request, current);
    let needs_event = matches!(precondition, Ok(Precondition::MustExist | Precondition::Revision(_)));
    if needs_event && current.is_none() {
        return Err(ApiError::not_found());
    }
    let document = document::receive(&request, payload).await?;
    let mode = query.read()?.mode()?;
    let now = parts.clock.now();
    let (document, definition) = document.read(slug, now).await?;
    let precondition = precondition?;
    if precondition == Precondition::Any && mode == PublishMode::Apply {
        return Err(ApiError::new(Code::PreconditionRequired));
    }
    let publisher = Publisher { access: Some(client.access()), audit: caller.audit_context(&request) };
    let advice = AdviceDto::on(&definition, &request);
    let put = PutDefinition { definition, publisher, precondition, mode, now };
    match parts.store.put_definition(put).await? {
        PutOutcome::Done(published) => {
            parts.show_changes().await;
            let etag = document.etag_if_stored_as_sent(published.revision).filter(|_| mode == PublishMode::Apply);
            Ok(response::respond(&published, mode, advice, etag))
        }
        PutOutcome::NotFound => Err(ApiError::not_found()),
        PutOutcome::PreconditionFailed { revision } => Err(response::precondition_failed(revision)),
        PutOutcome::Invalid(errors) => Err(document.invalid(errors)),
    }
}
