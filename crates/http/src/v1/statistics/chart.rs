//! Handles `GET /events/{event}/statistics.svg`: an event's statistics as a chart.

use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, get, web};
use plenaria_domain::registration::statistics::Chart;
use plenaria_domain::values::language::MessageLanguage;
use plenaria_formats::statistics_charts;
use serde::Deserialize;
use utoipa::IntoParams;

use super::parts::StatisticsParts;
use crate::auth::Caller;
use crate::problem::{ApiError, Code};
use crate::request::language_preference::LanguagePreference;
use crate::request::query::{LanguageQuery, Query};
use crate::response::representation::{Caching, Representation};
use crate::schemas;

/// A browser that opens the chart by itself may only use the chart's own style.
const CONTENT_SECURITY_POLICY: HeaderValue =
    HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'");

/// The chart and its language.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ChartQuery {
    /// The chart: registrations over time, or confirmed registrations by country or by audience. Default: `registrations`.
    #[param(value_type = Option<schemas::StatisticsChart>, example = "countries")]
    chart: Option<String>,
    /// The language for texts: `en`, `es`, `fr` or `ca`. It takes precedence over `Accept-Language`. Default: the event's
    /// language, or `en`.
    #[param(value_type = Option<schemas::LanguageTag>, example = "es")]
    lang: Option<String>,
}

/// Read a chart of an event's statistics
///
/// Draws the numbers of the event's statistics as SVG, for clients of the event's owner and co-organisers. The chart
/// follows the reader's preference for light or dark colours, and has a title and a description for readers who do not
/// see it.
#[utoipa::path(
    tag = "statistics",
    params(ChartQuery),
    responses((status = 200, description = "The chart", body = String, content_type = "image/svg+xml")),
    security(("oauth2" = ["events:write"])),
)]
#[get("/events/{event}/statistics.svg")]
pub(crate) async fn read_statistics_chart(
    request: HttpRequest,
    parts: StatisticsParts,
    caller: Caller,
    event: web::Path<String>,
    query: Query<ChartQuery>,
) -> Result<HttpResponse, ApiError> {
    let entry = parts.find_event(caller, &event).await?;
    let ChartQuery { chart, lang } = query.read()?;
    let chart = chart.as_deref().map_or(Ok(Chart::Registrations), Chart::parse);
    let chart = chart.map_err(|error| ApiError::invalid_parameter("chart", error))?;
    let definition = &entry.event.definition;
    let wanted = LanguagePreference::read(&request, &LanguageQuery { lang })?.or_else([definition.language.clone()]);
    let language = MessageLanguage::first_supported(wanted.languages()).unwrap_or(MessageLanguage::En);
    let statistics = parts.statistics.read(&entry.event, parts.clock.now()).await?;
    let svg = statistics_charts::draw(chart, &statistics, definition, language)
        .map_err(|error| ApiError::new(Code::Internal).cause(&error))?;
    let mut response = Representation::svg(svg, language.as_str(), Caching::Private).respond(&request);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY);
    Ok(response)
}
