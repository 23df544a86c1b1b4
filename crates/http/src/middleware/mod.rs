//! The middleware around every request.
//!
//! A request passes these steps, in [`PipelineService::call`]:
//!
//! 1. `start` normalises the path, treats HEAD as GET, and gives the request an id and a log span.
//! 2. `authenticate` verifies the token, if the request has one, and stores the [`Caller`] in the request.
//! 3. `charge_rate_limit` takes a token from the caller's rate limit, which may end the request here.
//! 4. `call_route` runs the router before the request's deadline. What a GET returns is tagged and compressed.
//! 5. `finish_response` turns errors into problem documents, adds the headers that all responses have, counts the request
//!    and logs it.
//!
//! This middleware replaces `tracing-actix-web`, which accepts no request ids from callers; see
//! `docs/decisions/0003-request-pipeline.md`.

pub(crate) mod allowed_methods;
pub(crate) mod authenticate;
pub(crate) mod cors;
pub(crate) mod errors;
pub(crate) mod etag_and_compress;
pub mod metrics;
pub(crate) mod normalise_path;
pub(crate) mod page_headers;
pub(crate) mod request_span;
pub(crate) mod route_patterns;

use std::future::{Ready, ready};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};

use actix_web::body::{self, BodySize, BoxBody, MessageBody as _};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::http::header::{self, HeaderValue};
use actix_web::http::{ConnectionType, Method, StatusCode};
use actix_web::{HttpMessage as _, web};
use futures_util::future::{Either, LocalBoxFuture};
use plenaria_domain::values::time::Instant;
use plenaria_persistence::StoreError;
use plenaria_persistence::database::query_tracking;
use tracing::Instrument as _;

use crate::auth::caller::Caller;
use crate::limits::rate_limit::RateLimitToken;
use crate::middleware::allowed_methods::AllowedMethods;
use crate::middleware::cors::CorsHeaders;
use crate::middleware::metrics::RequestMetrics;
use crate::middleware::route_patterns::{RouteId, RoutePatterns};
use crate::operations::sandbox::config as sandbox;
use crate::pages;
use crate::pages::ErrorPage;
use crate::problem::{ApiError, Code};
use crate::request::context;
use crate::request::context::{REQUEST_ID, RequestId};
use crate::request::deadline::Deadline;
use crate::request::negotiation;
use crate::response::media_type::media_type;
use crate::state::AppState;

type RouteResult = Result<ServiceResponse<BoxBody>, actix_web::Error>;

/// One worker's router with the middleware around it.
pub(crate) struct PipelineService<S> {
    inner: Rc<S>,
    worker: Rc<Worker>,
}

impl<S> Service<ServiceRequest> for PipelineService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<BoxBody>, Error = actix_web::Error> + 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = actix_web::Error;
    // Early responses need no future on the heap.
    type Future = Either<Ready<RouteResult>, LocalBoxFuture<'static, RouteResult>>;

    fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        let mut start = self.worker.start(&mut request);
        let (inner, worker) = (Rc::clone(&self.inner), Rc::clone(&self.worker));
        let has_token = request.headers().contains_key(header::AUTHORIZATION) && request.path().starts_with("/v1/");
        if has_token {
            return Either::Right(Box::pin(async move {
                match worker.authenticate(&request, &mut start).await {
                    Ok(caller) => {
                        request.extensions_mut().insert(caller);
                    }
                    Err(error) => return Ok(worker.finish_response(request.error_response(error), start)),
                }
                match worker.charge_rate_limit(&request, start.now) {
                    Ok(token) => start.rate_limit_token = token,
                    Err(error) => return Ok(worker.finish_response(request.error_response(error), start)),
                }
                worker.call_route(&*inner, request, start).await
            }));
        }
        match worker.charge_rate_limit(&request, start.now) {
            Ok(token) => start.rate_limit_token = token,
            Err(error) => {
                return Either::Left(ready(Ok(worker.finish_response(request.error_response(error), start))));
            }
        }
        Either::Right(Box::pin(async move { worker.call_route(&*inner, request, start).await }))
    }
}

/// Facts about a request that the later steps of the middleware need.
struct RequestStart {
    now: Instant,
    /// When the request began; `None` if neither the log nor the metrics need its duration.
    started: Option<tokio::time::Instant>,
    id: String,
    /// The method as the caller sent it.
    method: Method,
    rate_limit_token: Option<RateLimitToken>,
    /// Whether the response needed a database query.
    queried_database: bool,
    /// The route, if it has been looked up already.
    route: Option<RouteId>,
    span: tracing::Span,
}

/// The state that all requests of one worker share.
struct Worker {
    state: Arc<AppState>,
    allowed_methods: web::Data<AllowedMethods>,
    metrics: Option<Arc<RequestMetrics>>,
    routes: Arc<RoutePatterns>,
    is_traced: bool,
    /// Whether the requests are those of pages to the API.
    is_in_process: bool,
    error_page: Option<ErrorPage>,
}

