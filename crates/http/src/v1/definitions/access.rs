//! Finds the definition that a path names, if the caller's organisation owns or co-organises the event. Any other event
//! counts as not found, public or not.

use plenaria_domain::partner::scope::Scope;
use plenaria_persistence::Store;
use plenaria_persistence::events::definitions::read::{EventKey, StoredDefinition};

use crate::auth::{Caller, ClientCaller};
use crate::problem::ApiError;
use crate::request::path;

/// The client that calls, which needs the scope for organisers.
pub(super) fn client(caller: Caller) -> Result<ClientCaller, ApiError> {
    caller.require_client(Scope::EventsWrite)
}

/// Finds the definition of the event with this id or slug.
pub(super) async fn find(store: &Store, client: &ClientCaller, event: &str) -> Result<StoredDefinition, ApiError> {
    let reference = path::event(event)?;
    find_any(store, client, &reference).await?.ok_or_else(ApiError::not_found)
}

/// Finds the definition of an event that need not exist. A former slug of an event redirects.
pub(super) async fn find_any(
    store: &Store,
    client: &ClientCaller,
    reference: &EventKey,
) -> Result<Option<StoredDefinition>, ApiError> {
    let found = store.definition(Some(&client.access()), reference).await?;
    if let (Some(found), EventKey::Slug(slug)) = (&found, reference)
        && found.slug != *slug
    {
        return Err(ApiError::moved(&found.slug));
    }
    Ok(found)
}
