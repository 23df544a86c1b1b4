//! The formats of an export, and how a request chooses one.

use actix_web::HttpRequest;
use plenaria_domain::validation::InvalidValue;
use plenaria_domain::values::slug::Slug;

use crate::problem::ApiError;
use crate::request::negotiation;

/// The format of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExportFormat {
    /// RFC 4180.
    Csv,
    /// One JSON object per line.
    Ndjson,
}

impl ExportFormat {
    /// The format that the query names; without a name, the one that `Accept` prefers, and CSV if it prefers neither.
    pub(crate) fn choose(name: Option<&str>, request: &HttpRequest) -> Result<Self, ApiError> {
        match name {
            Some("csv") => Ok(Self::Csv),
            Some("ndjson") => Ok(Self::Ndjson),
            Some(_) => {
                let choices = ["csv", "ndjson"].map(str::to_owned).into();
                Err(ApiError::invalid_parameter("format", InvalidValue::Choice { choices }))
            }
            None if negotiation::prefers(request, Self::Ndjson.media_type(), Self::Csv.media_type()) => {
                Ok(Self::Ndjson)
            }
            None => Ok(Self::Csv),
        }
    }

    /// The name of the format.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
        }
    }

    /// The media type without parameters.
    pub(crate) const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv",
            Self::Ndjson => "application/x-ndjson",
        }
    }

    /// The value of `Content-Type`.
    pub(crate) const fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Ndjson => "application/x-ndjson",
        }
    }

    /// The value of `Content-Disposition`, with the name of the file.
    pub(crate) fn content_disposition(self, event: &Slug) -> String {
        let extension = self.as_str();
        format!("attachment; filename=\"{event}-registrations.{extension}\"")
    }
}