impl Worker {
    /// Normalises the request, and notes what the later steps need.
    fn start(&self, request: &mut ServiceRequest) -> RequestStart {
        // This comes first, because every later step compares paths.
        normalise_path::normalise(request);
        let is_logged = !self.is_in_process && tracing::enabled!(tracing::Level::INFO);
        let started = (self.metrics.is_some() || is_logged).then(tokio::time::Instant::now);
        let now = self.state.clock.now();
        let id = context::request_id(request.request(), now);
        let method = request.method().clone();
        // HEAD is GET without the body, which the connection leaves out by itself.
        if method == Method::HEAD {
            request.head_mut().method = Method::GET;
        }
        let (span, route) = self.start_span(request, &method, &id);
        RequestStart { now, started, id, method, rate_limit_token: None, queried_database: false, route, span }
    }

    /// Opens the span that the request's log lines belong to. With tracing, it is also named after the request's route.
    fn start_span(&self, request: &ServiceRequest, method: &Method, id: &str) -> (tracing::Span, Option<RouteId>) {
        if !self.is_traced {
            return (tracing::info_span!("request", request_id = %id), None);
        }
        let route = self.routes.find(request.path());
        (request_span::start_span(request, method, self.routes.pattern(route.index()), id), Some(route))
    }

    /// Verifies the request's token. A request with an invalid token is charged to its address. Where no route serves the
    /// path and method, the token does not matter: the router's 404 or 405 says more.
    async fn authenticate(&self, request: &ServiceRequest, start: &mut RequestStart) -> Result<Caller, ApiError> {
        let AppState { tokens, clients, .. } = &*self.state;
        let caller = authenticate::authenticate(tokens, clients, request.request(), start.now);
        let caller = caller.instrument(start.span.clone()).await;
        match caller {
            Err(_) if !self.allowed_methods.allows(request.path(), request.method()) => Ok(Caller::Anonymous),
            Err(error) => {
                start.rate_limit_token = self.charge_rate_limit(request, start.now)?;
                Err(error)
            }
            Ok(caller) => Ok(caller),
        }
    }

    /// Takes a token from the caller's rate limit. Health checks are free and never limited.
    fn charge_rate_limit(&self, request: &ServiceRequest, now: Instant) -> Result<Option<RateLimitToken>, ApiError> {
        let Some(limiter) = &self.state.limits.rates else { return Ok(None) };
        let client = match request.extensions().get::<Caller>() {
            Some(Caller::Client(client)) => Some(client.id),
            _ => None,
        };
        let is_read = request.method().is_safe();
        // The page has been charged for reading, and what a page sends to the API is charged there.
        if self.is_in_process && is_read {
            return Ok(None);
        }
        let is_read = is_read || pages::reads(request.path());
        let token = limiter.take(request.request(), client, is_read, now);
        if request.path().starts_with("/health/") {
            return Ok(token.ok().map(RateLimitToken::refund));
        }
        token.map(Some)
    }

    /// Runs the router until the request's deadline.
    async fn call_route<S>(&self, inner: &S, request: ServiceRequest, mut start: RequestStart) -> RouteResult
    where
        S: Service<ServiceRequest, Response = ServiceResponse<BoxBody>, Error = actix_web::Error>,
    {
        request.extensions_mut().insert(RequestId(start.id.clone()));
        let deadline = Deadline::start(&request, self.state.events.is_stale());
        let response = self.route_response(inner, request).instrument(start.span.clone());
        let response = deadline.enforce(response, |request| {
            // This must happen before the request's connections return to the pool.
            self.state.store.mark_suspect();
            Ok(ServiceResponse::from_err(ApiError::from(StoreError::timed_out()), request))
        });
        let (response, queried_database) = query_tracking::track(response).await;
        start.queried_database = queried_database;
        Ok(self.finish_response(response?, start))
    }

    /// The router's response. That of a GET is negotiated, tagged and compressed.
    async fn route_response<S>(&self, inner: &S, request: ServiceRequest) -> RouteResult
    where
        S: Service<ServiceRequest, Response = ServiceResponse<BoxBody>, Error = actix_web::Error>,
    {
        let is_read = request.method() == Method::GET;
        let mut response = inner.call(request).await?;
        if !is_read || response.status() != StatusCode::OK {
            return Ok(response);
        }
        let media_type = media_type(response.headers().get(header::CONTENT_TYPE));
        if media_type.is_some_and(|media_type| !negotiation::accepts(response.request(), media_type)) {
            let (request, _) = response.into_parts();
            return Ok(ServiceResponse::from_err(ApiError::new(Code::NotAcceptable), request));
        }
        if page_headers::is_page(response.request().path()) {
            page_headers::add_page_headers(response.headers_mut());
        }
        Ok(etag_and_compress::add_etag_and_compress(response))
    }

