//! The names of languages in themselves, for switchers and labels.

use plenaria_domain::values::language::MessageLanguage;

use crate::words;

/// Languages without words of their own, by their code (BCP 47, primary subtag).
const OTHERS: [(&str, &str); 34] = [
    ("ar", "العربية"),
    ("bg", "Български"),
    ("bn", "বাংলা"),
    ("cs", "Čeština"),
    ("da", "Dansk"),
    ("de", "Deutsch"),
    ("el", "Ελληνικά"),
    ("et", "Eesti"),
    ("eu", "Euskara"),
    ("fa", "فارسی"),
    ("fi", "Suomi"),
    ("gl", "Galego"),
    ("he", "עברית"),
    ("hi", "हिन्दी"),
    ("hr", "Hrvatski"),
    ("hu", "Magyar"),
    ("id", "Bahasa Indonesia"),
    ("it", "Italiano"),
    ("ja", "日本語"),
    ("ko", "한국어"),
    ("lt", "Lietuvių"),
    ("lv", "Latviešu"),
    ("nb", "Norsk bokmål"),
    ("nl", "Nederlands"),
    ("pl", "Polski"),
    ("pt", "Português"),
    ("ro", "Română"),
    ("ru", "Русский"),
    ("sk", "Slovenčina"),
    ("sv", "Svenska"),
    ("sw", "Kiswahili"),
    ("tr", "Türkçe"),
    ("uk", "Українська"),
    ("zh", "中文"),
];

/// The language's own name, without its region and script; the tag itself for a language that is not listed here.
#[must_use]
pub fn own_name(tag: &str) -> &str {
    if let Ok(language) = MessageLanguage::lookup(tag) {
        return words::of(language).common.language_name;
    }
    let primary = tag.split('-').next().unwrap_or(tag);
    OTHERS.iter().find(|(code, _)| *code == primary).map_or(tag, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_have_their_own_names() {
        for (tag, name) in [("es-MX", "Español"), ("de", "Deutsch"), ("pt-BR", "Português"), ("qu", "qu")] {
            assert_eq!(own_name(tag), name);
        }
        assert!(OTHERS.is_sorted());
    }
}
