//! Walking a document while gathering all of its errors.

use std::cell::RefCell;
use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::language::Language;
use crate::refusal::{FieldError, Form, MAX_LISTED, OutOfRange, InvalidValue, ValueType, nearest, pointer_token};
use crate::text::{self, Translated};

/// The errors found so far.
#[derive(Default)]
pub(super) struct ErrorList(RefCell<Vec<FieldError>>);

impl ErrorList {
    pub(super) fn add(&self, pointer: impl Into<String>, refusal: InvalidValue) {
        self.0.borrow_mut().push(FieldError::new(pointer, refusal));
    }

    /// How many there are.
    fn len(&self) -> usize {
        self.0.borrow().len()
    }

    pub(super) fn into_inner(self) -> Vec<FieldError> {
        self.0.into_inner()
    }
}

/// A value, where it stands, and where its errors go.
#[derive(Clone)]
pub(super) struct Node<'a> {
    pub(super) value: &'a Value,
    pub(super) pointer: String,
    errors: &'a ErrorList,
}

impl<'a> Node<'a> {
    pub(super) fn root(value: &'a Value, errors: &'a ErrorList) -> Self {
        Self { value, pointer: String::new(), errors }
    }

    pub(super) fn fault(&self, refusal: InvalidValue) {
        self.errors.add(self.pointer.clone(), refusal);
    }

    /// Keeps a good value and tells of a refused one.
    pub(super) fn keep<T>(&self, result: Result<T, InvalidValue>) -> Option<T> {
        result.map_err(|refusal| self.error(refusal)).ok()
    }

    fn typed<T>(&self, value: Option<T>, expected: ValueType) -> Option<T> {
        self.keep(value.ok_or(InvalidValue::Type { expected }))
    }

