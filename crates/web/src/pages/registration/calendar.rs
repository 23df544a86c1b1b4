//! Downloads the person's calendar entry.

use actix_web::http::header;
use actix_web::{HttpResponse, post};
use plenaria_http::in_process::{Api, ApiRequest};
use plenaria_http::response::representation::Caching;

use crate::errors::PageError;
use crate::form::rejection::Rejection;
use crate::form_body::FormBody;
use crate::pages::registration::link::RegistrationLink;
use crate::pages::registration::visit::Visit;
use crate::pages::registration::{find, unavailable};

/// The calendar entry, as a file.
#[post("/registration/calendar")]
pub(crate) async fn download(api: Api, form: FormBody) -> Result<HttpResponse, PageError> {
    let Some(link) = RegistrationLink::read(&form) else { return find::invalid_link(&api, &form).await };
    let visit = Visit::new(&api, link);
    let response = visit.send(ApiRequest::get(&visit.path("/calendar.ics"))).await?;
    if let Some(rejection) = Rejection::of(&response, visit.words())? {
        return unavailable::show(&visit, rejection).await;
    }
    let name = Some(visit.link.origin.event.as_str()).filter(|slug| !slug.is_empty()).unwrap_or("event");
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/calendar; charset=utf-8"))
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.ics\"")))
        .insert_header((header::CACHE_CONTROL, Caching::NoStore.header()))
        .body(response.body))
}
