//! Handles `POST /events/{event}/cancel` and `/events/{event}/reinstate`: cancels an event, and takes that back.

use actix_web::{HttpResponse, post, web};
use plenaria_domain::event::definition::parse_reason;
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
/// Cancels a published event. The event stays visible, with its reason; it takes no registrations any more, and everybody
/// who is registered gets one mail with the reason in their language. Nobody on the waiting list gets a seat. Cancelling
/// again changes nothing, nor does the reason then. The body may be left out. Only for the event's owner; to anyone else
/// the event counts as not found.
#[utoipa::path(
    tag = "definitions",
    params(("If-Match" = String, Header)),
    request_body = Option<CancelEvent>,
    responses(
        (status = 200, description = "What changed", body = PublishedDto),
        (status = 409, description = "`event-ended`, or `conflict`: the event is a draft"),
    ),
    security(("oauth2" = ["events:write"])),
)]
#[post("/events/{event}/cancel")]
pub(crate) async fn cancel_event(request: CommandRequest, event: web::Path<String>) -> Result<HttpResponse, ApiError> {
    command::run(request, &event, body::receive_optional, |bytes, stored| {
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
/// Publishes a cancelled event again, as it was. Everybody who was told of the cancellation gets a mail with a new calendar
/// entry. Reinstating again changes nothing. Only for the event's owner; to anyone else the event counts as not found.
#[utoipa::path(
    tag = "definitions",
    params(("If-Match" = String, Header)),
    responses(
        (status = 200, description = "What changed", body = PublishedDto),
        (status = 409, description = "`event-ended`, or `conflict`: the event is a draft"),
    ),
    security(("oauth2" = ["events:write"])),
)]
#[post("/events/{event}/reinstate")]
pub(crate) async fn reinstate_event(
    request: CommandRequest,
    event: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    command::run(request, &event, body::receive_none, |_, _| Ok(EventAction::Reinstate)).await
}
