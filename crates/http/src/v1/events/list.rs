//! The list of events.

use std::collections::BTreeSet;

use actix_web::{HttpRequest, HttpResponse, get, web};
use chrono::{DateTime, Utc};
use plenaria_domain::event::Phase;
use plenaria_domain::ids::EventId;
use plenaria_domain::language::Language;
use plenaria_domain::refusal::Refusal;
use plenaria_domain::search;
use plenaria_domain::slug::Slug;
use plenaria_domain::text;
use plenaria_persistence::catalogue::EventFilter;
use serde::Deserialize;
use utoipa::IntoParams;

use super::dto::{EventDto, EventPage};
use crate::negotiation::Wanted;
use crate::page::PageRequest;
use crate::problem::ApiError;
use crate::query::{LanguageQuery, Query};
use crate::representation::{Caching, Representation};
use crate::state::AppState;

/// Filters, order and page.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct EventQuery {
    /// Only events in this phase.
    #[param(pattern = "^(upcoming|live|ended)$", max_length = 8, example = "upcoming")]
    phase: Option<String>,
    /// Only editions of this series.
    #[param(
        max_length = 80,
        pattern = "^[a-z0-9]+(-[a-z0-9]+)*$",
        example = "internationalisation-and-metropolitan-spaces"
    )]
    series: Option<String>,
    /// Only events held in this language (BCP 47).
    #[param(format = "language-tag", example = "en")]
    language: Option<String>,
    /// Only events with this topic, in any language; case and accents do not matter. Blank, it is as if left out.
    #[param(max_length = 300, example = "Cooperation and international strategies")]
    topic: Option<String>,
    /// Only events whose title or summary, in any language, has words that begin with each of these; case and accents do not
    /// matter. Text without spaces between words is found inside. Without a letter or a digit it finds nothing; blank, it is as
    /// if left out.
    #[param(max_length = 200, example = "metropolitan")]
    q: Option<String>,
    /// `starts_at` (the earliest first) or `-starts_at`.
    #[param(pattern = "^-?starts_at$", max_length = 10, example = "starts_at")]
    order: Option<String>,
    /// How many events a page has, from 1 to 100; 20 unless asked otherwise.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100, default = 20, example = 20)]
    limit: Option<String>,
    /// The page behind this cursor, from `next_cursor` of the page before.
    #[param(max_length = 1000, pattern = "^[A-Za-z0-9_-]+$")]
    cursor: Option<String>,
    /// The language for texts (BCP 47); it beats `Accept-Language`.
    #[param(format = "language-tag", example = "es")]
    lang: Option<String>,
}

/// List events
///
/// Public events by their start, cancelled ones among them. Follow `next_cursor` for more.
#[utoipa::path(
    tag = "events",
    params(EventQuery),
    responses((status = 200, description = "A page of events", body = EventPage)),
    security(("bearerAuth" = []), ()),
)]
#[get("/events")]
pub(crate) async fn list_events(
    request: HttpRequest,
    state: web::Data<AppState>,
    query: Query<EventQuery>,
) -> Result<HttpResponse, ApiError> {
    let query = query.read()?;
    let now = state.clock.now();
    let wanted = Wanted::read(&request, &LanguageQuery { lang: query.lang.clone() })?;
    let (mut filter, scope) = query.filter(now)?;
    let (limit, cursor) = (query.limit.as_deref(), query.cursor.as_deref());
    let page: PageRequest<(DateTime<Utc>, String)> = PageRequest::read(&state, scope, limit, cursor)?;
    filter.after = page.after.as_ref().and_then(|(at, id)| Some((*at, EventId::parse(id)?)));
    let ids = state.store.public_events(&filter, page.limit as u64 + 1).await?;
    let entries = state.catalogue.get_all(&ids).await?;
    let (entries, page) = page.finish(&state, entries, |e| (e.event.starts_at, e.event.id.to_string()));
    let mut languages = BTreeSet::new();
    let mut data = Vec::with_capacity(entries.len());
    for entry in &entries {
        let Some(language) = wanted.choose(entry.languages()) else { continue };
        languages.insert(language.as_str());
        data.push(EventDto::new(&entry.event, language, entry.event.phase(now), &state.public_url));
    }
    let languages: Vec<&str> = languages.into_iter().collect();
    let body = EventPage { data, page };
    let representation = Representation::json(&body, &languages, Caching::Programme)?;
    Ok(representation.respond_page(&request, &state.public_url, body.page.next_cursor.as_deref()))
}

impl EventQuery {
    /// The filter, and the name of the list that it makes, to which cursors are bound.
    fn filter(&self, now: DateTime<Utc>) -> Result<(EventFilter, String), ApiError> {
        let refused = |name: &'static str| move |refusal: Refusal| ApiError::refused_parameter(name, refusal);
        // The empty field of a search form is sent too.
        let given = |name: &'static str, value: Option<&str>, max: usize| {
            let value = value.filter(|value| !text::is_blank(value));
            value.map(|value| text::clean(value, 1, max)).transpose().map_err(refused(name))
        };
        let phase = self.phase.as_deref().map(Phase::parse).transpose().map_err(refused("phase"))?;
        let series = self.series.as_deref().map(Slug::parse).transpose().map_err(refused("series"))?;
        let language = self.language.as_deref().map(Language::parse).transpose().map_err(refused("language"))?;
        let topic = given("topic", self.topic.as_deref(), 300)?.map(|topic| search::fold(&topic));
        let q = given("q", self.q.as_deref(), 200)?.map(|q| search::terms(&q));
        let descending = match self.order.as_deref() {
            None | Some("starts_at") => false,
            Some("-starts_at") => true,
            Some(_) => {
                let choices = ["starts_at", "-starts_at"].map(str::to_owned).to_vec();
                return Err(ApiError::refused_parameter("order", Refusal::Choice { choices }));
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
