//! Walks a document and collects all validation errors on the way.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashSet};

use serde_json::Value;

use crate::event::definition::limits;
use crate::validation::{FieldError, Form, InvalidValue, OutOfRange, ValueType, pointer_token};
use crate::values::email::EmailAddress;
use crate::values::language::Language;
use crate::values::text::cleaning::{clean, clean_multiline, is_blank};
use crate::values::text::translated::Translated;

/// The errors found so far.
#[derive(Default)]
pub(crate) struct ErrorList(RefCell<Vec<FieldError>>);

impl ErrorList {
    pub(crate) fn add(&self, pointer: impl Into<String>, reason: InvalidValue) {
        self.0.borrow_mut().push(FieldError::new(pointer, reason));
    }

    pub(crate) fn len(&self) -> usize {
        self.0.borrow().len()
    }

    pub(crate) fn into_inner(self) -> Vec<FieldError> {
        self.0.into_inner()
    }
}

/// A value, its location, and the list to which its errors are added. The methods that return an `Option` add an error
/// when they return `None`.
#[derive(Clone)]
pub(crate) struct Node<'a> {
    pub(crate) value: &'a Value,
    pub(crate) pointer: String,
    pub(crate) errors: &'a ErrorList,
}

impl<'a> Node<'a> {
    pub(crate) fn root(value: &'a Value, errors: &'a ErrorList) -> Self {
        Self { value, pointer: String::new(), errors }
    }

    pub(crate) fn error(&self, reason: InvalidValue) {
        self.errors.add(self.pointer.clone(), reason);
    }

    /// Returns a valid value; adds the error of an invalid one.
    fn ok_or_report<T>(&self, result: Result<T, InvalidValue>) -> Option<T> {
        result.map_err(|reason| self.error(reason)).ok()
    }

    pub(crate) fn typed<T>(&self, value: Option<T>, expected: ValueType) -> Option<T> {
        self.ok_or_report(value.ok_or(InvalidValue::Type { expected }))
    }

    /// The items of a list of at most `max` items; none if the value is not a list.
    pub(crate) fn items(&self, max: usize) -> Vec<Node<'a>> {
        let Some(items) = self.typed(self.value.as_array(), ValueType::List) else { return Vec::new() };
        if items.len() > max {
            self.error(InvalidValue::ListLength { min: 0, max });
        }
        let item = |(index, value)| Node { value, pointer: format!("{}/{index}", self.pointer), errors: self.errors };
        items.iter().take(max).enumerate().map(item).collect()
    }

    pub(crate) fn str(&self) -> Option<&'a str> {
        self.typed(self.value.as_str(), ValueType::String)
    }

    pub(crate) fn boolean(&self) -> Option<bool> {
        self.typed(self.value.as_bool(), ValueType::Boolean)
    }

    /// A whole number from `min` to `max`. `1.0` counts as whole, because JSON has only one type of number.
    pub(crate) fn integer(&self, min: u32, max: u32) -> Option<u32> {
        let is_whole = |f: &f64| f.fract() == 0.0 && f.abs() < 9e15;
        #[allow(clippy::cast_possible_truncation, reason = "checked to be whole and small")]
        let number = self.value.as_i64().or_else(|| self.value.as_f64().filter(is_whole).map(|f| f as i64));
        let number = self.typed(number, ValueType::WholeNumber)?;
        let out_of_range = || InvalidValue::Range(OutOfRange::Between { min: min.into(), max: max.into() });
        self.ok_or_report(u32::try_from(number).ok().filter(|n| (min..=max).contains(n)).ok_or_else(out_of_range))
    }

    pub(crate) fn parse<T>(&self, parse: impl Fn(&str) -> Result<T, InvalidValue>) -> Option<T> {
        self.ok_or_report(parse(self.str()?))
    }

    /// A text of one line, not translated.
    pub(crate) fn line(&self, max: usize) -> Option<String> {
        self.parse(|text| clean(text, 1, max))
    }

    /// A web address.
    pub(crate) fn url(&self) -> Option<String> {
        self.parse(|text| {
            let text = clean(text, 1, limits::WEB_ADDRESS)?;
            let has_scheme = |scheme: &str| text.get(..scheme.len()).is_some_and(|s| s.eq_ignore_ascii_case(scheme));
            // The URL standard accepts more, for example `http:example.org`.
            let is_web_address = has_scheme("http://") || has_scheme("https://");
            let is_valid = is_web_address && url::Url::parse(&text).is_ok_and(|url| url.has_host());
            if is_valid { Ok(text) } else { Err(InvalidValue::Format { expected: Form::WebAddress }) }
        })
    }

    /// An e-mail address, as it is written.
    pub(crate) fn email(&self) -> Option<String> {
        self.parse(|text| EmailAddress::parse(text).map(EmailAddress::into_given))
    }

    /// A text of one line: a plain string in `language`, or an object of strings by language.
    pub(crate) fn text(&self, language: &Language, max: usize) -> Option<Translated> {
        self.translated(language, |text| clean(text, 1, max))
    }

    /// A text of several paragraphs: a plain string in `language`, or an object of strings by language.
    pub(crate) fn paragraphs(&self, language: &Language, max: usize) -> Option<Translated> {
        self.translated(language, |text| clean_multiline(text, 1, max))
    }

    /// Translations that are null or blank count as absent; at least one other must be there.
    fn translated(
        &self,
        language: &Language,
        clean: impl Fn(&str) -> Result<String, InvalidValue>,
    ) -> Option<Translated> {
        let mut translations = BTreeMap::new();
        match self.value {
            Value::String(plain) => {
                translations.insert(language.clone(), self.ok_or_report(clean(plain))?);
            }
            Value::Object(map) => {
                for (tag, value) in map.iter().filter(|(_, value)| !is_null_or_blank(value)) {
                    let pointer = format!("{}/{}", self.pointer, pointer_token(tag));
                    let entry = Node { value, pointer, errors: self.errors };
                    let tag = entry.ok_or_report(Language::parse_registered(tag));
                    let text = entry.parse(&clean);
                    if let (Some(tag), Some(text)) = (tag, text) {
                        // Tags that differ only in case are the same language.
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

    /// The items of a list, each parsed by `parse`. Their keys must be unique.
    pub(crate) fn keyed<T>(
        &self,
        max: usize,
        parse: impl Fn(&Node<'a>) -> Option<T>,
        key: impl Fn(&T) -> &str,
    ) -> Vec<T> {
        let mut keys = HashSet::new();
        let mut values = Vec::new();
        for item in self.items(max) {
            let Some(value) = parse(&item) else { continue };
            if keys.insert(key(&value).to_owned()) {
                values.push(value);
            } else {
                item.error(InvalidValue::Duplicate(key(&value).to_owned()));
            }
        }
        values
    }
}

/// Whether a value is null or a blank string, which an empty field of a form sends.
pub(crate) fn is_null_or_blank(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(is_blank)
}

/// Whether a text is null or blank in every language.
pub(crate) fn is_absent_text(value: &Value) -> bool {
    match value {
        Value::Object(translations) => translations.values().all(is_null_or_blank),
        other => is_null_or_blank(other),
    }
}
