//! Slugs: the short names, also used as keys, of events, speakers, sessions and audiences.

use serde::{Deserialize, Serialize};

use crate::validation::{Form, InvalidValue};

/// A slug: ASCII lower-case letters and digits in words joined by hyphens, at most 80 characters. A slug never has the
/// form of a UUID, so that a path segment is either an id or a slug.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Slug(String);

impl Slug {
    /// The greatest length of a slug.
    pub const MAX: usize = 80;

    /// Parses a slug, which must match the form exactly.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        if text.is_empty() || text.len() > Self::MAX {
            return Err(InvalidValue::Length { min: 1, max: Self::MAX });
        }
        let is_word = |w: &str| !w.is_empty() && w.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        if !text.split('-').all(is_word) || uuid::Uuid::try_parse(text).is_ok() {
            return Err(InvalidValue::Format { expected: Form::Slug });
        }
        Ok(Self(text.to_owned()))
    }

    /// The slug as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Slug {
    type Error = InvalidValue;

    fn try_from(text: String) -> Result<Self, InvalidValue> {
        Self::parse(&text)
    }
}

impl From<Slug> for String {
    fn from(slug: Slug) -> Self {
        slug.0
    }
}

impl std::fmt::Display for Slug {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_exact_form_is_a_slug() {
        for good in ["a", "hot-event", "2027", "a1-b2"] {
            assert!(Slug::parse(good).is_ok(), "{good}");
        }
        let uuid = "01890a5d-ac96-774b-bcce-b302099a8057";
        for bad in ["", "-a", "a-", "a--b", "A", "é", "a b", uuid, &uuid.replace('-', ""), &"a".repeat(81)] {
            assert!(Slug::parse(bad).is_err(), "{bad}");
        }
    }
}