    /// Turns an error into a problem document, adds the headers that every response has, counts the request and logs it.
    fn finish_response(&self, mut response: ServiceResponse<BoxBody>, start: RequestStart) -> ServiceResponse<BoxBody> {
        let RequestStart { now: _, started, id, method, rate_limit_token, queried_database, route, span } = start;
        if errors::needs_problem_document(&response) {
            let page = self.error_page.and_then(|page| Some((page, pages::language_of_error(&response)?)));
            response = errors::into_problem_document(response, &self.state.public_url, &id, &span);
            if let Some((page, language)) = page {
                response = errors::into_page(response, page, language);
            }
        }
        // The connection leaves out the body of a response to HEAD. A streamed body need not even be produced.
        if method == Method::HEAD && response.response().body().size() == BodySize::Stream {
            response = response.map_body(|_, _| BoxBody::new(body::None::new()));
        }
        if let Some(token) = rate_limit_token {
            // A 304 is free only if it needed no query: `If-None-Match: *` gets a 304 for everything, even for searches.
            let is_unchanged = response.status() == StatusCode::NOT_MODIFIED && !queried_database;
            let is_free = is_unchanged || (response.status().is_success() && pages::is_file(response.request().path()));
            let token = if is_free { token.refund() } else { token };
            token.write_headers(response.headers_mut());
        }
        // A client that connects again reaches another instance behind the load balancer.
        if self.state.health.draining.load(Ordering::Relaxed) {
            response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
        }
        let cors = CorsHeaders::of(&self.state.origins, response.request());
        // Any site that is open in a developer's browser could read the mail otherwise, and the tokens in it.
        let is_readable = !(self.state.is_sandbox && sandbox::is_sandbox_path(response.request().path()));
        let headers = response.headers_mut();
        if is_readable {
            cors.add_to(headers);
        }
        if let Ok(value) = HeaderValue::from_maybe_shared(web::Bytes::from(id)) {
            headers.insert(REQUEST_ID, value);
        }
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        if self.state.is_sandbox {
            headers.insert(sandbox::HEADER, sandbox::HEADER_VALUE);
        }
        self.state.events.add_cache_status(headers);
        let elapsed = started.map(|started| started.elapsed());
        let find = || route.unwrap_or_else(|| self.routes.find(response.request().path()));
        if let (Some(metrics), Some(elapsed)) = (&self.metrics, elapsed) {
            metrics.count(find(), &method, response.status(), elapsed);
        }
        if self.is_traced {
            request_span::end_span(&span, response.status());
        }
        if self.is_in_process {
            return response;
        }
        // The log never holds the query, nor parts of the path that should be ids and are not: either may contain a mail
        // address or a token.
        tracing::info!(
            parent: &span,
            method = %method,
            path = %self.routes.loggable(find(), response.request().path()),
            status = response.status().as_u16(),
            micros = elapsed.and_then(|elapsed| u64::try_from(elapsed.as_micros()).ok()),
            "request completed"
        );
        response
    }
}

/// Builds the middleware for each worker.
pub(crate) struct RequestPipeline {
    pub(crate) state: Arc<AppState>,
    pub(crate) allowed_methods: web::Data<AllowedMethods>,
    /// Request counters; `None` if there are no metrics.
    pub(crate) metrics: Option<Arc<RequestMetrics>>,
    /// The routes by which requests are logged, counted and traced.
    pub(crate) routes: Arc<RoutePatterns>,
    /// Whether requests get spans for distributed tracing.
    pub(crate) is_traced: bool,
    /// Whether the requests are those of pages to the API, which are not logged and cost no token for reading.
    pub(crate) is_in_process: bool,
    /// Makes the pages of errors, for browsers; `None`: they get problem documents too.
    pub(crate) error_page: Option<ErrorPage>,
}

impl<S> Transform<S, ServiceRequest> for RequestPipeline
where
    S: Service<ServiceRequest, Response = ServiceResponse<BoxBody>, Error = actix_web::Error> + 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = actix_web::Error;
    type Transform = PipelineService<S>;
    type InitError = ();
    type Future = Ready<Result<PipelineService<S>, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        let worker = Worker {
            state: Arc::clone(&self.state),
            allowed_methods: self.allowed_methods.clone(),
            metrics: self.metrics.clone(),
            routes: Arc::clone(&self.routes),
            is_traced: self.is_traced,
            is_in_process: self.is_in_process,
            error_page: self.error_page,
        };
        ready(Ok(PipelineService { inner: Rc::new(inner), worker: Rc::new(worker) }))
    }
}
