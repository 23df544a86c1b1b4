//! E-mail addresses: kept as given, compared in one normal form.

use crate::refusal::Refusal;
use crate::text;

/// An address of a deliverable form: `local@domain`, the local part a dot-atom (RFC 5322) that may hold non-ASCII
/// characters (RFC 6531), the domain at least two labels that IDNA takes. Quoted local parts and address literals are
/// refused: nobody types them into a form on purpose.
#[derive(Clone, PartialEq, Eq)]
pub struct EmailAddress {
    given: String,
    key: String,
}

impl EmailAddress {
    /// The greatest length in characters.
    pub const MAX: usize = 254;
    /// The greatest length of the local part, in octets (RFC 5321, section 4.5.3.1.1).
    const MAX_LOCAL: usize = 64;

    /// Parses an address, trimming white space around it; a blank one is refused as missing.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let text = text::trim(text);
        if text::is_blank(text) {
            return Err(Refusal::Required);
        }
        if text.len() > Self::MAX && text.chars().count() > Self::MAX {
            return Err(Refusal::Length { min: 3, max: Self::MAX });
        }
        if text::has_control(text) {
            return Err(Refusal::ControlCharacter);
        }
        let given = text::nfc(text);
        let (local, domain) = given.rsplit_once('@').ok_or(Refusal::Email)?;
        if !is_local_part(local) {
            return Err(Refusal::Email);
        }
        let domain = ascii_domain(domain).ok_or(Refusal::Email)?;
        let key = format!("{}@{domain}", text::nfc(&local.to_lowercase()));
        if key.len() > Self::MAX {
            return Err(Refusal::Length { min: 3, max: Self::MAX });
        }
        Ok(Self { given, key })
    }

    /// The address as the person wrote it, trimmed.
    pub fn as_given(&self) -> &str {
        &self.given
    }

    /// The address as the person wrote it, trimmed.
    pub fn into_given(self) -> String {
        self.given
    }

    /// The form that two spellings of one address share: NFC, lower case, domain in ASCII.
    pub fn key(&self) -> &str {
        &self.key
    }
}

impl std::fmt::Debug for EmailAddress {
    /// An address is personal data, and debug output ends in logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EmailAddress(…)")
    }
}

fn is_local_part(local: &str) -> bool {
    let atext = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c) || is_utf8_atext(c);
    !local.is_empty()
        && local.len() <= EmailAddress::MAX_LOCAL
        && local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(atext))
}

/// Non-ASCII characters of an internationalised address: no white space, and nothing that cannot be seen.
fn is_utf8_atext(c: char) -> bool {
    let invisible = matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff0}'..='\u{ffff}' | '\u{e000}'..='\u{f8ff}');
    !c.is_ascii() && !c.is_whitespace() && !c.is_control() && !invisible
}

fn ascii_domain(domain: &str) -> Option<String> {
    // IDNA does nothing but lower the case of plain names without encoded labels.
    let plain = domain.is_ascii() && !domain.to_ascii_lowercase().contains("xn--");
    let ascii = if plain { domain.to_owned() } else { idna::domain_to_ascii_strict(domain).ok()? };
    let label = |l: &str| {
        !l.is_empty()
            && l.len() <= 63
            && !l.starts_with('-')
            && !l.ends_with('-')
            && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let top = ascii.rsplit('.').next()?;
    let valid = ascii.contains('.')
        && ascii.len() <= 253
        && ascii.split('.').all(label)
        && top.len() >= 2
        && !top.bytes().all(|b| b.is_ascii_digit());
    valid.then(|| ascii.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spellings_of_one_address_share_their_key() {
        let key = |text: &str| EmailAddress::parse(text).unwrap().key().to_owned();
        assert_eq!(key(" Ana@Example.ORG "), "ana@example.org");
        assert_eq!(key("ana@bücher.example"), key("ana@xn--bcher-kva.example"));
        assert_eq!(key("Zoe\u{308}@example.org"), key("zoë@EXAMPLE.org"));
        assert_ne!(key("ana+a@example.org"), key("ana@example.org"));
        assert_eq!(EmailAddress::parse(" Ana@Example.ORG ").unwrap().as_given(), "Ana@Example.ORG");
    }

    #[test]
    fn what_is_no_address_is_refused() {
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
            assert_eq!(EmailAddress::parse(blank).unwrap_err(), Refusal::Required);
        }
        assert_eq!(EmailAddress::parse("ana@example.org\r\n").unwrap().as_given(), "ana@example.org");
        let long = format!("ana@{}.org", "a.".repeat(130));
        assert!(matches!(EmailAddress::parse(&long), Err(Refusal::Length { .. })));
    }

    proptest! {
        #[test]
        fn a_key_is_a_fixed_point(text in "[a-zA-Zé+.]{1,10}@[a-zA-Zü]{1,8}\\.(org|ES)") {
            if let Ok(address) = EmailAddress::parse(&text) {
                let again = EmailAddress::parse(address.key()).unwrap();
                prop_assert_eq!(again.key(), address.key());
            }
        }

        #[test]
        fn parsing_never_panics(text in ".{0,300}") {
            let _ = EmailAddress::parse(&text);
        }
    }
}
