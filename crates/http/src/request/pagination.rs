//! Pagination: the parameters `limit` and `cursor`, and the member `page` of every list.

use plenaria_domain::validation::{InvalidValue, OutOfRange};
use serde::Serialize;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;

use crate::problem::{ApiError, ParameterError};
use crate::request::cursor::Cursors;
use crate::schemas;

/// The largest `limit`.
const MAX_LIMIT: usize = 100;
/// The `limit` of a request without one.
const DEFAULT_LIMIT: usize = 20;

/// The page's limit and the cursor of the next one.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Page {
    /// The largest number of items on this page.
    #[schema(minimum = 1, maximum = 100, example = 20)]
    pub(crate) limit: usize,
    /// The cursor of the next page; null on the last one.
    #[schema(value_type = Option<schemas::Cursor>)]
    pub(crate) next_cursor: Option<String>,
}

/// The page that a request asks for. `T` is the type of the positions in the list.
pub(crate) struct PageRequest<T> {
    pub(crate) limit: usize,
    /// The position after which the page starts; `None`: it is the first page.
    pub(crate) after: Option<T>,
    /// The name of the list with its filters, to which cursors are bound.
    scope: String,
}

/// Reads a query parameter that is a whole number between `min` and `max`, inclusive.
pub(crate) fn whole_number(
    name: &'static str,
    text: Option<&str>,
    (min, max): (u64, u64),
) -> Result<Option<u64>, ApiError> {
    let digits = |text: &&str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let number = |text: &str| {
        let number = Some(text).filter(digits).and_then(|text| text.parse().ok());
        let out_of_range =
            || ApiError::invalid_parameter(name, InvalidValue::Range(OutOfRange::WholeNumber { min, max }));
        number.filter(|number| (min..=max).contains(number)).ok_or_else(out_of_range)
    };
    text.map(number).transpose()
}

impl<T: DeserializeOwned + Serialize> PageRequest<T> {
    /// Reads the parameters; `scope` names the list with its filters.
    pub(crate) fn read(
        cursors: &Cursors,
        scope: String,
        limit: Option<&str>,
        cursor: Option<&str>,
    ) -> Result<Self, ApiError> {
        let limit = whole_number("limit", limit, (1, MAX_LIMIT as u64))?;
        let limit = limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(DEFAULT_LIMIT);
        let invalid = |_| ApiError::parameter("cursor", ParameterError::InvalidCursor);
        let after = cursor.map(|cursor| cursors.decode(&scope, cursor)).transpose().map_err(invalid)?;
        Ok(Self { limit, after, scope })
    }

    /// A cursor that continues after `position`, different each time: for positions that also advance with items that
    /// the caller may not see.
    pub(crate) fn unlinkable_cursor(&self, cursors: &Cursors, position: &T) -> String {
        cursors.encode_unlinkable(&self.scope, position)
    }

    /// The page. `items` has one item more than `limit` if the list continues; `position` is the position of an item.
    pub(crate) fn finish<I>(&self, cursors: &Cursors, mut items: Vec<I>, position: impl Fn(&I) -> T) -> (Vec<I>, Page) {
        let more = items.len() > self.limit;
        items.truncate(self.limit);
        self.finish_if(more, cursors, items, position)
    }

    /// The page with these items; `more`: the list continues after them.
    pub(crate) fn finish_if<I>(
        &self,
        more: bool,
        cursors: &Cursors,
        items: Vec<I>,
        position: impl Fn(&I) -> T,
    ) -> (Vec<I>, Page) {
        let last = items.last().filter(|_| more);
        let next_cursor = last.map(|item| cursors.encode(&self.scope, &position(item)));
        (items, Page { limit: self.limit, next_cursor })
    }
}

impl PageRequest<String> {
    /// The page of a list in memory whose positions are the items' keys. The page is empty if the cursor's item no
    /// longer exists.
    pub(crate) fn slice<'a, I>(
        &self,
        cursors: &Cursors,
        all: &'a [I],
        key: impl Fn(&I) -> String,
    ) -> (Vec<&'a I>, Page) {
        let start = match &self.after {
            None => 0,
            Some(after) => all.iter().position(|item| key(item) == *after).map_or(all.len(), |at| at + 1),
        };
        let items = all[start..].iter().take(self.limit + 1).collect();
        self.finish(cursors, items, |item| key(item))
    }
}
