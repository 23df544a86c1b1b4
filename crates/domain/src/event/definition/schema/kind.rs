//! The kinds of values in a definition, as JSON Schema. Each kind has two forms: the value of a required field, and that
//! of an optional field, which may also be null and, if it is a string, blank.

use serde_json::{Value, json};

use crate::event::definition::limits;
use crate::values::country::Country;
use crate::values::email::EmailAddress;
use crate::values::language::Language;
use crate::values::slug::Slug;
use crate::values::time_zone::TimeZone;

/// White space, which is trimmed, as the inside of a character class.
const SPACE: &str = r"\t\n\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000";
/// Characters that show nothing: a text of only these and white space is blank.
const INVISIBLE: &str = r"\u00ad\u115f\u1160\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0";
/// Control characters, without those of which line breaks and tabs consist.
const CONTROL: &str = r"\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f";
/// Line breaks and tabs.
const BREAK: &str = r"\t\n\r\u2028\u2029";
/// A slug: no UUID, words joined by hyphens.
const SLUG: &str = "(?!(?:[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$)[a-z0-9]+(?:-[a-z0-9]+)*";
/// The outer form of a language tag.
const LANGUAGE: &str = "(?=.{1,35}$)(?:[A-Za-z]{2,8}|[XxIi])(?:-[A-Za-z0-9]{1,8})*";
/// A local time, with or without its year.
const LOCAL_TIME: &str = "(?:(?:19[7-9][0-9]|[2-9][0-9]{3})-)?(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])\
                          T(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?";

/// The kind of a value.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    /// A text of one line, at most this long, the same in every language.
    Line(usize),
    /// A text of one line, at most this long, in one or more languages.
    Text(usize),
    /// A text of several paragraphs in one or more languages.
    Paragraphs,
    /// A slug or key.
    Slug,
    /// A language tag.
    Language,
    /// A local time of the event's zone.
    LocalTime,
    /// The name of a time zone.
    TimeZone,
    /// A country's code.
    Country,
    /// A web address.
    WebAddress,
    /// An e-mail address.
    Email,
    /// A colour.
    Colour,
    /// True or false.
    Boolean,
    /// A whole number in this range.
    Integer(u32, u32),
    /// One of these strings.
    Choice(Vec<&'static str>),
    /// A list of at most so many items.
    List(usize, Box<Kind>),
    /// A list of at most so many different strings.
    Set(usize, Box<Kind>),
    /// The object with this name among the schema's `$defs`.
    Object(&'static str),
}

/// The kinds that are defined once, under `$defs`.
pub(crate) const SHARED: [Kind; 8] = [
    Kind::Text(limits::LINE),
    Kind::Paragraphs,
    Kind::Slug,
    Kind::Language,
    Kind::LocalTime,
    Kind::TimeZone,
    Kind::Country,
    Kind::WebAddress,
];

impl Kind {
    /// The name under `$defs`, for kinds that are defined there.
    pub(crate) const fn shared_name(&self, required: bool) -> Option<&'static str> {
        Some(match (self, required) {
            (Self::Text(limits::LINE), true) => "text",
            (Self::Text(limits::LINE), false) => "optional-text",
            (Self::Paragraphs, false) => "optional-paragraphs",
            (Self::Slug, true) => "slug",
            (Self::Slug, false) => "optional-slug",
            (Self::Language, true) => "language",
            (Self::Language, false) => "optional-language",
            (Self::LocalTime, true) => "local-time",
            (Self::LocalTime, false) => "optional-local-time",
            (Self::TimeZone, true) => "time-zone",
            (Self::Country, false) => "optional-country",
            (Self::WebAddress, true) => "web-address",
            (Self::WebAddress, false) => "optional-web-address",
            _ => return None,
        })
    }

    /// The schema of a field of this kind.
    pub(crate) fn schema(&self, required: bool) -> Value {
        match (self, self.shared_name(required)) {
            (_, Some(name)) => json!({"$ref": format!("#/$defs/{name}")}),
            (Self::Object(name), None) if required => json!({"$ref": format!("#/$defs/{name}")}),
            (Self::Object(name), None) => json!({"anyOf": [{"$ref": format!("#/$defs/{name}")}, {"type": "null"}]}),
            _ => self.full_schema(required),
        }
    }

    /// The schema, without reference to `$defs` of the same kind.
    pub(crate) fn full_schema(&self, required: bool) -> Value {
        let types = |name: &str| if required { json!(name) } else { json!([name, "null"]) };
        match self {
            Self::Line(max) => string(&single_line(), *max, required),
            Self::Text(max) => translated(&single_line(), *max, required),
            Self::Paragraphs => translated(&paragraphs(), limits::PARAGRAPHS, required),
            Self::Slug => string(SLUG, Slug::MAX, required),
            Self::Language => string(LANGUAGE, Language::MAX, required),
            Self::LocalTime => string(LOCAL_TIME, 30, required),
            Self::TimeZone => json!({"enum": TimeZone::all().map(TimeZone::name).collect::<Vec<_>>()}),
            Self::Country => string(&format!("[{SPACE}]*(?:{})[{SPACE}]*", countries()), 30, required),
            Self::WebAddress => string(
                &format!("[{SPACE}]*[Hh][Tt][Tt][Pp][Ss]?://[^{CONTROL}{BREAK}]+[{SPACE}]*"),
                limits::WEB_ADDRESS,
                required,
            ),
            Self::Email => string("[^@]+@[^@]+", EmailAddress::MAX, required),
            Self::Colour => string("#[0-9A-Fa-f]{6}", 30, required),
            Self::Boolean => json!({"type": types("boolean")}),
            Self::Integer(min, max) => json!({"type": types("integer"), "minimum": min, "maximum": max}),
            Self::Choice(choices) if required => json!({"enum": choices}),
            Self::Choice(choices) => {
                let null = std::iter::once(Value::Null);
                json!({"enum": choices.iter().map(|choice| json!(choice)).chain(null).collect::<Vec<_>>()})
            }
            Self::List(max, item) => json!({"type": types("array"), "maxItems": max, "items": item.schema(true)}),
            Self::Set(max, item) => {
                json!({"type": types("array"), "maxItems": max, "uniqueItems": true, "items": item.schema(true)})
            }
            Self::Object(_) => self.schema(required),
        }
    }
}

