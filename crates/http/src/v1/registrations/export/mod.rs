//! Exporting all registrations of an event.

mod body;
mod csv;
mod ndjson;
mod places;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get, web};
use plenaria_domain::refusal::Refusal;
use plenaria_domain::scope::Scope;
use plenaria_domain::slug::Slug;
use serde::Deserialize;
use utoipa::IntoParams;

pub(crate) use self::places::Places;

use self::body::Body;
use super::filters::Filters;
use super::list::event_for;
use crate::auth::Caller;
use crate::compression::Coding;
use crate::negotiation;
use crate::problem::ApiError;
use crate::query::Query;
use crate::representation::Caching;
use crate::state::AppState;

/// Filters and form.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportQuery {
    /// The form: `csv` or `ndjson`. Unless given, `Accept` decides, and where it likes both equally it is `csv`.
    #[param(pattern = "^(csv|ndjson)$", max_length = 6, example = "csv")]
    format: Option<String>,
    /// Only registrations that stand so.
    #[param(pattern = "^(pending|confirmed|waitlisted|cancelled)$", max_length = 10, example = "confirmed")]
    status: Option<String>,
    /// Only those of this address, in whatever spelling.
    #[param(max_length = 254, format = "idn-email", example = "ana@example.org")]
    email: Option<String>,
    /// Only those with this name, which a client gave to them.
    #[param(min_length = 1, max_length = 100, example = "crm-4711")]
    external_reference: Option<String>,
    /// Only those that changed then or later (RFC 3339).
    #[param(format = "date-time", example = "2026-11-23T09:00:00Z")]
    updated_since: Option<String>,
}

/// The form of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// RFC 4180.
    Csv,
    /// One JSON object in each line.
    Ndjson,
}

/// Export registrations
///
/// All of an event's registrations at once, in the order of their ids, however many: those that the list has, with its filters.
/// They are sent as they are read, and whoever reads slowly holds nothing up. An answer that ends without the last chunk of
/// its transfer coding has failed on the way: begin again. What is there from the beginning to the end is told exactly once;
/// what changes meanwhile may be told as it was or as it is. There is no `ETag`: it would take the whole export to know it.
///
/// **CSV**: UTF-8, lines end with CR LF, the first one has the columns' names: the fields of a registration, and a column
/// `answers.KEY` for each question that the event's form has now. Several choices stand in one cell, separated by `;`.
/// Answers to questions that the form no longer has are together in `other_answers`, as JSON. Where a spreadsheet would run
/// what people wrote (`=`, `+`, `-` or `@`, after any quotes and blanks, at the start of a cell, or behind a `;`, `,`, `|`, tab or
/// line break inside it), an apostrophe stands before it; so it does before a telephone number like `+34…`.
///
/// **NDJSON**: each line is a `Registration` as it is read one by one, and nothing is altered.
///
/// A client may have 4 exports under way at a time; a further one gets 429 `rate-limited` with `Retry-After`. A reader that
/// takes nothing for a minute is disconnected.
#[utoipa::path(
    tag = "registrations",
    params(ExportQuery),
    responses((status = 200, description = "The registrations", content(
        (String = "text/csv", example = "id,status,waitlist_position,email,name\r\n019a0000-0000-7000-8000-000000000004,confirmed,,ana@example.org,Ana Pérez\r\n"),
        (String = "application/x-ndjson", example = "{\"id\":\"019a0000-0000-7000-8000-000000000004\",\"status\":\"confirmed\"}\n"),
    ), headers(("Content-Disposition" = String, description = "The file's name"), ("Cache-Control" = String, description = "")))),
    security(("oauth2" = ["registrations:read"])),
)]
#[get("/events/{event}/registrations/export")]
pub(crate) async fn export_registrations(
    request: HttpRequest,
    state: web::Data<AppState>,
    event: web::Path<String>,
    query: Query<ExportQuery>,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    let client = caller.client(Scope::RegistrationsRead)?;
    let access = client.access();
    let entry = event_for(&state, &access, &event).await?;
    let query = query.read()?;
    let filter = query.filters().read(entry.event.id)?;
    let form = Form::wanted(query.format.as_deref(), &request)?;
    negotiation::check_accept(&request, form.essence())?;
    let place = state.exports.take(client.id)?;
    let coding = Coding::wanted(&request);
    let slug = entry.event.definition.slug.clone();
    let body = Body::begin(state.store.export(access, filter), form, coding, &entry, &state.public_url, place).await?;
    let mut response = HttpResponse::Ok();
    response
        .insert_header((header::CONTENT_TYPE, form.content_type()))
        .insert_header((header::CONTENT_DISPOSITION, form.disposition(&slug)))
        .insert_header((header::CACHE_CONTROL, Caching::Private.header()))
        .insert_header((header::VARY, "Accept, Accept-Encoding"));
    if coding != Coding::Identity {
        response.insert_header((header::CONTENT_ENCODING, coding.header()));
    }
    Ok(response.streaming(body.stream()))
}

impl ExportQuery {
    fn filters(&self) -> Filters<'_> {
        Filters {
            status: self.status.as_deref(),
            email: self.email.as_deref(),
            external_reference: self.external_reference.as_deref(),
            updated_since: self.updated_since.as_deref(),
        }
    }
}

impl Form {
    /// The form that is asked for by name; else the one that the caller likes better.
    fn wanted(named: Option<&str>, request: &HttpRequest) -> Result<Self, ApiError> {
        match named {
            Some("csv") => Ok(Self::Csv),
            Some("ndjson") => Ok(Self::Ndjson),
            Some(_) => {
                let choices = ["csv", "ndjson"].map(str::to_owned).into();
                Err(ApiError::refused_parameter("format", Refusal::Choice { choices }))
            }
            None if negotiation::prefers(request, Self::Ndjson.essence(), Self::Csv.essence()) => Ok(Self::Ndjson),
            None => Ok(Self::Csv),
        }
    }

    const fn essence(self) -> &'static str {
        match self {
            Self::Csv => "text/csv",
            Self::Ndjson => "application/x-ndjson",
        }
    }

    const fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Ndjson => "application/x-ndjson",
        }
    }

    fn disposition(self, slug: &Slug) -> String {
        let ending = match self {
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
        };
        format!("attachment; filename=\"{slug}-registrations.{ending}\"")
    }
}
