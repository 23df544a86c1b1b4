//! Converts the domain's errors into `validator`'s and back, and reads optional texts, of which a blank one is null.
//!
//! `validator`'s error carries the domain's error as a parameter, so that the problem can be rendered in the caller's
//! language.

use plenaria_domain::validation::{FieldError, InvalidValue, pointer_token};
use plenaria_domain::values::text;
use serde::{Deserialize, Deserializer};
use validator::{ValidationError, ValidationErrors, ValidationErrorsKind};

/// The parameter of a `validator` error that contains the domain's error.
const DOMAIN_ERROR: &str = "domain_error";

/// Converts a domain error; a custom rule of `validator` returns the result.
pub(crate) fn to_validator_error(domain_error: &InvalidValue) -> ValidationError {
    let mut error = ValidationError::new(domain_error.code());
    error.params.insert(DOMAIN_ERROR.into(), serde_json::to_value(domain_error).unwrap_or_default());
    error
}

/// Converts the errors of a body's fields, sorted by their pointers. `None`: an error was not made with
/// [`to_validator_error`].
pub(crate) fn from_validator_errors(errors: &ValidationErrors) -> Option<Vec<FieldError>> {
    let mut field_errors = Vec::new();
    for (field, kind) in errors.errors() {
        let ValidationErrorsKind::Field(errors) = kind else { return None };
        for error in errors {
            let domain_error = serde_json::from_value(error.params.get(DOMAIN_ERROR)?.clone()).ok()?;
            field_errors.push(FieldError::new(format!("/{}", pointer_token(field)), domain_error));
        }
    }
    field_errors.sort_by(|a, b| a.pointer.cmp(&b.pointer));
    Some(field_errors)
}

/// Reads an optional text. A blank one becomes null, because forms send empty fields as blank texts.
pub(crate) fn optional_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text: Option<String> = Option::deserialize(deserializer)?;
    Ok(text.filter(|text| !text::is_blank(text)))
}

/// Reads an optional text of a merge patch that is present: null or a blank text clears the field.
#[allow(clippy::option_option, reason = "left out, null, and a value are three things")]
pub(crate) fn changed_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    optional_text(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use plenaria_domain::validation::{Form, OutOfRange, Referent, ValueType};

    #[test]
    fn domain_errors_survive_the_round_trip() {
        let mut errors = ValidationErrors::new();
        let domain_errors = [
            InvalidValue::Choice { choices: vec!["a".to_owned()] },
            InvalidValue::Duplicate("a".to_owned()),
            InvalidValue::Email,
            InvalidValue::Format { expected: Form::Slug },
            InvalidValue::Length { min: 0, max: usize::MAX },
            InvalidValue::Range(OutOfRange::Between { min: 0, max: u64::MAX }),
            InvalidValue::Reference { kind: Referent::Speaker, key: "a".to_owned() },
            InvalidValue::Type { expected: ValueType::Text },
            InvalidValue::UnknownField { nearest: None },
            InvalidValue::Unquoted { expected: ValueType::String, written: "1984".to_owned() },
        ];
        for domain_error in &domain_errors {
            errors.add("field", to_validator_error(domain_error));
        }
        let expected: Vec<_> = domain_errors.map(|error| FieldError::new("/field", error)).into();
        assert_eq!(from_validator_errors(&errors), Some(expected));
        errors.add("field", ValidationError::new("other"));
        assert_eq!(from_validator_errors(&errors), None);
    }
}
