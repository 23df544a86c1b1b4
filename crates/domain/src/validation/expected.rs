//! The types, forms and ranges that validation errors name as required.

use serde::{Deserialize, Serialize};

/// Defines an enum with the list of its variants and an English description of each (`Display`).
macro_rules! described_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$vdoc])* $variant),+
        }

        impl $name {
            /// All variants.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(match self { $(Self::$variant => $text),+ })
            }
        }
    };
}

described_enum!(
    /// The type of a JSON value. `Display` describes it in English, with its article.
    ValueType {
        /// A string.
        String = "a string",
        /// True or false.
        Boolean = "true or false",
        /// A number without a fraction.
        WholeNumber = "a whole number",
        /// A number.
        Number = "a number",
        /// A list.
        List = "a list",
        /// A list that contains only strings.
        ListOfStrings = "a list of strings",
        /// An object.
        Object = "an object",
        /// A text of a definition: a string, or an object of strings by language.
        Text = "a string, or an object of strings by language",
    }
);

described_enum!(
    /// The form of a string. `Display` describes it in English, as a continuation of “This must be”.
    Form {
        /// A BCP 47 tag.
        LanguageTag = "a language tag (BCP 47) like “es” or “pt-BR”",
        /// An ISO 3166-1 alpha-2 code.
        CountryCode = "a country code (ISO 3166-1 alpha-2) like “ES”",
        /// A slug or key.
        Slug = "lower-case letters and digits in words joined by hyphens, and no UUID",
        /// An id.
        Id = "an id: a UUID of version 7, in lower case with hyphens",
        /// A local date and time, without an offset.
        WallClock = "a wall-clock time like 2027-07-22T15:00, without an offset",
        /// An instant: a time in UTC or with an offset.
        Instant = "a time like 2027-07-22T13:00:00Z (RFC 3339)",
        /// A web address.
        WebAddress = "an address that begins with https:// or http://",
        /// The address of a webhook endpoint.
        WebhookAddress = "an address that begins with https://, without a user name, a password or a fragment",
        /// A colour.
        Colour = "a colour like #0a7cc1",
        /// A text without line breaks.
        SingleLine = "a single line, without line breaks",
        /// A text that contains no web address.
        NoWebAddress = "a text without web addresses",
    }
);

/// The reason why a number or a time is out of range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum OutOfRange {
    /// The number is too small or too great.
    #[error("This must be from {min} to {max}.")]
    Between {
        /// The smallest number allowed.
        min: u64,
        /// The greatest number allowed.
        max: u64,
    },
    /// The value is not a whole number, or is too small or too great.
    #[error("This must be a whole number from {min} to {max}.")]
    WholeNumber {
        /// The smallest number allowed.
        min: u64,
        /// The greatest number allowed.
        max: u64,
    },
    /// The year is too early.
    #[error("The year must be {first} or later.")]
    Year {
        /// The first year allowed.
        first: i32,
    },
    /// The time, or the end that follows from it, is too late.
    #[error("This goes beyond the year {last}.")]
    TooLate {
        /// The last year allowed.
        last: i32,
    },
    /// The session would start before its event does.
    #[error("A session cannot start before its event.")]
    SessionBeforeEvent,
    /// The time is in the future.
    #[error("This must not be in the future.")]
    Future,
    /// Registration would not open before it closes.
    #[error("Registration must open before it closes.")]
    OpensTooLate,
}

described_enum!(
    /// The kind of object that a key refers to.
    Referent {
        /// A speaker.
        Speaker = "speaker",
        /// A room.
        Room = "room",
    }
);

described_enum!(
    /// The reason why a value of a YAML document has no counterpart in JSON. `Display` is a sentence in English.
    YamlError {
        /// The value has a tag that is not of YAML's core schema.
        UnknownTag = "YAML tags are not supported here.",
        /// The value cannot be read as the type that its tag names.
        TagMismatch = "The value is not of the type that its tag names.",
        /// The value is infinite or not a number.
        NotFinite = "JSON has no such number. Write text in quotes.",
        /// An alias is inside the value that it refers to.
        RecursiveAlias = "An alias cannot be part of the value that it refers to.",
        /// `<<` has a value that is not a mapping.
        NotMergeable = "Only mappings can be merged.",
        /// A key is a number, true, false or null.
        KeyNotQuoted = "A key must be text: write it in quotes.",
        /// A key is a list or a mapping.
        KeyNotText = "A key must be text.",
    }
);
