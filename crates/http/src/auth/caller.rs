//! The caller of a request, and the checks by which handlers restrict who may call them.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use plenaria_domain::audit::{Actor, AuditContext};
use plenaria_domain::partner::organisation::Organisation;
use plenaria_domain::partner::scope::{Scope, Scopes};
use plenaria_domain::registration::Registration;
use plenaria_domain::registration::message::Requester;
use plenaria_domain::values::ids::{ClientId, RegistrationId};
use plenaria_persistence::Access;

use crate::problem::{ApiError, Code};
use crate::request::context::RequestId;

/// The caller of a request.
#[derive(Clone, Debug)]
pub(crate) enum Caller {
    /// Any caller without a token.
    Anonymous,
    /// The holder of a registration's manage token.
    Holder(Holder),
    /// A partner organisation's program.
    Client(ClientCaller),
}

/// The holder of a manage token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Holder {
    pub(crate) registration: RegistrationId,
    /// The version of the address that the token was made for.
    pub(crate) address_version: i64,
}

/// A client with a valid access token.
#[derive(Clone, Debug)]
pub(crate) struct ClientCaller {
    pub(crate) id: ClientId,
    pub(crate) organisation: Organisation,
    /// The token's scopes, which may be fewer than the client's.
    pub(crate) scopes: Scopes,
}

/// Why a caller may access a registration.
#[derive(Clone, Debug)]
pub(crate) enum RegistrationAccess {
    /// The caller has its manage token. Whether the token is for the registration's current address must be checked
    /// ([`Holder::check`]).
    Holder(Holder),
    /// The caller is a client. The registration must be visible to the client's organisation.
    Client(Access),
}

/// A token is needed, and the request has none (RFC 6750, section 3).
fn unauthenticated() -> ApiError {
    let challenge = HeaderValue::from_static("Bearer realm=\"plenaria\"");
    ApiError::new(Code::Unauthenticated).header(header::WWW_AUTHENTICATE, challenge)
}

/// The token is invalid, or of a kind that this route does not accept.
pub(crate) fn invalid_token() -> ApiError {
    let challenge = HeaderValue::from_static("Bearer realm=\"plenaria\", error=\"invalid_token\"");
    ApiError::new(Code::InvalidToken).header(header::WWW_AUTHENTICATE, challenge)
}

fn insufficient_scope(scope: Scope) -> ApiError {
    let scope = scope.as_str();
    let challenge = format!("Bearer realm=\"plenaria\", error=\"insufficient_scope\", scope=\"{scope}\"");
    let error = ApiError::new(Code::InsufficientScope).fact(|facts| facts.required_scope = Some(scope.to_owned()));
    match HeaderValue::from_str(&challenge) {
        Ok(challenge) => error.header(header::WWW_AUTHENTICATE, challenge),
        Err(_) => error,
    }
}

impl Holder {
    /// 401 if the registration's address has been corrected since the token was made: who reads the former mailbox no
    /// longer manages the registration.
    pub(crate) fn check(self, registration: &Registration) -> Result<(), ApiError> {
        if self.is_current(registration) { Ok(()) } else { Err(invalid_token()) }
    }

    /// Whether the token was made for the registration's current address.
    pub(crate) const fn is_current(self, registration: &Registration) -> bool {
        self.address_version == registration.address_version
    }
}

impl ClientCaller {
    /// The access rights of the client's organisation.
    pub(crate) fn access(&self) -> Access {
        Access::of(self.organisation.clone())
    }

    fn require(self, scope: Scope) -> Result<Self, ApiError> {
        if self.scopes.contains(scope) { Ok(self) } else { Err(insufficient_scope(scope)) }
    }
}

impl Caller {
    /// What the audit log says about the caller and its request. A caller without a token counts as a registered person: only
    /// persons do something without a token that the log records.
    pub(crate) fn audit_context(&self, request: &HttpRequest) -> AuditContext {
        let actor = match self {
            Self::Anonymous | Self::Holder(_) => Actor::Holder,
            Self::Client(client) => Actor::Client { organisation: client.organisation.clone(), client: client.id },
        };
        let request_id = request.extensions().get::<RequestId>().map(|RequestId(id)| id.clone());
        AuditContext { actor, request_id }
    }

