//! Handles `GET /audit`: lists who did what.

use actix_web::{HttpRequest, HttpResponse, get};
use chrono::DateTime;
use plenaria_domain::audit::{Action, ActorKind};
use plenaria_domain::partner::scope::Scope;
use plenaria_domain::validation::{Form, InvalidValue};
use plenaria_domain::values::ids::{AuditEntryId, ClientId, EventId};
use plenaria_domain::values::public_url::PublicUrl;
use plenaria_domain::values::slug::Slug;
use plenaria_domain::values::time::{Clock, Instant};
use plenaria_persistence::audit::list::{ActorFilter, AuditFilter};
use plenaria_persistence::events::definitions::read::EventKey;
use plenaria_persistence::{Access, Store};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::dto::{AuditEntryDto, AuditPage};
use crate::auth::Caller;
use crate::cache::events::EventCache;
use crate::problem::{ApiError, Code};
use crate::request::cursor::Cursors;
use crate::request::pagination::PageRequest;
use crate::request::query::Query;
use crate::response::representation::{Caching, Representation};
use crate::schemas;
use crate::state_part::{Part, group_of_parts};
use crate::v1::list_query::ListQuery;

/// Filters.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditFilters {
    /// Only what was done to the event with this id or slug, and to what belongs to it.
    #[param(value_type = Option<schemas::IdOrSlug>, example = "internationalisation-and-metropolitan-spaces-en")]
    event: Option<String>,
    /// Only this action.
    #[param(value_type = Option<schemas::AuditAction>, example = "registrations.exported")]
    action: Option<String>,
    /// Only what an actor of this kind did, or the client with this id.
    #[param(value_type = Option<schemas::ActorFilter>, example = "client")]
    actor: Option<String>,
    /// Only what was done at this time or later (RFC 3339).
    #[param(format = "date-time", example = "2026-11-23T09:00:00Z")]
    since: Option<String>,
}

/// What listing the audit log needs.
pub(crate) struct AuditParts {
    store: Part<Store>,
    events: Part<EventCache>,
    clock: Part<Clock>,
    cursors: Part<Cursors>,
    public_url: Part<PublicUrl>,
}

group_of_parts!(AuditParts { store, events, clock, cursors, public_url });

type AuditQuery = ListQuery<AuditFilters>;

/// Read the audit log
///
/// Returns who did what, newest first: what the clients of the caller's organisation did, and what anyone did to the
/// events that it owns or co-organises. Registering is not recorded here, because registrations have their own time and
/// source. Exports and lists of people are recorded. An entry is written in the transaction of the action that it
/// describes, never changes, contains no personal data, and is deleted after 400 days, unless the operator has set
/// another period.
#[utoipa::path(
    tag = "audit",
    params(AuditQuery),
    responses((status = 200, description = "A page of the audit log", body = AuditPage)),
    security(("oauth2" = ["audit:read"])),
)]
#[get("/audit")]
pub(crate) async fn list_audit(
    request: HttpRequest,
    parts: AuditParts,
    query: Query<AuditQuery>,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let AuditParts { store, events, clock, cursors, public_url } = parts;
    let access = caller.require_client(Scope::AuditRead)?.access();
    let query = query.read()?;
    let filter = query.filters.filter()?;
    let event = query.filters.event()?;
    let page: PageRequest<Uuid> = query.page.read(&cursors, query.filters.scope(&access))?;
    let filter = AuditFilter { before: page.after.map(AuditEntryId), ..filter };
    let entries = match find_event(&events, event, filter).await? {
        Some(filter) => store.audit_entries(&access, &filter, page.limit as u64 + 1, clock.now()).await?,
        None => Vec::new(),
    };
    let (entries, page) = page.finish(&cursors, entries, |entry| entry.id.0);
    let body = AuditPage { data: entries.into_iter().map(AuditEntryDto::new).collect(), page };
    let representation = Representation::json(&body, &[], Caching::Private)?;
    Ok(representation.respond_page(&request, &public_url, body.page.next_cursor.as_deref()))
}

impl AuditFilters {
    /// The filter without the event, which is looked up later.
    fn filter(&self) -> Result<AuditFilter, ApiError> {
        let invalid = |name: &'static str| move |error: InvalidValue| ApiError::invalid_parameter(name, error);
        Ok(AuditFilter {
            event: None,
            action: self.action.as_deref().map(Action::parse).transpose().map_err(invalid("action"))?,
            actor: self.actor.as_deref().map(parse_actor).transpose().map_err(invalid("actor"))?,
            since: self.since.as_deref().map(parse_instant).transpose().map_err(invalid("since"))?,
            before: None,
        })
    }

    /// The event, by id or slug.
    fn event(&self) -> Result<Option<EventKey>, ApiError> {
        let Some(name) = self.event.as_deref() else { return Ok(None) };
        let key = match EventId::parse(name) {
            Some(id) => EventKey::Id(id),
            None => EventKey::Slug(Slug::parse(name).map_err(|error| ApiError::invalid_parameter("event", error))?),
        };
        Ok(Some(key))
    }

    /// The name of the filtered list for this organisation, to which cursors are bound.
    fn scope(&self, access: &Access) -> String {
        let Self { event, action, actor, since } = self;
        format!("audit {:?}", (access.organisation().as_str(), event, action, actor, since))
    }
}

/// Adds the event to the filter. `None`: there is no such event, so the list is empty.
async fn find_event(
    events: &EventCache,
    event: Option<EventKey>,
    filter: AuditFilter,
) -> Result<Option<AuditFilter>, ApiError> {
    let Some(key) = event else { return Ok(Some(filter)) };
    match events.find(&key).await {
        Ok(entry) => Ok(Some(AuditFilter { event: Some(entry.event.id), ..filter })),
        Err(error) if error.code() == Code::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn parse_actor(text: &str) -> Result<ActorFilter, InvalidValue> {
    match ClientId::parse(text) {
        Some(client) => Ok(ActorFilter::Client(client)),
        None => ActorKind::parse(text).map(ActorFilter::Kind),
    }
}

fn parse_instant(text: &str) -> Result<Instant, InvalidValue> {
    let instant = DateTime::parse_from_rfc3339(text).map(|at| at.to_utc());
    instant.map_err(|_| InvalidValue::Format { expected: Form::Instant })
}