    pub(super) fn object(&self) -> Option<Object<'a>> {
        let map = self.typed(self.value.as_object(), ValueType::Object)?;
        Some(Object { map, asked: Vec::new(), node: self.clone() })
    }

    /// The items of a list of at most `max`.
    pub(super) fn items(&self, max: usize) -> Vec<Node<'a>> {
        let Some(items) = self.typed(self.value.as_array(), ValueType::List) else { return Vec::new() };
        if items.len() > max {
            self.error(InvalidValue::Length { min: 0, max });
        }
        let item = |(index, value)| Node { value, pointer: format!("{}/{index}", self.pointer), errors: self.errors };
        items.iter().take(max).enumerate().map(item).collect()
    }

    pub(super) fn str(&self) -> Option<&'a str> {
        self.typed(self.value.as_str(), ValueType::String)
    }

    pub(super) fn boolean(&self) -> Option<bool> {
        self.typed(self.value.as_bool(), ValueType::Boolean)
    }

    /// A whole number within a range; `1.0` is one too (JSON knows one kind of number).
    pub(super) fn integer(&self, min: u32, max: u32) -> Option<u32> {
        let whole = |f: &f64| f.fract() == 0.0 && f.abs() < 9e15;
        #[allow(clippy::cast_possible_truncation, reason = "checked to be whole and small")]
        let number = self.value.as_i64().or_else(|| self.value.as_f64().filter(whole).map(|f| f as i64));
        let number = self.typed(number, ValueType::WholeNumber)?;
        let refusal = || InvalidValue::Range(OutOfRange::Between { min: min.into(), max: max.into() });
        self.keep(u32::try_from(number).ok().filter(|n| (min..=max).contains(n)).ok_or_else(refusal))
    }

    pub(super) fn parse<T>(&self, parse: impl Fn(&str) -> Result<T, InvalidValue>) -> Option<T> {
        self.keep(parse(self.str()?))
    }

    /// A text of one language on one line.
    pub(super) fn line(&self, max: usize) -> Option<String> {
        self.parse(|text| text::clean(text, 1, max))
    }

    /// An address of the web.
    pub(super) fn url(&self) -> Option<String> {
        self.parse(|text| {
            let expected = InvalidValue::Format { expected: Form::WebAddress };
            let text = text::clean(text, 1, 2000)?;
            let url = url::Url::parse(&text).map_err(|_| expected.clone())?;
            let good = matches!(url.scheme(), "http" | "https") && url.has_host();
            if good { Ok(text) } else { Err(expected) }
        })
    }

    /// A text of one line: a plain string in `language`, or a map by language.
    pub(super) fn text(&self, language: &Language, max: usize) -> Option<Translated> {
        self.translated(language, |text| text::clean(text, 1, max))
    }

    /// A text of several paragraphs: a plain string in `language`, or a map by language.
    pub(super) fn paragraphs(&self, language: &Language, max: usize) -> Option<Translated> {
        self.translated(language, |text| text::clean_multiline(text, 1, max))
    }

    /// Translations that are null or blank are absent; one at least must be there.
    fn translated(&self, language: &Language, clean: impl Fn(&str) -> Result<String, InvalidValue>) -> Option<Translated> {
        let mut translations = BTreeMap::new();
        match self.value {
            Value::String(plain) => {
                translations.insert(language.clone(), self.keep(clean(plain))?);
            }
            Value::Object(map) => {
                for (tag, value) in map.iter().filter(|(_, value)| !is_null_or_blank(value)) {
                    let pointer = format!("{}/{}", self.pointer, pointer_token(tag));
                    let entry = Node { value, pointer, errors: self.errors };
                    let tag = entry.keep(Language::parse_registered(tag));
                    let text = entry.parse(&clean);
                    if let (Some(tag), Some(text)) = (tag, text) {
                        // Tags that differ in case alone name one language.
                        if translations.contains_key(&tag) {
                            entry.error(InvalidValue::Duplicate(tag.to_string()));
                        }
                        translations.insert(tag, text);
                    }
                }
                if is_absent_text(self.value) {
                    self.error(InvalidValue::Required);
                }
            }
            _ => self.error(InvalidValue::Type { expected: ValueType::Text }),
        }
        Translated::new(translations)
    }

    /// The items of a list, each read by `read`, whose keys must differ.
    pub(super) fn keyed<T>(
        &self,
        max: usize,
        read: impl Fn(&Node<'a>) -> Option<T>,
        key: impl Fn(&T) -> &str,
    ) -> Vec<T> {
        let mut kept: Vec<T> = Vec::new();
        for item in self.items(max) {
            let Some(value) = read(&item) else { continue };
            if kept.iter().any(|other| key(other) == key(&value)) {
                item.error(InvalidValue::Duplicate(key(&value).to_owned()));
            } else {
                kept.push(value);
            }
        }
        kept
    }
}

/// Whether a value says nothing: null, or the blank text that an empty field of a form sends.
fn is_null_or_blank(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(text::is_blank)
}

/// Whether a text says nothing in any language.
fn is_absent_text(value: &Value) -> bool {
    match value {
        Value::Object(translations) => translations.values().all(is_null_or_blank),
        other => is_null_or_blank(other),
    }
}

/// An object whose fields are asked for one by one; the others are errors.
pub(super) struct Object<'a> {
    map: &'a Map<String, Value>,
    asked: Vec<&'static str>,
    node: Node<'a>,
}

