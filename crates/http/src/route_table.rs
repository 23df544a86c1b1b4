//! The routes: told to those who serve them, and to those who describe them.

use actix_web::dev::HttpServiceFactory;
use actix_web::web;
use utoipa_actix_web::OpenApiFactory;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{docs, health, oauth, problem, v1};

/// Takes routes. Whoever only serves them need not collect what is said of them, which is megabytes for each worker.
pub(crate) trait Takes {
    /// Takes one.
    fn route<F: HttpServiceFactory + OpenApiFactory + 'static>(&mut self, factory: F) -> &mut Self;
}

impl Takes for ServiceConfig<'_> {
    fn route<F: HttpServiceFactory + OpenApiFactory + 'static>(&mut self, factory: F) -> &mut Self {
        self.service(factory)
    }
}

impl Takes for web::ServiceConfig {
    fn route<F: HttpServiceFactory + OpenApiFactory + 'static>(&mut self, factory: F) -> &mut Self {
        self.service(factory)
    }
}

/// Every route that the specification knows, with what it says of it.
pub(crate) fn described(config: &mut ServiceConfig<'_>) {
    config.service(utoipa_actix_web::scope("/v1").configure(|config| v1::configure(config)));
    without_version(config);
}

/// The same routes, to be served.
pub(crate) fn served(config: &mut web::ServiceConfig) {
    config.service(web::scope("/v1").configure(v1::configure));
    without_version(config);
}

fn without_version(config: &mut impl Takes) {
    config
        .route(oauth::token::create_access_token)
        .route(oauth::metadata::read_keys)
        .route(oauth::metadata::read_authorization_server)
        .route(health::live)
        .route(health::ready)
        .route(docs::read_openapi)
        .route(problem::show_page);
}
