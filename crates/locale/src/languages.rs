//! The names of languages: in themselves for switchers and labels, and in the reader's language for sentences.

use plenaria_domain::values::language::MessageLanguage;

/// A language with its names.
struct Names {
    /// The code (BCP 47, primary subtag).
    code: &'static str,
    /// The name in the language itself.
    own: &'static str,
    /// The names in the languages of [`MessageLanguage::ALL`].
    in_words: [&'static str; 4],
}

/// Languages that events are likely to have texts or sessions in, by their code.
const LANGUAGES: [Names; 38] = [
    Names { code: "ar", own: "العربية", in_words: ["Arabic", "árabe", "arabe", "àrab"] },
    Names { code: "bg", own: "Български", in_words: ["Bulgarian", "búlgaro", "bulgare", "búlgar"] },
    Names { code: "bn", own: "বাংলা", in_words: ["Bengali", "bengalí", "bengali", "bengalí"] },
    Names { code: "ca", own: "Català", in_words: ["Catalan", "catalán", "catalan", "català"] },
    Names { code: "cs", own: "Čeština", in_words: ["Czech", "checo", "tchèque", "txec"] },
    Names { code: "da", own: "Dansk", in_words: ["Danish", "danés", "danois", "danès"] },
    Names { code: "de", own: "Deutsch", in_words: ["German", "alemán", "allemand", "alemany"] },
    Names { code: "el", own: "Ελληνικά", in_words: ["Greek", "griego", "grec", "grec"] },
    Names { code: "en", own: "English", in_words: ["English", "inglés", "anglais", "anglès"] },
    Names { code: "es", own: "Español", in_words: ["Spanish", "español", "espagnol", "espanyol"] },
    Names { code: "et", own: "Eesti", in_words: ["Estonian", "estonio", "estonien", "estonià"] },
    Names { code: "eu", own: "Euskara", in_words: ["Basque", "euskera", "basque", "basc"] },
    Names { code: "fa", own: "فارسی", in_words: ["Persian", "persa", "persan", "persa"] },
    Names { code: "fi", own: "Suomi", in_words: ["Finnish", "finés", "finnois", "finès"] },
    Names { code: "fr", own: "Français", in_words: ["French", "francés", "français", "francès"] },
    Names { code: "gl", own: "Galego", in_words: ["Galician", "gallego", "galicien", "gallec"] },
    Names { code: "he", own: "עברית", in_words: ["Hebrew", "hebreo", "hébreu", "hebreu"] },
    Names { code: "hi", own: "हिन्दी", in_words: ["Hindi", "hindi", "hindi", "hindi"] },
    Names { code: "hr", own: "Hrvatski", in_words: ["Croatian", "croata", "croate", "croat"] },
    Names { code: "hu", own: "Magyar", in_words: ["Hungarian", "húngaro", "hongrois", "hongarès"] },
    Names { code: "id", own: "Bahasa Indonesia", in_words: ["Indonesian", "indonesio", "indonésien", "indonesi"] },
    Names { code: "it", own: "Italiano", in_words: ["Italian", "italiano", "italien", "italià"] },
    Names { code: "ja", own: "日本語", in_words: ["Japanese", "japonés", "japonais", "japonès"] },
    Names { code: "ko", own: "한국어", in_words: ["Korean", "coreano", "coréen", "coreà"] },
    Names { code: "lt", own: "Lietuvių", in_words: ["Lithuanian", "lituano", "lituanien", "lituà"] },
    Names { code: "lv", own: "Latviešu", in_words: ["Latvian", "letón", "letton", "letó"] },
    Names {
        code: "nb",
        own: "Norsk bokmål",
        in_words: ["Norwegian Bokmål", "noruego bokmål", "norvégien bokmål", "noruec bokmål"],
    },
    Names { code: "nl", own: "Nederlands", in_words: ["Dutch", "neerlandés", "néerlandais", "neerlandès"] },
    Names { code: "pl", own: "Polski", in_words: ["Polish", "polaco", "polonais", "polonès"] },
    Names { code: "pt", own: "Português", in_words: ["Portuguese", "portugués", "portugais", "portuguès"] },
    Names { code: "ro", own: "Română", in_words: ["Romanian", "rumano", "roumain", "romanès"] },
    Names { code: "ru", own: "Русский", in_words: ["Russian", "ruso", "russe", "rus"] },
    Names { code: "sk", own: "Slovenčina", in_words: ["Slovak", "eslovaco", "slovaque", "eslovac"] },
    Names { code: "sv", own: "Svenska", in_words: ["Swedish", "sueco", "suédois", "suec"] },
    Names { code: "sw", own: "Kiswahili", in_words: ["Swahili", "suajili", "swahili", "suahili"] },
    Names { code: "tr", own: "Türkçe", in_words: ["Turkish", "turco", "turc", "turc"] },
    Names { code: "uk", own: "Українська", in_words: ["Ukrainian", "ucraniano", "ukrainien", "ucraïnès"] },
    Names { code: "zh", own: "中文", in_words: ["Chinese", "chino", "chinois", "xinès"] },
];

/// The language's own name, without its region and script; the tag itself for a language that is not listed here.
#[must_use]
pub fn own_name(tag: &str) -> &str {
    find(tag).map_or(tag, |names| names.own)
}

/// The language's name in another language; the tag itself for a language that is not listed here.
#[must_use]
pub fn name(tag: &str, language: MessageLanguage) -> &str {
    find(tag).map_or(tag, |names| names.in_words[language as usize])
}

fn find(tag: &str) -> Option<&'static Names> {
    let primary = tag.split('-').next().unwrap_or(tag);
    LANGUAGES.iter().find(|names| names.code.eq_ignore_ascii_case(primary))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words;

    #[test]
    fn languages_have_names() {
        for (tag, own, in_french) in [
            ("es-MX", "Español", "espagnol"),
            ("de", "Deutsch", "allemand"),
            ("pt-BR", "Português", "portugais"),
            ("qu", "qu", "qu"),
        ] {
            assert_eq!((own_name(tag), name(tag, MessageLanguage::Fr)), (own, in_french));
        }
        for language in MessageLanguage::ALL {
            assert_eq!(own_name(language.as_str()), words::of(language).common.language_name);
        }
        assert!(LANGUAGES.is_sorted_by_key(|names| names.code));
    }
}
