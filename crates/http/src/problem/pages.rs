//! `/problems/{code}`: what a problem means and what to do, for people and for programs.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::{ApiError, Code};
use crate::query::{NoQuery, Query};

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
    /// Whether the same request may succeed later.
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
    _: Query<NoQuery>,
) -> Result<HttpResponse, ApiError> {
    let code = Code::parse(&code).ok_or_else(ApiError::not_found)?;
    let mut response = HttpResponse::Ok();
    response.insert_header((header::CACHE_CONTROL, "public, max-age=3600")).insert_header((header::VARY, "Accept"));
    let accept = request.headers().get(header::ACCEPT).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if accept.contains("text/html") {
        return Ok(response
            .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
            .insert_header((header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'"))
            .body(page(code)));
    }
    Ok(response.json(Explanation {
        code: code.as_str(),
        status: code.status().as_u16(),
        title: code.title(),
        meaning: code.meaning(),
        retryable: code.is_retryable(),
    }))
}

/// The page; its texts are our own and hold nothing that HTML would take for markup.
fn page(code: Code) -> String {
    let (title, name, status, meaning) = (code.title(), code.as_str(), code.status(), code.meaning());
    let retry = if code.is_retryable() { "may succeed later" } else { "will not succeed unchanged" };
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title>\
         <style>body{{font:1.1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem}}</style>\
         <h1>{title}</h1><p><code>{name}</code>, status {status}</p><p>{meaning}</p><p>The same request {retry}.</p></html>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_needs_escaping() {
        for code in Code::ALL {
            assert!(!format!("{}{}", code.title(), code.meaning()).contains(['<', '>', '&']), "{}", code.as_str());
        }
    }
}
