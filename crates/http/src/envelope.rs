//! What surrounds every request: its id, its limits, its log line, HEAD, kept answers, codings, headers, and problems
//! for all errors.
//!
//! Own code instead of `tracing-actix-web`, which makes its own request ids only; see
//! `docs/decisions/0003-own-request-envelope.md`.

use std::future::{Ready, ready};
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::body::{BoxBody, MessageBody as _};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::future::{Either, LocalBoxFuture};
use plenaria_domain::ids::ChangeId;
use plenaria_domain::time::Instant;
use tracing::Instrument as _;

use crate::kept::KeptAnswers;
use crate::problem::{self, ApiError, Code};
use crate::rate_limit::Taken;
use crate::representation::Keep;
use crate::state::AppState;
use crate::{cors, docs, finish, negotiation};

const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");

type Answered = Result<ServiceResponse<BoxBody>, actix_web::Error>;

/// The middleware.
pub(crate) struct Envelope(pub(crate) web::Data<AppState>);

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
        ready(Ok(Enveloped { inner: Rc::new(inner), state: self.0.clone(), kept: Rc::default() }))
    }
}

/// One worker's service with the envelope around it.
pub(crate) struct Enveloped<S> {
    inner: Rc<S>,
    state: web::Data<AppState>,
    kept: Rc<KeptAnswers>,
}

/// What is known of a request when it comes.
struct Begun {
    started: tokio::time::Instant,
    id: String,
    method: Method,
    taken: Option<Taken>,
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
        let started = tokio::time::Instant::now();
        let now = self.state.clock.now();
        let id = request_id(request.request(), now);
        let method = request.method().clone();
        // HEAD is GET without the body; the connection leaves the body out by itself.
        if method == Method::HEAD {
            request.head_mut().method = Method::GET;
        }
        let span = tracing::info_span!("request", request_id = %id);
        let mut begun = Begun { started, id, method, taken: None, span };
        match limit(&self.state, request.request(), now) {
            Ok(taken) => begun.taken = taken,
            Err(error) => {
                let response = request.error_response(error);
                return Either::Left(ready(Ok(close(response, &self.state, begun))));
            }
        }
        // Before anything is read: what is made of it then is at least as new.
        let generation = self.state.catalogue.generation();
        if request.method() == Method::GET
            && let Some((representation, coding)) = self.kept.find(request.request(), generation, now)
            && let Some(shared) = cors::shared(&self.state, request.request())
        {
            let mut response = representation.respond_in(request.request(), coding);
            shared.add_to(response.headers_mut());
            return Either::Left(ready(Ok(close(request.into_response(response), &self.state, begun))));
        }
        let (inner, state, kept) = (Rc::clone(&self.inner), self.state.clone(), Rc::clone(&self.kept));
        Either::Right(Box::pin(async move {
            let answered = answer(&*inner, &kept, request, generation);
            let response = answered.instrument(begun.span.clone()).await?;
            Ok(close(response, &state, begun))
        }))
    }
}

/// What the route says; what may be kept of it is.
async fn answer<S>(inner: &S, kept: &KeptAnswers, request: ServiceRequest, generation: u64) -> Answered
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
        kept.keep(response.request(), generation, keep);
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

/// Makes an answer one of ours: a problem if it is an error, with the headers that every answer has, and a log line.
fn close(mut response: ServiceResponse<BoxBody>, state: &AppState, begun: Begun) -> ServiceResponse<BoxBody> {
    let Begun { started, id, method, taken, span } = begun;
    if response.status().is_client_error() || response.status().is_server_error() {
        response = with_problem(response, state, &id, &span);
    }
    if let Some(taken) = taken {
        let is_free = response.status() == StatusCode::NOT_MODIFIED;
        let taken = if is_free { taken.given_back() } else { taken };
        taken.tell(response.headers_mut());
    }
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_maybe_shared(web::Bytes::from(id)) {
        headers.insert(REQUEST_ID, value);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    // The path is logged, never the query: a filter may hold an address.
    tracing::info!(
        parent: &span,
        method = %method,
        path = response.request().path(),
        status = response.status().as_u16(),
        micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX),
        "answered"
    );
    response
}

/// Takes a request from the caller's quota. Whoever watches the service must not be kept from it.
fn limit(state: &AppState, request: &HttpRequest, now: Instant) -> Result<Option<Taken>, ApiError> {
    let Some(limits) = &state.limits else { return Ok(None) };
    let taken = limits.take(request, now);
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
        let kept =
            [header::ALLOW, header::WWW_AUTHENTICATE].contains(name) || name.as_str().starts_with("access-control-");
        if kept && !answer.headers().contains_key(name) {
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
