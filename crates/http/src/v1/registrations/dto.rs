//! The JSON representation of a registration, and its entity tag.

use actix_web::http::header::HeaderValue;
use chrono::{DateTime, Utc};
use plenaria_domain::registration::{Registration, RegistrationStatus};
use plenaria_domain::values::slug::Slug;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::response::conditional;
use crate::schemas;
use crate::v1::event_reference::EventReference;

/// One person's registration for one event.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Registration)]
pub(crate) struct RegistrationDto {
    /// The permanent id.
    #[schema(value_type = schemas::Id)]
    id: Uuid,
    /// The event.
    event: EventReference,
    /// The status.
    #[schema(value_type = schemas::RegistrationStatus)]
    status: &'static str,
    /// The position on the waiting list, from 1, while `status` is `waitlisted`.
    #[schema(minimum = 1, example = json!(null))]
    waitlist_position: Option<u32>,
    /// The e-mail address, as given.
    #[schema(max_length = 254, format = "idn-email", example = "ana@example.org")]
    email: String,
    /// The full name.
    #[schema(max_length = 200, example = "Ana Pérez")]
    name: String,
    /// The organisation.
    #[schema(max_length = 200, example = "Ajuntament de Barcelona")]
    organisation: Option<String>,
    /// The person's position in the organisation.
    #[schema(max_length = 200, example = json!(null))]
    position: Option<String>,
    /// The city.
    #[schema(max_length = 200, example = "Barcelona")]
    city: Option<String>,
    /// The country's code (ISO 3166-1 alpha-2).
    #[schema(value_type = Option<schemas::Country>)]
    country: Option<&'static str>,
    /// The key of one of the event's audiences.
    #[schema(value_type = Option<schemas::Slug>)]
    audience: Option<String>,
    /// The language for messages.
    #[schema(value_type = schemas::MessageLanguage)]
    language: &'static str,
    /// Whether the person wants the organisers' newsletter.
    #[schema(example = false)]
    newsletter: bool,
    /// What the person needs in order to take part.
    #[schema(format = "paragraphs", max_length = 500, example = json!(null))]
    access_needs: Option<String>,
    /// The answers to the event's questions, by question key.
    #[schema(value_type = schemas::Answers)]
    answers: Map<String, Value>,
    /// The client's own identifier for the registration.
    #[schema(max_length = 100, example = json!(null))]
    external_reference: Option<String>,
    /// `public`, or the key of the organisation whose client created the registration.
    #[schema(value_type = schemas::Slug)]
    source: String,
    /// When it was created.
    #[schema(example = "2026-11-23T09:00:00Z")]
    created_at: DateTime<Utc>,
    /// When it last changed.
    #[schema(example = "2026-11-23T09:00:00Z")]
    updated_at: DateTime<Utc>,
    /// When it got its seat.
    #[schema(example = "2026-11-23T09:00:00Z")]
    confirmed_at: Option<DateTime<Utc>>,
    /// When it was cancelled.
    #[schema(example = json!(null))]
    cancelled_at: Option<DateTime<Utc>>,
    /// Why it was cancelled.
    #[schema(format = "paragraphs", max_length = 500, example = json!(null))]
    cancellation_reason: Option<String>,
    /// When the attendance was recorded.
    #[schema(example = json!(null))]
    attended_at: Option<DateTime<Utc>>,
    /// The number of the current revision; it grows with every change.
    #[schema(minimum = 1, example = 1)]
    revision: i64,
    /// Related resources.
    links: RegistrationLinks,
    /// Only the response to registering has it ([`RegistrationWithToken`]).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(ignore)]
    manage_token: Option<String>,
}

/// A registration with the token that manages it.
#[derive(Serialize, ToSchema)]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) struct RegistrationWithToken {
    #[serde(flatten)]
    registration: RegistrationDto,
    /// The token that manages the registration, to be sent as a bearer token. Only the response to registering has it:
    /// store it.
    #[schema(value_type = schemas::Token)]
    manage_token: String,
}

/// Resources related to a registration.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RegistrationLinks {
    /// The registration.
    #[serde(rename = "self")]
    #[schema(
        rename = "self",
        format = "uri",
        example = "https://api.plenaria.example.org/v1/registrations/019a0000-0000-7000-8000-000000000004"
    )]
    this: String,
    /// Its event.
    #[schema(format = "uri", example = "https://api.plenaria.example.org/v1/events/some-event")]
    event: String,
    /// The operation that cancels it; null once it is cancelled.
    #[schema(
        format = "uri",
        example = "https://api.plenaria.example.org/v1/registrations/019a0000-0000-7000-8000-000000000004/cancel"
    )]
    cancel: Option<String>,
    /// The person's own calendar entry (iCalendar), for callers that may read the registration.
    #[schema(
        format = "uri",
        example = "https://api.plenaria.example.org/v1/registrations/019a0000-0000-7000-8000-000000000004/calendar.ics"
    )]
    calendar: String,
}

/// The entity tag of a registration's representation. It changes with the revision and with the position on the
/// waiting list.
pub(crate) fn etag(registration: &Registration) -> HeaderValue {
    match registration.waitlist_position {
        None => conditional::etag(&registration.revision.to_string()),
        Some(position) => conditional::etag(&format!("{}-{position}", registration.revision)),
    }
}

impl RegistrationDto {
    /// `base` is the API's public URL, without a slash at the end.
    pub(crate) fn new(registration: Registration, slug: &Slug, base: &str, manage_token: Option<String>) -> Self {
        let attendee = registration.attendee;
        let this = format!("{base}/v1/registrations/{}", registration.id);
        let is_live = registration.status != RegistrationStatus::Cancelled;
        Self {
            id: registration.id.0,
            event: EventReference { id: registration.event_id.0, slug: slug.to_string() },
            status: registration.status.as_str(),
            waitlist_position: registration.waitlist_position,
            email: attendee.email.into_given(),
            name: attendee.name,
            organisation: attendee.organisation,
            position: attendee.position,
            city: attendee.city,
            country: attendee.country.map(plenaria_domain::values::country::Country::as_str),
            audience: attendee.audience.map(Into::into),
            language: attendee.language.as_str(),
            newsletter: attendee.newsletter,
            access_needs: attendee.access_needs,
            answers: attendee.answers,
            external_reference: registration.external_reference,
            source: registration.source,
            created_at: registration.created_at,
            updated_at: registration.updated_at,
            confirmed_at: registration.confirmed_at,
            cancelled_at: registration.cancelled_at,
            cancellation_reason: registration.cancellation_reason,
            attended_at: registration.attended_at,
            revision: registration.revision,
            links: RegistrationLinks {
                event: format!("{base}/v1/events/{slug}"),
                cancel: is_live.then(|| format!("{this}/cancel")),
                calendar: format!("{this}/calendar.ics"),
                this,
            },
            manage_token,
        }
    }
}
