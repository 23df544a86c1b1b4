//! The validation errors of values: one vocabulary for request bodies, parameters and definitions.
//!
//! An error holds data and no prose, so that each caller can render it in any language; `Display` renders it in
//! English.

mod code;
mod expected;
pub(crate) mod suggestion;

use serde::{Deserialize, Serialize};

pub use crate::validation::code::FieldCode;
pub use crate::validation::expected::{Form, OutOfRange, Referent, ValueType, YamlError};
pub use crate::validation::suggestion::closest_match;

/// The greatest number of errors that a response lists; more would not help the reader. Code that collects errors makes
/// no suggestions ([`closest_match`]) after this number, because a suggestion can cost more than parsing the value.
pub const MAX_LISTED: usize = 50;

/// The reason why one value is invalid. [`InvalidValue::code`] is a stable name for programs; `Display` is a sentence
/// for people, in English.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum InvalidValue {
    /// A required value is missing, null or blank.
    #[error("This field is required.")]
    Required,
    /// The object has no field with this name.
    #[error("This field is not known.{}", did_you_mean(.nearest.as_deref()))]
    UnknownField {
        /// The known name that the unknown one was probably meant to be.
        nearest: Option<String>,
    },
    /// The value has the wrong JSON type.
    #[error("This must be {expected}.")]
    Type {
        /// The required type.
        expected: ValueType,
    },
    /// A YAML file has a number or a boolean where a string is expected; quotes would have made it a string.
    #[error("This must be {expected}. Without quotes it is not text: write \"{written}\".")]
    Unquoted {
        /// The required type.
        expected: ValueType,
        /// The value as the file has it.
        written: String,
    },
    /// A value of a YAML document has no counterpart in JSON.
    #[error("{0}")]
    Yaml(YamlError),
    /// The text is too short or too long.
    #[error("This must have from {min} to {max} characters.")]
    Length {
        /// The smallest number of characters allowed.
        min: usize,
        /// The greatest number of characters allowed.
        max: usize,
    },
    /// The list is too short or too long.
    #[error("This list must have from {min} to {max} items.")]
    ListLength {
        /// The smallest number of items allowed.
        min: usize,
        /// The greatest number of items allowed.
        max: usize,
    },
    /// The value is not an e-mail address in a deliverable form.
    #[error("This is not an e-mail address.")]
    Email,
    /// The text contains control characters (U+0000 to U+001F, U+007F to U+009F).
    #[error("Control characters are not allowed.")]
    ControlCharacter,
    /// The value does not have the required form.
    #[error("This must be {expected}.")]
    Format {
        /// The required form.
        expected: Form,
    },
    /// The value is not one of the allowed choices.
    #[error("{}", one_of(.choices))]
    Choice {
        /// The allowed choices.
        choices: Vec<String>,
    },
    /// The key is none of those that an event has for its audiences or for a question. People see labels and not keys, so
    /// the sentence lists none.
    #[error("Choose one of the options.")]
    UnknownOption,
    /// The number or time is outside its range.
    #[error("{0}")]
    Range(OutOfRange),
    /// Consent to the privacy notice was not given.
    #[error("The privacy notice must be accepted.")]
    Consent,
    /// The field appears in responses only and cannot be changed.
    #[error("This field cannot be changed.")]
    ReadOnly,
    /// The token is forged, expired, meant for something else, or for something that no longer exists.
    #[error("This token is not valid, or it has expired.")]
    Token,
    /// Only clients with an access token may set the field.
    #[error("Only a client with a token may set this field.")]
    ClientsOnly,
    /// Only the event's owner may change the field, not a co-organiser.
    #[error("Only the event's owner may change this.")]
    OwnerOnly,
    /// Something else already has this name, and keeps it.
    #[error("This name is taken.")]
    Taken,
    /// The address belongs to a private, local or reserved network, to which webhooks are not sent.
    #[error("This must be a public address: nothing is sent to private, local or reserved ones.")]
    PrivateAddress,
    /// The value is not a zone name of the IANA time zone database.
    #[error("This is not a time zone of the IANA database.")]
    TimeZone,
    /// The local time does not exist: the zone skips it when its clocks go forward.
    #[error("This wall-clock time does not exist in {zone}: the clocks skip it.")]
    SkippedTime {
        /// The zone's name.
        zone: String,
    },
    /// The key occurs twice in a list whose keys must be unique.
    #[error("The key “{0}” stands here more than once.")]
    Duplicate(String),
    /// The key refers to nothing.
    #[error("There is no {kind} with the key “{key}”.")]
    Reference {
        /// The kind of object that the key should refer to.
        kind: Referent,
        /// The key.
        key: String,
    },
}

