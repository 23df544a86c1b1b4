//! The codes of validation errors, for programs, with what each means.

macro_rules! codes {
    ($($variant:ident $code:literal $meaning:literal;)+) => {
        /// The code of a validation error. Codes never change.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum FieldCode {
            $(#[doc = $meaning] $variant),+
        }

        impl FieldCode {
            /// All codes.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The code as it appears in JSON.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            /// What the code means, in English, for the specification.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning),+ }
            }
        }
    };
}

codes! {
    Required "required" "A required value is missing, null or blank.";
    UnknownField "unknown-field" "The object has no field with this name.";
    Type "type" "The value has another JSON type than the field.";
    Yaml "yaml" "A value of a YAML document has no counterpart in JSON.";
    Length "length" "The text or list is too short or too long.";
    Email "email" "The value is not an e-mail address in a deliverable form.";
    Format "format" "The text does not have the required form, or contains control characters.";
    Choice "choice" "The value is not one of the choices.";
    Range "range" "The number or time is outside its range.";
    Consent "consent" "The privacy notice was not accepted.";
    ReadOnly "read-only" "The field appears in responses only, or cannot be changed.";
    Token "token" "The token is not valid, or it has expired.";
    ClientsOnly "clients-only" "Only clients with an access token may set the field.";
    OwnerOnly "owner-only" "Only the owner of the event may change the value, not a co-organiser.";
    Taken "taken" "Something else has this name.";
    PrivateAddress "private-address" "The address belongs to a private, local or reserved network.";
    TimeZone "time-zone" "The value is not a time zone of the IANA database.";
    SkippedTime "skipped-time" "The wall-clock time does not exist, because the zone's clocks skip it.";
    Duplicate "duplicate" "The value occurs more than once in a list whose values must differ.";
    Reference "reference" "The value is the key of something that does not exist.";
}
