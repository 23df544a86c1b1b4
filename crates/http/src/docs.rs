//! The specification and the page that shows it.

use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, get, web};
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::problem::ApiError;
use crate::query::{NoQuery, Query};
use crate::representation::{Caching, Representation};

/// The specification as it is served.
pub(crate) type Document = Representation;

/// The document of this text.
pub(crate) fn document(text: String) -> Document {
    Representation::of_text(text.into(), Caching::Release).kept()
}

/// Read this specification
///
/// The OpenAPI 3.1 document of the API.
#[utoipa::path(
    tag = "documentation",
    operation_id = "read_openapi",
    responses((status = 200, description = "The document", body = serde_json::Value)),
    security(()),
)]
#[get("/openapi.json")]
pub(crate) async fn openapi(
    request: HttpRequest,
    document: web::Data<Document>,
    query: Query<NoQuery>,
) -> Result<HttpResponse, ApiError> {
    query.read()?;
    Ok(document.respond(&request))
}

/// What the page may load: its own files and nothing else. Swagger UI sets styles from its scripts.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     font-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'",
);

/// Whether this is the page, or a file of it.
pub(crate) fn is_page(path: &str) -> bool {
    path.starts_with("/docs/")
}

/// What browsers are told of the page and its files: what they may load, and how long they may keep it.
pub(crate) fn protect(headers: &mut HeaderMap) {
    headers.insert(header::CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(header::CACHE_CONTROL, Caching::Release.header());
}

/// `/docs` and all that the page loads, from this program alone.
pub(crate) fn configure(config: &mut web::ServiceConfig) {
    let page = Config::new(["/openapi.json"]).try_it_out_enabled(true).validator_url("none");
    config.service(web::redirect("/docs", "/docs/").permanent()).service(SwaggerUi::new("/docs/{_:.*}").config(page));
}
