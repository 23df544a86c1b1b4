//! The response that says nothing about whether an address is registered.

use plenaria_persistence::idempotency::StoredResponse;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};

use crate::schemas;

/// The value of `status` in [`ConfirmationSent`] and in the response to a request for the link. No registration has it.
pub(super) const STATUS: &str = "confirmation_sent";

/// There is no registration yet: the result is sent by mail, if there is anything to say.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConfirmationSent {
    /// Tells this response from a registration.
    #[schema(schema_with = status)]
    status: &'static str,
}

fn status() -> RefOr<Schema> {
    schemas::choices("Tells this response from a registration.", &[STATUS])
}

/// The 202 response, in its stored form.
pub(crate) fn confirmation_sent() -> StoredResponse {
    let body = serde_json::to_string(&ConfirmationSent { status: STATUS }).unwrap_or_default();
    StoredResponse { status: 202, location: None, etag: None, body, registration: None }
}
