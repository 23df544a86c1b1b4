//! What no route takes: 405 with `Allow` where the path exists, 204 for OPTIONS, 404 elsewhere. The paths come from the
//! specification, so they cannot differ from it. A preflight (CORS) is 204 at any path: browsers would keep a 404 from the page.

use actix_web::body::BoxBody;
use actix_web::dev::ResourceDef;
use actix_web::http::Method;
use actix_web::{HttpRequest, HttpResponse, web};
use utoipa::openapi::OpenApi;

use crate::problem::ApiError;
use crate::{cors, envelope};

/// Every path of the API with its methods.
pub(crate) struct Paths(Vec<(ResourceDef, String)>);

impl Paths {
    pub(crate) fn of(document: &OpenApi) -> Self {
        let mut paths: Vec<(ResourceDef, String)> = Vec::new();
        for (path, item) in &document.paths.paths {
            let mut methods = Vec::new();
            for (operation, name) in [
                (&item.get, "GET, HEAD"),
                (&item.post, "POST"),
                (&item.put, "PUT"),
                (&item.patch, "PATCH"),
                (&item.delete, "DELETE"),
            ] {
                if operation.is_some() {
                    methods.push(name);
                }
            }
            methods.push("OPTIONS");
            paths.push((ResourceDef::new(path.as_str()), methods.join(", ")));
        }
        paths.push((ResourceDef::new("/docs/{_:.*}"), "GET, HEAD, OPTIONS".to_owned()));
        paths.push((ResourceDef::new("/docs"), "GET, HEAD, OPTIONS".to_owned()));
        Self(paths)
    }

    /// The methods of a path; a fixed path comes before one with a parameter.
    fn allowed(&self, path: &str) -> Option<&str> {
        let mut matching: Vec<&(ResourceDef, String)> = self.0.iter().filter(|(def, _)| def.is_match(path)).collect();
        matching.sort_by_key(|(def, _)| def.pattern().is_some_and(|p| p.contains('{')));
        matching.first().map(|(_, methods)| methods.as_str())
    }
}

impl Paths {
    /// Whether there is such an address, with such a method.
    pub(crate) fn takes(&self, path: &str, method: &Method) -> bool {
        self.allowed(path).is_some_and(|methods| {
            *method != Method::OPTIONS && methods.split(", ").any(|allowed| allowed == method.as_str())
        })
    }
}

/// Answers what no route took.
pub(crate) async fn answer(request: HttpRequest, paths: web::Data<Paths>) -> Result<HttpResponse<BoxBody>, ApiError> {
    let Some(methods) = paths.allowed(request.path()) else {
        let is_preflight = cors::is_preflight(request.method(), request.headers());
        return if is_preflight { Ok(HttpResponse::NoContent().finish()) } else { Err(ApiError::not_found()) };
    };
    let mut response = match *request.method() {
        Method::OPTIONS => HttpResponse::NoContent().finish(),
        // A guard on something else than the method turned the request down.
        _ if methods.split(", ").any(|m| m == request.method().as_str()) => return Err(ApiError::not_found()),
        _ => HttpResponse::MethodNotAllowed().finish(),
    };
    envelope::allow(&mut response, methods);
    Ok(response)
}
