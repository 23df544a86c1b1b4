//! Rendered pages, shared by all who ask for the same one within a second.

use std::future::{Ready, ready};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, error};
use moka::future::Cache;

use crate::errors::PageError;
use crate::response::Page;

/// How long a page is shown: live seats are a second old at most.
const LIFETIME: Duration = Duration::from_secs(1);
/// Memory for pages, in bytes.
const MAX_BYTES: u64 = 16 * 1024 * 1024;
/// Longer values of `Accept-Language` are rendered for each request.
const MAX_KEY: usize = 1_000;

/// The cache, which all workers share.
#[derive(Clone)]
pub(crate) struct PageCache(Cache<String, Arc<Page>>);

impl Default for PageCache {
    fn default() -> Self {
        let weigh = |key: &String, page: &Arc<Page>| page.weight() + u32::try_from(key.len()).unwrap_or(u32::MAX / 2);
        Self(Cache::builder().max_capacity(MAX_BYTES).weigher(weigh).time_to_live(LIFETIME).build())
    }
}

impl PageCache {
    /// The page for this request, which `render` makes if there is none. It may depend on the path, the query and
    /// `Accept-Language`, and on nothing else of the request.
    pub(crate) async fn get(
        &self,
        request: &HttpRequest,
        render: impl Future<Output = Result<Page, PageError>>,
    ) -> Result<Arc<Page>, PageError> {
        let languages = request.headers().get(header::ACCEPT_LANGUAGE).map_or(&b""[..], |value| value.as_bytes());
        let key = format!("{}\n{}", request.uri(), String::from_utf8_lossy(languages));
        if key.len() > MAX_KEY {
            return render.await.map(Arc::new);
        }
        let rendered = async { render.await.map(Arc::new) };
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
