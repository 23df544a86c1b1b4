//! The specification and the page that shows it.

use actix_web::http::header::{self, HeaderValue};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, get, web};
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::conditional;
use crate::query::{NoQuery, Query};

/// The specification as it is served.
pub(crate) struct Document {
    body: Bytes,
    etag: HeaderValue,
}

impl Document {
    pub(crate) fn new(text: String) -> Self {
        Self { etag: conditional::etag_of(text.as_bytes()), body: text.into() }
    }
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
pub(crate) async fn openapi(request: HttpRequest, document: web::Data<Document>, _: Query<NoQuery>) -> HttpResponse {
    let not_modified = conditional::not_modified(&request, &document.etag);
    let mut response = if not_modified { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header((header::ETAG, document.etag.clone()));
    response.insert_header((header::CACHE_CONTROL, "public, max-age=300"));
    if not_modified {
        return response.finish();
    }
    response.insert_header((header::CONTENT_TYPE, "application/json")).body(document.body.clone())
}

/// What the page may load: its own files and nothing else. Swagger UI sets styles from its scripts.
pub(crate) const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     font-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'",
);

/// `/docs` and all that the page loads, from this program alone.
pub(crate) fn configure(config: &mut web::ServiceConfig) {
    let page = Config::new(["/openapi.json"]).try_it_out_enabled(true).validator_url("none");
    config.service(web::redirect("/docs", "/docs/").permanent()).service(SwaggerUi::new("/docs/{_:.*}").config(page));
}
