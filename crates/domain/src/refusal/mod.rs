//! Why a value was refused: one vocabulary for request bodies and for definitions.
//!
//! A refusal holds what happened and no prose, so that whoever shows it can say it in any language; `Display` says it
//! in English.

mod expected;
mod spelling;

use serde::{Deserialize, Serialize};

pub use expected::{Form, OutOfRange, Referent, ValueType};
pub use spelling::nearest;

/// The most faults that one list of them shows. Finding a sentence for one can cost more than reading it (the nearest known
/// name), so whoever looks for faults stops doing that here; and a reader is not helped by more.
pub const MAX_LISTED: usize = 50;

/// A reason for refusing one value. [`InvalidValue::code`] is the machine's name of it and never changes; `Display` is the
/// sentence for people, in English.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum InvalidValue {
    /// A value that must be there is missing or null.
    #[error("This field is required.")]
    Required,
    /// A name that the object does not have; `nearest` is the known name closest to it.
    #[error("This field is not known.{}", did_you_mean(.nearest.as_deref()))]
    UnknownField {
        /// The known name closest to the unknown one.
        nearest: Option<String>,
    },
    /// The value is of another JSON type.
    #[error("This must be {expected}.")]
    Type {
        /// The type that it must be of.
        expected: ValueType,
    },
    /// A number, or true or false, where text is wanted, in a file in which quotes would have made it text.
    #[error("This must be {expected}. Without quotes it is not text: write \"{written}\".")]
    Unquoted {
        /// The type that it must be of.
        expected: ValueType,
        /// What stands there.
        written: String,
    },
    /// Too short or too long, in characters or items.
    #[error("The length must be from {min} to {max}.")]
    Length {
        /// The smallest length allowed.
        min: usize,
        /// The greatest length allowed.
        max: usize,
    },
    /// Not an address that mail could be delivered to.
    #[error("This is not an e-mail address.")]
    Email,
    /// Text with control characters (U+0000 to U+001F, U+007F to U+009F).
    #[error("Control characters are not allowed.")]
    ControlCharacter,
    /// Not of the form that the field asks for.
    #[error("This must be {expected}.")]
    Format {
        /// The form that it must have.
        expected: Form,
    },
    /// Not one of the values to choose from.
    #[error("{}", one_of(.choices))]
    Choice {
        /// The values to choose from.
        choices: Vec<String>,
    },
    /// A number or time outside its range.
    #[error("{0}")]
    Range(OutOfRange),
    /// Consent that was not given.
    #[error("The privacy notice must be accepted.")]
    Consent,
    /// A field that is told, and cannot be changed.
    #[error("This field cannot be changed.")]
    ReadOnly,
    /// A token that proves nothing: forged, foreign, expired, or of something that is no more.
    #[error("This token is not valid, or it has expired.")]
    Token,
    /// A field that only clients with a token may set.
    #[error("Only a client with a token may set this field.")]
    ClientsOnly,
    /// An address within somebody's own network, to which nothing is sent.
    #[error("This must be a public address: nothing is sent to private, local or reserved ones.")]
    PrivateAddress,
    /// Not a name of the IANA time zone database.
    #[error("This is not a time zone of the IANA database.")]
    TimeZone,
    /// A wall-clock time that the zone skips when its clocks go forward.
    #[error("This wall-clock time does not exist in {zone}: the clocks skip it.")]
    SkippedTime {
        /// The zone's name.
        zone: String,
    },
    /// The same key twice in a list whose keys must differ.
    #[error("The key “{0}” stands here more than once.")]
    Duplicate(String),
    /// A key that names nothing.
    #[error("There is no {kind} with the key “{key}”.")]
    Reference {
        /// What was looked for.
        kind: Referent,
        /// The key that was not found.
        key: String,
    },
}

impl InvalidValue {
    /// The code that callers' programs read (`CONTRACT.md`, field codes of `validation-failed`).
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::UnknownField { .. } => "unknown-field",
            Self::Type { .. } | Self::Unquoted { .. } => "type",
            Self::Length { .. } => "length",
            Self::Email => "email",
            Self::ControlCharacter | Self::Format { .. } => "format",
            Self::Choice { .. } => "choice",
            Self::Range(_) => "range",
            Self::Consent => "consent",
            Self::ReadOnly => "read-only",
            Self::Token => "token",
            Self::ClientsOnly => "clients-only",
            Self::PrivateAddress => "private-address",
            Self::TimeZone => "time-zone",
            Self::SkippedTime { .. } => "skipped-time",
            Self::Duplicate(_) => "duplicate",
            Self::Reference { .. } => "reference",
        }
    }
}

/// A refused value and where it stands, as a JSON Pointer (RFC 6901); the empty pointer is the whole document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// Where the value stands.
    pub pointer: String,
    /// Why it was refused.
    pub refusal: InvalidValue,
}

impl FieldError {
    /// A fault at `pointer`.
    pub fn new(pointer: impl Into<String>, refusal: InvalidValue) -> Self {
        Self { pointer: pointer.into(), refusal }
    }
}

/// One reference token of a JSON Pointer, escaped (`~` and `/`).
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
    fn sentences_are_whole() {
        for (refusal, sentence) in [
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
            assert_eq!(refusal.to_string(), sentence);
        }
    }
}
