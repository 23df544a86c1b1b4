//! A reference to an event, used wherever a resource belongs to one.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A reference to an event.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventReference {
    /// The event's id.
    #[schema(example = "019a0000-0000-7000-8000-000000000001")]
    pub(crate) id: Uuid,
    /// The event's slug.
    #[schema(format = "slug", example = "internationalisation-and-metropolitan-spaces-en")]
    pub(crate) slug: String,
}
