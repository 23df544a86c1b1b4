//! `GET /events/{event}`: an event with its programme, and the form to register.
//!
//! [`page::EventPage`] is what every page about the event shows, [`details::EventDetails`] what only this one does. The
//! responses to the form are in `register`: they show the same page with what was typed, or a page that says what happened.

mod address;
pub(crate) mod details;
pub(crate) mod form;
mod load;
pub(crate) mod page;
mod programme;
pub(crate) mod register;
mod state;
pub(crate) mod texts;

use actix_web::{HttpRequest, HttpResponse, get, web};
use plenaria_http::in_process::Api;

use crate::errors::PageError;
use crate::page_cache::PageCache;
use crate::pages::event::details::DetailsCache;
use crate::pages::event::page::EventPage;
use crate::pages::query::PageQuery;

/// The page. A former slug leads to the current one.
#[get("/events/{event}")]
pub(crate) async fn show(
    request: HttpRequest,
    api: Api,
    cache: PageCache,
    details: DetailsCache,
    slug: web::Path<String>,
    query: PageQuery,
) -> Result<HttpResponse, PageError> {
    let page = cache.get(&request, || async {
        let page = EventPage::load(&api, &slug, query.lang.as_deref()).await?;
        let details = page.details(&details, &api).await?;
        page.render(&details, &form::empty(&page)?)
    });
    Ok(page.await?.respond(&request))
}
