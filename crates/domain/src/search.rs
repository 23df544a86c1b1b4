//! What searches compare: the words of events and the terms of a query, folded alike.
//!
//! Folding removes what a person who searches does not write, or writes otherwise: case (by Unicode's full case folding, so
//! `ß` is `ss`), accents, compatibility forms (`ﬁ`, half-width letters), punctuation. Text in a script that puts no spaces
//! between words is cut into its characters, so that a search for the beginnings of words finds a word wherever it stands.
//!
//! Folded text is stored ([`words`], [`topics`]). A change to this module changes what new rows hold, so the stored columns
//! (`events.search_words`, `event_topics.topic`) must be derived again from the documents.

use unicase::UniCase;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::definition::Definition;
use crate::text::Translated;

/// The words that a search for an event looks through: those of its title and its summary, in every language. Each has a space
/// before it, so that a search for `" " + term` finds the beginnings of words; two spaces separate the texts, so that no
/// term is found across them.
pub fn words(definition: &Definition) -> String {
    let texts = std::iter::once(&definition.title).chain(&definition.summary).flat_map(Translated::values);
    texts.map(|text| format!(" {}", fold(text))).collect::<Vec<_>>().join(" ")
}

/// The topics of an event in every language, folded, each once, in order. One without a letter or a digit is left out.
pub fn topics(definition: &Definition) -> Vec<String> {
    let texts = definition.topics.iter().flat_map(Translated::values);
    let mut topics: Vec<String> = texts.map(fold).filter(|topic| !topic.is_empty()).collect();
    topics.sort_unstable();
    topics.dedup();
    topics
}

/// A text as searches compare it: its terms, one space between them.
pub fn fold(text: &str) -> String {
    terms(text).join(" ")
}

/// The terms of a query: its runs of letters and digits, folded. All of them must be found, each as it is: a term in a script
/// without spaces is one phrase. A query without a letter or a digit has none.
pub fn terms(text: &str) -> Vec<String> {
    let mut terms = Vec::new();
    let mut term = String::new();
    let mut after_unspaced = false;
    for c in plain(text).chars() {
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

/// A text without case, accents and compatibility forms.
fn plain(text: &str) -> String {
    let decomposed: String = text.nfkd().filter(|c| !is_ignored(*c)).collect();
    let folded = UniCase::new(decomposed).to_folded_case();
    let mut plain = String::with_capacity(folded.len());
    // Folding composes some letters with their accents.
    for c in folded.nfkd().filter(|c| !is_combining_mark(*c)) {
        match basic_latin(c) {
            Some(letters) => plain.push_str(letters),
            None => plain.push(c),
        }
    }
    plain
}

/// Latin letters whose stroke or ligature Unicode does not decompose, as they are written on a keyboard that lacks them.
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

/// Characters within words that cannot be seen: soft hyphens, joiners, marks of direction.
pub(crate) const fn is_ignored(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
    )
}

/// Whether a letter belongs to a script that puts no spaces between words: Han, Kana, Bopomofo, Yi, and those of mainland
/// Southeast Asia and Java.
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

    /// Whether a query finds a text, as the database compares them.
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
    fn queries_find_what_is_meant() {
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
        fn folding_is_a_fixed_point(text in "\\PC{0,40}") {
            let folded = fold(&text);
            prop_assert_eq!(fold(&folded), folded.clone());
            prop_assert!(!folded.starts_with(' ') && !folded.ends_with(' ') && !folded.contains("  "));
        }

        #[test]
        fn a_part_of_a_text_without_spaces_is_found(
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
        fn no_sign_of_like_is_left(text in "\\PC{0,40}") {
            prop_assert!(!fold(&text).contains(['%', '_', '\\']));
        }
    }
}
