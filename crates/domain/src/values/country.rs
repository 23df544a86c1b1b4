//! Countries, by their ISO 3166-1 alpha-2 codes.

use crate::validation::{Form, InvalidValue};
use crate::values::text::cleaning::trim;

/// A country, by its ISO 3166-1 alpha-2 code in upper case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Country(&'static str);

impl Country {
    /// Parses a code in any case; space around it is ignored.
    pub fn parse(code: &str) -> Result<Self, InvalidValue> {
        const INVALID: InvalidValue = InvalidValue::Format { expected: Form::CountryCode };
        let code = trim(code);
        if code.len() != 2 || !code.bytes().all(|b| b.is_ascii_alphabetic()) {
            return Err(INVALID);
        }
        celes::Country::from_alpha2(code).map(|c| Self(c.alpha2)).map_err(|_| INVALID)
    }

    /// All codes.
    pub fn codes() -> impl Iterator<Item = &'static str> {
        celes::Country::get_countries().into_iter().map(|country| country.alpha2)
    }

    /// The country's code.
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_codes_of_the_standard_are_accepted() {
        for good in ["ES", "IR", "US", "GB", "MX"] {
            assert_eq!(Country::parse(good).unwrap().as_str(), good);
            assert_eq!(Country::parse(&format!(" {} ", good.to_lowercase())).unwrap().as_str(), good);
        }
        assert_eq!(Country::parse("eS").unwrap().as_str(), "ES");
        for bad in ["xx", "XX", "ESP", "E", "", "ÉS", "E S"] {
            assert!(Country::parse(bad).is_err(), "{bad}");
        }
    }
}
