//! Handles `GET /events/{event}/messages`: lists the mails about an event's registrations.

use actix_web::{HttpResponse, get, web};
use plenaria_domain::audit::Action;
use plenaria_domain::partner::scope::Scope;
use plenaria_domain::registration::message::MessageStatus;
use plenaria_domain::validation::{Form, InvalidValue};
use plenaria_domain::values::ids::RegistrationId;
use plenaria_persistence::Access;
use plenaria_persistence::mail::list::MessageFilter;
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;
use uuid::Uuid;

use super::dto::{MessageDto, MessagePage};
use crate::cache::events::CachedEvent;
use crate::problem::ApiError;
use crate::request::cursor::Cursors;
use crate::request::pagination::PageRequest;
use crate::response::representation::{Caching, Representation};
use crate::schemas;
use crate::state_part::Part;
use crate::v1::list_query::ListQuery;
use crate::v1::registrations::access::find_event;
use crate::v1::registrations::command::RegistrationRequest;

/// Filters.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct MessageFilters {
    /// Only messages with this status.
    #[param(value_type = Option<schemas::MessageStatus>, example = "refused")]
    status: Option<String>,
    /// Only messages about the registration with this id.
    #[param(value_type = Option<schemas::Id>, example = "019a0000-0000-7000-8000-000000000004")]
    registration: Option<String>,
}

type MessageQuery = ListQuery<MessageFilters>;

/// List mails
///
/// Returns sent and queued mails about an event's registrations, newest first, with their status and without their text
/// and address. An organisation sees mails about the registrations that it can see: all of them if it owns or
/// co-organises the event, otherwise those that its own clients made. `status=refused` finds people whose mail server
/// rejects mail. Finished mails are stored as long as changes are. Mails about an erased person are deleted, and so are
/// mails that became obsolete before they were sent (for example about a seat that has been cancelled in the meantime).
#[utoipa::path(
    tag = "messages",
    params(MessageQuery),
    responses((status = 200, description = "A page of messages", body = MessagePage)),
    security(("oauth2" = ["registrations:read"])),
)]
#[get("/events/{event}/messages")]
pub(crate) async fn list_messages(
    request: RegistrationRequest<MessageQuery>,
    cursors: Part<Cursors>,
    event: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let RegistrationRequest { http, parts, caller, query, .. } = request;
    let audit = caller.audit_context(&http);
    let access = caller.require_client(Scope::RegistrationsRead)?.access();
    let entry = find_event(&parts.store, &parts.events, &access, &event).await?;
    let query = query.read()?;
    let (mut filter, scope) = query.filters.filter(&entry, &access)?;
    let page: PageRequest<Uuid> = query.page.read(&cursors, scope)?;
    filter.before = page.after;
    let messages = parts.store.messages(&access, &filter, page.limit as u64 + 1).await?;
    let (messages, page) = page.finish(&cursors, messages, |message| message.id.0);
    if !messages.is_empty() {
        let details = json!({ "messages": messages.len() });
        let (event, now) = (entry.event.id, parts.clock.now());
        parts.store.record_reading(&audit, Action::MessagesListed, event, details, now).await?;
    }
    let body = MessagePage { data: messages.iter().map(MessageDto::new).collect(), page };
    let representation = Representation::json(&body, &[], Caching::Private)?;
    Ok(representation.respond_page(&http, &parts.public_url, body.page.next_cursor.as_deref()))
}

impl MessageFilters {
    /// Parses the filter. The text identifies the filtered list and the organisation: a cursor is valid only for the list that it
    /// came from.
    fn filter(&self, entry: &CachedEvent, access: &Access) -> Result<(MessageFilter, String), ApiError> {
        let invalid = |name: &'static str| move |error: InvalidValue| ApiError::invalid_parameter(name, error);
        let parse_id = |text: &str| RegistrationId::parse(text).ok_or(InvalidValue::Format { expected: Form::Id });
        let filter = MessageFilter {
            event: entry.event.id,
            status: self.status.as_deref().map(MessageStatus::parse).transpose().map_err(invalid("status"))?,
            registration: self.registration.as_deref().map(parse_id).transpose().map_err(invalid("registration"))?,
            before: None,
        };
        let scope = format!(
            "messages {:?}",
            (
                filter.event.to_string(),
                access.organisation().as_str(),
                filter.status,
                filter.registration.map(|id| id.to_string())
            )
        );
        Ok((filter, scope))
    }
}