    /// The requester that the mails caused by the request are attributed to.
    pub(crate) const fn requester(&self) -> Requester {
        match self {
            Self::Anonymous | Self::Holder(_) => Requester::Public,
            Self::Client(_) => Requester::Client,
        }
    }

    /// Allows only clients with this scope.
    pub(crate) fn require_client(self, scope: Scope) -> Result<ClientCaller, ApiError> {
        match self {
            Self::Anonymous => Err(unauthenticated()),
            Self::Holder(_) => Err(invalid_token()),
            Self::Client(client) => client.require(scope),
        }
    }

    /// Allows clients with this scope, and callers without a token (`None`).
    pub(crate) fn require_client_or_anonymous(self, scope: Scope) -> Result<Option<ClientCaller>, ApiError> {
        match self {
            Self::Anonymous => Ok(None),
            caller => caller.require_client(scope).map(Some),
        }
    }

    /// Allows only the holder of the requested registration.
    pub(crate) fn require_holder(self, requested: Result<RegistrationId, ApiError>) -> Result<Holder, ApiError> {
        match self {
            Self::Anonymous => Err(unauthenticated()),
            Self::Client(_) => Err(invalid_token()),
            Self::Holder(holder) => {
                requested.and_then(|id| if id == holder.registration { Ok(holder) } else { Err(ApiError::not_found()) })
            }
        }
    }

    /// Allows the registration's holder, and clients with this scope. To the holder of another registration it counts as not
    /// found.
    pub(crate) fn registration_access(
        self,
        id: Option<RegistrationId>,
        scope: Scope,
    ) -> Result<RegistrationAccess, ApiError> {
        match self {
            Self::Anonymous => Err(unauthenticated()),
            Self::Holder(holder) if id == Some(holder.registration) => Ok(RegistrationAccess::Holder(holder)),
            Self::Holder(_) => Err(ApiError::not_found()),
            Self::Client(client) => client.require(scope).map(|client| RegistrationAccess::Client(client.access())),
        }
    }
}

impl FromRequest for Caller {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let caller = request.extensions().get::<Self>().cloned();
        ready(Ok(caller.unwrap_or(Self::Anonymous)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plenaria_domain::values::time::Instant;

    #[test]
    fn each_caller_may_do_what_its_token_allows() {
        let id = RegistrationId::new(Instant::default());
        let other = RegistrationId::new(Instant::default());
        let client = Caller::Client(ClientCaller {
            id: ClientId::new(Instant::default()),
            organisation: Organisation::parse("al-las").unwrap(),
            scopes: Scopes::of([Scope::RegistrationsRead]).unwrap(),
        });
        let holder = |registration| Caller::Holder(Holder { registration, address_version: 0 });
        let (read, write) = (Scope::RegistrationsRead, Scope::RegistrationsWrite);
        let code = |result: Result<RegistrationAccess, ApiError>| result.map(drop).map_err(|error| error.code());
        assert_eq!(code(Caller::Anonymous.registration_access(Some(id), read)), Err(Code::Unauthenticated));
        assert_eq!(code(holder(id).registration_access(Some(id), write)), Ok(()));
        assert_eq!(code(holder(other).registration_access(Some(id), read)), Err(Code::NotFound));
        assert_eq!(code(holder(other).registration_access(None, read)), Err(Code::NotFound));
        assert_eq!(code(client.clone().registration_access(Some(id), read)), Ok(()));
        assert_eq!(code(client.clone().registration_access(Some(id), write)), Err(Code::InsufficientScope));
        let code = |result: Result<ClientCaller, ApiError>| result.map(drop).map_err(|error| error.code());
        assert_eq!(code(Caller::Anonymous.require_client(read)), Err(Code::Unauthenticated));
        assert_eq!(code(holder(id).require_client(read)), Err(Code::InvalidToken));
        assert_eq!(code(client.clone().require_client(read)), Ok(()));
        assert!(Caller::Anonymous.require_client_or_anonymous(write).unwrap().is_none());
        assert!(client.require_client_or_anonymous(write).is_err());
    }
}
