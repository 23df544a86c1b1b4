//! All routes of the API, for the server and for the specification.

use actix_web::web;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::operations::{definition_schema, docs, health, problem_pages};
use crate::route_collector::RouteCollector;
use crate::{oauth, v1};

/// Every route with its documentation, for the specification.
pub(crate) fn documented_routes(config: &mut ServiceConfig<'_>) {
    config.service(utoipa_actix_web::scope("/v1").configure(|config| v1::configure(config)));
    unversioned_routes(config);
}

/// The same routes without their documentation, for the server.
pub(crate) fn served_routes(config: &mut web::ServiceConfig) {
    config.service(web::scope("/v1").configure(v1::configure));
    unversioned_routes(config);
}

fn unversioned_routes(config: &mut impl RouteCollector) {
    config
        .route(oauth::token::create_access_token)
        .route(oauth::metadata::read_keys)
        .route(oauth::metadata::read_authorization_server)
        .route(health::live)
        .route(health::ready)
        .route(docs::read_openapi)
        .route(definition_schema::read_definition_schema)
        .route(problem_pages::explain);
}
