//! Finds web addresses in texts that must not contain any, such as names.
//!
//! A name is repeated in mails to an address that the person who registers chooses freely. If names could contain
//! links, the service could be used to send anyone's message to anyone. Names are therefore refused when mail programs
//! would turn them into a link to a particular page. A bare domain (`Amazon.com`) is allowed, because companies have
//! such names.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::values::country::Country;
use crate::values::text::characters::is_invisible_in_words;

/// Top-level domains of two letters that are not country codes.
const NON_COUNTRY_DOMAINS: [&str; 4] = ["ac", "eu", "su", "uk"];

/// Whether a text contains a web address: a scheme (`://`), `www.`, or a domain followed by a path, a query or a
/// fragment (`example.org/x`). Takes time proportional to the length of the text.
///
/// Abbreviations and alternatives are not addresses (`S.A./N.V.`, `A/B Consulting`, `1/2`). Text that looks exactly
/// like an address counts as one: `M.Sc/PhD` is refused because `m.sc` is a domain; spaces around the slash avoid that.
pub fn has_web_address(text: &str) -> bool {
    if is_plain(text) {
        return false;
    }
    let text = comparable(text);
    text.contains("://") || has_scheme(&text) || has_www(&text) || has_domain_with_path(&text)
}

/// Whether a text cannot contain an address, as can be seen without normalising it: Latin letters and ASCII, without the marks
/// that every address has. Most names are of this kind. The letters from À to ɏ decompose to letters and diacritics alone.
fn is_plain(text: &str) -> bool {
    let is_letter = |c| matches!(c, '\u{c0}'..='\u{24f}');
    let is_mark = |byte| matches!(byte, b'/' | b'?' | b'#' | b':');
    (text.is_ascii() || text.chars().all(|c| c.is_ascii() || is_letter(c)))
        && !text.bytes().any(is_mark)
        && !text.as_bytes().windows(4).any(|part| part.eq_ignore_ascii_case(b"www."))
}

/// The text as link detectors read it: in lower case, compatibility forms replaced by plain letters (`ｗｗｗ．`), without
/// invisible characters.
fn comparable(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        if text.bytes().any(|b| b.is_ascii_uppercase()) {
            Cow::Owned(text.to_ascii_lowercase())
        } else {
            Cow::Borrowed(text)
        }
    } else {
        let visible = text.nfkc().filter(|c| !is_invisible_in_words(*c) && *c != '\u{200b}');
        let replaced = |c| match c {
            // The ideographic full stop separates the labels of a domain too.
            '。' => '.',
            // These look like slashes.
            '\u{2044}' | '\u{2215}' | '\u{29f8}' => '/',
            c => c,
        };
        Cow::Owned(visible.flat_map(char::to_lowercase).map(replaced).collect())
    }
}

/// Whether the text contains a scheme that link detectors recognise even without two slashes.
fn has_scheme(text: &str) -> bool {
    let schemes = ["http:", "https:", "mailto:"];
    schemes.iter().any(|scheme| {
        text.match_indices(scheme).any(|(at, _)| {
            let after = &text[at + scheme.len()..];
            begins_word(text, at) && after.starts_with(|c: char| c == '/' || c == '\\' || c.is_alphanumeric())
        })
    })
}

fn has_www(text: &str) -> bool {
    text.match_indices("www.").any(|(at, _)| begins_word(text, at))
}

fn begins_word(text: &str, at: usize) -> bool {
    !text[..at].ends_with(char::is_alphanumeric)
}

fn has_domain_with_path(text: &str) -> bool {
    text.match_indices(['/', '?', '#']).any(|(at, mark)| {
        let (before, after) = (&text[..at], &text[at + mark.len()..]);
        // A question mark may end a sentence.
        let has_path =
            mark == "/" || after.starts_with(|c: char| !c.is_whitespace() && c != '.' && c != '?' && c != ')');
        let host = before.rsplit(|c: char| !is_host_character(c)).next().unwrap_or_default();
        has_path && is_host(host)
    })
}

fn is_host_character(c: char) -> bool {
    c.is_alphanumeric() || is_combining_mark(c) || matches!(c, '-' | '.' | '_' | ':')
}

/// Whether the text before a path ends in a domain or an IPv4 address, with or without a port.
fn is_host(text: &str) -> bool {
    let is_port = |port: &str| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
    let host = text.rsplit_once(':').filter(|(_, port)| is_port(port)).map_or(text, |(host, _)| host);
    // A fully qualified domain name may end with a dot.
    let host = host.strip_suffix('.').unwrap_or(host);
    let mut labels = host.rsplit('.');
    let (last, second) = (labels.next().unwrap_or_default(), labels.next().unwrap_or_default());
    let is_octet = |label: &str| label.parse::<u8>().is_ok();
    if is_octet(last) && is_octet(second) {
        return labels.next().is_some_and(is_octet) && labels.next().is_some_and(is_octet);
    }
    is_top_level(last) && second.ends_with(|c: char| c.is_alphanumeric() || is_combining_mark(c))
}