impl InvalidValue {
    /// The stable code for programs, as text.
    pub const fn code(&self) -> &'static str {
        self.field_code().as_str()
    }

    /// The stable code for programs.
    pub const fn field_code(&self) -> FieldCode {
        match self {
            Self::Required => FieldCode::Required,
            Self::UnknownField { .. } => FieldCode::UnknownField,
            Self::Type { .. } | Self::Unquoted { .. } => FieldCode::Type,
            Self::Yaml(_) => FieldCode::Yaml,
            Self::Length { .. } | Self::ListLength { .. } => FieldCode::Length,
            Self::Email => FieldCode::Email,
            Self::ControlCharacter | Self::Format { .. } => FieldCode::Format,
            Self::Choice { .. } | Self::UnknownOption => FieldCode::Choice,
            Self::Range(_) => FieldCode::Range,
            Self::Consent => FieldCode::Consent,
            Self::ReadOnly => FieldCode::ReadOnly,
            Self::Token => FieldCode::Token,
            Self::ClientsOnly => FieldCode::ClientsOnly,
            Self::OwnerOnly => FieldCode::OwnerOnly,
            Self::Taken => FieldCode::Taken,
            Self::PrivateAddress => FieldCode::PrivateAddress,
            Self::TimeZone => FieldCode::TimeZone,
            Self::SkippedTime { .. } => FieldCode::SkippedTime,
            Self::Duplicate(_) => FieldCode::Duplicate,
            Self::Reference { .. } => FieldCode::Reference,
        }
    }
}

/// An invalid value's location in its document, and the reason why it is invalid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The location, as a JSON Pointer (RFC 6901); the empty pointer is the whole document.
    pub pointer: String,
    /// The reason.
    pub reason: InvalidValue,
}

impl FieldError {
    /// An error at `pointer`.
    pub fn new(pointer: impl Into<String>, reason: InvalidValue) -> Self {
        Self { pointer: pointer.into(), reason }
    }
}

/// Escapes a name (`~` and `/`) as one reference token of a JSON Pointer.
pub fn pointer_token(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map(|name| format!(" Did you mean “{name}”?")).unwrap_or_default()
}

fn one_of(choices: &[String]) -> String {
    if choices.is_empty() {
        return "There is nothing to choose from here.".to_owned();
    }
    format!("This must be one of: {}.", choices.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_escape_slash_and_tilde() {
        assert_eq!(pointer_token("a/b~c"), "a~1b~0c");
    }

    #[test]
    fn errors_display_as_sentences() {
        for (reason, sentence) in [
            (InvalidValue::Type { expected: ValueType::Boolean }, "This must be true or false."),
            (
                InvalidValue::Unquoted { expected: ValueType::String, written: "1984".to_owned() },
                "This must be a string. Without quotes it is not text: write \"1984\".",
            ),
            (InvalidValue::Range(OutOfRange::TooLate { last: 9999 }), "This goes beyond the year 9999."),
            (
                InvalidValue::Format { expected: Form::CountryCode },
                "This must be a country code (ISO 3166-1 alpha-2) like “ES”.",
            ),
            (InvalidValue::Range(OutOfRange::Between { min: 1, max: 9 }), "This must be from 1 to 9."),
            (InvalidValue::Choice { choices: vec!["a".to_owned(), "b".to_owned()] }, "This must be one of: a, b."),
            (InvalidValue::Choice { choices: Vec::new() }, "There is nothing to choose from here."),
            (
                InvalidValue::Reference { kind: Referent::Speaker, key: "ana".to_owned() },
                "There is no speaker with the key “ana”.",
            ),
        ] {
            assert_eq!(reason.to_string(), sentence);
        }
    }
}
