//! The formats of an export, and how a request chooses one.

use actix_web::HttpRequest;
use plenaria_domain::validation::InvalidValue;
use plenaria_domain::values::slug::Slug;

use crate::problem::ApiError;
use crate::request::negotiation;

use super::csv::{CsvDialect, Separator};
use crate::schemas;

/// The format of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExportFormat {
    /// RFC 4180.
    Csv(CsvDialect),
    /// One JSON object per line.
    Ndjson,
    /// A spreadsheet (ISO/IEC 29500, Office Open XML).
    Xlsx,
}

impl ExportFormat {
    /// The format that the query names; without a name, the one that `Accept` prefers, and CSV if it prefers none.
    pub(crate) fn choose(name: Option<&str>, csv: CsvDialect, request: &HttpRequest) -> Result<Self, ApiError> {
        let csv = Self::Csv(csv);
        if let Some(name) = name {
            let format = [csv, Self::Ndjson, Self::Xlsx].into_iter().find(|format| format.as_str() == name);
            return format.ok_or_else(|| invalid_choice("format", &schemas::EXPORT_FORMATS));
        }
        let preferred = |format: Self, other: Self| {
            let is_preferred = negotiation::prefers(request, other.media_type(), format.media_type());
            if is_preferred { other } else { format }
        };
        Ok([Self::Ndjson, Self::Xlsx].into_iter().fold(csv, preferred))
    }

    /// The name in the query, which is the extension of the file too.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Csv(_) => "csv",
            Self::Ndjson => "ndjson",
            Self::Xlsx => "xlsx",
        }
    }

    /// The media type without parameters.
    pub(crate) const fn media_type(self) -> &'static str {
        match self {
            Self::Csv(_) => "text/csv",
            Self::Ndjson => "application/x-ndjson",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }

    /// The value of `Content-Type`.
    pub(crate) const fn content_type(self) -> &'static str {
        match self {
            Self::Csv(_) => "text/csv; charset=utf-8; header=present",
            Self::Ndjson | Self::Xlsx => self.media_type(),
        }
    }

    /// The value of `Content-Disposition`, with the name of the file.
    pub(crate) fn content_disposition(self, event: &Slug) -> String {
        format!("attachment; filename=\"{event}-registrations.{}\"", self.as_str())
    }
}

/// The variant of CSV that the parameters `bom` and `separator` describe.
pub(crate) fn csv_dialect(bom: Option<&str>, separator: Option<&str>) -> Result<CsvDialect, ApiError> {
    let byte_order_mark = match bom {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => return Err(invalid_choice("bom", &["true", "false"])),
    };
    let separator = match separator {
        None | Some("comma") => Separator::Comma,
        Some("semicolon") => Separator::Semicolon,
        Some(_) => return Err(invalid_choice("separator", &schemas::CSV_SEPARATORS)),
    };
    Ok(CsvDialect { byte_order_mark, separator })
}

fn invalid_choice(parameter: &str, choices: &[&str]) -> ApiError {
    let choices = choices.iter().copied().map(str::to_owned).collect();
    ApiError::invalid_parameter(parameter, InvalidValue::Choice { choices })
}
