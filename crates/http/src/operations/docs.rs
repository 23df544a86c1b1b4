//! Serves the specification at `/openapi.json`.

use std::sync::OnceLock;

use actix_web::{HttpRequest, HttpResponse, get, web};

use crate::problem::ApiError;
use crate::request::query::{NoQuery, Query};
use crate::response::representation::{Caching, Representation};

/// The specification as this server publishes it. It is rendered on the first request, since most servers get none.
pub(crate) struct Document {
    public_url: String,
    render: fn(&str) -> String,
    rendered: OnceLock<Representation>,
}

impl Document {
    /// The specification of a server with this URL. `render` makes its JSON text from the URL.
    pub(crate) fn new(public_url: &str, render: fn(&str) -> String) -> Self {
        Self { public_url: public_url.to_owned(), render, rendered: OnceLock::new() }
    }

    fn get(&self) -> &Representation {
        self.rendered.get_or_init(|| {
            let text = (self.render)(&self.public_url);
            Representation::from_json_text(text.into(), Caching::Release).with_best_compression()
        })
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
