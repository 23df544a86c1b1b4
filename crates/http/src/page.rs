//! Pages of lists: `limit`, `cursor`, and the shape that every list has.

use plenaria_domain::refusal::{OutOfRange, Refusal};
use serde::Serialize;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;

use crate::problem::{ApiError, WrongParameter};
use crate::state::AppState;

/// The most items of a page.
const MAX_LIMIT: usize = 100;
/// How many items a page has unless asked otherwise.
const DEFAULT_LIMIT: usize = 20;

/// Where a page stands in its list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Page {
    /// The most items of this page.
    #[schema(minimum = 1, maximum = 100, example = 20)]
    pub(crate) limit: usize,
    /// The cursor of the next page; null on the last one.
    #[schema(max_length = 1000, pattern = "^[A-Za-z0-9_-]+$", example = json!(null))]
    pub(crate) next_cursor: Option<String>,
}

/// What was asked for, read from `limit` and `cursor`.
pub(crate) struct PageRequest<T> {
    pub(crate) limit: usize,
    pub(crate) after: Option<T>,
    scope: String,
}

/// A parameter that is a whole number between these two.
pub(crate) fn whole_number(
    name: &'static str,
    text: Option<&str>,
    (min, max): (u64, u64),
) -> Result<Option<u64>, ApiError> {
    let digits = |text: &&str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let number = |text: &str| {
        let number = Some(text).filter(digits).and_then(|text| text.parse().ok());
        let refused = || ApiError::refused_parameter(name, Refusal::Range(OutOfRange::WholeNumber { min, max }));
        number.filter(|number| (min..=max).contains(number)).ok_or_else(refused)
    };
    text.map(number).transpose()
}

impl<T: DeserializeOwned + Serialize> PageRequest<T> {
    /// Reads the parameters; `scope` names the list with its filters.
    pub(crate) fn read(
        state: &AppState,
        scope: String,
        limit: Option<&str>,
        cursor: Option<&str>,
    ) -> Result<Self, ApiError> {
        let limit = whole_number("limit", limit, (1, MAX_LIMIT as u64))?;
        let limit = limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(DEFAULT_LIMIT);
        let foreign = |_| ApiError::parameter("cursor", WrongParameter::ForeignCursor);
        let after = cursor.map(|c| state.cursors.decode(&scope, c)).transpose().map_err(foreign)?;
        Ok(Self { limit, after, scope })
    }

    /// The cursor to the place behind `position` in this list, where the position moves on with what the caller is not
    /// shown: each time it is another.
    pub(crate) fn unlinkable_cursor(&self, state: &AppState, position: &T) -> String {
        state.cursors.encode_unlinkable(&self.scope, position)
    }

    /// The page of `items`, of which one more than `limit` was read if there are more; `position` is what the cursor
    /// behind an item holds.
    pub(crate) fn finish<I>(&self, state: &AppState, mut items: Vec<I>, position: impl Fn(&I) -> T) -> (Vec<I>, Page) {
        let more = items.len() > self.limit;
        items.truncate(self.limit);
        let last = items.last().filter(|_| more);
        let next_cursor = last.map(|item| state.cursors.encode(&self.scope, &position(item)));
        (items, Page { limit: self.limit, next_cursor })
    }
}

impl PageRequest<String> {
    /// The page of a whole list that is at hand, whose items have keys; a key that has gone meanwhile ends the list.
    pub(crate) fn slice<'a, I>(
        &self,
        state: &AppState,
        all: &'a [I],
        key: impl Fn(&I) -> String,
    ) -> (Vec<&'a I>, Page) {
        let start = match &self.after {
            None => 0,
            Some(after) => all.iter().position(|item| key(item) == *after).map_or(all.len(), |at| at + 1),
        };
        let window = all[start..].iter().take(self.limit + 1).collect();
        self.finish(state, window, |item| key(item))
    }
}
