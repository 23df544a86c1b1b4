//! The languages of an event's texts.

use plenaria_domain::values::language::MessageLanguage;
use plenaria_locale::languages;
use serde_json::Value as Json;

use crate::response::PageLanguage;

/// The fields with texts for which a reader, or a screen reader, needs to know the language.
const TEXTS: [&str; 6] = ["title", "summary", "description", "abstract", "biography", "cancellation_reason"];

/// The language without its region and script.
pub(crate) fn primary(tag: &str) -> &str {
    tag.split('-').next().unwrap_or(tag)
}

/// The value of `lang` for texts in this language on a page in another; `None` if they have the page's.
pub(crate) fn marked(tag: &str, page: MessageLanguage) -> Option<&str> {
    (primary(tag) != page.as_str()).then_some(tag)
}

/// Adds to each text that is the same in the event's own language, and so has no translation, that language: `title_lang`
/// to `title`, and so on.
pub(crate) fn mark_untranslated(translated: &mut Json, original: &Json, own: &str) {
    match (translated, original) {
        (Json::Array(values), Json::Array(originals)) => {
            for (value, original) in values.iter_mut().zip(originals) {
                mark_untranslated(value, original, own);
            }
        }
        (Json::Object(fields), Json::Object(originals)) => {
            for name in TEXTS {
                let text = fields.get(name).and_then(Json::as_str);
                if text.is_some() && text == originals.get(name).and_then(Json::as_str) {
                    fields.insert(format!("{name}_lang"), own.into());
                }
            }
        }
        _ => {}
    }
}

/// Whether a text to read, and not only a title, has no translation.
pub(crate) fn has_untranslated(texts: &[&Json]) -> bool {
    let marks = TEXTS.iter().filter(|name| **name != "title").map(|name| format!("{name}_lang"));
    marks.into_iter().any(|mark| texts.iter().any(|text| text.get(&mark).is_some()))
}

/// The languages in which an event's page can be read: those of the event's texts, its own first, then those of the words.
/// `shown` is the language of the event's texts on the page, `words` that of the words, and `tag` the one that was asked for.
pub(crate) fn languages(event: &Json, shown: &str, words: MessageLanguage, tag: Option<&str>) -> Vec<PageLanguage> {
    let texts: Vec<&str> = event["languages"].as_array().into_iter().flatten().filter_map(Json::as_str).collect();
    let has_texts = |tag: &str| texts.iter().any(|text| primary(text) == tag);
    let others = MessageLanguage::ALL.map(MessageLanguage::as_str).into_iter().filter(|tag| !has_texts(tag));
    let all: Vec<&str> = texts.iter().copied().chain(others).collect();
    let shown = if has_texts(words.as_str()) { shown } else { words.as_str() };
    let current = tag.filter(|tag| all.contains(tag)).unwrap_or(shown);
    let language = |tag: &&str| PageLanguage {
        tag: (*tag).to_owned(),
        name: languages::own_name(tag).to_owned(),
        is_current: *tag == current,
        is_complete: texts.contains(tag),
    };
    all.iter().map(language).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn texts_without_a_translation_are_marked() {
        let mut sessions = json!([{"title": "Tehran", "abstract": "Wasser"}, {"title": "Welcome", "abstract": null}]);
        let original = json!([{"title": "Tehran", "abstract": "Water"}, {"title": "Bienvenida", "abstract": null}]);
        mark_untranslated(&mut sessions, &original, "es");
        assert_eq!(sessions[0], json!({"title": "Tehran", "abstract": "Wasser", "title_lang": "es"}));
        assert_eq!(sessions[1], json!({"title": "Welcome", "abstract": null}));
        assert!(!has_untranslated(&[&sessions[0], &sessions[1]]), "a name is the same in many languages");
        assert!(has_untranslated(&[&json!({"summary_lang": "es"})]));
    }

    #[test]
    fn texts_in_other_languages_than_the_words_are_marked() {
        assert_eq!(marked("en-GB", MessageLanguage::En), None);
        assert_eq!(marked("de", MessageLanguage::En), Some("de"));
    }
}
