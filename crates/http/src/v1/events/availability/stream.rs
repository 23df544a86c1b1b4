//! Handles `GET /events/{event}/availability/stream`: live seats as Server-Sent Events.

use actix_web::http::header;
use actix_web::http::header::HeaderName;
use actix_web::{HttpRequest, HttpResponse, get, web};

use super::AvailabilityDto;
use crate::cache::availability_streams::{AvailabilityStreams, Opened};
use crate::cache::events::EventCache;
use crate::limits::rate_limit::LimitKey;
use crate::problem::ApiError;
use crate::request::query::{NoQuery, Query};
use crate::request::{negotiation, path};
use crate::schemas;
use crate::state::CallerLimits;
use crate::state_part::Part;

const MEDIA_TYPE: &str = "text/event-stream";
/// No cache may store a stream, nor a proxy compress it, which would delay its messages.
const CACHE_CONTROL: &str = "no-store, no-transform";
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// Makes nginx pass on each message at once.
const ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// Follow the availability of an event
///
/// Server-Sent Events, for the `EventSource` of browsers. Each message has the type `availability` and an `Availability` as its
/// data. The first one comes at once, further ones when something other than `as_of` has changed: at most two a second, and
/// within a second of the change. The `id` is an opaque number that grows. After 15 seconds without a message there is a comment.
///
/// The stream ends when the event is over or no longer public, and when the server stops. Then connect again, after the
/// milliseconds in `retry` (an `EventSource` does so by itself), with the last `id` as `Last-Event-ID`, on any instance: if
/// nothing has changed since, there is no first message. If the event is over and the caller knows it, the response is 204, after
/// which an `EventSource` does not connect again.
///
/// A process serves 5,000 streams, and 20 for an address; more are rejected with 503 `overloaded`. A program that does not need
/// every change should rather read the availability now and then.
#[utoipa::path(
    tag = "events",
    params(("Last-Event-ID" = String, Header)),
    responses(
        (status = 200, description = "The messages", content(
            (schemas::AvailabilityMessage = "text/event-stream", example = json!({
                "event": "availability", "id": "60306804540379136",
                "data": "{\"status\":\"open\",\"capacity\":500,\"confirmed\":120,\"seats_left\":380,\"waitlisted\":0,\"opens_at\":null,\"closes_at\":\"2027-07-22T13:00:00Z\",\"as_of\":\"2026-11-23T09:00:00Z\"}",
            })),
        ), headers(("Cache-Control" = String, description = ""))),
        (status = 204, description = "The event is over, and the caller has received the last message: there will be no other"),
    ),
    security(("bearerAuth" = []), ()),
)]
#[get("/events/{event}/availability/stream")]
pub(crate) async fn stream_availability(
    request: HttpRequest,
    events: Part<EventCache>,
    streams: Part<AvailabilityStreams>,
    limits: Part<CallerLimits>,
    event: web::Path<String>,
    query: Query<NoQuery>,
) -> Result<HttpResponse, ApiError> {
    let id = events.public(&path::event(&event)?).await?.event.id;
    query.read()?;
    negotiation::check_accept(&request, MEDIA_TYPE)?;
    let address = LimitKey::Address(limits.client_address(&request));
    // An id that is not one of ours is ignored.
    let last_id = request.headers().get(LAST_EVENT_ID).and_then(|id| id.to_str().ok()?.parse().ok());
    let first = async |now| events.availability(id, now).await;
    match streams.open(id, address, last_id, AvailabilityDto::render, first).await? {
        Opened::Stream(stream) => Ok(HttpResponse::Ok()
            .insert_header((header::CACHE_CONTROL, CACHE_CONTROL))
            .insert_header((header::CONTENT_TYPE, MEDIA_TYPE))
            .insert_header((ACCEL_BUFFERING, "no"))
            .streaming(stream.into_stream())),
        Opened::NothingToCome => {
            Ok(HttpResponse::NoContent().insert_header((header::CACHE_CONTROL, CACHE_CONTROL)).finish())
        }
    }
}
