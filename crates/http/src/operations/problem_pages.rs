//! Handles `GET /problems/{code}`: explains a kind of problem, as a page for people or as JSON.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get, web};
use plenaria_domain::values::language::MessageLanguage;
use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::api_error::ApiError;
use crate::problem::code::Code;
use crate::problem::texts::words::Wording;
use crate::problem::{language, texts};
use crate::request::negotiation;
use crate::request::query::{NoQuery, Query};

/// The page may only use its own style, and no other site may embed it in a frame.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; \
                                       form-action 'self'; frame-ancestors 'none'";

/// The explanation of a kind of problem.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProblemExplanation)]
pub(crate) struct Explanation {
    /// The problem's code, for programs.
    #[schema(value_type = Code)]
    code: &'static str,
    /// The HTTP status of responses with this problem.
    #[schema(minimum = 400, maximum = 599, example = 409)]
    status: u16,
    /// A short description of the kind of problem.
    #[schema(max_length = 200, example = "Every seat is taken")]
    title: &'static str,
    /// What the problem means and what to do about it.
    #[schema(max_length = 2000, example = "The event has no seat left and no waiting list.")]
    meaning: &'static str,
    /// Whether the same request may succeed later without any other action of the caller. The `retryable` of a problem
    /// document is specific to its case: some cases of `conflict` are retryable.
    #[schema(example = true)]
    retryable: bool,
}

/// Explain a problem
///
/// What the problem means and what to do about it, as a page or as JSON, depending on `Accept`. The `type` of every
/// problem is the URL of its explanation.
#[utoipa::path(
    tag = "problems",
    operation_id = "explain_problem",
    params(("Accept-Language" = String, Header)),
    responses((status = 200, description = "The explanation", content(
        (Explanation = "application/json"),
        (String = "text/html"),
    ))),
    security(()),
)]
#[get("/problems/{code}")]
pub(crate) async fn explain(
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
            .insert_header((header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY))
            .body(page(code, language)));
    }
    let wording = texts::in_language(language).wording(code);
    Ok(response.json(Explanation {
        code: code.as_str(),
        status: code.status().as_u16(),
        title: wording.title,
        meaning: wording.meaning,
        retryable: code.is_retryable(),
    }))
}

/// The page. The texts need no escaping: they are constants without HTML's special characters, which a test checks.
fn page(code: Code, language: MessageLanguage) -> String {
    let words = texts::in_language(language);
    let Wording { title, meaning } = words.wording(code);
    let (name, status, retry) = (code.as_str(), code.status(), words.retry(code.is_retryable()));
    let language = language.as_str();
    format!(
        "<!doctype html><html lang=\"{language}\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title>\
         <style>body{{font:1.1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem}}</style>\
         <h1>{title}</h1><p><code>{name}</code>, HTTP {status}</p><p>{meaning}</p><p>{retry}</p></html>"
    )
}
