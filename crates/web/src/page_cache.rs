//! Rendered pages, shared by all who ask for the same one within a second.

use std::future::{Ready, ready};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, error};
use moka::future::Cache;
use plenaria_domain::values::language::Language;

use crate::errors::PageError;
use crate::pages::query::PageQuery;
use crate::response::Page;

/// How long a page is shown: live seats are a second old at most.
const LIFETIME: Duration = Duration::from_secs(1);
/// Memory for pages, in bytes.
const MAX_BYTES: u64 = 16 * 1024 * 1024;
/// Pages with longer keys are rendered for each request.
const MAX_KEY: usize = 1_000;

/// The cache, which all workers share.
#[derive(Clone)]
pub(crate) struct PageCache(Cache<PageKey, Arc<Page>>);

/// What a page depends on. Parameters that pages do not read, which other sites append to links, are no part of it.
#[derive(Debug, PartialEq, Eq, Hash)]
struct PageKey {
    /// The path, without escapes that it does not need.
    path: String,
    query: PageQuery,
    /// The languages of `Accept-Language`, in their order.
    accepted: Vec<Language>,
}

impl PageKey {
    fn of(request: &HttpRequest) -> Self {
        Self {
            path: request.match_info().as_str().to_owned(),
            query: PageQuery::parse(request.query_string()),
            accepted: plenaria_http::pages::accepted_languages(request),
        }
    }

    /// Its size, in bytes.
    fn len(&self) -> usize {
        let Self { path, query: PageQuery { lang, cursor, event }, accepted } = self;
        let parameters = [lang, cursor, event].into_iter().flatten().map(String::len);
        let languages = accepted.iter().map(|language| language.as_str().len());
        path.len() + parameters.chain(languages).sum::<usize>()
    }
}

impl Default for PageCache {
    fn default() -> Self {
        let weigh = |key: &PageKey, page: &Arc<Page>| page.weight() + u32::try_from(key.len()).unwrap_or(u32::MAX / 2);
        Self(Cache::builder().max_capacity(MAX_BYTES).weigher(weigh).time_to_live(LIFETIME).build())
    }
}

impl PageCache {
    /// The page for this request, which `render` makes if there is none. It may depend on the path, its [`PageQuery`]
    /// and `Accept-Language`, and on nothing else of the request.
    pub(crate) async fn get<F: Future<Output = Result<Page, PageError>>>(
        &self,
        request: &HttpRequest,
        render: impl FnOnce() -> F,
    ) -> Result<Arc<Page>, PageError> {
        let key = PageKey::of(request);
        if let Some(page) = self.0.get(&key).await {
            return Ok(page);
        }
        // On the heap, because it is large, and most requests do not need it.
        let rendered = Box::pin(async { render().await.map(Arc::new) });
        if key.len() > MAX_KEY {
            return rendered.await;
        }
        self.0.try_get_with(key, rendered).await.map_err(|error| PageError::clone(&error))
    }
}

impl FromRequest for PageCache {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let cache = request.app_data::<Self>().cloned();
        ready(cache.ok_or_else(|| error::ErrorInternalServerError("this server has no pages")))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::ACCEPT_LANGUAGE;
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn pages_depend_on_what_they_read() {
        let key = |uri: &str, languages: &[&str]| {
            let request = TestRequest::get().uri(uri);
            let add = |request: TestRequest, line: &&str| request.append_header((ACCEPT_LANGUAGE, *line));
            PageKey::of(&languages.iter().fold(request, add).to_http_request())
        };
        let page = key("/events/a?lang=es", &["en, fr;q=0.5"]);
        assert_eq!(page.len(), "/events/a".len() + "es".len() + "en".len() + "fr".len());
        for (uri, languages) in [
            ("/events/a?fbclid=x&lang=es&utm_source=y", &["en, fr;q=0.5"][..]),
            ("/events/%61?lang=ES&lang=fr", &["fr;q=0.1,en"]),
            ("/events/a?lang=es", &["en", "fr;q=0.5"]),
        ] {
            assert_eq!(key(uri, languages), page, "{uri} {languages:?}");
        }
        for (uri, languages) in [
            ("/events/a?lang=es", &["en"][..]),
            ("/events/a?lang=es", &["en", "ca;q=0.5"]),
            ("/events/a", &["en, fr;q=0.5"]),
            ("/events/a?lang=es&cursor=x", &["en, fr;q=0.5"]),
            ("/events/b?lang=es", &["en, fr;q=0.5"]),
        ] {
            assert_ne!(key(uri, languages), page, "{uri} {languages:?}");
        }
    }
}
