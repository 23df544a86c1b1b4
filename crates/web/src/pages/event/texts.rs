//! The languages of an event's texts.

use plenaria_domain::values::language::MessageLanguage;
use plenaria_locale::words;
use serde_json::Value as Json;

use crate::pages::event::EventPage;
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

/// The languages in which an event's page can be read: those of the event's texts, its own first, then those of the words.
pub(crate) fn languages(event: &Json, page: &EventPage) -> Vec<PageLanguage> {
    let texts: Vec<&str> = event["languages"].as_array().into_iter().flatten().filter_map(Json::as_str).collect();
    let has_texts = |tag: &str| texts.iter().any(|text| primary(text) == tag);
    let words = MessageLanguage::ALL.map(MessageLanguage::as_str).into_iter().filter(|tag| !has_texts(tag));
    let all: Vec<&str> = texts.iter().copied().chain(words).collect();
    let shown = if has_texts(page.language.as_str()) { &page.text_language } else { page.language.as_str() };
    let current = page.tag.as_deref().filter(|tag| all.contains(tag)).unwrap_or(shown);
    let language = |tag: &&str| PageLanguage {
        tag: (*tag).to_owned(),
        name: name(tag),
        is_current: *tag == current,
        is_complete: texts.contains(tag),
    };
    all.iter().map(language).collect()
}

/// The language's own name; its tag if that is not known.
fn name(tag: &str) -> String {
    let known = MessageLanguage::lookup(tag).map(|language| words::of(language).common.language_name);
    known.map_or_else(|_| tag.to_owned(), str::to_owned)
}
