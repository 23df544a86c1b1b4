//! Listing an event's registrations.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, get, web};
use plenaria_domain::email::EmailAddress;
use plenaria_domain::ids::RegistrationId;
use plenaria_domain::registration::RegistrationStatus;
use plenaria_domain::scope::Scope;
use plenaria_persistence::Access;
use plenaria_persistence::registration_list::RegistrationFilter;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::dto::RegistrationDto;
use super::filters::Filters;
use crate::auth::Caller;
use crate::catalogue::Entry;
use crate::page::{Page, PageRequest};
use crate::problem::ApiError;
use crate::query::Query;
use crate::reference;
use crate::representation::{Caching, Representation};
use crate::state::AppState;

/// Filters and page.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct RegistrationQuery {
    /// Only registrations that stand so.
    #[param(pattern = "^(pending|confirmed|waitlisted|cancelled)$", max_length = 10, example = "confirmed")]
    status: Option<String>,
    /// Only those of this address, in whatever spelling.
    #[param(max_length = 254, format = "idn-email", example = "ana@example.org")]
    email: Option<String>,
    /// Only those with this name, which a client gave to them.
    #[param(min_length = 1, max_length = 100, example = "crm-4711")]
    external_reference: Option<String>,
    /// Only those that changed then or later (RFC 3339).
    #[param(format = "date-time", example = "2026-11-23T09:00:00Z")]
    updated_since: Option<String>,
    /// How many registrations a page has, from 1 to 100; 20 unless asked otherwise.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, default = 20, example = 20)]
    limit: Option<String>,
    /// The page behind this cursor, from `next_cursor` of the page before.
    #[param(max_length = 1000, pattern = "^[A-Za-z0-9_-]+$")]
    cursor: Option<String>,
}

/// A page of registrations.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RegistrationPage {
    /// The registrations.
    #[schema(max_items = 100)]
    data: Vec<RegistrationDto>,
    /// Where this page stands.
    page: Page,
}

/// List registrations
///
/// An event's registrations, the oldest first, for clients: all of them if the organisation owns or co-organises the event,
/// else those that its own clients made. Follow `next_cursor` for more; what is there from the first page to the last is seen
/// exactly once, whatever is added meanwhile.
#[utoipa::path(
    tag = "registrations",
    params(RegistrationQuery),
    responses((status = 200, description = "A page of registrations", body = RegistrationPage)),
    security(("oauth2" = ["registrations:read"])),
)]
#[get("/events/{event}/registrations")]
pub(crate) async fn list_registrations(
    request: HttpRequest,
    state: web::Data<AppState>,
    event: web::Path<String>,
    query: Query<RegistrationQuery>,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let access = caller.client(Scope::RegistrationsRead)?.access();
    let entry = event_for(&state, &access, &event).await?;
    let query = query.read()?;
    let (mut filter, scope) = query.filter(&entry, &access)?;
    let (limit, cursor) = (query.limit.as_deref(), query.cursor.as_deref());
    let page: PageRequest<String> = PageRequest::read(&state, scope, limit, cursor)?;
    filter.after = page.after.as_deref().and_then(RegistrationId::parse);
    let found = state.store.registrations(&access, &filter, page.limit as u64 + 1).await?;
    let (found, page) = page.finish(&state, found, |registration| registration.id.to_string());
    let slug = &entry.event.definition.slug;
    let show = |registration| RegistrationDto::new(registration, slug, &state.public_url, None);
    let body = RegistrationPage { data: found.into_iter().map(show).collect(), page };
    let representation = Representation::json(&body, &[], Caching::Private)?;
    Ok(representation.respond_page(&request, &state.public_url, body.page.next_cursor.as_deref()))
}

/// An event that a client may ask about: a public one, or a draft of its own organisation's.
pub(in crate::v1) async fn event_for(state: &AppState, access: &Access, named: &str) -> Result<Arc<Entry>, ApiError> {
    let entry = state.catalogue.find(&reference::event(named)?).await?;
    if entry.event.is_public() || state.store.organises(access, entry.event.id).await? {
        return Ok(entry);
    }
    Err(ApiError::not_found())
}

impl RegistrationQuery {
    /// The filter, and the name of the list that it makes for this organisation, to which cursors are bound.
    fn filter(&self, entry: &Entry, access: &Access) -> Result<(RegistrationFilter, String), ApiError> {
        let filters = Filters {
            status: self.status.as_deref(),
            email: self.email.as_deref(),
            external_reference: self.external_reference.as_deref(),
            updated_since: self.updated_since.as_deref(),
        };
        let filter = filters.read(entry.event.id)?;
        let scope = format!(
            "registrations {:?}",
            (
                filter.event.to_string(),
                access.organisation().as_str(),
                filter.status.map(RegistrationStatus::as_str),
                filter.email.as_ref().map(EmailAddress::key),
                &filter.external_reference,
                filter.updated_since,
            )
        );
        Ok((filter, scope))
    }
}
