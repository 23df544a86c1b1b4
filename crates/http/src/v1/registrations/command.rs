//! Extractors for the handlers of registrations: the parts of a request that most of them need, and their first steps.
//!
//! [`RegistrationRequest`] is for operations without a body, [`RegistrationCommand`] for those with one. A handler
//! calls the steps in the order in which callers can see their errors: access, body, query, validation,
//! `Idempotency-Key`, `If-Match`.

use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::future::{MapOk, TryFutureExt as _};
use plenaria_domain::partner::scope::Scope;
use plenaria_domain::registration::Registration;
use plenaria_domain::values::ids::EventId;
use plenaria_domain::values::time::Instant;
use plenaria_persistence::idempotency::Key;
use serde::de::DeserializeOwned;
use utoipa::IntoParams;

use super::access::{self, VisibleRegistration};
use super::dto::etag;
use super::parts::RegistrationParts;
use crate::auth::Caller;
use crate::cache::events::CachedEvent;
use crate::problem::ApiError;
use crate::request::idempotency;
use crate::request::idempotency::InProgress;
use crate::request::query::{NoQuery, Query};
use crate::response::conditional::IfMatch;
use crate::state_part::Part;

/// A request without a body.
pub(crate) struct RegistrationRequest<Q = NoQuery> {
    pub(crate) http: HttpRequest,
    pub(crate) parts: RegistrationParts,
    pub(crate) caller: Caller,
    pub(crate) query: Query<Q>,
    pub(crate) received_at: Instant,
}

/// A request whose body has not been received yet.
pub(crate) struct RegistrationCommand {
    pub(crate) request: RegistrationRequest,
    in_progress: Part<InProgress>,
    payload: web::Payload,
}

/// A request whose body has been received and whose query has been checked.
pub(crate) struct ReceivedCommand {
    pub(crate) http: HttpRequest,
    pub(crate) parts: RegistrationParts,
    pub(crate) caller: Caller,
    pub(crate) received_at: Instant,
    pub(crate) in_progress: Part<InProgress>,
    pub(crate) bytes: Bytes,
}

/// A check of the registration's state inside the transaction that changes it.
pub(crate) type Precondition = Arc<dyn Fn(&Registration) -> bool + Send + Sync>;

type RequestParts<Q> = (HttpRequest, RegistrationParts, Caller, Query<Q>);
type CommandParts = (RegistrationRequest, Part<InProgress>, web::Payload);

impl<Q> RegistrationRequest<Q> {
    fn new((http, parts, caller, query): RequestParts<Q>) -> Self {
        let received_at = parts.clock.now();
        Self { http, parts, caller, query, received_at }
    }

    /// Finds the registration with the id in the path, for its holder or for a client with this scope.
    pub(crate) async fn find_registration(&self, id: &str, scope: Scope) -> Result<VisibleRegistration, ApiError> {
        access::find_registration(&self.parts.store, self.caller.clone(), id, scope).await
    }

    /// Finds a registration as [`Self::find_registration`] does, and its event.
    pub(crate) async fn find_registration_and_event(
        &self,
        id: &str,
        scope: Scope,
    ) -> Result<(VisibleRegistration, Arc<CachedEvent>), ApiError> {
        let found = self.find_registration(id, scope).await?;
        let entry = self.parts.events.get(found.registration.event_id).await?.ok_or_else(ApiError::not_found)?;
        Ok((found, entry))
    }
}

impl RegistrationCommand {
    fn new((request, in_progress, payload): CommandParts) -> Self {
        Self { request, in_progress, payload }
    }

    /// Receives the body with one of the functions of `crate::request::body`, then checks the query.
    pub(crate) async fn receive(
        self,
        receive: impl AsyncFnOnce(&HttpRequest, web::Payload) -> Result<Bytes, ApiError>,
    ) -> Result<ReceivedCommand, ApiError> {
        let RegistrationRequest { http, parts, caller, query, received_at } = self.request;
        let bytes = receive(&http, self.payload).await?;
        query.read()?;
        Ok(ReceivedCommand { http, parts, in_progress: self.in_progress, caller, received_at, bytes })
    }
}

impl ReceivedCommand {
    /// The request's `Idempotency-Key`, if it has one.
    pub(crate) fn idempotency_key(&self) -> Result<Option<Key>, ApiError> {
        idempotency::read_key(&self.http, &self.caller, &self.bytes)
    }

    /// The `Idempotency-Key` of a request to the event that the path names, if it has one.
    pub(crate) fn event_idempotency_key(&self, event: EventId) -> Result<Option<Key>, ApiError> {
        idempotency::read_event_key(&self.http, event, &self.caller, &self.bytes)
    }

    /// The condition that `If-Match` states; without that header it always holds.
    pub(crate) fn precondition(&self) -> Result<Precondition, ApiError> {
        precondition(&self.http, &self.caller)
    }
}

/// The condition that `If-Match` states; without that header it always holds. It never holds for a holder whose token
/// became invalid while the request was being served.
pub(crate) fn precondition(http: &HttpRequest, caller: &Caller) -> Result<Precondition, ApiError> {
    let condition = IfMatch::read(http)?;
    let holder = match caller {
        Caller::Holder(holder) => Some(*holder),
        Caller::Anonymous | Caller::Client(_) => None,
    };
    Ok(Arc::new(move |current| {
        holder.is_none_or(|holder| holder.is_current(current)) && condition.holds(&etag(current))
    }))
}

impl<Q: IntoParams + DeserializeOwned + Default + 'static> FromRequest for RegistrationRequest<Q> {
    type Error = actix_web::Error;
    type Future = MapOk<<RequestParts<Q> as FromRequest>::Future, fn(RequestParts<Q>) -> Self>;

    fn from_request(http: &HttpRequest, payload: &mut Payload) -> Self::Future {
        RequestParts::<Q>::from_request(http, payload).map_ok(Self::new as fn(RequestParts<Q>) -> Self)
    }
}

impl FromRequest for RegistrationCommand {
    type Error = actix_web::Error;
    type Future = MapOk<<CommandParts as FromRequest>::Future, fn(CommandParts) -> Self>;

    fn from_request(http: &HttpRequest, payload: &mut Payload) -> Self::Future {
        CommandParts::from_request(http, payload).map_ok(Self::new as fn(CommandParts) -> Self)
    }
}
