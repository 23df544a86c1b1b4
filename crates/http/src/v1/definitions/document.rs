//! The document of a definition in a request or a response: JSON, or YAML (RFC 9512).

use actix_web::http::header::HeaderValue;
use actix_web::web::{self, Bytes};
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse};
use plenaria_domain::event::definition::Definition;
use plenaria_domain::validation::{FieldError, Form, InvalidValue};
use plenaria_domain::values::slug::Slug;
use plenaria_domain::values::time::Instant;
use plenaria_domain::values::wall_clock::WallClock;
use plenaria_formats::definition_files::{Document, LocatedError, Position, Unreadable, to_yaml};
use serde_json::Value;

use crate::middleware::cors;
use crate::problem::{ApiError, Code, Detail};
use crate::request::{body, negotiation};
use crate::response::conditional;
use crate::response::representation::{Caching, Representation};

/// The largest document, in bytes.
const MAX_BYTES: usize = 2 * 1024 * 1024;
const JSON: &str = "application/json";
/// The media type of YAML documents.
pub(super) const YAML: &str = "application/yaml";
/// The media types of documents in requests, with the deprecated names of YAML's (RFC 9512, section 2.1).
const TYPES: [&str; 5] = [JSON, YAML, "application/x-yaml", "text/yaml", "text/x-yaml"];

/// A document that has been received and parsed, but not as a definition yet.
pub(super) struct ReceivedDocument {
    content: Content,
    bytes: Bytes,
    /// Whether the bytes are those of the definition that is stored. False until the definition is parsed.
    is_canonical: bool,
}

enum Content {
    Json(Value),
    Yaml(Box<Document>),
}

/// Receives the document of a request.
pub(super) async fn receive(request: &HttpRequest, payload: web::Payload) -> Result<ReceivedDocument, ApiError> {
    let bytes = body::receive_typed(request, payload, &TYPES, MAX_BYTES).await?;
    let is_json = request.mime_type().ok().flatten().is_some_and(|mime| mime.essence_str() == JSON);
    blocking(move || Ok(ReceivedDocument { content: parse(&bytes, is_json)?, bytes, is_canonical: false })).await
}

fn parse(bytes: &Bytes, is_json: bool) -> Result<Content, ApiError> {
    if is_json {
        return body::parse_value(bytes).map(Content::Json);
    }
    let malformed = |detail| ApiError::new(Code::MalformedRequest).detail(detail);
    let text = std::str::from_utf8(bytes).map_err(|_| malformed(Detail::BodyUnreadable))?;
    Document::parse(text).map(|document| Content::Yaml(Box::new(document))).map_err(|error| {
        malformed(match &error {
            Unreadable::Syntax { position, .. } => Detail::NotYaml { line: position.line, column: position.column },
            Unreadable::DocumentCount(count) => Detail::YamlDocumentCount(*count),
            Unreadable::Limit { position, .. } => Detail::YamlTooComplex { line: position.line },
        })
    })
}

/// Runs a computation that takes long for a large document, outside of the worker's thread.
async fn blocking<T: Send + 'static>(
    compute: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    web::block(compute).await.map_err(|error| ApiError::new(Code::Internal).cause(&error))?
}

impl ReceivedDocument {
    /// Parses the definition of the event with this slug. Returns the document too, which knows the positions of its
    /// values.
    pub(super) async fn read(mut self, slug: Slug, now: Instant) -> Result<(Self, Definition), ApiError> {
        blocking(move || {
            let definition = self.definition(&slug, now)?;
            // A definition without an owner is stored with one.
            self.is_canonical = definition.owner.is_some() && self.bytes == render(&definition, self.is_yaml())?;
            Ok((self, definition))
        })
        .await
    }

    fn is_yaml(&self) -> bool {
        matches!(self.content, Content::Yaml(_))
    }

