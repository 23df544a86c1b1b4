//! Reads the parameters of paths: ids and slugs. An invalid one gets 404.

use actix_web::guard::GuardContext;
use plenaria_domain::values::ids::{DeliveryId, EndpointId, EventId, RegistrationId, SpeakerId};
use plenaria_domain::values::slug::Slug;
use plenaria_persistence::events::definitions::read::EventKey;
use plenaria_persistence::events::speakers::SpeakerRef;

use crate::problem::ApiError;

/// Reads `{event}`.
pub(crate) fn event(text: &str) -> Result<EventKey, ApiError> {
    let id = EventId::parse(text).map(EventKey::Id);
    id.or_else(|| Slug::parse(text).ok().map(EventKey::Slug)).ok_or_else(ApiError::not_found)
}

/// Reads `{speaker}`.
pub(crate) fn speaker(text: &str) -> Result<SpeakerRef, ApiError> {
    let id = SpeakerId::parse(text).map(SpeakerRef::Id);
    id.or_else(|| Slug::parse(text).ok().map(SpeakerRef::Slug)).ok_or_else(ApiError::not_found)
}

/// A guard for the routes of `/registrations/{registration}`: false for `/registrations/confirm`, which has routes of
/// its own.
pub(crate) fn names_registration(context: &GuardContext<'_>) -> bool {
    !context.head().uri.path().ends_with("/registrations/confirm")
}

/// Reads `{registration}`.
pub(crate) fn registration(text: &str) -> Result<RegistrationId, ApiError> {
    RegistrationId::parse(text).ok_or_else(ApiError::not_found)
}

/// Reads `{endpoint}`.
pub(crate) fn endpoint(text: &str) -> Result<EndpointId, ApiError> {
    EndpointId::parse(text).ok_or_else(ApiError::not_found)
}

/// Reads `{delivery}`.
pub(crate) fn delivery(text: &str) -> Result<DeliveryId, ApiError> {
    DeliveryId::parse(text).ok_or_else(ApiError::not_found)
}
