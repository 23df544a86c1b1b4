//! Handles `POST /events/{event}/rename`: gives an event another slug.

use actix_web::{HttpResponse, post, web};
use plenaria_domain::validation::FieldError;
use plenaria_domain::values::slug::Slug;
use plenaria_persistence::events::publish::command::EventAction;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::command;
use super::command::CommandRequest;
use crate::problem::ApiError;
use crate::request::body;
use crate::schemas;
use crate::v1::definitions::dto::PublishedDto;

/// The body of renaming an event.
#[derive(Debug, Default, Deserialize, ToSchema, Validate)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RenameEvent {
    /// The new slug. It must not be, or have been, the slug of another event.
    #[schema(value_type = schemas::Slug, required = true)]
    slug: String,
}

impl RenameEvent {
    fn slug(&self) -> Result<Slug, Vec<FieldError>> {
        Slug::parse(&self.slug).map_err(|error| vec![FieldError::new("/slug", error)])
    }
}

/// Rename an event
///
/// Gives the event another slug, which is its name in addresses. Everything at the former address redirects (308) to the
/// new one for good, and no other event can take the former slug. The definition has the new slug from then on. The slug of
/// another event, present or former, is an error at `/slug`. For the event's owner and co-organisers.
#[utoipa::path(
    tag = "definitions",
    params(("If-Match" = String, Header)),
    request_body = RenameEvent,
    responses((status = 200, description = "What changed", body = PublishedDto)),
    security(("oauth2" = ["events:write"])),
)]
#[post("/events/{event}/rename")]
pub(crate) async fn rename_event(request: CommandRequest, event: web::Path<String>) -> Result<HttpResponse, ApiError> {
    command::run(request, &event, body::receive, |bytes, _| {
        let body = body::parse(bytes, |body: &RenameEvent| body.slug().err().unwrap_or_default())?;
        Ok(EventAction::Rename { slug: body.slug().map_err(ApiError::validation)? })
    })
    .await
}
