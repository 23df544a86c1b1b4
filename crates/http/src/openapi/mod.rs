//! The OpenAPI document, generated from the handlers.
//!
//! A handler says what is its own. What all share is added here, in one place each: problems, headers, parameters,
//! limits of values, recorded examples.

mod constraints;
mod examples;
mod headers;
mod links;
mod operation;
mod parameters;
mod responses;

use plenaria_domain::scope::Scope;
use serde_json::{Value, json};
use utoipa::openapi::security::{ClientCredentials, Flow, HttpAuthScheme, HttpBuilder, OAuth2, Scopes, SecurityScheme};
use utoipa::openapi::{Components, OpenApi as Document};
use utoipa::{OpenApi, ToSchema as _};
use utoipa_actix_web::AppExt as _;

use self::operation::Operation;
use crate::problem::{FieldFault, ProblemBody};
use crate::route_table;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Plenaria",
        description = "Publishes the programme of webinars and takes registrations for them.\n\n\
            Every error is a problem document (RFC 9457). Times are RFC 3339 in UTC. Texts come in the caller's \
            language (`?lang=`, `Accept-Language`). Lists are read page by page with `cursor`. A POST with an \
            `Idempotency-Key` may be sent again without fear. Every GET is answered to HEAD too.",
        version = "1.0.0",
        contact(name = "The Plenaria developers", url = "https://plenaria.example.org", email = "developers@plenaria.example.org"),
        license(name = "MIT OR Apache-2.0", url = "https://spdx.org/licenses/MIT.html")
    ),
    servers((url = "https://api.plenaria.example.org", description = "Production: where your operator runs it")),
    tags(
        (name = "changes", description = "The feed of all that happened, for partner organisations' programs."),
        (name = "documentation", description = "This specification."),
        (name = "events", description = "Events, their programmes and their live seats. Public."),
        (name = "health", description = "For those who run the service."),
        (name = "messages", description = "What was mailed to those who are registered, for organisers' programs."),
        (name = "oauth", description = "Tokens for the programs of partner organisations."),
        (name = "problems", description = "What each problem means and what to do."),
        (name = "registrations", description = "Registering, and managing one's registration."),
        (name = "speakers", description = "Speakers and what they speak about. Public."),
        (name = "webhooks", description = "Being told of what happens, by Standard Webhooks 1.0, for partner organisations' programs."),
    ),
)]
struct Base;

/// What the handlers say: every path with its methods, without what all share; [`text`] is the whole.
pub fn document() -> Document {
    let (_, mut document) = actix_web::App::new()
        .into_utoipa_app()
        .openapi(Base::openapi())
        .configure(route_table::described)
        .split_for_parts();
    let components = document.components.get_or_insert_with(Components::new);
    let mut schemas = Vec::new();
    <FieldFault<'_> as utoipa::ToSchema>::schemas(&mut schemas);
    <ProblemBody<'_> as utoipa::ToSchema>::schemas(&mut schemas);
    schemas.push((ProblemBody::name().into_owned(), <ProblemBody<'_> as utoipa::PartialSchema>::schema()));
    schemas.push((FieldFault::name().into_owned(), <FieldFault<'_> as utoipa::PartialSchema>::schema()));
    components.schemas.extend(schemas);
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").description(Some(
        "The `manage_token` of a registration: a JWT (RFC 7519, used as RFC8725 advises), valid until 30 days after \
         the event. Where everybody may read, a client's access token is taken too.",
    ));
    components.add_security_scheme("bearerAuth", SecurityScheme::Http(bearer.build()));
    let basic = HttpBuilder::new().scheme(HttpAuthScheme::Basic).description(Some(
        "A client's id and secret, each form-encoded (RFC 6749, section 2.3.1). For the token endpoint alone.",
    ));
    components.add_security_scheme("clientBasic", SecurityScheme::Http(basic.build()));
    let scopes = Scope::ALL.iter().map(|scope| (scope.as_str(), describe(*scope))).collect::<Scopes>();
    let flow = Flow::ClientCredentials(ClientCredentials::new("https://api.plenaria.example.org/oauth/token", scopes));
    let oauth = OAuth2::with_description(
        [flow],
        "The access token of a partner organisation's program: a JWT (RFC 9068, checked as RFC8725 advises), good for 15 \
         minutes.",
    );
    components.add_security_scheme("oauth2", SecurityScheme::OAuth2(oauth));
    document
}

const fn describe(scope: Scope) -> &'static str {
    match scope {
        Scope::RegistrationsRead => "See registrations.",
        Scope::RegistrationsWrite => "Make, change and cancel registrations.",
        Scope::EventsWrite => "Publish and change events.",
        Scope::WebhooksManage => "Manage webhook endpoints.",
        Scope::AuditRead => "Read who did what.",
    }
}

/// The document of all that the server answers.
fn whole() -> Value {
    let mut document = serde_json::to_value(document()).unwrap_or_default();
    document["servers"][0]["x-internal"] = json!(false);
    for (path, item) in document["paths"].as_object_mut().into_iter().flatten() {
        for (method, value) in item.as_object_mut().into_iter().flatten() {
            let operation = Operation::new(path, method, value);
            parameters::complete(&operation, value);
            responses::complete(&operation, value);
            headers::complete(&operation, value);
            links::complete(&operation, value);
        }
    }
    document["components"]["parameters"] = parameters::components();
    document["components"]["responses"] = responses::components();
    document["components"]["headers"] = headers::components();
    constraints::complete(&mut document);
    examples::complete(&mut document);
    document
}

/// The document as a server gives it out: with the addresses at which it is found. The first is the one at which the
/// reader found the document, so that the page under `/docs` asks the server that it came from.
pub(crate) fn served(public_url: &str) -> String {
    let mut document = whole();
    document["servers"] = json!([
        {"url": "/", "description": "This server"},
        {"url": public_url, "description": "This server, as its operator names it"},
    ]);
    serde_json::to_string(&document).unwrap_or_default()
}

/// The document as text, the way that `openapi/v1.json` holds it.
pub fn text() -> String {
    serde_json::to_string_pretty(&whole()).map(|text| text + "\n").unwrap_or_default()
}
