//! Responds to requests that no route matches.
//!
//! A path that exists gets 405 with `Allow`, or 204 for OPTIONS; any other path gets 404. A CORS preflight gets 204 at any
//! path, because browsers would hide a 404 from the page.

use actix_web::body::BoxBody;
use actix_web::http::Method;
use actix_web::{HttpRequest, HttpResponse, web};

use crate::middleware::allowed_methods;
use crate::middleware::allowed_methods::AllowedMethods;
use crate::middleware::cors;
use crate::problem::ApiError;

/// Responds to a request that no route matches.
pub(crate) async fn respond(
    request: HttpRequest,
    allowed_methods: web::Data<AllowedMethods>,
) -> Result<HttpResponse<BoxBody>, ApiError> {
    let Some(methods) = allowed_methods.of_path(request.path()) else {
        let is_preflight = cors::is_preflight(request.method(), request.headers());
        return if is_preflight { Ok(HttpResponse::NoContent().finish()) } else { Err(ApiError::not_found()) };
    };
    let mut response = match *request.method() {
        Method::OPTIONS => HttpResponse::NoContent().finish(),
        // The path and the method match, so another guard of the route rejected the request.
        _ if allowed_methods::contains(methods, request.method()) => return Err(ApiError::not_found()),
        _ => HttpResponse::MethodNotAllowed().finish(),
    };
    allowed_methods::add_allow_header(&mut response, methods);
    Ok(response)
}
