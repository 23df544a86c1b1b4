//! Rules of bodies: the domain's refusals as `validator`'s errors, and back. The refusal itself goes along, so that it
//! can be told in the caller's language. And the reading of optional texts, of which a blank one is null.

use plenaria_domain::refusal::{Fault, Refusal, pointer_token};
use plenaria_domain::text;
use serde::{Deserialize, Deserializer};
use validator::{ValidationError, ValidationErrors, ValidationErrorsKind};

/// The parameter of an error that holds the refusal.
const REFUSAL: &str = "refusal";

/// What a rule answers when the domain refuses a value.
pub(crate) fn refused(refusal: &Refusal) -> ValidationError {
    let mut error = ValidationError::new(refusal.code());
    error.params.insert(REFUSAL.into(), serde_json::to_value(refusal).unwrap_or_default());
    error
}

/// The faults of a body's own fields, by their pointers. `None`: a rule has not answered with [`refused`].
pub(crate) fn faults(errors: &ValidationErrors) -> Option<Vec<Fault>> {
    let mut faults = Vec::new();
    for (field, kind) in errors.errors() {
        let ValidationErrorsKind::Field(errors) = kind else { return None };
        for error in errors {
            let refusal = serde_json::from_value(error.params.get(REFUSAL)?.clone()).ok()?;
            faults.push(Fault::new(format!("/{}", pointer_token(field)), refusal));
        }
    }
    faults.sort_by(|a, b| a.pointer.cmp(&b.pointer));
    Some(faults)
}

/// Reads a text that may be left out: blank, as the empty field of a form is sent, it is null.
pub(crate) fn optional_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let given: Option<String> = Option::deserialize(deserializer)?;
    Ok(given.filter(|text| !text::is_blank(text)))
}

/// Reads the change of such a text in a merge patch: null or blank, it clears the field.
#[allow(clippy::option_option, reason = "left out, null, and a value are three things")]
pub(crate) fn changed_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    optional_text(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use plenaria_domain::refusal::{Form, OutOfRange, Referent, ValueType};

    #[test]
    fn a_refusal_comes_back_as_it_went_in() {
        let mut errors = ValidationErrors::new();
        let refusals = [
            Refusal::Choice { choices: vec!["a".to_owned()] },
            Refusal::Duplicate("a".to_owned()),
            Refusal::Email,
            Refusal::Format { expected: Form::Slug },
            Refusal::Length { min: 0, max: usize::MAX },
            Refusal::Range(OutOfRange::Between { min: 0, max: u64::MAX }),
            Refusal::Reference { kind: Referent::Speaker, key: "a".to_owned() },
            Refusal::Type { expected: ValueType::Text },
            Refusal::UnknownField { nearest: None },
            Refusal::Unquoted { expected: ValueType::String, written: "1984".to_owned() },
        ];
        for refusal in &refusals {
            errors.add("field", refused(refusal));
        }
        let expected: Vec<_> = refusals.map(|refusal| Fault::new("/field", refusal)).into();
        assert_eq!(faults(&errors), Some(expected));
        errors.add("field", ValidationError::new("other"));
        assert_eq!(faults(&errors), None);
    }
}
