//! The caller of a request, and what the routes ask of it.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use plenaria_domain::ids::{ClientId, RegistrationId};
use plenaria_domain::message::Requester;
use plenaria_domain::organisation::Organisation;
use plenaria_domain::scope::{Scope, Scopes};
use plenaria_persistence::Access;

use crate::problem::{ApiError, Code};

/// Who asks.
#[derive(Clone, Debug)]
pub(crate) enum Caller {
    /// Anybody without a token.
    Anonymous,
    /// Who shows the manage token of this registration.
    Holder(RegistrationId),
    /// A partner organisation's program.
    Client(ClientCaller),
}

/// A client whose token is good.
#[derive(Clone, Debug)]
pub(crate) struct ClientCaller {
    pub(crate) id: ClientId,
    pub(crate) organisation: Organisation,
    /// What this token is for, which may be less than all that the client may do.
    pub(crate) scopes: Scopes,
}

/// How a caller comes to a registration.
#[derive(Clone, Debug)]
pub(crate) enum RegistrationAccess {
    /// It is the one that the manage token is for.
    Held,
    /// It must be among those that the client's organisation sees.
    Seen(Access),
}

/// No token came, and one is needed (RFC 6750, section 3).
fn unauthenticated() -> ApiError {
    let challenge = HeaderValue::from_static("Bearer realm=\"plenaria\"");
    ApiError::new(Code::Unauthenticated).header(header::WWW_AUTHENTICATE, challenge)
}

/// The token is no good, or no good here.
pub(super) fn invalid_token() -> ApiError {
    let challenge = HeaderValue::from_static("Bearer realm=\"plenaria\", error=\"invalid_token\"");
    ApiError::new(Code::InvalidToken).header(header::WWW_AUTHENTICATE, challenge)
}

fn insufficient_scope(scope: Scope) -> ApiError {
    let scope = scope.as_str();
    let challenge = format!("Bearer realm=\"plenaria\", error=\"insufficient_scope\", scope=\"{scope}\"");
    let error = ApiError::new(Code::InsufficientScope).fact("required_scope", scope);
    match HeaderValue::from_str(&challenge) {
        Ok(challenge) => error.header(header::WWW_AUTHENTICATE, challenge),
        Err(_) => error,
    }
}

impl ClientCaller {
    /// What the client may see.
    pub(crate) fn access(&self) -> Access {
        Access::of(self.organisation.clone())
    }

    fn require(self, scope: Scope) -> Result<Self, ApiError> {
        if self.scopes.contains(scope) { Ok(self) } else { Err(insufficient_scope(scope)) }
    }
}

impl Caller {
    /// On whose account the messages go that come of the request.
    pub(crate) const fn requester(&self) -> Requester {
        match self {
            Self::Anonymous | Self::Holder(_) => Requester::Public,
            Self::Client(_) => Requester::Client,
        }
    }

    /// A client with this scope; nobody else may do it.
    pub(crate) fn client(self, scope: Scope) -> Result<ClientCaller, ApiError> {
        match self {
            Self::Anonymous => Err(unauthenticated()),
            Self::Holder(_) => Err(invalid_token()),
            Self::Client(client) => client.require(scope),
        }
    }

    /// A client with this scope, or anybody without a token (`None`).
    pub(crate) fn client_or_anonymous(self, scope: Scope) -> Result<Option<ClientCaller>, ApiError> {
        match self {
            Self::Anonymous => Ok(None),
            caller => caller.client(scope).map(Some),
        }
    }

    /// The registration that its holder asks for; nobody else may.
    pub(crate) fn holder(self, named: Result<RegistrationId, ApiError>) -> Result<RegistrationId, ApiError> {
        match self {
            Self::Anonymous => Err(unauthenticated()),
            Self::Client(_) => Err(invalid_token()),
            Self::Holder(held) => named.and_then(|id| if id == held { Ok(id) } else { Err(ApiError::not_found()) }),
        }
    }

    /// The way to this registration: its holder's, or a client's with this scope. Another one's is as good as not there.
    pub(crate) fn registration(self, id: Option<RegistrationId>, scope: Scope) -> Result<RegistrationAccess, ApiError> {
        match self {
            Self::Anonymous => Err(unauthenticated()),
            Self::Holder(held) if id == Some(held) => Ok(RegistrationAccess::Held),
            Self::Holder(_) => Err(ApiError::not_found()),
            Self::Client(client) => client.require(scope).map(|client| RegistrationAccess::Seen(client.access())),
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
    use plenaria_domain::time::Instant;

    #[test]
    fn everybody_may_do_what_is_theirs() {
        let id = RegistrationId::new(Instant::default());
        let other = RegistrationId::new(Instant::default());
        let client = Caller::Client(ClientCaller {
            id: ClientId::new(Instant::default()),
            organisation: Organisation::parse("al-las").unwrap(),
            scopes: Scopes::of([Scope::RegistrationsRead]).unwrap(),
        });
        let (read, write) = (Scope::RegistrationsRead, Scope::RegistrationsWrite);
        let code = |result: Result<RegistrationAccess, ApiError>| result.map(drop).map_err(|error| error.code());
        assert_eq!(code(Caller::Anonymous.registration(Some(id), read)), Err(Code::Unauthenticated));
        assert_eq!(code(Caller::Holder(id).registration(Some(id), write)), Ok(()));
        assert_eq!(code(Caller::Holder(other).registration(Some(id), read)), Err(Code::NotFound));
        assert_eq!(code(Caller::Holder(other).registration(None, read)), Err(Code::NotFound));
        assert_eq!(code(client.clone().registration(Some(id), read)), Ok(()));
        assert_eq!(code(client.clone().registration(Some(id), write)), Err(Code::InsufficientScope));
        let code = |result: Result<ClientCaller, ApiError>| result.map(drop).map_err(|error| error.code());
        assert_eq!(code(Caller::Anonymous.client(read)), Err(Code::Unauthenticated));
        assert_eq!(code(Caller::Holder(id).client(read)), Err(Code::InvalidToken));
        assert_eq!(code(client.clone().client(read)), Ok(()));
        assert!(Caller::Anonymous.client_or_anonymous(write).unwrap().is_none());
        assert!(client.client_or_anonymous(write).is_err());
    }
}
