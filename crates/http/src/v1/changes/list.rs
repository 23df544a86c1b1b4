//! Reading the feed.

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, get, web};
use plenaria_domain::change::ChangeType;
use plenaria_domain::refusal::Refusal;
use plenaria_domain::scope::Scope;
use plenaria_persistence::changes::{ChangesQuery, FeedPage, From, Place};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use super::dto::{ChangeDto, ChangePage, FeedPlace};
use crate::auth::Caller;
use crate::page::{self, PageRequest};
use crate::problem::{ApiError, Code};
use crate::query::Query;
use crate::rate_limit::Whose;
use crate::representation::{Caching, Representation};
use crate::state::AppState;
use crate::{conditional, deadline};

/// Begins behind the newest change.
const LATEST: &str = "latest";
/// For how many seconds one may wait.
const MAX_WAIT: u64 = 30;

/// Where to go on, and what for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct FeedQuery {
    /// Where to go on: `next_cursor` of the answer before, or `latest`: behind the newest change. Without it, with the
    /// oldest change that is kept.
    #[param(max_length = 1000, pattern = "^[A-Za-z0-9_-]+$", example = "latest")]
    cursor: Option<String>,
    /// How many changes there are at most, from 1 to 100; 20 unless asked otherwise.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, default = 20, example = 20)]
    limit: Option<String>,
    /// Only changes of these types, with commas between them. A cursor belongs to its types.
    #[param(
        max_length = 400,
        pattern = "^(registration\\.(created|confirmed|waitlisted|promoted|updated|cancelled|erased|attended)|event\\.(published|updated|cancelled|reinstated))(,(registration\\.(created|confirmed|waitlisted|promoted|updated|cancelled|erased|attended)|event\\.(published|updated|cancelled|reinstated)))*$",
        example = "registration.created,registration.cancelled"
    )]
    types: Option<String>,
    /// For how many seconds, at most 30, to wait for a change if there is none yet.
    #[param(value_type = Option<u32>, minimum = 0, maximum = 30, default = 0, example = 0)]
    wait: Option<String>,
}

/// Follow the feed of changes
///
/// All that happened to what the caller may see, each change once: to the registrations of the events that its
/// organisation organises, to those that its own clients made, and to public events. A reader that keeps `next_cursor`,
/// which every answer has, misses nothing and gets nothing twice, whatever is written at the same time; a registration's
/// changes come in the order of their `sequence`. With `wait` an answer without changes is held back until there is one.
/// Changes are kept for 30 days or more.
///
/// At most 64 requests of one client, and 64 from one address, wait at a time. A further one gets the changes that there
/// are; if there are none, it gets 429 `rate-limited` with `Retry-After` instead of waiting. One reader for each set of
/// `types` is enough for anybody.
#[utoipa::path(
    tag = "changes",
    params(FeedQuery),
    responses(
        (status = 200, description = "The next changes, if there are any", body = ChangePage),
        (status = 410, description = "`cursor-expired`: changes behind the cursor are no longer kept, or the feed was restored from a backup that is older than the cursor"),
    ),
    security(("oauth2" = ["registrations:read"])),
)]
#[get("/changes")]
pub(crate) async fn list_changes(
    request: HttpRequest,
    state: web::Data<AppState>,
    query: Query<FeedQuery>,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let client = caller.client(Scope::RegistrationsRead)?;
    let access = client.access();
    let query = query.read()?;
    let types = query.types()?;
    let names: Vec<&str> = types.iter().map(|kind| kind.as_str()).collect();
    let scope = format!("changes {:?}", (access.organisation().as_str(), names));
    let cursor = query.cursor.as_deref().filter(|cursor| *cursor != LATEST);
    let page: PageRequest<Held> = PageRequest::read(&state, scope, query.limit.as_deref(), cursor)?;
    let wait = page::whole_number("wait", query.wait.as_deref(), (0, MAX_WAIT))?.unwrap_or(0);
    let from = match page.after {
        Some(ref held) => From::Place(held.place()),
        None if query.cursor.is_some() => From::Latest,
        None => From::Beginning,
    };
    deadline::put_off(&request, Duration::from_secs(wait));
    let asked = ChangesQuery { access, types, from, limit: page.limit };
    let callers = [Whose::Client(client.id), Whose::Address(state.address(&request))];
    let (changes, through) = match state.feed.read(asked, Duration::from_secs(wait), &callers).await? {
        FeedPage::Changes { changes, through } => (changes, through),
        FeedPage::Expired => return Err(ApiError::new(Code::CursorExpired)),
    };
    let data = changes.into_iter().map(|change| ChangeDto::new(change, &state.public_url)).collect();
    let place = FeedPlace { limit: page.limit, next_cursor: page.unlinkable_cursor(&state, &Held::of(through)) };
    let body = ChangePage { data, page: place };
    // Neither the cursor nor the tag tells whether others have changed anything: the cursor is another each time, and the
    // tag is that of the changes. Who gets 304 has a cursor that is as good, and a new one in `Link`.
    let content = serde_json::to_vec(&(page.limit, &body.data));
    let content = content.map_err(|error| ApiError::new(Code::Internal).cause(&error))?;
    let tag = conditional::etag_of(&content);
    let representation = Representation::json(&body, &[], Caching::Private)?.tagged(tag);
    Ok(representation.respond_page(&request, &state.public_url, Some(&body.page.next_cursor)))
}

/// What a cursor holds: a position alone, as cursors once did, or with the mark of the change there.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Held {
    Position(i64),
    Marked(i64, u32),
}

impl Held {
    const fn of(place: Place) -> Self {
        match place.mark {
            Some(mark) => Self::Marked(place.position, mark),
            None => Self::Position(place.position),
        }
    }

    const fn place(&self) -> Place {
        match *self {
            Self::Position(position) => Place { position, mark: None },
            Self::Marked(position, mark) => Place { position, mark: Some(mark) },
        }
    }
}

impl FeedQuery {
    /// The types in one order, each once; none: all of them.
    fn types(&self) -> Result<Vec<ChangeType>, ApiError> {
        let refused = |refusal: Refusal| ApiError::refused_parameter("types", refusal);
        let names = self.types.iter().flat_map(|names| names.split(','));
        let named = names.map(ChangeType::parse).collect::<Result<Vec<_>, _>>().map_err(refused)?;
        Ok(ChangeType::ALL.iter().copied().filter(|kind| named.contains(kind)).collect())
    }
}
