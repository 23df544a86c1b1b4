//! Handles `GET /definitions`: lists the events that the caller's organisation organises.

use std::collections::BTreeSet;

use actix_web::{HttpRequest, HttpResponse, get};
use plenaria_domain::event::{EventStatus, Phase};
use plenaria_domain::validation::InvalidValue;
use plenaria_domain::values::ids::EventId;
use plenaria_domain::values::language::Language;
use plenaria_domain::values::slug::Slug;
use plenaria_domain::values::time::Instant;
use plenaria_persistence::Access;
use plenaria_persistence::events::definitions::list::{DefinitionFilter, DefinitionSummary};
use serde::Deserialize;
use utoipa::IntoParams;

use super::access;
use super::dto::{DefinitionPage, SummaryDto};
use super::parts::DefinitionParts;
use crate::auth::Caller;
use crate::problem::ApiError;
use crate::request::cursor::Cursors;
use crate::request::language_preference::LanguagePreference;
use crate::request::pagination::PageRequest;
use crate::request::query::{LanguageQuery, Query};
use crate::response::representation::{Caching, Representation};
use crate::schemas;
use crate::state_part::Part;
use crate::v1::event_reference::EventReference;
use crate::v1::list_query::ListQuery;

/// Filters.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DefinitionFilters {
    /// Only events with this status.
    #[param(value_type = Option<schemas::DefinitionStatus>, example = "draft")]
    status: Option<String>,
    /// Only events in this phase.
    #[param(value_type = Option<schemas::Phase>, example = "upcoming")]
    phase: Option<String>,
    /// Only editions of this series.
    #[param(value_type = Option<schemas::Slug>, example = "internationalisation-and-metropolitan-spaces")]
    series: Option<String>,
}

type DefinitionQuery = ListQuery<DefinitionFilters, LanguageQuery>;

/// List definitions
///
/// Returns the events that the client's organisation owns or co-organises, including drafts, newest first. Follow
/// `next_cursor` for more.
#[utoipa::path(
    tag = "definitions",
    params(DefinitionQuery),
    responses((status = 200, description = "A page of events", body = DefinitionPage)),
    security(("oauth2" = ["events:write"])),
)]
#[get("/definitions")]
pub(crate) async fn list_definitions(
    request: HttpRequest,
    parts: DefinitionParts,
    cursors: Part<Cursors>,
    query: Query<DefinitionQuery>,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let access = access::client(caller)?.access();
    let query = query.read()?;
    let wanted = LanguagePreference::read(&request, &query.language)?;
    let (mut filter, scope) = query.filters.filter(&access, parts.clock.now())?;
    let page: PageRequest<String> = query.page.read(&cursors, scope)?;
    filter.before = page.after.as_deref().and_then(EventId::parse);
    let found = parts.store.list_definitions(&access, &filter, page.limit as u64 + 1).await?;
    let (found, page) = page.finish(&cursors, found, |summary| summary.id.to_string());
    let localised: Vec<(Language, DefinitionSummary)> = found
        .into_iter()
        .filter_map(|summary| {
            let mut available = vec![summary.language.clone()];
            available.extend(summary.title.languages().cloned());
            Some((wanted.choose(&available)?.clone(), summary))
        })
        .collect();
    let languages: BTreeSet<String> = localised.iter().map(|(language, _)| language.to_string()).collect();
    let languages: Vec<&str> = languages.iter().map(String::as_str).collect();
    let body =
        DefinitionPage { data: localised.iter().map(|(l, summary)| SummaryDto::new(summary, l)).collect(), page };
    let representation = Representation::json(&body, &languages, Caching::Private)?;
    Ok(representation.respond_page(&request, &parts.public_url, body.page.next_cursor.as_deref()))
}

impl DefinitionFilters {
    /// Parses the filter. The text identifies the filtered list and the organisation: a cursor is valid only for the list
    /// that it came from.
    fn filter(&self, access: &Access, now: Instant) -> Result<(DefinitionFilter, String), ApiError> {
        let invalid = |name: &'static str| move |error: InvalidValue| ApiError::invalid_parameter(name, error);
        let status = self.status.as_deref().map(EventStatus::parse).transpose().map_err(invalid("status"))?;
        let phase = self.phase.as_deref().map(Phase::parse).transpose().map_err(invalid("phase"))?;
        let series = self.series.as_deref().map(Slug::parse).transpose().map_err(invalid("series"))?;
        let organisation = access.organisation().as_str();
        let scope = format!(
            "definitions {:?}",
            (
                organisation,
                status.map(EventStatus::as_str),
                phase.map(Phase::as_str),
                series.as_ref().map(Slug::as_str)
            )
        );
        let phase = phase.map(|phase| (phase, now));
        Ok((DefinitionFilter { status, phase, series, before: None }, scope))
    }
}

impl SummaryDto {
    fn new(summary: &DefinitionSummary, language: &Language) -> Self {
        Self {
            event: EventReference { id: summary.id.0, slug: summary.slug.to_string() },
            title: summary.title.get(language, &summary.language).to_owned(),
            status: summary.status.as_str(),
            starts_at: summary.starts_at,
            owner: summary.owner.as_ref().map(ToString::to_string),
            role: summary.role.as_str(),
            revision: summary.revision,
            updated_at: summary.updated_at,
        }
    }
}
