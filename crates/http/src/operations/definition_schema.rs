//! Serves the JSON Schema of definitions, from which editors complete and check them.

use std::sync::LazyLock;

use actix_web::{HttpRequest, HttpResponse, get};
use plenaria_domain::event::definition::schema;

use crate::problem::ApiError;
use crate::request::query::{NoQuery, Query};
use crate::response::representation::{Caching, Representation};

static SCHEMA: LazyLock<Representation> = LazyLock::new(|| {
    let text = schema::json_schema().to_string();
    Representation::from_json_text(text.into(), Caching::Release).with_best_compression()
});

/// Read the schema of definitions
///
/// The JSON Schema (2020-12) of the documents in which organisers write events.
#[utoipa::path(
    tag = "documentation",
    responses((status = 200, description = "The schema", body = serde_json::Value)),
    security(()),
)]
#[get("/schemas/definition.json")]
pub(crate) async fn read_definition_schema(
    request: HttpRequest,
    query: Query<NoQuery>,
) -> Result<HttpResponse, ApiError> {
    query.read()?;
    Ok(SCHEMA.respond(&request))
}
