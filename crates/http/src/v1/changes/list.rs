//! Handles `GET /changes`: reads the feed of changes.

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, get};
use plenaria_domain::change::ChangeType;
use plenaria_domain::partner::scope::Scope;
use plenaria_domain::values::public_url::PublicUrl;
use plenaria_domain::webhook;
use plenaria_persistence::Access;
use plenaria_persistence::feed::read::{ChangesQuery, FeedPage, FeedPosition, StartFrom};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use super::dto::{ChangeDto, ChangePage, ChangeTypeDto, FeedPageInfo};
use crate::auth::Caller;
use crate::cache::change_feed::ChangeFeed;
use crate::limits::rate_limit::LimitKey;
use crate::problem::{ApiError, Code};
use crate::request::cursor::Cursors;
use crate::request::deadline;
use crate::request::pagination;
use crate::request::pagination::PageRequest;
use crate::request::query::Query;
use crate::response::conditional;
use crate::response::representation::{Caching, Representation};
use crate::schemas;
use crate::state::CallerLimits;
use crate::state_part::Part;

/// The value of `cursor` that starts after the newest change.
const LATEST: &str = "latest";
/// The longest wait for a change, in seconds.
const MAX_WAIT_SECONDS: u64 = 30;

/// Position, page size, filter and wait.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct FeedQuery {
    /// Where to continue: `next_cursor` of the previous response, or `latest` to start after the newest change. Without a
    /// cursor, the feed starts with the oldest stored change.
    #[param(value_type = Option<schemas::Cursor>, example = "latest")]
    cursor: Option<String>,
    /// The maximum number of changes in the response, from 1 to 100. The default is 20.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, default = 20, example = 20)]
    limit: Option<String>,
    /// Only changes of these types: the parameter several times, or once with commas. A cursor is valid only with the types that
    /// it came with.
    #[param(value_type = Option<std::collections::BTreeSet<ChangeTypeDto>>, min_items = 1, max_items = 13, example = json!(["registration.created", "registration.cancelled"]))]
    types: Option<String>,
    /// The number of seconds, at most 30, to wait for a change if there is none yet.
    #[param(value_type = Option<u32>, minimum = 0, maximum = 30, default = 0, example = 0)]
    wait: Option<String>,
}

/// Follow the feed of changes
///
/// Returns every change that the caller may see, exactly once: changes of registrations for events that its organisation
/// organises, of registrations that its own clients made, and of public events. A client that stores `next_cursor`, which every
/// response has, misses no change and gets none twice, even under concurrent writes. The changes of a registration come in the
/// order of their `sequence`. With `wait`, a response without changes is delayed until there is one. Changes are stored for at
/// least 30 days.
///
/// At most 64 requests per client, and 64 per address, can wait at the same time. A further request returns the available
/// changes; if there are none, it is rejected with 429 `rate-limited` and `Retry-After` instead of waiting. One reader for each
/// set of `types` is enough.
#[utoipa::path(
    tag = "changes",
    params(FeedQuery),
    responses(
        (status = 200, description = "The next changes, if there are any", body = ChangePage),
        (status = 410, description = "`cursor-expired`: changes after the cursor have been deleted, or the database was restored from a backup that is older than the cursor"),
    ),
    security(("oauth2" = ["registrations:read"])),
)]
#[get("/changes")]
pub(crate) async fn list_changes(
    request: HttpRequest,
    change_feed: Part<ChangeFeed>,
    limits: Part<CallerLimits>,
    cursors: Part<Cursors>,
    public_url: Part<PublicUrl>,
    query: Query<FeedQuery>,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let client = caller.require_client(Scope::RegistrationsRead)?;
    let access = client.access();
    let query = query.read()?;
    let types = query.types()?;
    let (limit, cursor) = (query.limit.as_deref(), query.issued_cursor());
    let page: PageRequest<FeedCursor> = PageRequest::read(&cursors, cursor_scope(&access, &types), limit, cursor)?;
    let wait = pagination::whole_number("wait", query.wait.as_deref(), (0, MAX_WAIT_SECONDS))?.unwrap_or(0);
    let from = query.start(&page);
    deadline::extend(&request, Duration::from_secs(wait));
    let changes_query = ChangesQuery { access, types, from, limit: page.limit };
    let callers = [LimitKey::Client(client.id), LimitKey::Address(limits.client_address(&request))];
    let (changes, through) = match change_feed.read(changes_query, Duration::from_secs(wait), &callers).await? {
        FeedPage::Changes { changes, through } => (changes, through),
        FeedPage::Expired => return Err(ApiError::new(Code::CursorExpired)),
    };
    let data = changes.into_iter().map(|change| ChangeDto::new(change, &public_url)).collect();
    let next_cursor = page.unlinkable_cursor(&cursors, &FeedCursor::new(through));
    let body = ChangePage { data, page: FeedPageInfo { limit: page.limit, next_cursor } };
    respond(&request, &public_url, &body)
}

/// The name of the list that a cursor is bound to: it is valid only for this organisation and these types.
fn cursor_scope(access: &Access, types: &[ChangeType]) -> String {
    let names: Vec<&str> = types.iter().map(|kind| kind.as_str()).collect();
    format!("changes {:?}", (access.organisation().as_str(), names))
}

/// Responds with a page whose tag depends on its changes alone.
///
/// Neither the cursor nor the tag reveals whether changes happened that the caller may not see: the cursor differs in every
/// response, and is left out of the tag. A caller that gets 304 can continue with its old cursor, or with the one in `Link`.
fn respond(request: &HttpRequest, public_url: &PublicUrl, body: &ChangePage) -> Result<HttpResponse, ApiError> {
    let content = serde_json::to_vec(&(body.page.limit, &body.data));
    let content = content.map_err(|error| ApiError::new(Code::Internal).cause(&error))?;
    let tag = conditional::etag_of(&content);
    let representation = Representation::json(body, &[], Caching::Private)?.with_etag(tag);
    Ok(representation.respond_page(request, public_url, Some(&body.page.next_cursor)))
}

/// The content of a cursor: a position, and a tag of the change there. Old cursors have the position alone.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum FeedCursor {
    Untagged(i64),
    Tagged(i64, u32),
}

impl FeedCursor {
    const fn new(position: FeedPosition) -> Self {
        match position.tag {
            Some(tag) => Self::Tagged(position.position, tag),
            None => Self::Untagged(position.position),
        }
    }

    const fn position(&self) -> FeedPosition {
        match *self {
            Self::Untagged(position) => FeedPosition { position, tag: None },
            Self::Tagged(position, tag) => FeedPosition { position, tag: Some(tag) },
        }
    }
}

impl FeedQuery {
    /// The cursor that a response gave, if there is one.
    fn issued_cursor(&self) -> Option<&str> {
        self.cursor.as_deref().filter(|cursor| *cursor != LATEST)
    }

    fn start(&self, page: &PageRequest<FeedCursor>) -> StartFrom {
        match page.after {
            Some(ref cursor) => StartFrom::After(cursor.position()),
            None if self.cursor.is_some() => StartFrom::Latest,
            None => StartFrom::Beginning,
        }
    }

    /// Parses the types, which must differ. The result has them in a fixed order. An empty result means all types.
    fn types(&self) -> Result<Vec<ChangeType>, ApiError> {
        let names: Vec<String> = self.types.iter().flat_map(|names| names.split(',')).map(str::to_owned).collect();
        webhook::parse_change_types(&names).map_err(|error| ApiError::invalid_parameter("types", error))
    }
}
