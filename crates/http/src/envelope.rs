//! What surrounds every request: its id, its limits, its log line, HEAD, kept answers, codings, headers, and problems
//! for all errors.
//!
//! Own code instead of `tracing-actix-web`, which makes its own request ids only; see
//! `docs/decisions/0003-own-request-envelope.md`.

use std::future::{Ready, ready};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};

use actix_web::body::{self, BodySize, BoxBody, MessageBody as _};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::http::{ConnectionType, Method, StatusCode};
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, web};
use futures_util::future::{Either, LocalBoxFuture};
use plenaria_domain::ids::ChangeId;
use plenaria_domain::time::Instant;
use plenaria_persistence::{StoreError, query_tracking};
use tracing::Instrument as _;

use crate::auth::Caller;
use crate::cors::CorsHeaders;
use crate::deadline::Deadline;
use crate::fallback::Paths;
use crate::figures::{Counting, RequestFigures};
use crate::kept::KeptAnswers;
use crate::problem::{self, ApiError, Code};
use crate::rate_limit::Taken;
use crate::representation::Keep;
use crate::routes::{Route, Routes};
use crate::state::AppState;
use crate::{auth, docs, finish, negotiation, path, traces};

const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");

type Answered = Result<ServiceResponse<BoxBody>, actix_web::Error>;

/// The middleware.
pub(crate) struct Envelope {
    pub(crate) state: web::Data<AppState>,
    pub(crate) paths: web::Data<Paths>,
    /// Where requests are counted, if they are.
    pub(crate) figures: Option<Arc<RequestFigures>>,
    /// The routes that are told apart, for the log, figures and traces.
    pub(crate) routes: Arc<Routes>,
    /// Whether spans are for traces.
    pub(crate) traced: bool,
    /// How many bytes of answers each worker may keep.
    pub(crate) kept_bytes: usize,
}

impl<S> Transform<S, ServiceRequest> for Envelope
where
    S: Service<ServiceRequest, Response = ServiceResponse<BoxBody>, Error = actix_web::Error> + 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = actix_web::Error;
    type Transform = Enveloped<S>;
    type InitError = ();
    type Future = Ready<Result<Enveloped<S>, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        let counting = self.figures.as_ref().map(RequestFigures::counting);
        let (state, paths) = (self.state.clone(), self.paths.clone());
        let (kept, routes, traced) = (KeptAnswers::new(self.kept_bytes), Arc::clone(&self.routes), self.traced);
        let shared = Shared { state, paths, kept, counting, routes, traced };
        ready(Ok(Enveloped { inner: Rc::new(inner), shared: Rc::new(shared) }))
    }
}

/// One worker's service with the envelope around it.
pub(crate) struct Enveloped<S> {
    inner: Rc<S>,
    shared: Rc<Shared>,
}

/// What one worker's requests share.
struct Shared {
    state: web::Data<AppState>,
    paths: web::Data<Paths>,
    kept: KeptAnswers,
    counting: Option<Counting>,
    routes: Arc<Routes>,
    traced: bool,
}

/// What is known of a request when it comes.
struct Begun {
    /// Unless nobody will read it, in the log or among the metrics.
    started: Option<tokio::time::Instant>,
    id: String,
    method: Method,
    taken: Option<Taken>,
    /// Whether the answer took more than this process's memory.
    asked_database: bool,
    /// If it is known already, and matters to anybody.
    route: Option<Route>,
    span: tracing::Span,
}

impl<S> Service<ServiceRequest> for Enveloped<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<BoxBody>, Error = actix_web::Error> + 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = actix_web::Error;
    // What is kept is answered on the spot; only the rest is worth a future of its own.
    type Future = Either<Ready<Answered>, LocalBoxFuture<'static, Answered>>;

    fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        // Before anything looks at it.
        path::normalise(&mut request);
        let timed = self.shared.counting.is_some() || tracing::enabled!(tracing::Level::INFO);
        let started = timed.then(tokio::time::Instant::now);
        let now = self.shared.state.clock.now();
        let id = request_id(request.request(), now);
        let method = request.method().clone();
        // HEAD is GET without the body; the connection leaves the body out by itself.
        if method == Method::HEAD {
            request.head_mut().method = Method::GET;
        }
        let (span, route) = self.shared.span(&request, &method, &id);
        let mut begun = Begun { started, id, method, taken: None, asked_database: false, route, span };
        let (inner, shared) = (Rc::clone(&self.inner), Rc::clone(&self.shared));
        // Only a token is worth a look at who asks.
        if request.headers().contains_key(header::AUTHORIZATION) && request.path().starts_with("/v1/") {
            return Either::Right(Box::pin(async move {
                let span = begun.span.clone();
                match shared.identify(&request, now).instrument(span).await {
                    Ok(caller) => {
                        request.extensions_mut().insert(caller);
                    }
                    Err(error) => {
                        let error = match limit(&shared.state, request.request(), now) {
                            Ok(taken) => {
                                begun.taken = taken;
                                error
                            }
                            Err(limited) => limited,
                        };
                        let response = request.error_response(error);
                        return Ok(close(response, &shared, begun));
                    }
                }
                match shared.on_the_spot(request, &mut begun, now) {
                    Spot::Answered(response) => Ok(close(response, &shared, begun)),
                    Spot::Asked(request, generation) => shared.ask(&*inner, request, generation, begun).await,
                }
            }));
        }
        match self.shared.on_the_spot(request, &mut begun, now) {
            Spot::Answered(response) => Either::Left(ready(Ok(close(response, &self.shared, begun)))),
            Spot::Asked(request, generation) => {
                Either::Right(Box::pin(async move { shared.ask(&*inner, request, generation, begun).await }))
            }
        }
    }
}

