//! `/problems/{code}`: what a problem means and what to do, for people and for programs.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get, web};
use plenaria_domain::language::MessageLanguage;
use serde::Serialize;
use utoipa::ToSchema;

use super::{ApiError, Code, language, texts};
use crate::negotiation;
use crate::query::{NoQuery, Query};

/// What the page may do: nothing but have its own style. No other site's page may have it within a frame.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'self'; \
                      frame-ancestors 'none'";

/// The explanation of a kind of problem.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProblemExplanation)]
pub(crate) struct Explanation {
    /// The machine's name of the problem.
    #[schema(max_length = 100, pattern = "^[a-z-]+$", example = "event-full")]
    code: &'static str,
    /// The status that it comes with.
    #[schema(minimum = 400, maximum = 599, example = 409)]
    status: u16,
    /// What kind of problem it is.
    #[schema(max_length = 200, example = "Every seat is taken")]
    title: &'static str,
    /// What it means and what to do.
    #[schema(max_length = 2000, example = "The event has no seat left and no waiting list.")]
    meaning: &'static str,
    /// Whether the same request may succeed later, without the caller doing anything else first. A problem says so of its own
    /// case: of `conflict`, some cases are retryable.
    #[schema(example = true)]
    retryable: bool,
}

/// Explain a problem
///
/// What the problem means and what to do about it, as a page or as JSON by `Accept`. Every problem's `type` leads here.
#[utoipa::path(
    tag = "problems",
    operation_id = "explain_problem",
    params(("code" = String, Path, description = "A problem's code", max_length = 100, pattern = "^[a-z-]+$", example = "event-full")),
    responses((status = 200, description = "The explanation", content(
        (Explanation = "application/json"),
        (String = "text/html"),
    ))),
    security(()),
)]
#[get("/problems/{code}")]
pub(crate) async fn show(
    request: HttpRequest,
    code: web::Path<String>,
    query: Query<NoQuery>,
) -> Result<HttpResponse, ApiError> {
    let code = Code::parse(&code).ok_or_else(ApiError::not_found)?;
    query.read()?;
    let mut response = HttpResponse::Ok();
    let language = language::choose(&request);
    response
        .insert_header((header::CACHE_CONTROL, "public, max-age=3600"))
        .insert_header((header::CONTENT_LANGUAGE, language.as_str()))
        .insert_header((header::VARY, "Accept, Accept-Language"));
    if negotiation::prefers_html(&request) {
        return Ok(response
            .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
            .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
            .body(page(code, language)));
    }
    let wording = texts::words(language).wording(code);
    Ok(response.json(Explanation {
        code: code.as_str(),
        status: code.status().as_u16(),
        title: wording.title,
        meaning: wording.meaning,
        retryable: code.is_retryable(),
    }))
}

/// The page; its texts are our own and hold nothing that HTML would take for markup.
fn page(code: Code, language: MessageLanguage) -> String {
    let words = texts::words(language);
    let texts::Wording { title, meaning } = words.wording(code);
    let (name, status, retry) = (code.as_str(), code.status(), words.retry(code.is_retryable()));
    let language = language.as_str();
    format!(
        "<!doctype html><html lang=\"{language}\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title>\
         <style>body{{font:1.1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem}}</style>\
         <h1>{title}</h1><p><code>{name}</code>, HTTP {status}</p><p>{meaning}</p><p>{retry}</p></html>"
    )
}
