//! The OpenAPI document, generated from the handlers.
//!
//! A handler declares what is particular to it: its summary, tag, query parameters, bodies and security. What follows from
//! that, or is the same for all handlers, is added here, in one module each: path and header parameters, problems,
//! response headers, links, required values, limits of values, webhooks, examples. [`crate::schemas`] has the schemas that
//! fields share.

mod constraints;
mod definitions;
mod examples;
mod headers;
mod links;
mod operation;
mod parameters;
mod rendering;
mod required;
mod responses;
mod webhooks;

use std::sync::LazyLock;

use plenaria_domain::partner::scope::Scope;
use serde_json::{Value, json};
use utoipa::OpenApi;
use utoipa::openapi::security::{ClientCredentials, Flow, HttpAuthScheme, HttpBuilder, OAuth2, Scopes, SecurityScheme};
use utoipa::openapi::{Components, OpenApi as Document};
use utoipa_actix_web::AppExt as _;

use self::operation::Operation;
use crate::problem;
use crate::router;
use crate::schemas;
use crate::v1::changes::variants;

/// The path of the token endpoint, relative to the address of the server. [`served`] makes it absolute.
const TOKEN_PATH: &str = "/oauth/token";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Plenaria",
        description = "Publishes the programmes of webinars and takes registrations for them.\n\n\
            Every error is a problem document (RFC 9457). Times are RFC 3339 in UTC. Texts are in the caller's \
            language (`?lang=`, `Accept-Language`). Lists are paginated with `cursor`. A POST with an \
            `Idempotency-Key` can be sent again safely. Every GET supports HEAD too.",
        version = "1.0.0",
        contact(name = "The Plenaria developers", url = "https://plenaria.example.org", email = "developers@plenaria.example.org"),
        license(name = "MIT OR Apache-2.0", url = "https://spdx.org/licenses/MIT.html")
    ),
    servers((url = "https://api.plenaria.example.org", description = "Production: the address that your operator gives you")),
    tags(
        // In the order of the journey: attendees, partners, organisers.
        (name = "events", description = "Events, their programmes and their available seats. Public."),
        (name = "speakers", description = "Speakers and their sessions. Public."),
        (name = "registrations", description = "Registering for an event, and managing a registration."),
        (name = "oauth", description = "Access tokens for clients of partner organisations."),
        (name = "changes", description = "The feed of changes, for clients of partner organisations."),
        (name = "webhooks", description = "Notifications of changes by Standard Webhooks 1.0, for clients of partner organisations."),
        (name = "definitions", description = "Creating, publishing and changing events, for clients of organisers."),
        (name = "messages", description = "Mails to registered people, for clients of organisers."),
        (name = "statistics", description = "Statistics of an event, for clients of its organisers."),
        (name = "audit", description = "Who did what, for clients of partner organisations."),
        (name = "problems", description = "What each problem means, and what to do about it."),
        (name = "documentation", description = "This specification."),
        (name = "health", description = "Health checks, for operators."),
    ),
)]
struct BaseDocument;

/// The document as the handlers declare it: every path with its methods, without the shared parts. [`text`] is the complete
/// document.
pub fn document() -> &'static Document {
    static DOCUMENT: LazyLock<Document> = LazyLock::new(declared);
    &DOCUMENT
}

fn declared() -> Document {
    let (_, mut document) = actix_web::App::new()
        .into_utoipa_app()
        .openapi(BaseDocument::openapi())
        .configure(router::documented_routes)
        .split_for_parts();
    let components = document.components.get_or_insert_with(Components::new);
    components.schemas.extend(problem::schemas::schemas());
    components.schemas.extend(schemas::all());
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").description(Some(
        "The `manage_token` of a registration: a JWT (RFC 7519, used as RFC8725 advises), valid until 30 days after \
         the event. Public operations accept a client's access token too.",
    ));
    components.add_security_scheme("bearerAuth", SecurityScheme::Http(bearer.build()));
    let basic = HttpBuilder::new().scheme(HttpAuthScheme::Basic).description(Some(
        "A client's id and secret, each form-encoded (RFC 6749, section 2.3.1). Only for the token endpoint.",
    ));
    components.add_security_scheme("clientBasic", SecurityScheme::Http(basic.build()));
    let scopes = Scope::ALL.iter().map(|scope| (scope.as_str(), scope.description())).collect::<Scopes>();
    let flow = Flow::ClientCredentials(ClientCredentials::new(TOKEN_PATH, scopes));
    let oauth = OAuth2::with_description(
        [flow],
        "The access token of a partner organisation's client: a JWT (RFC 9068, checked as RFC8725 advises), valid for 15 \
         minutes.",
    );
    components.add_security_scheme("oauth2", SecurityScheme::OAuth2(oauth));
    document
}

/// The complete document.
fn complete_document() -> Value {
    let mut document = serde_json::to_value(document()).unwrap_or_default();
    document["servers"][0]["x-internal"] = json!(false);
    for (path, item) in document["paths"].as_object_mut().into_iter().flatten() {
        for (method, value) in item.as_object_mut().into_iter().flatten() {
            let operation = Operation::new(path, method, value);
            parameters::apply(&operation, value);
            responses::apply(&operation, value);
            headers::apply(&operation, value);
            links::apply(&operation, value);
        }
    }
    document["components"]["parameters"] = parameters::components();
    document["components"]["responses"] = responses::components();
    document["components"]["headers"] = headers::components();
    document["components"]["examples"] = responses::examples();
    variants::apply(&mut document);
    webhooks::apply(&mut document);
    required::apply(&mut document);
    definitions::apply(&mut document);
    constraints::apply(&mut document);
    examples::apply(&mut document);
    document
}

/// The document with the server's addresses, as JSON. The first is relative, so that the page under `/docs` calls the
/// server that it was loaded from.
pub(crate) fn served(public_url: &str) -> String {
    let mut document = complete_document();
    document["servers"] = json!([
        {"url": "/", "description": "This server"},
        {"url": public_url, "description": "This server, at its public URL"},
    ]);
    let token_url = &mut document["components"]["securitySchemes"]["oauth2"]["flows"]["clientCredentials"]["tokenUrl"];
    *token_url = json!(format!("{public_url}{TOKEN_PATH}"));
    serde_json::to_string(&document).unwrap_or_default()
}

/// The document as `openapi/v1.json` contains it.
pub fn text() -> String {
    rendering::render(&complete_document())
}
