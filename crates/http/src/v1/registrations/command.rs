//! Extractors for the handlers of registrations: the parts of a request that most of them need, and their first steps.
//!
//! [`RegistrationRequest`] is for operations without a body, [`RegistrationCommand`] for those with one. A handler
//! calls the steps in the order in which callers can see their errors: access, body, query, validation,
//! `Idempotency-Key`, `If-Match`.

use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest, HttpResponse, web};
use futures_util::future::{MapOk, TryFutureExt as _};
use plenaria_domain::partner::scope::Scope;
use plenaria_domain::values::ids::{EventId, RegistrationId};
use plenaria_domain::values::time::Instant;
use plenaria_persistence::desk::reply::Outcome;
use plenaria_persistence::desk::request::{Command, Precondition, Request, RequiredAccess, Target};
use plenaria_persistence::idempotency::{IdempotencyGuard, Key};
use serde::de::DeserializeOwned;
use utoipa::IntoParams;

use super::access::{self, Purpose, VisibleRegistration};
use super::dto::etag;
use super::parts::RegistrationParts;
use super::{errors, response};
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

type RequestParts<Q> = (HttpRequest, RegistrationParts, Caller, Query<Q>);
type CommandParts = (RegistrationRequest, Part<InProgress>, web::Payload);

impl<Q> RegistrationRequest<Q> {
    fn new((http, parts, caller, query): RequestParts<Q>) -> Self {
        let received_at = parts.clock.now();
        Self { http, parts, caller, query, received_at }
    }

    /// Finds the registration with the id in the path, to show it to its holder or to a client.
    pub(crate) async fn find_registration(&self, id: &str) -> Result<VisibleRegistration, ApiError> {
        self.find(id, (Purpose::Show, Scope::RegistrationsRead)).await
    }

    /// Finds the registration with the id in the path, for its holder or a client who wants to change it.
    pub(crate) async fn find_registration_to_change(&self, id: &str) -> Result<VisibleRegistration, ApiError> {
        self.find(id, (Purpose::Change, Scope::RegistrationsWrite)).await
    }

    async fn find(&self, id: &str, purpose: (Purpose, Scope)) -> Result<VisibleRegistration, ApiError> {
        access::find_registration(&self.parts.store, self.caller.clone(), id, purpose).await
    }

    /// Finds a registration as [`Self::find_registration_to_change`] does, and its event.
    pub(crate) async fn find_registration_and_event(
        &self,
        id: &str,
    ) -> Result<(VisibleRegistration, Arc<CachedEvent>), ApiError> {
        let found = self.find_registration_to_change(id).await?;
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

    /// The registration that the desk is to change, with the condition that `If-Match` states.
    pub(crate) fn target(&self, id: RegistrationId, access: RequiredAccess) -> Result<Target, ApiError> {
        target(&self.http, &self.caller, id, access)
    }

    /// Lets the desk change a registration of this event, and responds with the registration as it is now.
    pub(crate) async fn change(
        &self,
        entry: &Arc<CachedEvent>,
        key: Option<Key>,
        command: Command,
    ) -> Result<HttpResponse, ApiError> {
        let _in_progress = self.in_progress.begin(key)?;
        let record = || response::recorder(&self.parts.public_url, entry);
        let idempotency = key.map(|key| IdempotencyGuard { key, record: record() });
        let event = entry.event.id;
        let request = Request { event, now: self.parts.clock.now(), idempotency, command };
        match self.parts.desk.submit(request).await.map_err(errors::for_organiser)? {
            Outcome::Registration { registration, changed, .. } => {
                if changed {
                    self.parts.events.invalidate_availability(event).await;
                }
                response::respond(&self.http, &self.parts, *registration).await
            }
            Outcome::Replayed(stored) => response::replay(stored),
            _ => Err(errors::unexpected_outcome()),
        }
    }
}

/// The registration that the desk is to change, with the condition that `If-Match` states; without that header it always
/// holds.
pub(crate) fn target(
    http: &HttpRequest,
    caller: &Caller,
    id: RegistrationId,
    access: RequiredAccess,
) -> Result<Target, ApiError> {
    let condition = IfMatch::read(http)?;
    let compares_position = condition.compares_tags();
    let holder = match caller {
        Caller::Holder(holder) => Some(*holder),
        Caller::Anonymous | Caller::Client(_) => None,
    };
    // It never holds for a holder whose token became invalid while the request was being served.
    let precondition: Precondition = Arc::new(move |current| {
        holder.is_none_or(|holder| holder.is_current(current)) && condition.holds(&etag(current))
    });
    Ok(Target { id, access, precondition, compares_position, audit: caller.audit_context(http) })
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
