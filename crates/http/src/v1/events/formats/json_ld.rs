//! Responds with an event in the vocabulary of schema.org, as JSON-LD, to callers that prefer it.

use actix_web::{HttpRequest, HttpResponse};
use plenaria_domain::event::registration_window::RegistrationClosed;
use plenaria_domain::values::time::Instant;
use plenaria_formats::schema_org;
use plenaria_formats::schema_org::OfferAvailability;
use plenaria_persistence::events::availability::Availability;

use crate::cache::events::Format;
use crate::problem::ApiError;
use crate::request::path;
use crate::request::query::{LanguageQuery, Query};
use crate::response::representation::{Caching, Representation};
use crate::v1::events::cached_rendering::{RenderingParts, cached_rendering};

/// The event as JSON-LD. It is rendered once for each state of its offer. While the database is unavailable the response has no
/// offer, because the rest comes from memory.
pub(crate) async fn respond(
    request: &HttpRequest,
    parts: &RenderingParts,
    event: &str,
    query: Query<LanguageQuery>,
) -> Result<HttpResponse, ApiError> {
    let entry = parts.events.public(&path::event(event)?).await?;
    let now = parts.clock.now();
    let availability = parts.events.availability(entry.event.id, now).await;
    let offer = availability.ok().and_then(|(availability, _)| offer(&availability, now));
    cached_rendering(request, parts, event, query, Format::SchemaOrg(offer), |event, language, _| {
        let body = schema_org::event(event, language, &parts.public_url, offer);
        let (text, language) = (schema_org::to_text(&body), language.as_str());
        Ok(Representation::text(text, schema_org::MEDIA_TYPE, language, Caching::Programme).varying_by_accept())
    })
    .await
}

/// Whether seats are on offer; `None` once registering is no longer possible.
fn offer(availability: &Availability, now: Instant) -> Option<OfferAvailability> {
    match availability.window.check(now) {
        Ok(()) if availability.seats.is_full() => Some(OfferAvailability::SoldOut),
        Ok(()) => Some(OfferAvailability::InStock),
        Err(RegistrationClosed::NotOpen { .. }) => Some(OfferAvailability::PreOrder),
        Err(_) => None,
    }
}
