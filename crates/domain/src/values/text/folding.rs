//! Folds text so that a search finds it however it is spelt.
//!
//! Folding removes what people leave out or write differently when they search: case (by Unicode's full case folding,
//! so `ß` becomes `ss`), accents, compatibility forms (`ﬁ`, half-width letters) and punctuation. Text in a script that
//! puts no spaces between words is cut into characters, so that a search for the beginnings of words finds a word
//! anywhere in it.
//!
//! Folded text is stored, so a change to this module requires deriving the stored columns again (see
//! [`crate::event::search`]).

use unicase::UniCase;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::values::text::characters::is_invisible_in_words;

/// Folds a text for comparison: its terms, separated by one space.
pub fn fold(text: &str) -> String {
    terms(text).join(" ")
}

/// The terms of a text: its runs of letters and digits, folded. A text matches a query when it contains every term of
/// the query; a term in a script without spaces is one phrase. A query without a letter or a digit has no terms.
pub fn terms(text: &str) -> Vec<String> {
    let mut terms = Vec::new();
    let mut term = String::new();
    let mut after_unspaced = false;
    for c in without_case_and_accents(text).chars() {
        if !c.is_alphanumeric() {
            if !term.is_empty() {
                terms.push(std::mem::take(&mut term));
            }
            continue;
        }
        let unspaced = is_unspaced(c);
        if !term.is_empty() && (unspaced || after_unspaced) {
            term.push(' ');
        }
        term.push(c);
        after_unspaced = unspaced;
    }
    if !term.is_empty() {
        terms.push(term);
    }
    terms
}

/// Removes case, accents and compatibility forms.
fn without_case_and_accents(text: &str) -> String {
    let decomposed: String = text.nfkd().filter(|c| !is_invisible_in_words(*c)).collect();
    let case_folded = UniCase::new(decomposed).to_folded_case();
    let mut folded = String::with_capacity(case_folded.len());
    // Case folding composes some letters with their accents, so accents are removed after it.
    for c in case_folded.nfkd().filter(|c| !is_combining_mark(*c)) {
        match basic_latin(c) {
            Some(letters) => folded.push_str(letters),
            None => folded.push(c),
        }
    }
    folded
}

/// Replacements for Latin letters with a stroke or ligature that Unicode does not decompose, as people type them on a
/// keyboard without these letters.
const fn basic_latin(c: char) -> Option<&'static str> {
    Some(match c {
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'ħ' => "h",
        'ı' => "i",
        'ł' => "l",
        'ŧ' => "t",
        'þ' => "th",
        _ => return None,
    })
}

/// Whether a letter belongs to a script that puts no spaces between words: Han, Kana, Bopomofo, Yi, and those of
/// mainland Southeast Asia and Java.
const fn is_unspaced(c: char) -> bool {
    matches!(c,
        // Thai, Lao, Myanmar, Khmer
        '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        // Tai Le, New Tai Lue, Tai Tham, Balinese
        | '\u{1950}'..='\u{19df}' | '\u{1a20}'..='\u{1aaf}' | '\u{1b00}'..='\u{1b7f}'
        // Radicals, ideographic iteration marks, Hiragana, Katakana, Bopomofo
        | '\u{2e80}'..='\u{2fdf}' | '\u{3005}'..='\u{3007}' | '\u{3021}'..='\u{312f}' | '\u{31a0}'..='\u{31ff}'
        // Han, Yi
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{a4cf}'
        // Javanese, Myanmar extended, Cham, Tai Viet
        | '\u{a980}'..='\u{aadf}'
        // Compatibility ideographs and half-width Katakana (which folding replaces)
        | '\u{f900}'..='\u{faff}' | '\u{ff66}'..='\u{ff9f}'
        // Tangut, Kana extended, Nushu, Han of the supplementary planes
        | '\u{16fe0}'..='\u{18d8f}' | '\u{1aff0}'..='\u{1b2ff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Whether a query matches a text, by the comparison that the database makes.
    fn finds(query: &str, text: &str) -> bool {
        let words = format!(" {}", fold(text));
        let terms = terms(query);
        !terms.is_empty() && terms.iter().all(|term| words.contains(&format!(" {term}")))
    }

    #[test]
    fn folded_texts_are_plain_words() {
        assert_eq!(fold("  La «Internacionalización», y 100%!"), "la internacionalizacion y 100");
        assert_eq!(fold("都市の国際化"), "都 市 の 国 際 化");
        assert_eq!(fold("2027年、IT化"), "2027 年 it 化");
    }

    #[test]
    fn queries_match_the_intended_texts() {
        for (query, text) in [
            ("国際化", "都市の国際化とメトロポリス"),
            ("都市", "都市の国際化とメトロポリス"),
            ("メトロポリス", "都市の国際化とメトロポリス"),
            ("ﾒﾄﾛﾎﾟﾘｽ", "都市の国際化とメトロポリス"),
            ("国际", "城市国际化 2027"),
            ("กรุงเทพ", "ประชุมกรุงเทพมหานคร"),
            ("ភ្នំពេញ", "រាជធានីភ្នំពេញ"),
            ("strasse", "Straße"),
            ("STRASSE", "straße"),
            ("Straße", "STRASSE"),
            ("STRAẞE", "strasse"),
            ("fin", "ﬁnance"),
            ("ſtadt", "Stadt"),
            ("istanbul", "İstanbul"),
            ("οδος", "ΟΔΟΣ"),
            ("οδοσ", "οδός"),
            ("lodz", "Łódź"),
            ("tromso", "Tromsø"),
            ("metropolitan", "Metro\u{ad}politan"),
            ("서울", "서울에서"),
            ("мос", "Москва"),
            ("spaces metro", "Metropolitan spaces"),
            ("l'inter", "L’internationalisation"),
            ("2027", "2027年の都市"),
            ("年 2027", "2027年の都市"),
        ] {
            assert!(finds(query, text), "{query} in {text}");
        }
        for (query, text) in [
            ("politan", "Metropolitan"),
            ("国化", "国際化"),
            ("際国", "国際化"),
            ("strase", "Straße"),
            ("!", "Ana!"),
            ("", "Ana"),
            (" \u{ad}“”", "Ana"),
        ] {
            assert!(!finds(query, text), "{query} in {text}");
        }
    }

    proptest! {
        #[test]
        fn folding_is_idempotent(text in "\\PC{0,40}") {
            let folded = fold(&text);
            prop_assert_eq!(fold(&folded), folded.clone());
            prop_assert!(!folded.starts_with(' ') && !folded.ends_with(' ') && !folded.contains("  "));
        }

        #[test]
        fn any_part_of_a_text_without_spaces_is_found(
            text in "[一-龥ぁ-んァ-ヶก-ฮ]{1,20}",
            from in 0_usize..20,
            length in 1_usize..20,
        ) {
            let part: String = text.chars().skip(from % text.chars().count()).take(length).collect();
            prop_assert!(finds(&part, &text), "{} in {}", part, text);
        }

        #[test]
        fn the_beginnings_of_words_are_found_in_any_case(
            words in prop::collection::vec("[a-zà-öø-ÿß]{1,10}", 1..5),
            upper in any::<bool>(),
        ) {
            let text = words.join(" ");
            for word in &words {
                let beginning: String = word.chars().take(3).collect();
                let query = if upper { beginning.to_uppercase() } else { beginning };
                prop_assert!(finds(&query, &text), "{} in {}", query, text);
            }
        }

        #[test]
        fn folded_texts_have_no_like_wildcards(text in "\\PC{0,40}") {
            prop_assert!(!fold(&text).contains(['%', '_', '\\']));
        }
    }
}
