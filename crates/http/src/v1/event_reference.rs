//! A reference to an event, used wherever a resource belongs to one.

use crate::schemas;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A reference to an event.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventReference {
    /// The event's id.
    #[schema(value_type = schemas::Id)]
    pub(crate) id: Uuid,
    /// The event's slug.
    #[schema(value_type = schemas::Slug)]
    pub(crate) slug: String,
}
