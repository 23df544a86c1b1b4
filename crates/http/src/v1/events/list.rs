//! Handles `GET /events`: lists public events.

use std::collections::BTreeSet;

use actix_web::{HttpRequest, HttpResponse, get};
use chrono::{DateTime, Utc};
use plenaria_domain::event::search;
use plenaria_domain::event::{Event, Phase};
use plenaria_domain::validation::InvalidValue;
use plenaria_domain::values::ids::EventId;
use plenaria_domain::values::language::Language;
use plenaria_domain::values::slug::Slug;
use plenaria_domain::values::text;
use plenaria_persistence::Store;
use plenaria_persistence::events::read::EventFilter;
use serde::Deserialize;
use utoipa::IntoParams;

use super::cached_rendering::RenderingParts;
use super::dto::{EventDto, EventPage};
use crate::problem::ApiError;
use crate::request::cursor::Cursors;
use crate::request::language_preference::LanguagePreference;
use crate::request::pagination::PageRequest;
use crate::request::query::{LanguageQuery, Query};
use crate::response::representation::{Caching, Representation};
use crate::schemas;
use crate::state_part::Part;
use crate::v1::list_query::ListQuery;

/// Filters and order.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct EventFilters {
    /// Only events in this phase.
    #[param(value_type = Option<schemas::Phase>, example = "upcoming")]
    phase: Option<String>,
    /// Only editions of this series.
    #[param(value_type = Option<schemas::Slug>, example = "internationalisation-and-metropolitan-spaces")]
    series: Option<String>,
    /// Only events held in this language (BCP 47).
    #[param(value_type = Option<schemas::LanguageTag>, example = "en")]
    language: Option<String>,
    /// Only events with this topic, in any language. Case and accents are ignored. A blank value is ignored.
    #[param(max_length = 300, example = "Cooperation and international strategies")]
    topic: Option<String>,
    /// Full-text search. Only events whose title or summary, in any language, has words that begin with each of these. Case and
    /// accents are ignored. Text in scripts without spaces between words matches anywhere. A value without letters or digits
    /// matches nothing. A blank value is ignored.
    #[param(max_length = 200, example = "metropolitan")]
    q: Option<String>,
    /// `starts_at` (earliest first) or `-starts_at` (latest first).
    #[param(value_type = Option<schemas::EventOrder>, example = "starts_at")]
    order: Option<String>,
}

type EventQuery = ListQuery<EventFilters, LanguageQuery>;

/// List events
///
/// Returns public events in the order of their start, including cancelled ones. Follow `next_cursor` for more.
#[utoipa::path(
    tag = "events",
    params(EventQuery),
    responses((status = 200, description = "A page of events", body = EventPage)),
    security(("bearerAuth" = []), ()),
)]
#[get("/events")]
pub(crate) async fn list_events(
    request: HttpRequest,
    parts: RenderingParts,
    store: Part<Store>,
    cursors: Part<Cursors>,
    query: Query<EventQuery>,
) -> Result<HttpResponse, ApiError> {
    let query = query.read()?;
    let RenderingParts { events, clock, public_url, privacy_notice } = parts;
    let now = clock.now();
    let wanted = LanguagePreference::read(&request, &query.language)?;
    let (mut filter, scope) = query.filters.filter(now)?;
    let page: PageRequest<(DateTime<Utc>, String)> = query.page.read(&cursors, scope)?;
    filter.after = page.after.as_ref().and_then(|(starts_at, id)| Some((*starts_at, EventId::parse(id)?)));
    let ids = store.public_events(&filter, page.limit as u64 + 1).await?;
    let entries = events.get_all(&ids).await?;
    let (entries, page) = page.finish(&cursors, entries, |e| (e.event.starts_at, e.event.id.to_string()));
    // An event may have become a draft since the list was read.
    let entries = entries.iter().filter(|entry| entry.event.is_public());
    let localised = entries.filter_map(|entry| Some((&entry.event, wanted.choose(entry.languages())?)));
    let localised: Vec<(&Event, &Language)> = localised.collect();
    let languages: BTreeSet<&str> = localised.iter().map(|(_, language)| language.as_str()).collect();
    let languages: Vec<&str> = languages.into_iter().collect();
    let to_dto =
        |(event, language): (&Event, _)| EventDto::new(event, language, event.phase(now), &public_url, &privacy_notice);
    let body = EventPage { data: localised.into_iter().map(to_dto).collect(), page };
    let representation = Representation::json(&body, &languages, Caching::Programme)?;
    Ok(representation.respond_page(&request, &public_url, body.page.next_cursor.as_deref()))
}

impl EventFilters {
    /// Parses the filter. The text identifies the filtered list: a cursor is valid only for the list that it came from.
    fn filter(&self, now: DateTime<Utc>) -> Result<(EventFilter, String), ApiError> {
        let invalid = |name: &'static str| move |error: InvalidValue| ApiError::invalid_parameter(name, error);
        // A search form sends its empty fields too.
        let text_unless_blank = |name: &'static str, value: Option<&str>, max: usize| {
            let value = value.filter(|value| !text::is_blank(value));
            value.map(|value| text::clean(value, 1, max)).transpose().map_err(invalid(name))
        };
        let phase = self.phase.as_deref().map(Phase::parse).transpose().map_err(invalid("phase"))?;
        let series = self.series.as_deref().map(Slug::parse).transpose().map_err(invalid("series"))?;
        let language = self.language.as_deref().map(Language::parse).transpose().map_err(invalid("language"))?;
        let topic = text_unless_blank("topic", self.topic.as_deref(), 300)?.map(|topic| search::fold(&topic));
        let q = text_unless_blank("q", self.q.as_deref(), 200)?.map(|q| search::terms(&q));
        let descending = match self.order.as_deref() {
            None | Some("starts_at") => false,
            Some("-starts_at") => true,
            Some(_) => {
                let choices = schemas::EVENT_ORDERS.map(str::to_owned).to_vec();
                return Err(ApiError::invalid_parameter("order", InvalidValue::Choice { choices }));
            }
        };
        let scope = format!(
            "events {:?}",
            (
                phase.map(Phase::as_str),
                series.as_ref().map(Slug::as_str),
                language.as_ref().map(Language::as_str),
                &topic,
                &q,
                descending
            )
        );
        let filter = EventFilter {
            phase: phase.map(|phase| (phase, now)),
            series: series.map(Into::into),
            language: language.map(Into::into),
            topic,
            terms: q,
            descending,
            after: None,
        };
        Ok((filter, scope))
    }
}
