//! Serves `/` to programs: where the specification, the documentation and the events are. Browsers get the page of what is
//! on there, if there are pages for people.

use actix_web::http::header;
use actix_web::{HttpResponse, guard, web};
use plenaria_domain::values::public_url::PublicUrl;
use serde_json::json;

use crate::response::representation::Caching;
use crate::state_part::Part;

/// Adds the route. It must be added after those of pages, which take requests of browsers only.
pub(crate) fn configure(config: &mut web::ServiceConfig) {
    config.service(web::resource("/").guard(guard::Get()).to(read_index));
}

async fn read_index(public_url: Part<PublicUrl>) -> HttpResponse {
    let url = |path: &str| format!("{}{path}", &**public_url);
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, Caching::Release.header()))
        .insert_header((header::VARY, "Accept"))
        .json(json!({
            "specification": url("/openapi.json"),
            "documentation": url("/docs/"),
            "events": url("/v1/events"),
        }))
}
