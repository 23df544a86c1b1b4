//! The context of a request for the audit log.

use actix_web::{HttpMessage as _, HttpRequest};
use plenaria_domain::audit::{Actor, AuditContext};

use crate::auth::{Caller, ClientCaller};
use crate::request::context::RequestId;

/// The context of a request by this caller. A caller without a token acts as a holder: it confirms or changes what
/// concerns itself.
pub(crate) fn context(request: &HttpRequest, caller: &Caller) -> AuditContext {
    match caller {
        Caller::Anonymous | Caller::Holder(_) => AuditContext { actor: Actor::Holder, request_id: request_id(request) },
        Caller::Client(client) => client_context(request, client),
    }
}

/// The context of a request by a client.
pub(crate) fn client_context(request: &HttpRequest, client: &ClientCaller) -> AuditContext {
    let actor = Actor::Client { organisation: client.organisation.clone(), client: client.id };
    AuditContext { actor, request_id: request_id(request) }
}

fn request_id(request: &HttpRequest) -> Option<String> {
    request.extensions().get::<RequestId>().map(|RequestId(id)| id.clone())
}
