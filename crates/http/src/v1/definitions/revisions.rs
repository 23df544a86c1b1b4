//! Handles `GET /events/{event}/revisions` and `/events/{event}/revisions/{revision}`: the history of a definition.

use actix_web::{HttpRequest, HttpResponse, get, web};
use chrono::{DateTime, Utc};
use plenaria_domain::audit::Actor;
use plenaria_domain::values::public_url::PublicUrl;
use plenaria_persistence::Store;
use plenaria_persistence::events::definitions::revisions::Revision;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::access;
use super::dto::ChangeDto;
use crate::auth::Caller;
use crate::problem::ApiError;
use crate::request::cursor::Cursors;
use crate::request::pagination::{Page, PageRequest};
use crate::request::query::{NoQuery, Query};
use crate::response::representation::{Caching, Representation};
use crate::schemas;
use crate::state_part::Part;
use crate::v1::list_query::ListQuery;

/// One version of a definition.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Revision)]
pub(crate) struct RevisionDto {
    /// The revision's number, from 1.
    #[schema(minimum = 1, example = 3)]
    revision: i64,
    /// When it was published.
    #[schema(example = "2026-11-23T09:00:00Z")]
    published_at: DateTime<Utc>,
    /// Who published it.
    by: PublisherDto,
    /// What it changed in the revision before, value by value. Empty for the first one, and once the retention time of the
    /// event is over.
    #[schema(max_items = 1000)]
    changes: Vec<ChangeDto>,
}

/// One version of a definition, with the document.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RevisionWithDefinition)]
pub(crate) struct FullRevisionDto {
    #[serde(flatten)]
    revision: RevisionDto,
    /// The whole definition.
    definition: Value,
}

/// Who published a revision.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Publisher)]
struct PublisherDto {
    /// The kind of actor.
    #[schema(value_type = schemas::ActorKind)]
    kind: &'static str,
    /// The client's organisation.
    #[schema(value_type = Option<schemas::Slug>)]
    organisation: Option<String>,
    /// The client's id.
    #[schema(value_type = Option<schemas::Id>)]
    client_id: Option<Uuid>,
}

/// A page of revisions.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RevisionPage {
    /// The revisions, the newest first.
    #[schema(max_items = 100)]
    data: Vec<RevisionDto>,
    /// The page size, and the cursor of the next page.
    page: Page,
}

/// List revisions
///
/// Returns the history of an event's definition, newest revision first: when it changed, who changed it, and what. A
/// page may have fewer revisions than `limit` if their changes are large; `next_cursor` says whether there are more.
///
/// The first revision and the newest 200 are stored, each until it has been replaced for as long as the audit log goes back.
/// Once the personal data of the event's registrations are removed, only the current one is left, without `changes`.
#[utoipa::path(
    tag = "definitions",
    params(ListQuery),
    responses((status = 200, description = "A page of revisions", body = RevisionPage)),
    security(("oauth2" = ["events:write"])),
)]
#[get("/events/{event}/revisions")]
pub(crate) async fn list_revisions(
    request: HttpRequest,
    store: Part<Store>,
    cursors: Part<Cursors>,
    public_url: Part<PublicUrl>,
    event: web::Path<String>,
    query: Query<ListQuery>,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let client = access::client(caller)?;
    let stored = access::find(&store, &client, &event).await?;
    let query = query.read()?;
    let scope = format!("revisions of {}", stored.id);
    let page: PageRequest<i64> = query.page.read(&cursors, scope)?;
    // A page has fewer revisions if their changes are large.
    let (found, more) = store.revisions(stored.id, page.after, page.limit as u64).await?;
    let (found, page) = page.finish_if(more, &cursors, found, |revision| revision.revision);
    let body = RevisionPage { data: found.into_iter().map(RevisionDto::new).collect(), page };
    let representation = Representation::json(&body, &[], Caching::Private)?;
    Ok(representation.respond_page(&request, &public_url, body.page.next_cursor.as_deref()))
}

/// Read a revision
///
/// Returns one revision with the whole definition. To restore it, put that definition, which makes a new revision.
#[utoipa::path(
    tag = "definitions",
    responses((status = 200, description = "The revision", body = FullRevisionDto)),
    security(("oauth2" = ["events:write"])),
)]
#[get("/events/{event}/revisions/{revision}")]
pub(crate) async fn read_revision(
    request: HttpRequest,
    store: Part<Store>,
    path: web::Path<(String, String)>,
    query: Query<NoQuery>,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let client = access::client(caller)?;
    let (event, number) = path.into_inner();
    let stored = access::find(&store, &client, &event).await?;
    // Any other spelling, such as `01`, is simply not found.
    let number = number.parse().ok().filter(|parsed: &i64| parsed.to_string() == number);
    let number = number.ok_or_else(ApiError::not_found)?;
    let (revision, definition) = store.revision(stored.id, number).await?.ok_or_else(ApiError::not_found)?;
    query.read()?;
    let body = FullRevisionDto { revision: RevisionDto::new(revision), definition };
    Ok(Representation::json(&body, &[], Caching::Private)?.respond(&request))
}

impl RevisionDto {
    fn new(revision: Revision) -> Self {
        Self {
            revision: revision.revision,
            published_at: revision.published_at,
            by: PublisherDto::new(&revision.by),
            changes: revision.changes.iter().map(ChangeDto::new).collect(),
        }
    }
}

impl PublisherDto {
    fn new(actor: &Actor) -> Self {
        let (organisation, client_id) = match actor {
            Actor::Client { organisation, client } => (Some(organisation.to_string()), Some(client.0)),
            Actor::Holder | Actor::Operator | Actor::System => (None, None),
        };
        Self { kind: actor.kind().as_str(), organisation, client_id }
    }
}
