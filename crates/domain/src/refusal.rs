//! Why a value was refused: one vocabulary for request bodies and for definitions.

/// A reason for refusing one value. [`Refusal::code`] is the machine's name of it and never changes; `Display` is the
/// sentence for people, in English.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
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
        /// The expected type with its article: `a string`.
        expected: &'static str,
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
        /// What it must be, with its article.
        expected: &'static str,
    },
    /// Not one of the values to choose from.
    #[error("This must be one of: {}.", .choices.join(", "))]
    Choice {
        /// The values to choose from.
        choices: Vec<String>,
    },
    /// A number or time outside its range.
    #[error("{0}")]
    Range(String),
    /// Consent that was not given.
    #[error("The privacy notice must be accepted.")]
    Consent,
    /// A field that only clients with a token may set.
    #[error("Only a client with a token may set this field.")]
    ClientsOnly,
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
        /// What was looked for: `speaker`.
        kind: &'static str,
        /// The key that was not found.
        key: String,
    },
}

impl Refusal {
    /// The code that callers' programs read (`CONTRACT.md`, field codes of `validation-failed`).
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::UnknownField { .. } => "unknown-field",
            Self::Type { .. } => "type",
            Self::Length { .. } => "length",
            Self::Email => "email",
            Self::ControlCharacter | Self::Format { .. } => "format",
            Self::Choice { .. } => "choice",
            Self::Range(_) => "range",
            Self::Consent => "consent",
            Self::ClientsOnly => "clients-only",
            Self::TimeZone => "time-zone",
            Self::SkippedTime { .. } => "skipped-time",
            Self::Duplicate(_) => "duplicate",
            Self::Reference { .. } => "reference",
        }
    }
}

/// A refused value and where it stands, as a JSON Pointer (RFC 6901); the empty pointer is the whole document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where the value stands.
    pub pointer: String,
    /// Why it was refused.
    pub refusal: Refusal,
}

impl Fault {
    /// A fault at `pointer`.
    pub fn new(pointer: impl Into<String>, refusal: Refusal) -> Self {
        Self { pointer: pointer.into(), refusal }
    }
}

/// One reference token of a JSON Pointer, escaped (`~` and `/`).
pub fn pointer_token(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// The name among `known` that is closest to `unknown`, when it is close enough to be meant.
pub fn nearest<'a>(unknown: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = unknown.chars().count();
    let limit = if length < 4 { 1 } else { (length / 3).max(2) };
    known
        .into_iter()
        .map(|name| (edit_distance(unknown, name), name))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map(|name| format!(" Did you mean “{name}”?")).unwrap_or_default()
}

/// Levenshtein's distance, over characters; long words are cut, since they are nobody's misspelling.
fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(100).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().take(100).enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(ca != *cb);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found_and_a_far_one_is_not() {
        assert_eq!(nearest("emial", ["email", "name"]), Some("email"));
        assert_eq!(nearest("organization", ["organisation", "name"]), Some("organisation"));
        assert_eq!(nearest("colour", ["email", "name"]), None);
    }

    #[test]
    fn pointers_escape_slash_and_tilde() {
        assert_eq!(pointer_token("a/b~c"), "a~1b~0c");
    }
}
