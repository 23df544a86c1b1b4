//! Handles `POST /events/{event}/cancel` and `/events/{event}/reinstate`: cancels an event, and takes that back.

use actix_web::{HttpResponse, post, web};
use plenaria_domain::event::definition::parse_reason;
use plenaria_domain::event::ownership::OrganiserRole;
use plenaria_domain::validation::FieldError;
use plenaria_domain::values::language::Language;
use plenaria_domain::values::text::Translated;
use plenaria_persistence::events::publish::command::EventAction;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::openapi::schema::{AnyOfBuilder, ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema as _, ToSchema};
use validator::Validate;

use super::command;
use super::command::CommandRequest;
use crate::problem::ApiError;
use crate::request::body;
use crate::schemas;
use crate::v1::definitions::dto::PublishedDto;

/// The body of cancelling an event.
#[derive(Debug, Default, Deserialize, ToSchema, Validate)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct CancelEvent {
    /// The reason, which the event and the mails about it show: a text in the event's language, or texts by language.
    #[serde(deserialize_with = "body::distinct_value")]
    #[schema(schema_with = reason, required = false)]
    reason: Option<Value>,
}

/// A text, or texts by language.
fn reason() -> RefOr<Schema> {
    let text = || {
        let text = ObjectBuilder::new().schema_type(SchemaType::from_iter([Type::String, Type::Null]));
        text.max_length(Some(1000)).pattern(Some(schemas::PARAGRAPHS))
    };
    let texts = ObjectBuilder::new().max_properties(Some(100)).additional_properties(Some(text()));
    let texts = texts.property_names(Some(schemas::LanguageTag::schema()));
    AnyOfBuilder::new()
        .item(text())
        .item(texts)
        .description(Some("Why the event was cancelled: a text, or texts by language."))
        .examples([json!({"en": "A strike.", "es": "Una huelga."})])
        .into()
}

impl CancelEvent {
    fn parse_reason(&self, language: &Language) -> Result<Option<Translated>, Vec<FieldError>> {
        self.reason.as_ref().map_or(Ok(None), |reason| parse_reason(reason, "/reason", language))
    }
}

/// Cancel an event
///
/// Cancels a published event. The event stays visible, with the reason, and takes no more registrations. Each attendee gets
/// one mail with the reason in their language. Seats are not offered to the waiting list. Cancelling a cancelled event
/// changes nothing; a new reason is ignored. The body is optional. Only for the event's owner; for any other caller the
/// event counts as not found.
#[utoipa::path(
    tag = "definitions",
    params(("If-Match" = String, Header)),
    request_body = Option<CancelEvent>,
    responses(
        (status = 200, description = "What changed", body = PublishedDto, headers(
            ("ETag" = String, description = "The definition's tag"),
        )),
        (status = 409, description = "`event-ended`, or `conflict`: the event is a draft"),
    ),
    security(("oauth2" = ["events:write"])),
)]
#[post("/events/{event}/cancel")]
pub(crate) async fn cancel_event(request: CommandRequest, event: web::Path<String>) -> Result<HttpResponse, ApiError> {
    command::run(request, &event, &[OrganiserRole::Owner], body::receive_optional, |bytes, stored| {
        let language = &stored.definition.language;
        let body: CancelEvent = match bytes {
            [] => CancelEvent::default(),
            _ => body::parse(bytes, |body: &CancelEvent| body.parse_reason(language).err().unwrap_or_default())?,
        };
        let reason = body.parse_reason(language).map_err(ApiError::validation)?;
        Ok(EventAction::Cancel { reason })
    })
    .await
}

/// Reinstate an event
///
/// Publishes a cancelled event again, unchanged. The recipients of the cancellation get a mail with a new calendar entry.
/// Reinstating a published event changes nothing. Only for the event's owner; for any other caller the event counts as not
/// found.
#[utoipa::path(
    tag = "definitions",
    params(("If-Match" = String, Header)),
    responses(
        (status = 200, description = "What changed", body = PublishedDto, headers(
            ("ETag" = String, description = "The definition's tag"),
        )),
        (status = 409, description = "`event-ended`, or `conflict`: the event is a draft"),
    ),
    security(("oauth2" = ["events:write"])),
)]
#[post("/events/{event}/reinstate")]
pub(crate) async fn reinstate_event(
    request: CommandRequest,
    event: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    command::run(request, &event, &[OrganiserRole::Owner], body::receive_none, |_, _| Ok(EventAction::Reinstate)).await
}
