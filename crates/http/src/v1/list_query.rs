//! The query parameters of lists: filters, page, and the language of texts.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterIn};

use crate::problem::ApiError;
use crate::request::cursor::Cursors;
use crate::request::pagination::PageRequest;
use crate::request::query::{LanguageQuery, NoQuery};
use crate::schemas;

/// The query of a list. `F` are its filters; `L` is `LanguageQuery` if the list has texts in the caller's language.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct ListQuery<F = NoQuery, L = NoQuery> {
    #[serde(flatten)]
    pub(crate) filters: F,
    #[serde(flatten)]
    pub(crate) page: PageQuery,
    #[serde(flatten)]
    pub(crate) language: L,
}

/// The query of a list without filters that has texts in the caller's language.
pub(crate) type TranslatedListQuery = ListQuery<NoQuery, LanguageQuery>;

/// The page.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// The maximum number of items on a page, from 1 to 100. The default is 20.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, default = 20, example = 20)]
    limit: Option<String>,
    /// The cursor of the page to return: `next_cursor` of the previous page.
    #[param(value_type = Option<schemas::Cursor>)]
    cursor: Option<String>,
}

impl PageQuery {
    /// Reads the page of the list with this name; see [`PageRequest::read`].
    pub(crate) fn read<T: DeserializeOwned + Serialize>(
        &self,
        cursors: &Cursors,
        scope: String,
    ) -> Result<PageRequest<T>, ApiError> {
        PageRequest::read(cursors, scope, self.limit.as_deref(), self.cursor.as_deref())
    }
}

impl<F: IntoParams, L: IntoParams> IntoParams for ListQuery<F, L> {
    fn into_params(parameter_in: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        [F::into_params(&parameter_in), PageQuery::into_params(&parameter_in), L::into_params(&parameter_in)].concat()
    }
}