/// Whether a label may be a top-level domain. Those of two Latin letters are country codes, with few exceptions. There
/// are too many longer ones for a list, and their number grows every year, so every longer label of letters counts.
fn is_top_level(label: &str) -> bool {
    if label.starts_with("xn--") {
        return true;
    }
    let letters = label.chars().all(|c| c.is_alphabetic() || is_combining_mark(c));
    match label.chars().count() {
        0 | 1 => false,
        2 if label.is_ascii() => letters && (NON_COUNTRY_DOMAINS.contains(&label) || Country::parse(label).is_ok()),
        _ => letters,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn addresses_are_found() {
        for address in [
            "http://example.org",
            "HTTPS://EXAMPLE.ORG",
            "ftp://x",
            "Ana (https://example.org/win)",
            "www.example.org",
            "WWW.example.org",
            "Ana,www.example.org",
            "ｗｗｗ．example．org",
            "w\u{ad}ww.example.org",
            "example.org/x",
            "Ana example.org/x",
            "Ana:example.org/x",
            "...example.org/x",
            "ana@example.org/x",
            "example.org/",
            "example.org:8080/x",
            "example.org?win=1",
            "example.org#win",
            "example.org#/win",
            "example.org#!/win",
            "example.org?=win",
            "example.org?&win=1",
            "example.org./win",
            "example.org\u{2044}win",
            "http:/example.org",
            "http:\\\\example.org",
            "mailto:ana@example.org",
            "sub.example.co.uk/x",
            "t.me/x",
            "пример.рф/приз",
            "例え。テスト/x",
            "उदाहरण.परीक्षा/x",
            "xn--e1afmkfd.xn--p1ai/x",
            "EXAMPLE.ORG/X",
            "exam\u{200b}ple.org/x",
            "192.0.2.1/x",
            "See example.org/x, and win",
            "https\u{ff1a}//example.org",
        ] {
            assert!(has_web_address(address), "{address}");
        }
    }

    #[test]
    fn names_without_addresses_are_allowed() {
        for name in [
            "",
            "Ana Pérez",
            "St. John's",
            "A/B Consulting",
            "Dr. Ana/Maria",
            "S.A. de C.V.",
            "S.A./N.V.",
            "Amazon.com",
            "Amazon.com, Inc.",
            "Booking.com / Berlin",
            "ana@example.org",
            "1/2",
            "24/7",
            "2.5/3.5",
            "10.000/20.000",
            "http",
            "Awww. Nice",
            "Ph.D./M.D.",
            "Univ.-Prof. Dr./Mag.",
            "Node.js/React",
            ".NET/C# developer",
            "C#.NET",
            "Who is at example.org?",
            "Ministry (Int. Relations)/Protocol",
            "Ajuntament de L'Hospitalet",
            "Ana/",
            "/",
            "¿Qué?",
            "No. #1",
            "東京都/大阪府",
            "Москва/Казань",
            "c/o John",
            "N/A",
            "U.S.A./Canada",
            "J.R.R. Tolkien",
            "Yahoo!",
        ] {
            assert!(!has_web_address(name), "{name}");
        }
    }

    proptest! {
        #[test]
        fn plain_texts_contain_no_address(
            text in "([a-zA-Z.@(:/?# -]|[wW]{3}\\.|[\u{c0}-\u{24f}]|[\u{a0}-\u{2ff}]|[/:?#]|.){0,12}",
        ) {
            let compared = comparable(&text);
            let has_address = compared.contains("://")
                || has_scheme(&compared)
                || has_www(&compared)
                || has_domain_with_path(&compared);
            prop_assert_eq!(has_web_address(&text), has_address, "{}", text);
        }

        #[test]
        fn an_address_is_found_between_any_words(
            before in "([A-Za-zé]{1,8}[ ,(:;/@]){0,4}",
            domain in "[a-z]([a-z0-9-]{0,6}[a-z0-9])?\\.(org|com|es|example|xyz)",
            port in "(:[0-9]{1,5})?",
            path in "(/[a-z]{0,5}|\\?[a-z]{1,5}|#[a-z]{1,5})",
            after in "( [A-Za-zé]{1,8}){0,3}",
        ) {
            let text = format!("{before}{domain}{port}{path}{after}");
            prop_assert!(has_web_address(&text), "{}", text);
            let (scheme, www) = (format!("{before} https://{domain}"), format!("{before} WWW.{domain}"));
            prop_assert!(has_web_address(&scheme) && has_web_address(&www));
        }

        #[test]
        fn abbreviations_and_slashes_are_no_addresses(
            name in "((Dr|St|Mme|Ing)\\. )?[A-ZÁ][a-zé']{1,8}( ?/ ?[A-Z][a-z]{1,8}){0,2}(-[A-Z][a-z]{1,8})?( [A-Z]\\.[A-Z]\\.(/[A-Z]\\.[A-Z]\\.)?)?",
        ) {
            prop_assert!(!has_web_address(&name), "{}", name);
        }

        #[test]
        fn any_text_can_be_checked(text in ".{0,200}") {
            let _ = has_web_address(&text);
        }
    }
}
