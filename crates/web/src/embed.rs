//! The element `<plenaria-event>`, which shows an event with its form in somebody else's page.
//!
//! `/embed.js` has a stable address. It loads the element's modules from paths with a hash of all its files, so that browsers keep
//! them. Style and words are files too, which the modules load. The element calls the API as any other page does.

use std::sync::LazyLock;

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse, get, web};
use plenaria_domain::values::language::MessageLanguage;
use plenaria_http::response::representation::{Caching, Representation};
use plenaria_locale::{countries, words};
use serde_json::{Value, json};

use crate::assets::{self, CSS, JAVASCRIPT};
use crate::errors::PageError;

const JSON: &str = "application/json";

/// The modules. `/embed.js` names them all, so that browsers load them at the same time.
const MODULES: &[(&str, &str)] = &[
    ("announcement.js", include_str!("assets/embed/announcement.js")),
    ("api.js", include_str!("assets/embed/api.js")),
    ("dom.js", include_str!("assets/embed/dom.js")),
    ("element.js", include_str!("assets/embed/element.js")),
    ("errors.js", include_str!("assets/embed/errors.js")),
    ("form.js", include_str!("assets/embed/form.js")),
    ("locale.js", include_str!("assets/embed/locale.js")),
    ("programme.js", include_str!("assets/embed/programme.js")),
    ("registration.js", include_str!("assets/embed/registration.js")),
    ("state.js", include_str!("assets/embed/state.js")),
];
const STYLE: (&str, &str) = ("style.css", include_str!("assets/embed/style.css"));

/// The files of the element.
struct Files {
    version: String,
    /// `/embed.js`.
    script: Representation,
    /// By name.
    others: Vec<(String, Representation)>,
}

static FILES: LazyLock<Files> = LazyLock::new(|| {
    let modules = MODULES.iter().map(|(name, text)| ((*name).to_owned(), JAVASCRIPT, (*text).to_owned()));
    let style = (STYLE.0.to_owned(), CSS, STYLE.1.to_owned());
    let words = MessageLanguage::ALL.map(|language| (words_file(language), JSON, catalogue(language).to_string()));
    let all: Vec<_> = modules.chain([style]).chain(words).collect();
    let version = assets::version(all.iter().map(|(name, _, text)| (name.as_str(), text.as_str())));
    let imports = MODULES.iter().map(|(name, _)| format!("import './embed/{version}/{name}'\n"));
    let represent = |media_type, text: String, caching| {
        Representation::of_type(media_type, text.into(), caching).with_best_compression()
    };
    Files {
        script: represent(JAVASCRIPT, imports.collect(), Caching::Release),
        others: all.into_iter().map(|(name, media, text)| (name, represent(media, text, Caching::Immutable))).collect(),
        version,
    }
});

/// Adds the routes of the element's files.
pub(crate) fn configure(config: &mut web::ServiceConfig) {
    config.service(read_script).service(read_file);
}

#[get("/embed.js")]
async fn read_script(request: HttpRequest) -> HttpResponse {
    FILES.script.respond(&request)
}

/// A file. Another version, which an older script may ask for while instances are replaced, gets the current file, but not for
/// a year.
#[get("/embed/{version}/{file}")]
async fn read_file(request: HttpRequest, path: web::Path<(String, String)>) -> Result<HttpResponse, PageError> {
    let (version, name) = path.into_inner();
    let (_, file) = FILES.others.iter().find(|(known, _)| *known == name).ok_or(PageError::NOT_FOUND)?;
    let mut response = file.respond(&request);
    if version != FILES.version {
        response.headers_mut().insert(CACHE_CONTROL, Caching::Page.header());
    }
    Ok(response)
}

fn words_file(language: MessageLanguage) -> String {
    format!("words-{}.json", language.as_str())
}

/// What the element says in this language, the names of the languages for messages, and those of countries.
fn catalogue(language: MessageLanguage) -> Value {
    let words = words::of(language);
    json!({
        "language": language.as_str(),
        "words": {"embed": words.embed, "event": words.event, "form": words.form, "state": words.state},
        "languages": MessageLanguage::ALL.map(|other| (other.as_str(), words::of(other).common.language_name)),
        "countries": countries::all(language),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names of texts that the types of the scripts declare: `subject.name`.
    fn declared() -> Vec<(&'static str, &'static str)> {
        let types = include_str!("assets/embed/types.d.ts");
        let words = types.split("export interface Words {").nth(1).unwrap().split("\n}\n").next().unwrap();
        let mut subject = "";
        let mut names = Vec::new();
        for line in words.lines() {
            if let Some((name, _)) = line.trim().split_once(": Record<") {
                subject = name;
            }
            names.extend(line.split('\'').skip(1).step_by(2).map(|name| (subject, name)));
        }
        names
    }

    #[test]
    fn the_catalogue_has_the_texts_that_the_scripts_use() {
        let declared = declared();
        assert!(declared.len() > 70, "{declared:?}");
        for language in MessageLanguage::ALL {
            let words = &catalogue(language)["words"];
            for (subject, name) in &declared {
                assert!(!words[subject][name].is_null(), "{subject}.{name}");
            }
        }
    }
}
