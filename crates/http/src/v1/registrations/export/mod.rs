//! Handles `GET /events/{event}/registrations/export`: streams all registrations of an event.

mod columns;
mod csv;
pub(crate) mod format;
mod formulas;
mod ndjson;
mod rows;
mod stream;
mod xlsx;

use actix_web::http::header;
use actix_web::{HttpResponse, get, web};
use plenaria_domain::audit::Action;
use plenaria_domain::partner::scope::Scope;
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;

use self::format::ExportFormat;
use self::stream::ExportStream;
use super::access;
use super::command::RegistrationRequest;
use super::filters::Filters;
use crate::limits::exports::ExportLimiter;
use crate::problem::ApiError;
use crate::request::negotiation;
use crate::response::compression::ContentCoding;
use crate::response::representation::Caching;
use crate::schemas;
use crate::state_part::Part;

/// Filters and format.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportQuery {
    /// The format: `csv`, `ndjson` or `xlsx`. Default: the one that `Accept` prefers, or `csv` if it prefers none.
    #[param(value_type = Option<schemas::ExportFormat>, example = "csv")]
    format: Option<String>,
    /// Whether a CSV file begins with a byte order mark, by which Excel recognises UTF-8. Default: `false`.
    #[param(value_type = Option<bool>, example = true)]
    bom: Option<String>,
    /// What separates the cells of a CSV file: `comma`, or `semicolon`, which spreadsheets expect in countries that write
    /// decimals with a comma. Default: `comma`.
    #[param(value_type = Option<schemas::CsvSeparator>, example = "semicolon")]
    separator: Option<String>,
    /// Only registrations with this status.
    #[param(value_type = Option<schemas::RegistrationStatus>, example = "confirmed")]
    status: Option<String>,
    /// Only registrations of this address, in any equivalent spelling (letter case, Unicode or ASCII domain).
    #[param(max_length = 254, format = "idn-email", example = "ana@example.org")]
    email: Option<String>,
    /// Only registrations with this identifier, which a client gave to them.
    #[param(min_length = 1, max_length = 100, example = "crm-4711")]
    external_reference: Option<String>,
    /// Only registrations that changed at this time or later (RFC 3339).
    #[param(format = "date-time", example = "2026-11-23T09:00:00Z")]
    updated_since: Option<String>,
}

/// Export registrations
///
/// Returns all of an event's registrations in one streamed response, in the order of their ids: the same ones as the
/// list, with the same filters. A response that ends without the last chunk of its transfer coding is incomplete and
/// must be requested again. Registrations that exist during the whole export are in it exactly once; one that changes
/// in the meantime may appear as it was before or after. There is no `ETag`, because the whole export would have to be
/// read to compute it.
///
/// **CSV**: UTF-8, lines end with CR LF. The first line has the names of the columns: the fields of a registration, and
/// a column `answers.KEY` for each question of the event's current form. Several choices share one cell, separated by
/// `;`. Answers to questions that the form no longer has are in `other_answers`, as JSON. Spreadsheets would run a text
/// as a formula that begins with `=`, `+`, `-` or `@`, after any quotes and blanks, at the start of a cell, or after a
/// `;`, `,`, `|`, tab or line break inside it. The export prefixes such a text with an apostrophe, including telephone
/// numbers like `+34…`.
///
/// **NDJSON**: each line is a `Registration` as in the response to reading it, unaltered.
///
/// **XLSX**: one sheet with the columns of the CSV under a frozen header. Numbers, booleans and times (in UTC) have
/// their types; every other cell is text and never a formula, so texts are not altered, except that those of more than
/// 32,767 characters are truncated. A sheet holds 1,000,000 registrations; if there are more, the response is 409
/// `conflict`.
///
/// A client may have 4 exports in progress at a time; a further one gets 429 `rate-limited` with `Retry-After`. A
/// client that reads nothing for a minute is disconnected.
#[utoipa::path(
    tag = "registrations",
    params(ExportQuery),
    responses((status = 200, description = "The registrations", content(
        (String = "text/csv", example = "id,status,waitlist_position,email,name\r\n019a0000-0000-7000-8000-000000000004,confirmed,,ana@example.org,Ana Pérez\r\n"),
        (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (String = "application/x-ndjson", example = "{\"id\":\"019a0000-0000-7000-8000-000000000004\",\"status\":\"confirmed\"}\n"),
    ), headers(("Content-Disposition" = String, description = "The file's name"), ("Cache-Control" = String, description = ""))),
    (status = 409, description = "`conflict`, for XLSX only: there are more registrations than a sheet holds")),
    security(("oauth2" = ["registrations:read"])),
)]
#[get("/events/{event}/registrations/export")]
pub(crate) async fn export_registrations(
    request: RegistrationRequest<ExportQuery>,
    exports: Part<ExportLimiter>,
    event: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let RegistrationRequest { http, parts, caller, query, .. } = request;
    let audit = caller.audit_context(&http);
    let client = caller.require_client(Scope::RegistrationsRead)?;
    let access = client.access();
    let entry = access::find_event(&parts.store, &parts.events, &access, &event).await?;
    let query = query.read()?;
    let filter = query.filters().parse(entry.event.id)?;
    let dialect = format::csv_dialect(query.bom.as_deref(), query.separator.as_deref())?;
    let format = ExportFormat::choose(query.format.as_deref(), dialect, &http)?;
    negotiation::check_accept(&http, format.media_type())?;
    let permit = exports.acquire(client.id)?;
    let details = json!({ "format": format.as_str(), "filters": query.filters().names() });
    let (event, now) = (entry.event.id, parts.clock.now());
    parts.store.record_reading(&audit, Action::RegistrationsExported, event, details, now).await?;
    // A spreadsheet is compressed already.
    let is_compressed = format == ExportFormat::Xlsx;
    let coding = if is_compressed { ContentCoding::Identity } else { ContentCoding::negotiated(&http) };
    let export = parts.store.export_registrations(access, filter);
    let stream = ExportStream::start(export, format, coding, &entry, &parts.public_url, permit).await?;
    let mut response = HttpResponse::Ok();
    response
        .insert_header((header::CONTENT_TYPE, format.content_type()))
        .insert_header((header::CONTENT_DISPOSITION, format.content_disposition(&entry.event.definition.slug)))
        .insert_header((header::CACHE_CONTROL, Caching::Private.header()))
        .insert_header((header::VARY, "Accept, Accept-Encoding"));
    if coding != ContentCoding::Identity {
        response.insert_header((header::CONTENT_ENCODING, coding.header()));
    }
    Ok(response.streaming(stream.into_stream()))
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
