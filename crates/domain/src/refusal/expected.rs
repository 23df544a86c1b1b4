//! What a refused value should have been.

use serde::{Deserialize, Serialize};

/// An enum of things that are said in English by `Display`, with the list of them all.
macro_rules! listed {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$vdoc])* $variant),+
        }

        impl $name {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(match self { $(Self::$variant => $text),+ })
            }
        }
    };
}

listed!(
    /// The type of a JSON value. `Display` gives it in English, with its article.
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
        /// A list of nothing but strings.
        ListOfStrings = "a list of strings",
        /// An object.
        Object = "an object",
        /// A text of a definition: a string, or an object of strings by language.
        Text = "a string, or an object of strings by language",
    }
);

listed!(
    /// The form of a string. `Display` gives it in English, as what follows “This must be”.
    Form {
        /// A BCP 47 tag.
        LanguageTag = "a language tag (BCP 47) like “es” or “pt-BR”",
        /// An ISO 3166-1 alpha-2 code.
        CountryCode = "a country code (ISO 3166-1 alpha-2) like “ES”",
        /// A slug or key.
        Slug = "lower-case letters and digits in words joined by hyphens, and no UUID",
        /// An id.
        Id = "an id: a UUID of version 7, in lower case with hyphens",
        /// A date and time on the clock of a zone.
        WallClock = "a wall-clock time like 2027-07-22T15:00, without an offset",
        /// A time in UTC or with its offset.
        Instant = "a time like 2027-07-22T13:00:00Z (RFC 3339)",
        /// An address of the web.
        WebAddress = "an address that begins with https:// or http://",
        /// An address that webhooks can be sent to.
        WebhookAddress = "an address that begins with https://, without a user name, a password or a fragment",
        /// A text without line breaks.
        SingleLine = "a single line, without line breaks",
        /// A text that holds no address of the web.
        NoWebAddress = "a text without web addresses",
    }
);

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
    /// A time that is too late, or a start whose end is.
    #[error("This goes beyond the year {last}.")]
    TooLate {
        /// The last year allowed.
        last: i32,
    },
    /// A session that would start before its event does.
    #[error("A session cannot start before its event.")]
    SessionBeforeEvent,
    /// A registration that would not open before it closes.
    #[error("Registration must open before it closes.")]
    OpensTooLate,
}

listed!(
    /// What a key names.
    Referent {
        /// A speaker.
        Speaker = "speaker",
    }
);
