//! The conditions under which a definition is changed: `If-Match` and `If-None-Match`.

use actix_web::HttpRequest;
use actix_web::http::header;
use plenaria_persistence::events::publish::outcome::Precondition;

use crate::problem::ApiError;
use crate::response::conditional::IfMatch;

/// Reads the condition of a request. `current` is the event's revision as far as it is known: of several tags in
/// `If-Match`, the transaction compares the one that matches now.
pub(super) fn read(request: &HttpRequest, current: Option<i64>) -> Result<Precondition, ApiError> {
    let must_not_exist = request.headers().get(header::IF_NONE_MATCH).is_some_and(|value| value == "*");
    Ok(match IfMatch::read(request)? {
        IfMatch::Absent if must_not_exist => Precondition::MustNotExist,
        IfMatch::Absent => Precondition::Any,
        IfMatch::Any => Precondition::MustExist,
        IfMatch::Contents(tags) => {
            let mut revisions = tags.iter().filter_map(|tag| tag.parse::<i64>().ok());
            let matching = revisions.clone().find(|revision| Some(*revision) == current);
            // No event has the revision 0.
            Precondition::Revision(matching.or_else(|| revisions.next()).unwrap_or(0))
        }
    })
}
