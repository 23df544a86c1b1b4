//! Handles `GET /events/{event}/registrations`: lists the registrations of an event.

use actix_web::{HttpResponse, get, web};
use plenaria_domain::audit::Action;
use plenaria_domain::partner::scope::Scope;
use plenaria_domain::registration::RegistrationStatus;
use plenaria_domain::values::email::EmailAddress;
use plenaria_domain::values::ids::RegistrationId;
use plenaria_persistence::Access;
use plenaria_persistence::registrations::list::RegistrationFilter;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::access;
use super::command::RegistrationRequest;
use super::dto::RegistrationDto;
use super::filters::Filters;
use crate::cache::events::CachedEvent;
use crate::problem::ApiError;
use crate::request::cursor::Cursors;
use crate::request::pagination::{Page, PageRequest};
use crate::response::representation::{Caching, Representation};
use crate::schemas;
use crate::state_part::Part;
use crate::v1::list_query::ListQuery;

/// Filters.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct RegistrationFilters {
    /// Only registrations with this status.
    #[param(value_type = Option<schemas::RegistrationStatus>, example = "confirmed")]
    status: Option<String>,
    /// Only registrations of this address, in any equivalent spelling (letter case, Unicode or ASCII domain).
    #[param(max_length = 254, format = "idn-email", example = "ana@example.org")]
    email: Option<String>,
    /// Only registrations with this identifier, which a client gave to them.
    #[param(min_length = 1, max_length = 100, example = "crm-4711")]
    external_reference: Option<String>,
    /// Only registrations that changed at this time or later (RFC 3339).
    #[param(format = "date-time", example = "2026-11-23T09:00:00Z")]
    updated_since: Option<String>,
}

/// A page of registrations.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RegistrationPage {
    /// The registrations.
    #[schema(max_items = 100)]
    data: Vec<RegistrationDto>,
    /// The page's limit and the cursor of the next one.
    page: Page,
}

type RegistrationQuery = ListQuery<RegistrationFilters>;

/// List registrations
///
/// Returns an event's registrations to clients, oldest first: all of them if the client's organisation owns or
/// co-organises the event, otherwise those that its own clients made. Follow `next_cursor` for more. Registrations that
/// exist while the whole list is read are listed exactly once, whatever is added in the meantime.
#[utoipa::path(
    tag = "registrations",
    params(RegistrationQuery),
    responses((status = 200, description = "A page of registrations", body = RegistrationPage)),
    security(("oauth2" = ["registrations:read"])),
)]
#[get("/events/{event}/registrations")]
pub(crate) async fn list_registrations(
    request: RegistrationRequest<RegistrationQuery>,
    cursors: Part<Cursors>,
    event: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let RegistrationRequest { http, parts, caller, query, .. } = request;
    let audit = caller.audit_context(&http);
    let access = caller.require_client(Scope::RegistrationsRead)?.access();
    let entry = access::find_event(&parts.store, &parts.events, &access, &event).await?;
    let query = query.read()?;
    let (mut filter, scope) = query.filters.filter(&entry, &access)?;
    let page: PageRequest<String> = query.page.read(&cursors, scope)?;
    filter.after = page.after.as_deref().and_then(RegistrationId::parse);
    let found = parts.store.registrations(&access, &filter, page.limit as u64 + 1).await?;
    let (found, page) = page.finish(&cursors, found, |registration| registration.id.to_string());
    if !found.is_empty() {
        let details = json!({ "registrations": found.len(), "filters": query.filters.filters().names() });
        let (event, now) = (entry.event.id, parts.clock.now());
        parts.store.record_reading(&audit, Action::RegistrationsListed, event, details, now).await?;
    }
    let slug = &entry.event.definition.slug;
    let to_dto = |registration| RegistrationDto::new(registration, slug, &parts.public_url, None);
    let body = RegistrationPage { data: found.into_iter().map(to_dto).collect(), page };
    let representation = Representation::json(&body, &[], Caching::Private)?;
    Ok(representation.respond_page(&http, &parts.public_url, body.page.next_cursor.as_deref()))
}

impl RegistrationFilters {
    fn filters(&self) -> Filters<'_> {
        Filters {
            status: self.status.as_deref(),
            email: self.email.as_deref(),
            external_reference: self.external_reference.as_deref(),
            updated_since: self.updated_since.as_deref(),
        }
    }

    /// The filter, and the name of the filtered list for this organisation, to which cursors are bound.
    fn filter(&self, entry: &CachedEvent, access: &Access) -> Result<(RegistrationFilter, String), ApiError> {
        let filter = self.filters().parse(entry.event.id)?;
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