/// How far a request comes by itself.
enum Spot {
    /// It is answered.
    Answered(ServiceResponse<BoxBody>),
    /// The route is to be asked, and this is the catalogue's generation before that.
    Asked(ServiceRequest, u64),
}

impl Shared {
    /// Who shows the token. A bad one is refused wherever there is something to be asked for; that there is no such
    /// address or method, the router says.
    async fn identify(&self, request: &ServiceRequest, now: Instant) -> Result<Caller, ApiError> {
        match auth::authenticate(&self.state, request.request(), now).await {
            Err(_) if !self.paths.takes(request.path(), request.method()) => Ok(Caller::Anonymous),
            result => result,
        }
    }

    /// What belongs to the request is logged within it; if there are traces, it is the request's part of one, and its route
    /// is found for its name.
    fn span(&self, request: &ServiceRequest, method: &Method, id: &str) -> (tracing::Span, Option<Route>) {
        if !self.traced {
            return (tracing::info_span!("request", request_id = %id), None);
        }
        let route = self.routes.find(request.path());
        (traces::begin(request, method, self.routes.pattern(route.index()), id), Some(route))
    }

    /// Takes the request from the caller's quota, and looks whether its answer is kept.
    fn on_the_spot(&self, request: ServiceRequest, begun: &mut Begun, now: Instant) -> Spot {
        match limit(&self.state, request.request(), now) {
            Ok(taken) => begun.taken = taken,
            Err(error) => return Spot::Answered(request.error_response(error)),
        }
        // Before anything is read: what is made of it then is at least as new.
        let generation = self.state.catalogue.generation();
        if request.method() == Method::GET
            && let Some((response, route)) = self.kept.answer(request.request(), generation, now)
        {
            begun.route = route;
            return Spot::Answered(request.into_response(response));
        }
        Spot::Asked(request, generation)
    }

    /// Asks the route.
    async fn ask<S>(&self, inner: &S, request: ServiceRequest, generation: u64, mut begun: Begun) -> Answered
    where
        S: Service<ServiceRequest, Response = ServiceResponse<BoxBody>, Error = actix_web::Error>,
    {
        request.extensions_mut().insert(RequestId(begun.id.clone()));
        let deadline = Deadline::of(&request, self.state.catalogue.is_cut_off());
        let answer = answer(inner, self, request, generation).instrument(begun.span.clone());
        let response = deadline.keep(answer, |request| {
            // Before the connections that it uses go back.
            self.state.store.doubt();
            Ok(ServiceResponse::from_err(ApiError::from(StoreError::silent()), request))
        });
        let (response, asked_database) = query_tracking::track(response).await;
        begun.asked_database = asked_database;
        Ok(close(response?, self, begun))
    }
}

/// Goes along with an error that is no problem document on purpose.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OwnForm;

/// The request's id, for problems within an answer.
#[derive(Clone, Debug)]
pub(crate) struct RequestId(pub(crate) String);

/// What the route says; what may be kept of it is.
async fn answer<S>(inner: &S, shared: &Shared, request: ServiceRequest, generation: u64) -> Answered
where
    S: Service<ServiceRequest, Response = ServiceResponse<BoxBody>, Error = actix_web::Error>,
{
    let is_read = request.method() == Method::GET;
    let mut response = inner.call(request).await?;
    if !is_read {
        return Ok(response);
    }
    let keep = response.response_mut().extensions_mut().remove::<Keep>();
    if let Some(keep) = keep {
        let route = shared.routes.find(response.request().path());
        shared.kept.keep(response.request(), generation, keep, Some(route));
    }
    if response.status() != StatusCode::OK {
        return Ok(response);
    }
    let essence = finish::essence(response.headers().get(header::CONTENT_TYPE));
    if essence.is_some_and(|essence| !negotiation::accepts(response.request(), essence)) {
        let (request, _) = response.into_parts();
        return Ok(ServiceResponse::from_err(ApiError::new(Code::NotAcceptable), request));
    }
    if docs::is_page(response.request().path()) {
        docs::protect(response.headers_mut());
    }
    Ok(finish::finish(response))
}

