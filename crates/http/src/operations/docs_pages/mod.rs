//! Serves the pages of the documentation under `/docs/`, and `/llms.txt`, which lists them for language models.
//!
//! `/docs/` lists the guides and shows the specification with Swagger UI. Each guide is a page, `/docs/NAME`, and is
//! Markdown at `/docs/NAME.md`. All files are embedded in the program.

mod files;
mod guides;
mod markdown;

use actix_web::{HttpRequest, HttpResponse, guard, web};
use plenaria_domain::values::public_url::PublicUrl;

use crate::operations::docs_pages::files::FILES;
use crate::operations::docs_pages::guides::GUIDES;
use crate::problem::ApiError;
use crate::response::representation::{Caching, Representation};
use crate::state_part::Part;

/// What `/llms.txt` says before its lists (<https://llmstxt.org>).
const SUMMARY: &str = "# Plenaria\n\n\
    > Plenaria is a JSON REST API that publishes the programmes of webinars and conferences and takes registrations for \
    them.\n\n\
    Reading programmes and registering need no token. Programs of partner organisations use OAuth 2.0 client \
    credentials. Every error is a problem document (RFC 9457). A POST with an `Idempotency-Key` can be repeated safely.\n";

/// Adds the pages and `/llms.txt`.
pub(crate) fn configure(config: &mut web::ServiceConfig) {
    config
        .service(web::redirect("/docs", "/docs/").permanent())
        .service(web::resource("/docs/{file:.*}").guard(guard::Get()).to(read_file))
        .service(web::resource("/llms.txt").guard(guard::Get()).to(read_llms_txt));
}

async fn read_file(request: HttpRequest, name: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let file = FILES.get(name.as_str()).ok_or_else(ApiError::not_found)?;
    Ok(file.respond(&request))
}

async fn read_llms_txt(request: HttpRequest, public_url: Part<PublicUrl>) -> HttpResponse {
    let base: &str = &public_url;
    let guides = GUIDES.iter().map(|guide| {
        let (name, title, summary) = (guide.name, &guide.title, guide.summary);
        format!("- [{title}]({base}/docs/{name}.md): {summary}\n")
    });
    let text = format!(
        "{SUMMARY}\n## Guides\n\n{}\n## Specification\n\n\
         - [OpenAPI 3.1 document]({base}/openapi.json): every operation, with examples\n\
         - [JSON Schema of definitions]({base}/schemas/definition.json): the documents in which organisers write events\n\
         \n## Optional\n\n- [Documentation for people]({base}/docs/): the guides and the operations, to try out\n",
        guides.collect::<String>()
    );
    let pages = if public_url.has_pages() {
        format!("- [Events]({base}/): what is on, for people, with a form to register for each event\n")
    } else {
        String::new()
    };
    Representation::of_type("text/plain; charset=utf-8", (text + &pages).into(), Caching::Release).respond(&request)
}