/// A pattern for a text of one line that is not blank.
fn single_line() -> String {
    let inside = format!("[^{CONTROL}{BREAK}]*");
    format!("[{SPACE}]*{inside}[^{CONTROL}{SPACE}{INVISIBLE}]{inside}[{SPACE}]*")
}

/// A pattern for a text of several paragraphs that is not blank.
fn paragraphs() -> String {
    format!("[^{CONTROL}]*[^{CONTROL}{SPACE}{INVISIBLE}][^{CONTROL}]*")
}

/// A pattern for the codes of all countries, in any case.
fn countries() -> String {
    let letter = |c: char| ['[', c, c.to_ascii_lowercase(), ']'];
    let any_case = |code: &str| code.chars().flat_map(letter).collect::<String>();
    Country::codes().map(any_case).collect::<Vec<_>>().join("|")
}

/// A string of this form; an optional one may also be blank.
fn string(pattern: &str, max: usize, required: bool) -> Value {
    if required {
        json!({"type": "string", "pattern": format!("^(?:{pattern})$"), "maxLength": max})
    } else {
        let pattern = format!("^(?:[{SPACE}{INVISIBLE}]*|{pattern})$");
        json!({"type": ["string", "null"], "pattern": pattern, "maxLength": max})
    }
}

/// A text in one or more languages: a string, or an object of strings by language. Translations may be null or blank,
/// but those of a required text not all.
fn translated(pattern: &str, max: usize, required: bool) -> Value {
    let language = format!("^{LANGUAGE}$");
    let blank = json!({"type": ["string", "null"], "pattern": format!("^[{SPACE}{INVISIBLE}]*$"), "maxLength": max});
    let mut schema = string(pattern, max, required);
    let (mut types, mut parts) = (vec!["string", "object"], serde_json::Map::new());
    if required {
        parts.insert("not".into(), json!({"type": "object", "additionalProperties": blank}));
    } else {
        types.push("null");
    }
    parts.insert("type".into(), json!(types));
    parts.insert("patternProperties".into(), json!({language: string(pattern, max, false)}));
    parts.insert("additionalProperties".into(), blank);
    if let Some(schema) = schema.as_object_mut() {
        schema.append(&mut parts);
    }
    schema
}