/// Makes an answer one of ours: a problem if it is an error, with the headers that every answer has, and a log line. It is
/// counted, too.
fn close(mut response: ServiceResponse<BoxBody>, shared: &Shared, begun: Begun) -> ServiceResponse<BoxBody> {
    let Begun { started, id, method, taken, asked_database, route, span } = begun;
    let fails = response.status().is_client_error() || response.status().is_server_error();
    // OAuth's errors have a form of their own.
    if fails && response.response().extensions().get::<OwnForm>().is_none() {
        response = with_problem(response, &shared.state, &id, &span);
    }
    // The connection leaves out the body of an answer to HEAD; one that is made as it is sent need not be made at all.
    if method == Method::HEAD && response.response().body().size() == BodySize::Stream {
        response = response.map_body(|_, _| BoxBody::new(body::None::new()));
    }
    if let Some(taken) = taken {
        // Whoever sends `If-None-Match: *` gets 304 for everything, also for searches.
        let is_free = response.status() == StatusCode::NOT_MODIFIED && !asked_database;
        let taken = if is_free { taken.given_back() } else { taken };
        taken.tell(response.headers_mut());
    }
    // Whoever is told so finds another instance behind the balancer.
    if shared.state.draining.load(Ordering::Relaxed) {
        response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    }
    let cors = CorsHeaders::of(&shared.state.origins, response.request());
    let headers = response.headers_mut();
    cors.add_to(headers);
    if let Ok(value) = HeaderValue::from_maybe_shared(web::Bytes::from(id)) {
        headers.insert(REQUEST_ID, value);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    shared.state.catalogue.tell_age(headers);
    let elapsed = started.map(|started| started.elapsed());
    let find = || route.unwrap_or_else(|| shared.routes.find(response.request().path()));
    if let (Some(counting), Some(elapsed)) = (&shared.counting, elapsed) {
        counting.count(find(), &method, response.status(), elapsed);
    }
    if shared.traced {
        traces::end(&span, response.status());
    }
    // Never the query, nor what stands in a path where an id should: either may hold an address or a token.
    tracing::info!(
        parent: &span,
        method = %method,
        path = %shared.routes.loggable(find(), response.request().path()),
        status = response.status().as_u16(),
        micros = elapsed.and_then(|elapsed| u64::try_from(elapsed.as_micros()).ok()),
        "answered"
    );
    response
}

/// Takes a request from the caller's quota. Whoever watches the service must not be kept from it.
fn limit(state: &AppState, request: &HttpRequest, now: Instant) -> Result<Option<Taken>, ApiError> {
    let Some(limits) = &state.limits else { return Ok(None) };
    let client = match request.extensions().get::<Caller>() {
        Some(Caller::Client(client)) => Some(client.id),
        _ => None,
    };
    let taken = limits.take(request, client, now);
    if request.path().starts_with("/health/") {
        return Ok(taken.ok().map(Taken::given_back));
    }
    taken.map(Some)
}

/// The caller's id if it is a valid one, else a new one.
fn request_id(request: &HttpRequest, now: Instant) -> String {
    let given = request.headers().get(&REQUEST_ID).and_then(|v| v.to_str().ok());
    let valid = |id: &&str| {
        (1..=128).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
    };
    given.filter(valid).map_or_else(|| ChangeId::new(now).to_string(), str::to_owned)
}

/// The same answer as a problem document, unless it is one.
fn with_problem(
    response: ServiceResponse<BoxBody>,
    state: &AppState,
    id: &str,
    span: &tracing::Span,
) -> ServiceResponse<BoxBody> {
    let status = response.status();
    let ours = response.response().error().and_then(|e| e.as_error::<ApiError>());
    let other = ApiError::new(Code::of_status(status));
    let error = ours.unwrap_or(&other);
    log_failure(error, status, response.response().error(), span);
    let request = response.request().clone();
    let mut answer = problem::render(error, &state.public_url, &request, id);
    for (name, value) in response.headers() {
        if [header::ALLOW, header::WWW_AUTHENTICATE].contains(name) && !answer.headers().contains_key(name) {
            answer.headers_mut().insert(name.clone(), value.clone());
        }
    }
    ServiceResponse::new(request, answer)
}

/// A failure of ours is logged once, with its cause; a caller's mistake is not a failure.
fn log_failure(error: &ApiError, status: StatusCode, source: Option<&actix_web::Error>, span: &tracing::Span) {
    if status.is_server_error() {
        let cause = error.logged_cause().map(str::to_owned).or_else(|| source.map(ToString::to_string));
        tracing::error!(parent: span, code = error.code().as_str(), cause = cause.as_deref(), "a request failed");
    }
}

/// An empty answer to OPTIONS, and 405, carry the methods that an address takes.
pub(crate) fn allow(response: &mut HttpResponse<BoxBody>, methods: &str) {
    if let Ok(value) = HeaderValue::from_str(methods) {
        response.headers_mut().insert(header::ALLOW, value);
    }
    debug_assert!(response.body().size().is_eof() || response.status() != StatusCode::NO_CONTENT);
}
