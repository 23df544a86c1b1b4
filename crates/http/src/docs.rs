//! The specification and the page that shows it.

use std::sync::OnceLock;

use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, get, web};
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::openapi;
use crate::problem::ApiError;
use crate::query::{NoQuery, Query};
use crate::representation::{Caching, Representation};

/// The specification as it is served: made when somebody first asks for it, since few servers are asked.
pub(crate) struct Document {
    public_url: String,
    made: OnceLock<Representation>,
}

impl Document {
    /// That of a server with this address.
    pub(crate) fn of(public_url: &str) -> Self {
        Self { public_url: public_url.to_owned(), made: OnceLock::new() }
    }

    fn get(&self) -> &Representation {
        let make = || openapi::served(&self.public_url);
        self.made.get_or_init(|| Representation::of_text(make().into(), Caching::Release).kept())
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
pub(crate) async fn read_openapi(
    request: HttpRequest,
    document: web::Data<Document>,
    query: Query<NoQuery>,
) -> Result<HttpResponse, ApiError> {
    query.read()?;
    Ok(document.get().respond(&request))
}

/// What the page may load: its own files and nothing else. Swagger UI sets styles from its scripts.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
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