    /// The tag of the stored document, if that is the same bytes as the one that was sent. The response to a PUT must not
    /// have another tag (RFC 9110, section 9.3.4).
    pub(super) fn etag_if_stored_as_sent(&self, revision: i64) -> Option<HeaderValue> {
        self.is_canonical.then(|| etag(revision, self.is_yaml()))
    }

    fn definition(&self, slug: &Slug, now: Instant) -> Result<Definition, ApiError> {
        let (value, parsed) = match &self.content {
            Content::Json(value) => (value, Definition::parse(value, now).map_err(without_positions)),
            Content::Yaml(document) => (document.value(), document.read(now, None)),
        };
        let mut more = more_errors(value, slug);
        match parsed {
            Ok(definition) if more.is_empty() => Ok(definition),
            parsed => {
                let mut errors = parsed.err().unwrap_or_default();
                more.retain(|error| errors.iter().all(|other| other.error.pointer != error.pointer));
                errors.extend(more.into_iter().map(|error| self.located(error)));
                errors.sort_by_key(|error| error.position.line);
                Err(self.problem(errors))
            }
        }
    }

    /// The problem with these validation errors of the document.
    pub(super) fn invalid(&self, errors: Vec<FieldError>) -> ApiError {
        self.problem(errors.into_iter().map(|error| self.located(error)).collect())
    }

    fn located(&self, error: FieldError) -> LocatedError {
        let position = match &self.content {
            Content::Json(_) => Position::default(),
            Content::Yaml(document) => document.position_of(&error.pointer),
        };
        LocatedError { error, position }
    }

    fn problem(&self, errors: Vec<LocatedError>) -> ApiError {
        match self.content {
            Content::Json(_) => ApiError::validation(errors.into_iter().map(|located| located.error).collect()),
            Content::Yaml(_) => ApiError::located_validation(errors),
        }
    }
}

/// JSON documents have no positions.
fn without_positions(errors: Vec<FieldError>) -> Vec<LocatedError> {
    errors.into_iter().map(|error| LocatedError { error, position: Position::default() }).collect()
}

/// What the parser of definitions does not require. The event's start must have a year, unlike in files, so that a
/// document means the same whenever it is put. Its slug must be that of the path.
fn more_errors(value: &Value, slug: &Slug) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if let Some(Ok(WallClock::Yearless { .. })) = value["starts"].as_str().map(WallClock::parse) {
        errors.push(FieldError::new("/starts", InvalidValue::Format { expected: Form::WallClock }));
    }
    if value["slug"].as_str().is_some_and(|written| written != slug.as_str()) {
        errors.push(FieldError::new("/slug", InvalidValue::Choice { choices: vec![slug.to_string()] }));
    }
    errors
}

/// The entity tag of a definition's revision. It is the same for both formats as far as conditions are concerned, because
/// they ignore what follows the full stop.
pub(super) fn etag(revision: i64, is_yaml: bool) -> HeaderValue {
    let etag = conditional::etag(&revision.to_string());
    if is_yaml { conditional::etag_with_format(&etag, "yaml") } else { etag }
}

/// The canonical form of a definition.
fn render(definition: &Definition, is_yaml: bool) -> Result<Bytes, ApiError> {
    if is_yaml {
        to_yaml(definition).map(Bytes::from).map_err(|error| ApiError::new(Code::Internal).cause(&error))
    } else {
        serde_json::to_vec(definition).map(Bytes::from).map_err(|error| ApiError::new(Code::Internal).cause(&error))
    }
}

/// The response with a definition, as JSON or YAML.
pub(super) fn respond(request: &HttpRequest, definition: &Definition, revision: i64) -> Result<HttpResponse, ApiError> {
    let is_yaml = negotiation::prefers(request, YAML, JSON);
    let body = render(definition, is_yaml)?;
    let representation = if is_yaml {
        Representation::yaml(body, Caching::Private)
    } else {
        Representation::from_json_text(body, Caching::Private)
    };
    let mut response = representation.with_etag(etag(revision, is_yaml)).respond(request);
    cors::add_vary(response.headers_mut(), "Accept");
    Ok(response)
}
