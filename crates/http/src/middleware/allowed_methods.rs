//! The methods that each path of the API allows, as the specification lists them.

use actix_web::HttpResponse;
use actix_web::body::{BoxBody, MessageBody as _};
use actix_web::dev::ResourceDef;
use actix_web::http::header::{self, HeaderValue};
use actix_web::http::{Method, StatusCode};
use utoipa::openapi::OpenApi;

/// Every path of the API, with the value of `Allow` for it.
pub(crate) struct AllowedMethods(Vec<(ResourceDef, String)>);

impl AllowedMethods {
    /// Reads the paths from the specification, so that the two cannot differ, and adds the documentation's pages and those
    /// for people.
    pub(crate) fn of(document: &OpenApi, pages: &[(&str, &str)]) -> Self {
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
        for path in ["/", "/docs/{_:.*}", "/docs", "/llms.txt"] {
            paths.push((ResourceDef::new(path), "GET, HEAD, OPTIONS".to_owned()));
        }
        for (path, methods) in pages {
            paths.push((ResourceDef::new(*path), (*methods).to_owned()));
        }
        Self(paths)
    }

    /// The methods of a path, separated by commas. A fixed path takes precedence over one with a parameter.
    pub(crate) fn of_path(&self, path: &str) -> Option<&str> {
        let mut matching: Vec<&(ResourceDef, String)> = self.0.iter().filter(|(def, _)| def.is_match(path)).collect();
        matching.sort_by_key(|(def, _)| def.pattern().is_some_and(|pattern| pattern.contains('{')));
        matching.first().map(|(_, methods)| methods.as_str())
    }

    /// Whether the path exists and a route serves this method there.
    pub(crate) fn allows(&self, path: &str, method: &Method) -> bool {
        *method != Method::OPTIONS && self.of_path(path).is_some_and(|methods| contains(methods, method))
    }
}

/// Whether a list of methods, separated by commas, has this one.
pub(crate) fn contains(methods: &str, method: &Method) -> bool {
    methods.split(", ").any(|allowed| allowed == method.as_str())
}

/// Adds `Allow` to a 405, or to the empty response to OPTIONS.
pub(crate) fn add_allow_header(response: &mut HttpResponse<BoxBody>, methods: &str) {
    if let Ok(value) = HeaderValue::from_str(methods) {
        response.headers_mut().insert(header::ALLOW, value);
    }
    debug_assert!(response.body().size().is_eof() || response.status() != StatusCode::NO_CONTENT);
}
