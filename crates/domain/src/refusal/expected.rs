//! What a refused value should have been.

use serde::{Deserialize, Serialize};

/// The type of a JSON value. `Display` gives it in English, with its article.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ValueType {
    /// A string.
    String,
    /// True or false.
    Boolean,
    /// A number without a fraction.
    WholeNumber,
    /// A number.
    Number,
    /// A list.
    List,
    /// A list of nothing but strings.
    ListOfStrings,
    /// An object.
    Object,
    /// A text of a definition: a string, or an object of strings by language.
    Text,
}

impl std::fmt::Display for ValueType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::String => "a string",
            Self::Boolean => "true or false",
            Self::WholeNumber => "a whole number",
            Self::Number => "a number",
            Self::List => "a list",
            Self::ListOfStrings => "a list of strings",
            Self::Object => "an object",
            Self::Text => "a string, or an object of strings by language",
        })
    }
}

/// The form of a string. `Display` gives it in English, as what follows “This must be”.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Form {
    /// A BCP 47 tag.
    LanguageTag,
    /// An ISO 3166-1 alpha-2 code.
    CountryCode,
    /// A slug or key.
    Slug,
    /// A date and time on the clock of a zone.
    WallClock,
    /// An address of the web.
    WebAddress,
}

impl std::fmt::Display for Form {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::LanguageTag => "a language tag (BCP 47) like “es” or “pt-BR”",
            Self::CountryCode => "a country code (ISO 3166-1 alpha-2) like “ES”",
            Self::Slug => "lower-case letters and digits in words joined by hyphens, and no UUID",
            Self::WallClock => "a wall-clock time like 2027-07-22T15:00, without an offset",
            Self::WebAddress => "an address that begins with https:// or http://",
        })
    }
}

/// How a number or a time misses its range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum OutOfRange {
    /// A number that is too small or too great.
    #[error("This must be from {min} to {max}.")]
    Between {
        /// The smallest allowed.
        min: u64,
        /// The greatest allowed.
        max: u64,
    },
    /// No whole number, or one that is too small or too great.
    #[error("This must be a whole number from {min} to {max}.")]
    WholeNumber {
        /// The smallest allowed.
        min: u64,
        /// The greatest allowed.
        max: u64,
    },
    /// A year that is too early.
    #[error("The year must be {first} or later.")]
    Year {
        /// The first year allowed.
        first: i32,
    },
    /// A session that would start before its event does.
    #[error("A session cannot start before its event.")]
    SessionBeforeEvent,
    /// A registration that would not open before it closes.
    #[error("Registration must open before it closes.")]
    OpensTooLate,
    /// Confirming by mail, which cannot be had.
    #[error("Confirming addresses by mail is not available yet.")]
    ConfirmationUnavailable,
}

/// What a key names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Referent {
    /// A speaker.
    Speaker,
}

impl std::fmt::Display for Referent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Speaker => "speaker",
        })
    }
}
