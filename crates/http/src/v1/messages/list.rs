//! Listing what was mailed about an event's registrations.

use actix_web::{HttpRequest, HttpResponse, get, web};
use plenaria_domain::ids::RegistrationId;
use plenaria_domain::message::MessageStatus;
use plenaria_domain::refusal::{Form, Refusal};
use plenaria_domain::scope::Scope;
use plenaria_persistence::Access;
use plenaria_persistence::message_list::MessageFilter;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::dto::{MessageDto, MessagePage};
use crate::auth::Caller;
use crate::catalogue::Entry;
use crate::page::PageRequest;
use crate::problem::ApiError;
use crate::query::Query;
use crate::representation::{Caching, Representation};
use crate::state::AppState;
use crate::v1::registrations::list::event_for;

/// Filters and page.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct MessageQuery {
    /// Only messages of which this has become.
    #[param(pattern = "^(queued|sent|refused)$", max_length = 7, example = "refused")]
    status: Option<String>,
    /// Only messages about the registration with this id.
    #[param(format = Uuid, example = "019a0000-0000-7000-8000-000000000004")]
    registration: Option<String>,
    /// How many messages a page has, from 1 to 100; 20 unless asked otherwise.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, default = 20, example = 20)]
    limit: Option<String>,
    /// The page behind this cursor, from `next_cursor` of the page before.
    #[param(max_length = 1000, pattern = "^[A-Za-z0-9_-]+$")]
    cursor: Option<String>,
}

/// List what was mailed
///
/// Or will be, about an event's registrations: the newest message first, with what became of it, and neither its text nor its
/// address. An organisation sees messages about the registrations that it sees: all of them if it owns or co-organises the
/// event, else those that its own clients made. `status=refused` finds whom no mail reaches. Messages that are done with are
/// kept as long as changes are; those about a person who was erased are gone, and so are those that came to nothing (that
/// there is a seat, when it was given back meanwhile).
#[utoipa::path(
    tag = "messages",
    params(("event" = String, Path, description = "An event's id or slug", max_length = 80, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", example = "internationalisation-and-metropolitan-spaces-en"), MessageQuery),
    responses((status = 200, description = "A page of messages", body = MessagePage)),
    security(("oauth2" = ["registrations:read"])),
)]
#[get("/events/{event}/messages")]
pub(crate) async fn list_messages(
    request: HttpRequest,
    state: web::Data<AppState>,
    event: web::Path<String>,
    query: Query<MessageQuery>,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let access = caller.client(Scope::RegistrationsRead)?.access();
    let entry = event_for(&state, &access, &event).await?;
    let query = query.read()?;
    let (mut filter, scope) = query.filter(&entry, &access)?;
    let (limit, cursor) = (query.limit.as_deref(), query.cursor.as_deref());
    let page: PageRequest<Uuid> = PageRequest::read(&state, scope, limit, cursor)?;
    filter.before = page.after;
    let found = state.store.messages(&access, &filter, page.limit as u64 + 1).await?;
    let (found, page) = page.finish(&state, found, |message| message.id.0);
    let body = MessagePage { data: found.iter().map(MessageDto::new).collect(), page };
    let representation = Representation::json(&body, &[], Caching::Private)?;
    Ok(representation.respond_page(&request, &state.public_url, body.page.next_cursor.as_deref()))
}

impl MessageQuery {
    /// The filter, and the name of the list that it makes for this organisation, to which cursors are bound.
    fn filter(&self, entry: &Entry, access: &Access) -> Result<(MessageFilter, String), ApiError> {
        let refused = |name: &'static str| move |refusal: Refusal| ApiError::refused_parameter(name, refusal);
        let registration = |text: &str| RegistrationId::parse(text).ok_or(Refusal::Format { expected: Form::Id });
        let filter = MessageFilter {
            event: entry.event.id,
            status: self.status.as_deref().map(MessageStatus::parse).transpose().map_err(refused("status"))?,
            registration: self
                .registration
                .as_deref()
                .map(registration)
                .transpose()
                .map_err(refused("registration"))?,
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
