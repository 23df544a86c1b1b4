//! Lets the pages for people call the API without a connection: they are clients like others, with no way of their own into
//! the database. A request passes the same middleware and handlers as one over HTTP.
//!
//! Two things differ. The page's own request is logged and counted, so what it asks of the API is not. And it has taken a
//! token of its caller's quota for reads, so that reading costs no more; what changes something takes one of the quota
//! for changes, like every request.

use std::future::{Ready, ready};
use std::rc::Rc;

use actix_http::Request;
use actix_service::{IntoServiceFactory as _, Service as _, ServiceFactory};
use actix_web::body::{self, BoxBody};
use actix_web::dev::{AppConfig, Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode, Uri};
use actix_web::web::Bytes;
use actix_web::{App, Error, FromRequest, HttpMessage as _, HttpRequest, error};
use futures_util::future::LocalBoxFuture;
use plenaria_domain::values::language::{Language, MessageLanguage};
use plenaria_domain::values::time::Instant;
use tokio::sync::OnceCell;

use crate::request::context::{REQUEST_ID, RequestId};
use crate::request::language_preference::LanguagePreference;
use crate::state::AppState;
use crate::state_part::WorkerState;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Handles a request as the API does.
type Call = Box<dyn Fn(Request) -> LocalBoxFuture<'static, Result<ServiceResponse<BoxBody>, Error>>>;

/// Builds what handles requests.
type Build = Box<dyn Fn() -> LocalBoxFuture<'static, Result<Call, Error>>>;

/// The API of one worker. It is built for the first request, so that it costs nothing while pages are not used.
pub(crate) struct LocalApi {
    build: Build,
    call: OnceCell<Call>,
}

impl LocalApi {
    /// The API of the application that `application` makes.
    pub(crate) fn new<F>(application: impl Fn() -> App<F> + 'static) -> Self
    where
        F: ServiceFactory<
                ServiceRequest,
                Config = (),
                Response = ServiceResponse<BoxBody>,
                Error = Error,
                InitError = (),
            > + 'static,
    {
        let build: Build = Box::new(move || {
            let factory = application().into_factory();
            Box::pin(async move {
                let built = factory.new_service(AppConfig::default()).await;
                let service = built.map_err(|()| error::ErrorInternalServerError("the API could not be built"))?;
                let service = Rc::new(service);
                let call: Call = Box::new(move |request| {
                    let service = Rc::clone(&service);
                    Box::pin(async move { service.call(request).await })
                });
                Ok(call)
            })
        });
        Self { build, call: OnceCell::new() }
    }
}

/// The API as the handler of a page calls it, on behalf of the page's caller: an argument of handlers.
pub struct Api {
    local: Rc<LocalApi>,
    caller: HttpRequest,
    state: WorkerState,
}

/// A request of a page.
#[derive(Debug)]
pub struct ApiRequest<'a> {
    method: Method,
    /// The path with its query, `/v1/…`.
    path: &'a str,
    headers: Vec<(HeaderName, String)>,
    body: Bytes,
}

/// The path before an event's slug.
const EVENTS: &str = "/v1/events/";

/// What the API responds.
#[derive(Debug)]
pub struct ApiResponse {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body, without a content coding.
    pub body: Bytes,
}

impl<'a> ApiRequest<'a> {
    /// A GET of this path with its query.
    #[must_use]
    pub const fn get(path: &'a str) -> Self {
        Self { method: Method::GET, path, headers: Vec::new(), body: Bytes::new() }
    }

    /// A request with a JSON body.
    #[must_use]
    pub fn json(method: Method, path: &'a str, body: &serde_json::Value) -> Self {
        let headers = vec![(header::CONTENT_TYPE, "application/json".to_owned())];
        Self { method, path, headers, body: body.to_string().into() }
    }

    /// A request without a body.
    #[must_use]
    pub const fn empty(method: Method, path: &'a str) -> Self {
        Self { method, path, headers: Vec::new(), body: Bytes::new() }
    }

    /// The language of problems, and of an event's texts. Without it, they have the language that the page's caller prefers.
    #[must_use]
    pub fn language(self, tag: &str) -> Self {
        self.header(header::ACCEPT_LANGUAGE, tag.to_owned())
    }

    /// The bearer token.
    #[must_use]
    pub fn token(self, token: &str) -> Self {
        self.header(header::AUTHORIZATION, format!("Bearer {token}"))
    }

