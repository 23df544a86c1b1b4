//! Finds the event or the registration that a path names, if the caller may see it.
//!
//! An event or registration that the caller may not see gets 404 `not-found`, as if it did not exist.

use std::sync::Arc;

use plenaria_domain::partner::scope::Scope;
use plenaria_domain::registration::Registration;
use plenaria_persistence::{Access, Store};

use crate::auth::{Caller, RegistrationAccess};
use crate::cache::events::{CachedEvent, EventCache};
use crate::problem::ApiError;
use crate::request::path;

/// A registration that the caller may see.
pub(crate) struct VisibleRegistration {
    pub(crate) registration: Registration,
    /// The client's access, which the store checks again inside its transaction. `None`: the caller is the holder.
    pub(crate) access: Option<Access>,
}

/// Finds an event for a client: a public one, or a draft that its organisation organises.
pub(crate) async fn find_event(
    store: &Store,
    events: &EventCache,
    access: &Access,
    name: &str,
) -> Result<Arc<CachedEvent>, ApiError> {
    let reference = path::event(name)?;
    let entry = events.find(&reference).await?;
    if entry.event.is_public() || store.organises(access, entry.event.id).await? {
        entry.check_slug(&reference)?;
        return Ok(entry);
    }
    Err(ApiError::not_found())
}

/// What a registration is read for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To show it.
    Show,
    /// To change it at the desk, which reads it again; its position on the waiting list is missing.
    Change,
}

/// Finds the registration with the id in the path, for its holder or for a client with this scope.
pub(crate) async fn find_registration(
    store: &Store,
    caller: Caller,
    id: &str,
    (purpose, scope): (Purpose, Scope),
) -> Result<VisibleRegistration, ApiError> {
    let id = path::registration(id);
    // The token is checked before the id's syntax, so that a missing token is 401 whatever the path.
    let (holder, access) = match caller.registration_access(id.as_ref().ok().copied(), scope)? {
        RegistrationAccess::Holder(holder) => (Some(holder), None),
        RegistrationAccess::Client(access) => (None, Some(access)),
    };
    let id = id?;
    let registration = match (purpose, &access) {
        (Purpose::Change, access) => store.registration_to_change(access.as_ref(), id).await?,
        (Purpose::Show, Some(access)) => store.visible_registration(access, id).await?,
        (Purpose::Show, None) => store.registration(id).await?,
    };
    let registration = registration.ok_or_else(ApiError::not_found)?;
    if let Some(holder) = holder {
        holder.check(&registration)?;
    }
    Ok(VisibleRegistration { registration, access })
}
