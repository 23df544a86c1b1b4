//! E-mail addresses: stored as entered, compared in a normalised form.

use crate::validation::InvalidValue;
use crate::values::text::characters::has_control;
use crate::values::text::cleaning::{is_blank, nfc, trim};

/// An address in a deliverable form, `local@domain`: the local part is a dot-atom (RFC 5322) that may contain non-ASCII
/// characters (RFC 6531), the domain has at least two labels that are valid under IDNA. Quoted local parts and address
/// literals are refused, because in a form they are mistakes.
#[derive(Clone, PartialEq, Eq)]
pub struct EmailAddress {
    /// As entered, trimmed and in NFC.
    given: String,
    /// See [`EmailAddress::key`].
    key: String,
}

impl EmailAddress {
    /// The greatest length in characters (RFC 5321, section 4.5.3.1.3).
    pub const MAX: usize = 254;
    /// The greatest length of the local part, in octets (RFC 5321, section 4.5.3.1.1).
    const MAX_LOCAL: usize = 64;

    /// Parses an address, trimming white space around it; a blank text is missing ([`InvalidValue::Required`]).
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        let text = trim(text);
        if is_blank(text) {
            return Err(InvalidValue::Required);
        }
        if text.len() > Self::MAX && text.chars().count() > Self::MAX {
            return Err(InvalidValue::Length { min: 3, max: Self::MAX });
        }
        if has_control(text) {
            return Err(InvalidValue::ControlCharacter);
        }
        let given = nfc(text);
        let (local, domain) = given.rsplit_once('@').ok_or(InvalidValue::Email)?;
        if !is_local_part(local) {
            return Err(InvalidValue::Email);
        }
        let domain = ascii_domain(domain).ok_or(InvalidValue::Email)?;
        let key = format!("{}@{domain}", nfc(&local.to_lowercase()));
        if key.len() > Self::MAX {
            return Err(InvalidValue::Length { min: 3, max: Self::MAX });
        }
        Ok(Self { given, key })
    }

    /// The address as the person entered it, trimmed.
    pub fn as_given(&self) -> &str {
        &self.given
    }

    /// The address as the person entered it, trimmed.
    pub fn into_given(self) -> String {
        self.given
    }

    /// The normalised form, equal for all spellings of one address: NFC, lower case, the domain in ASCII.
    pub fn key(&self) -> &str {
        &self.key
    }
}

impl std::fmt::Debug for EmailAddress {
    /// Hides the address, which is personal data, because debug output ends up in logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EmailAddress(…)")
    }
}

fn is_local_part(local: &str) -> bool {
    let is_atext = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c) || is_utf8_atext(c);
    !local.is_empty()
        && local.len() <= EmailAddress::MAX_LOCAL
        && local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atext))
}

/// Whether a non-ASCII character is allowed in an internationalised local part: white space and invisible characters
/// are not.
fn is_utf8_atext(c: char) -> bool {
    let invisible = matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff0}'..='\u{ffff}' | '\u{e000}'..='\u{f8ff}');
    !c.is_ascii() && !c.is_whitespace() && !c.is_control() && !invisible
}

fn ascii_domain(domain: &str) -> Option<String> {
    // For ASCII names without encoded labels, IDNA only converts to lower case.
    let plain = domain.is_ascii() && !domain.to_ascii_lowercase().contains("xn--");
    let ascii = if plain { domain.to_owned() } else { idna::domain_to_ascii_strict(domain).ok()? };
    let is_label = |l: &str| {
        !l.is_empty()
            && l.len() <= 63
            && !l.starts_with('-')
            && !l.ends_with('-')
            && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let top = ascii.rsplit('.').next()?;
    let valid = ascii.contains('.')
        && ascii.len() <= 253
        && ascii.split('.').all(is_label)
        && top.len() >= 2
        && !top.bytes().all(|b| b.is_ascii_digit());
    valid.then(|| ascii.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spellings_of_one_address_have_the_same_key() {
        let key = |text: &str| EmailAddress::parse(text).unwrap().key().to_owned();
        assert_eq!(key(" Ana@Example.ORG "), "ana@example.org");
        assert_eq!(key("ana@bücher.example"), key("ana@xn--bcher-kva.example"));
        assert_eq!(key("Zoe\u{308}@example.org"), key("zoë@EXAMPLE.org"));
        assert_ne!(key("ana+a@example.org"), key("ana@example.org"));
        assert_eq!(EmailAddress::parse(" Ana@Example.ORG ").unwrap().as_given(), "Ana@Example.ORG");
    }

    #[test]
    fn invalid_addresses_are_refused() {
        let long_local = format!("{}@example.org", "a".repeat(65));
        for bad in [
            "",
            "@",
            "ana",
            "ana@",
            "@example.org",
            "ana@localhost",
            "a b@example.org",
            "ana@exa mple.org",
            "ana..b@example.org",
            ".ana@example.org",
            "ana.@example.org",
            "ana@example..org",
            "ana@-example.org",
            "\"a b\"@example.org",
            "ana@[127.0.0.1]",
            "ana@127.0.0.1",
            "ana@example.o",
            "a@b@example.org, x",
            "ana@example.org.",
            "a\u{200b}na@example.org",
            &long_local,
        ] {
            assert!(EmailAddress::parse(bad).is_err(), "{bad}");
        }
        for blank in ["", "  ", "\r\n"] {
            assert_eq!(EmailAddress::parse(blank).unwrap_err(), InvalidValue::Required);
        }
        assert_eq!(EmailAddress::parse("ana@example.org\r\n").unwrap().as_given(), "ana@example.org");
        let long = format!("ana@{}.org", "a.".repeat(130));
        assert!(matches!(EmailAddress::parse(&long), Err(InvalidValue::Length { .. })));
    }

    proptest! {
        #[test]
        fn parsing_a_key_returns_the_same_key(text in "[a-zA-Zé+.]{1,10}@[a-zA-Zü]{1,8}\\.(org|ES)") {
            if let Ok(address) = EmailAddress::parse(&text) {
                let parsed_again = EmailAddress::parse(address.key()).unwrap();
                prop_assert_eq!(parsed_again.key(), address.key());
            }
        }

        #[test]
        fn parsing_never_panics(text in ".{0,300}") {
            let _ = EmailAddress::parse(&text);
        }
    }
}
