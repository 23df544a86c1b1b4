//! The members of a problem document that only some problems have: facts that a program needs.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::reasons::ConflictReason;
use crate::schemas;

/// The facts of a problem. Those that it does not have are absent from its document.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Facts {
    /// With `conflict`: which rule the request conflicts with.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = ConflictReason, required = false)]
    pub(crate) reason: Option<ConflictReason>,
    /// With `invalid-parameter`: the name of the query parameter.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false, max_length = 100)]
    pub(crate) parameter: Option<String>,
    /// With `insufficient-scope`: the scope that the token lacks.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = schemas::Scope, required = false)]
    pub(crate) required_scope: Option<String>,
    /// With `already-registered`, for a client that may see that registration: its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = schemas::Id, required = false)]
    pub(crate) registration_id: Option<String>,
    /// With an atomic batch: the position of the first rejected item, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = usize, required = false, minimum = 0, maximum = 499)]
    pub(crate) index: Option<usize>,
    /// With `registration-not-open`: when registration opens.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false, format = DateTime)]
    pub(crate) opens_at: Option<String>,
    /// With `registration-closed`: when registration closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false, format = DateTime)]
    pub(crate) closed_at: Option<String>,
    /// With `join-not-open`: when the address to join becomes available.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false, format = DateTime)]
    pub(crate) available_from: Option<String>,
    /// With `event-full`: the number of seats.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = u32, required = false)]
    pub(crate) capacity: Option<u32>,
    /// With `event-full`: the number of seats left.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = u32, required = false)]
    pub(crate) seats_left: Option<u32>,
    /// With `event-full`: whether the event has a waiting list.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = bool, required = false)]
    pub(crate) waitlist: Option<bool>,
    /// With `rate-limited`, `idempotency-in-progress` and the problems of status 503: the number of seconds to wait, as in the
    /// header `Retry-After`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = u64, required = false, maximum = 86400)]
    pub(crate) retry_after: Option<u64>,
}