    /// The media type that the response should have.
    #[must_use]
    pub fn accept(self, media_type: &str) -> Self {
        self.header(header::ACCEPT, media_type.to_owned())
    }

    /// The idempotency key.
    #[must_use]
    pub fn idempotency_key(self, key: &str) -> Self {
        self.header(IDEMPOTENCY_KEY, key.to_owned())
    }

    fn header(mut self, name: HeaderName, value: String) -> Self {
        self.headers.push((name, value));
        self
    }
}

impl ApiResponse {
    /// The body as a value of this type.
    ///
    /// # Errors
    /// The body is something else.
    pub fn json<T: serde::de::DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(&self.body).map_err(error::ErrorInternalServerError)
    }

    /// The path with the event's current slug, if the request had a former one.
    fn moved_to(&self) -> Option<&str> {
        let is_moved = self.status == StatusCode::PERMANENT_REDIRECT;
        let location = self.headers.get(header::LOCATION).filter(|_| is_moved)?.to_str().ok()?;
        location.starts_with(EVENTS).then_some(location)
    }
}

impl Api {
    /// The API's public address, without a trailing slash.
    #[must_use]
    pub fn public_url(&self) -> &str {
        &self.app_state().public_url
    }

    /// The current time.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.app_state().clock.now()
    }

    /// The language in which the caller prefers a page: that of `tag`, which is `?lang=`, before those of `Accept-Language`;
    /// `None` if there are pages in none of them.
    #[must_use]
    pub fn preferred_language(&self, tag: Option<&str>) -> Option<MessageLanguage> {
        let requested = tag.and_then(|tag| Language::parse(tag).ok());
        let preference = LanguagePreference::from_header(&self.caller);
        MessageLanguage::first_supported(requested.iter().chain(preference.languages()))
    }

    /// Sends a request to the API, and waits for the whole response. One with a former slug of an event is sent again with
    /// the current slug.
    ///
    /// # Errors
    /// The request has a header or a path that HTTP does not allow. Every error of the API is a response.
    pub async fn send(&self, request: ApiRequest<'_>) -> Result<ApiResponse, Error> {
        let response = self.send_to(request.path, &request).await?;
        match response.moved_to() {
            Some(path) => self.send_to(path, &request).await,
            None => Ok(response),
        }
    }

    async fn send_to(&self, path: &str, request: &ApiRequest<'_>) -> Result<ApiResponse, Error> {
        let call = self.local.call.get_or_try_init(|| (self.local.build)()).await?;
        let response = call(self.to_http(path, request)?).await?;
        let (_, response) = response.into_parts();
        let (head, body) = response.into_parts();
        let body = body::to_bytes(body).await.map_err(error::ErrorInternalServerError)?;
        Ok(ApiResponse { status: head.status(), headers: head.headers().clone(), body })
    }

    fn to_http(&self, path: &str, request: &ApiRequest<'_>) -> Result<Request, Error> {
        let mut http = Request::with_payload(Payload::from(request.body.clone()));
        let head = http.head_mut();
        head.method = request.method.clone();
        head.uri = path.parse::<Uri>().map_err(error::ErrorBadRequest)?;
        head.peer_addr = self.caller.peer_addr();
        for (name, text) in &request.headers {
            head.headers.insert(name.clone(), HeaderValue::from_str(text).map_err(error::ErrorBadRequest)?);
        }
        let caller = self.caller.headers();
        for value in caller.get_all(FORWARDED_FOR) {
            head.headers.append(FORWARDED_FOR, value.clone());
        }
        if !head.headers.contains_key(header::ACCEPT_LANGUAGE) {
            for value in caller.get_all(header::ACCEPT_LANGUAGE) {
                head.headers.append(header::ACCEPT_LANGUAGE, value.clone());
            }
        }
        if let Some(RequestId(id)) = self.caller.extensions().get::<RequestId>() {
            head.headers.insert(REQUEST_ID, HeaderValue::from_str(id).map_err(error::ErrorBadRequest)?);
        }
        Ok(http)
    }

    fn app_state(&self) -> &AppState {
        self.state.state()
    }
}

impl FromRequest for Api {
    type Error = Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let local = request.app_data::<Rc<LocalApi>>().cloned();
        let local = local.ok_or_else(|| error::ErrorInternalServerError("this server has no pages"));
        let state = WorkerState::of(request).cloned();
        ready(local.and_then(|local| Ok(Self { local, caller: request.clone(), state: state? })))
    }
}
