//! The OpenAPI document, generated from the handlers.
//!
//! A handler says what is its own. What all share (problems, headers, the bearer scheme) is added here, in one place.

use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{
    Components, Content, Header, ObjectBuilder, OpenApi as Document, PathItem, Ref, RefOr, Response, Type,
};
use utoipa::{OpenApi, ToSchema as _};
use utoipa_actix_web::AppExt as _;

use crate::problem::{FieldFault, ProblemBody};
use crate::startup;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Plenaria",
        description = "Publishes the programme of webinars and takes registrations for them.\n\n\
            Every error is a problem document (RFC 9457). Times are RFC 3339 in UTC. Texts come in the caller's \
            language (`?lang=`, `Accept-Language`). Lists are read page by page with `cursor`.",
        version = "1.0.0",
        contact(name = "The Plenaria developers", url = "https://plenaria.example.org", email = "developers@plenaria.example.org"),
        license(name = "MIT OR Apache-2.0", url = "https://spdx.org/licenses/MIT.html")
    ),
    servers((url = "https://api.plenaria.example.org", description = "Where your operator runs it")),
    tags(
        (name = "documentation", description = "This specification."),
        (name = "events", description = "Events, their programmes and their live seats. Public."),
        (name = "health", description = "For those who run the service."),
        (name = "problems", description = "What each problem means and what to do."),
        (name = "registrations", description = "Registering, and managing one's registration."),
        (name = "speakers", description = "Speakers and what they speak about. Public."),
    ),
)]
struct Base;

/// The document of all that the server answers.
pub fn document() -> Document {
    let (_, mut document) =
        actix_web::App::new().into_utoipa_app().openapi(Base::openapi()).configure(startup::routes).split_for_parts();
    complete(&mut document);
    document
}

/// The document as text, the way that `openapi/v1.json` holds it.
pub fn text() -> String {
    serde_json::to_string_pretty(&document()).map(|text| text + "\n").unwrap_or_default()
}

fn complete(document: &mut Document) {
    let components = document.components.get_or_insert_with(Components::new);
    let mut schemas = Vec::new();
    <FieldFault<'_> as utoipa::ToSchema>::schemas(&mut schemas);
    <ProblemBody<'_> as utoipa::ToSchema>::schemas(&mut schemas);
    schemas.push((ProblemBody::name().into_owned(), <ProblemBody<'_> as utoipa::PartialSchema>::schema()));
    schemas.push((FieldFault::name().into_owned(), <FieldFault<'_> as utoipa::PartialSchema>::schema()));
    components.schemas.extend(schemas);
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").description(Some(
        "The `manage_token` of a registration: a JWT (RFC 7519, used as RFC8725 advises), valid until 30 days after \
         the event.",
    ));
    components.add_security_scheme("bearerAuth", SecurityScheme::Http(bearer.build()));
    for (path, item) in &mut document.paths.paths {
        for operation in operations(item) {
            complete_operation(path, operation);
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete]
        .into_iter()
        .filter_map(Option::as_mut)
}

/// Adds the problems that any operation of its kind can have, and the headers that every answer has.
fn complete_operation(path: &str, operation: &mut Operation) {
    let mut problems = vec![
        ("400", "`malformed-request` or `invalid-parameter`"),
        ("500", "`internal`"),
        ("503", "`overloaded` or `database-unavailable`"),
    ];
    let protected = operation.security.as_ref().is_some_and(|s| {
        let schemes: Vec<_> = s.iter().filter_map(|one| serde_json::to_value(one).ok()).collect();
        schemes.iter().any(|one| one.get("bearerAuth").is_some())
    });
    if protected {
        problems.push(("401", "`unauthenticated` or `invalid-token`"));
    }
    if path.contains('{') {
        problems.push(("404", "`not-found`"));
    }
    if operation.request_body.is_some() {
        problems.push(("413", "`payload-too-large`"));
        problems.push(("415", "`unsupported-media-type`"));
        problems.push(("422", "`validation-failed`"));
    }
    let reads = operation.request_body.is_none();
    for (status, description) in problems {
        operation.responses.responses.entry(status.to_owned()).or_insert_with(|| RefOr::T(Response::new(description)));
    }
    let cached = operation.responses.responses.get("200").cloned();
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else { continue };
        if status.starts_with(['4', '5']) {
            let content = Content::new(Some(Ref::from_schema_name("Problem")));
            response.content.insert("application/problem+json".to_owned(), content.into());
        }
        complete_headers(status, response, reads && path.starts_with("/v1/"));
    }
    if reads && path.starts_with("/v1/") && cached.is_some() {
        let mut response = Response::new("The caller has it already (`If-None-Match`)");
        complete_headers("304", &mut response, true);
        operation.responses.responses.insert("304".to_owned(), RefOr::T(response));
    }
}

fn complete_headers(status: &str, response: &mut Response, tagged: bool) {
    let text = |max: usize| ObjectBuilder::new().schema_type(Type::String).max_length(Some(max)).build();
    let mut add = |name: &str, max: usize, description: &str| {
        let mut header = Header::new(text(max));
        header.description = Some(description.to_owned());
        response.headers.entry(name.to_owned()).or_insert(RefOr::T(header));
    };
    add("Request-Id", 128, "The request's id, as in our logs");
    if tagged && matches!(status, "200" | "304") {
        add("ETag", 100, "The tag of this representation, for `If-None-Match`");
        add("Cache-Control", 200, "How long it may be kept, and by whom");
    }
    if status == "401" {
        add("WWW-Authenticate", 200, "What is needed (RFC 6750)");
    }
    if status == "503" {
        add("Retry-After", 10, "When to come back, in seconds");
    }
}
