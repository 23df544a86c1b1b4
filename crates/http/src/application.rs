//! Builds the application of each worker: the routes with their state, and the middleware around them.

use std::rc::Rc;
use std::sync::Arc;

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::{App, Error, web};

use crate::in_process::LocalApi;
use crate::middleware::RequestPipeline;
use crate::middleware::allowed_methods::AllowedMethods;
use crate::middleware::metrics::RequestMetrics;
use crate::middleware::route_patterns::RoutePatterns;
use crate::operations::docs::Document;
use crate::operations::docs_pages;
use crate::operations::fallback;
use crate::operations::index;
use crate::operations::sandbox;
use crate::operations::sandbox::config::Sandbox;
use crate::pages::Pages;
use crate::router;
use crate::state::AppState;
use crate::state_part::WorkerState;

/// What the applications of all workers share.
#[derive(Clone)]
pub(crate) struct ApplicationBuilder {
    pub(crate) state: Arc<AppState>,
    pub(crate) allowed_methods: web::Data<AllowedMethods>,
    pub(crate) document: web::Data<Document>,
    pub(crate) metrics: Option<Arc<RequestMetrics>>,
    pub(crate) routes: Arc<RoutePatterns>,
    pub(crate) is_traced: bool,
    pub(crate) sandbox: Option<web::Data<Sandbox>>,
    pub(crate) pages: Option<Pages>,
}

impl ApplicationBuilder {
    /// The application that serves connections.
    pub(crate) fn server(
        &self,
    ) -> App<
        impl ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse<BoxBody>, Error = Error, InitError = ()>
        + use<>,
    > {
        let pipeline = RequestPipeline {
            metrics: self.metrics.clone(),
            is_traced: self.is_traced,
            is_in_process: false,
            error_page: self.pages.as_ref().map(|pages| pages.error),
            ..self.pipeline()
        };
        let app = App::new().configure(router::served_routes).configure(docs_pages::configure).configure(|config| {
            if let Some(sandbox) = &self.sandbox {
                sandbox::configure(config, sandbox);
            }
            if let Some(pages) = &self.pages {
                let builder = self.clone();
                config.app_data(Rc::new(LocalApi::new(move || builder.api())));
                (pages.configure)(config);
            }
            index::configure(config);
        });
        app.app_data(WorkerState::new(Arc::clone(&self.state)))
            .app_data(self.allowed_methods.clone())
            .app_data(self.document.clone())
            .default_service(web::to(fallback::respond))
            .wrap(pipeline)
    }

    /// The API alone, for the pages.
    pub(crate) fn api(
        &self,
    ) -> App<
        impl ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse<BoxBody>, Error = Error, InitError = ()>
        + use<>,
    > {
        App::new()
            .configure(router::served_routes)
            .app_data(WorkerState::new(Arc::clone(&self.state)))
            .app_data(self.allowed_methods.clone())
            .app_data(self.document.clone())
            .default_service(web::to(fallback::respond))
            .wrap(self.pipeline())
    }

    /// The middleware of requests in the process, which are neither counted nor logged.
    fn pipeline(&self) -> RequestPipeline {
        RequestPipeline {
            state: Arc::clone(&self.state),
            allowed_methods: self.allowed_methods.clone(),
            metrics: None,
            routes: Arc::clone(&self.routes),
            is_traced: false,
            is_in_process: true,
            error_page: None,
        }
    }
}
