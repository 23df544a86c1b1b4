//! Handles `POST /events/{event}/rename`: gives an event another slug.

use actix_web::{HttpResponse, post, web};
use plenaria_domain::event::ownership::OrganiserRole;
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
/// Changes the event's slug, which is part of its URLs and of its definition. The former URLs redirect (308) permanently, and
/// no other event can take the former slug. A slug that another event has or had is an error at `/slug`. A request that is
/// repeated at the former URL follows the redirect, and changes nothing. For the event's owner and co-organisers.
#[utoipa::path(
    tag = "definitions",
    params(("If-Match" = String, Header)),
    request_body = RenameEvent,
    responses((status = 200, description = "What changed", body = PublishedDto, headers(
        ("ETag" = String, description = "The definition's tag"),
    ))),
    security(("oauth2" = ["events:write"])),
)]
#[post("/events/{event}/rename")]
pub(crate) async fn rename_event(request: CommandRequest, event: web::Path<String>) -> Result<HttpResponse, ApiError> {
    command::run(request, &event, &[OrganiserRole::Owner, OrganiserRole::CoOrganiser], body::receive, |bytes, _| {
        let body = body::parse(bytes, |body: &RenameEvent| body.slug().err().unwrap_or_default())?;
        Ok(EventAction::Rename { slug: body.slug().map_err(ApiError::validation)? })
    })
    .await
}
