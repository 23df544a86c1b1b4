//! Countries of ISO 3166-1.

use crate::refusal::{Form, Refusal};
use crate::text;

/// An ISO 3166-1 alpha-2 code in upper case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Country(&'static str);

impl Country {
    /// Parses a code in upper or lower case, with or without space around it.
    pub fn parse(code: &str) -> Result<Self, Refusal> {
        const EXPECTED: Refusal = Refusal::Format { expected: Form::CountryCode };
        let code = text::trim(code);
        if code.len() != 2 || !code.bytes().all(|b| b.is_ascii_alphabetic()) {
            return Err(EXPECTED);
        }
        celes::Country::from_alpha2(code).map(|c| Self(c.alpha2)).map_err(|_| EXPECTED)
    }

    /// Every code.
    pub fn codes() -> impl Iterator<Item = &'static str> {
        celes::Country::get_countries().into_iter().map(|country| country.alpha2)
    }

    /// The code.
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_standard() {
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
