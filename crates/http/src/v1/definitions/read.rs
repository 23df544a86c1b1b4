//! Handles `GET /events/{event}/definition`: reads a definition.

use actix_web::{HttpRequest, HttpResponse, get, web};
use plenaria_persistence::Store;

use super::{access, document};
use crate::auth::Caller;
use crate::problem::ApiError;
use crate::request::query::{NoQuery, Query};
use crate::state_part::Part;

/// Read a definition
///
/// Returns the definition of an event that the client's organisation owns or co-organises, including drafts, as JSON
/// or, if `Accept` prefers it, as YAML. The definition is in canonical form: texts by language, dates with their years.
/// Putting it unchanged, with its `ETag`, has no effect.
#[utoipa::path(
    tag = "definitions",
    responses((status = 200, description = "The definition", content((Value = "application/json"), (String = "application/yaml")))),
    security(("oauth2" = ["events:write"])),
)]
#[get("/events/{event}/definition")]
pub(crate) async fn read_definition(
    request: HttpRequest,
    store: Part<Store>,
    event: web::Path<String>,
    query: Query<NoQuery>,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let client = access::client(caller)?;
    let stored = access::find(&store, &client, &event).await?;
    query.read()?;
    document::respond(&request, &stored.definition, stored.revision)
}
