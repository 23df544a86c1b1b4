//! Query parameters of lists that have texts in the caller's language and no filters.

use serde::Deserialize;
use utoipa::IntoParams;

use crate::request::query::LanguageQuery;
use crate::schemas;

/// Page and language.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// The maximum number of items on a page, from 1 to 100. The default is 20.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, default = 20, example = 20)]
    pub(crate) limit: Option<String>,
    /// The cursor of the page to return: `next_cursor` of the previous page.
    #[param(value_type = Option<schemas::Cursor>)]
    pub(crate) cursor: Option<String>,
    /// The language for texts (BCP 47). It takes precedence over `Accept-Language`.
    #[param(value_type = Option<schemas::LanguageTag>, example = "es")]
    pub(crate) lang: Option<String>,
}

impl PageQuery {
    pub(crate) fn language(&self) -> LanguageQuery {
        LanguageQuery { lang: self.lang.clone() }
    }
}