impl<'a> Object<'a> {
    /// A field that may be missing or null.
    pub(super) fn optional(&mut self, name: &'static str) -> Option<Node<'a>> {
        self.asked.push(name);
        let value = self.map.get(name).filter(|value| !value.is_null())?;
        Some(Node { value, pointer: format!("{}/{name}", self.node.pointer), errors: self.node.errors })
    }

    /// A text field that may be missing, null or blank, in every language if it is a map.
    pub(super) fn optional_text(&mut self, name: &'static str) -> Option<Node<'a>> {
        self.optional(name).filter(|node| !is_absent_text(node.value))
    }

    /// A field that must be there, and not blank.
    pub(super) fn required(&mut self, name: &'static str) -> Option<Node<'a>> {
        let node = self.optional(name).filter(|node| !is_null_or_blank(node.value));
        if node.is_none() {
            self.node.errors.add(format!("{}/{name}", self.node.pointer), InvalidValue::Required);
        }
        node
    }

    /// An optional list, read item by item.
    pub(super) fn list<T>(&mut self, name: &'static str, max: usize, read: impl Fn(&Node<'a>) -> Option<T>) -> Vec<T> {
        self.optional(name).map(|node| node.items(max).iter().filter_map(read).collect()).unwrap_or_default()
    }

    pub(super) fn boolean(&mut self, name: &'static str, default: bool) -> bool {
        self.optional(name).and_then(|node| node.boolean()).unwrap_or(default)
    }

    pub(super) fn text(&mut self, name: &'static str, language: &Language, max: usize) -> Option<Translated> {
        self.optional_text(name).and_then(|node| node.text(language, max))
    }

    pub(super) fn paragraphs(&mut self, name: &'static str, language: &Language, max: usize) -> Option<Translated> {
        self.optional_text(name).and_then(|node| node.paragraphs(language, max))
    }

    /// Tells of every field that was not asked for.
    pub(super) fn finish(self) {
        for name in self.map.keys().filter(|name| !self.asked.contains(&name.as_str())) {
            let listed = self.node.errors.len() < MAX_LISTED;
            let nearest = listed.then(|| nearest(name, self.asked.iter().copied())).flatten().map(str::to_owned);
            let pointer = format!("{}/{}", self.node.pointer, pointer_token(name));
            self.node.errors.add(pointer, InvalidValue::UnknownField { nearest });
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::definition::Definition;
    use crate::time::Instant;

    /// A definition in which every text is given.
    fn document() -> Value {
        json!({
            "slug": "all-texts", "language": "en", "title": "Title", "summary": "Summary", "description": "Description",
            "series": "series", "owner": "owner", "topics": ["Topic"], "place": "Place",
            "starts": "2027-07-22T15:00", "time_zone": "Etc/UTC", "duration_minutes": 10,
            "organisers": [{"key": "o", "name": "Organiser", "url": "https://example.org"}],
            "audiences": [{"key": "a", "label": "Audience"}],
            "publications": [{"title": "Publication", "url": "https://example.org"}],
            "registration": {"questions": [
                {"key": "q", "label": "Question", "kind": "choice", "choices": [{"key": "c", "label": "Choice"}]},
            ]},
            "speakers": [{
                "key": "s", "name": "Speaker", "honorific": "Dr", "position": "Position", "organisation": "Organisation",
                "city": "City", "country": "ES", "biography": "Biography", "photo_url": "https://example.org",
                "links": [{"label": "Link", "url": "https://example.org"}],
            }],
            "programme": {"sessions": [
                {"key": "t", "title": "Session", "abstract": "Abstract", "track": "Track", "minutes": 10},
            ]},
        })
    }

    fn read(document: &Value) -> Result<Definition, Vec<(String, &'static str)>> {
        let told = |errors: Vec<FieldError>| errors.into_iter().map(|f| (f.pointer, f.reason.code())).collect();
        Definition::parse(document, Instant::default()).map_err(told)
    }

    const SINGLE_LINE: [&str; 17] = [
        "/title",
        "/summary",
        "/topics/0",
        "/place",
        "/organisers/0/name",
        "/audiences/0/label",
        "/publications/0/title",
        "/registration/questions/0/label",
        "/registration/questions/0/choices/0/label",
        "/speakers/0/name",
        "/speakers/0/honorific",
        "/speakers/0/position",
        "/speakers/0/organisation",
        "/speakers/0/city",
        "/speakers/0/links/0/label",
        "/programme/sessions/0/title",
        "/programme/sessions/0/track",
    ];

    const PARAGRAPHS: [&str; 3] = ["/description", "/speakers/0/biography", "/programme/sessions/0/abstract"];

    const OPTIONAL: [&str; 15] = [
        "/summary",
        "/description",
        "/series",
        "/owner",
        "/place",
        "/organisers/0/url",
        "/publications/0/url",
        "/speakers/0/honorific",
        "/speakers/0/position",
        "/speakers/0/organisation",
        "/speakers/0/city",
        "/speakers/0/country",
        "/speakers/0/biography",
        "/speakers/0/photo_url",
        "/programme/sessions/0/track",
    ];

    fn with(pointer: &str, value: &Value) -> Value {
        let mut changed = document();
        *changed.pointer_mut(pointer).unwrap() = value.clone();
        changed
    }

    #[test]
    fn line_breaks_are_for_texts_of_several_paragraphs() {
        for pointer in SINGLE_LINE {
            for text in ["one\ntwo", "one\r\ntwo", "one\rtwo", "one\u{2028}two"] {
                let expected = vec![(pointer.to_owned(), "format")];
                assert_eq!(read(&with(pointer, &json!(text))).unwrap_err(), expected, "{pointer}: {text:?}");
            }
            assert!(read(&with(pointer, &json!("one\n"))).is_ok(), "{pointer}: what stands around it is trimmed");
        }
        let expected = |pointer: &str| read(&with(pointer, &json!("one\n\ntwo\nthree"))).unwrap();
        for pointer in PARAGRAPHS {
            let sent = with(pointer, &json!(" one\r\n\r\ntwo\rthree\r\n"));
            assert_eq!(read(&sent).unwrap(), expected(pointer), "{pointer}");
        }
    }

    #[test]
    fn directions_are_closed_in_every_text() {
        for pointer in SINGLE_LINE.iter().chain(&PARAGRAPHS) {
            let (open, closed) = (json!("\u{202e}eltit"), json!("\u{202e}eltit\u{202c}"));
            assert_eq!(read(&with(pointer, &open)).unwrap(), read(&with(pointer, &closed)).unwrap(), "{pointer}");
            let kept = serde_json::to_string(&read(&with(pointer, &open)).unwrap()).unwrap();
            assert!(kept.contains("\u{202e}eltit\u{202c}"), "{pointer}: {kept}");
        }
    }

    #[test]
    fn blank_texts_are_absent_and_required_ones_are_missing() {
        for pointer in OPTIONAL {
            let absent = read(&with(pointer, &Value::Null)).unwrap();
            for blank in ["", "  ", "\r\n"] {
                assert_eq!(read(&with(pointer, &json!(blank))).unwrap(), absent, "{pointer}: {blank:?}");
            }
        }
        for pointer in SINGLE_LINE.iter().filter(|pointer| !OPTIONAL.contains(pointer)) {
            let expected = vec![((*pointer).to_owned(), "required")];
            assert_eq!(read(&with(pointer, &json!(" "))).unwrap_err(), expected, "{pointer}");
        }
        for pointer in ["/slug", "/language", "/starts", "/time_zone", "/speakers/0/links/0/url"] {
            let errors = read(&with(pointer, &json!(""))).unwrap_err();
            assert!(errors.contains(&(pointer.to_owned(), "required")), "{pointer}: {errors:?}");
        }
        let number = read(&with("/registration", &json!({"capacity": ""}))).unwrap_err();
        assert_eq!(number, [("/registration/capacity".to_owned(), "type")], "a number is no text");
    }

    #[test]
    fn empty_translations_are_absent() {
        let title = |value: Value| read(&with("/title", &value));
        assert_eq!(title(json!({"en": "Title", "es": "", "fr": null})).unwrap(), read(&document()).unwrap());
        for none in [json!({}), json!({"en": "", "es": " "}), json!({"en": null})] {
            assert_eq!(title(none.clone()).unwrap_err(), [("/title".to_owned(), "required")], "{none}");
            let place = read(&with("/place", &none)).unwrap();
            assert_eq!(place, read(&with("/place", &Value::Null)).unwrap(), "{none}");
        }
        let errors = title(json!({"en": "Title", "es": "a\nb"})).unwrap_err();
        assert_eq!(errors, [("/title/es".to_owned(), "format")]);
    }
}
