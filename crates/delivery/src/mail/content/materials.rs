//! Lists the links of the follow-up message: the materials of the event and of its sessions, and surveys.

use plenaria_domain::event::MaterialKind;
use plenaria_domain::event::definition::Definition;
use plenaria_domain::values::language::Language;

/// The most links in one message; the others are on the event's page. Some mail programs cut long messages off.
const MAX_LINKS: usize = 200;

/// A link with its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) label: String,
    pub(crate) url: String,
}

/// The links to materials, those of the event first, and the links to surveys. The text of a session's link begins with
/// the session's title. `language` is the preferred language.
pub(crate) fn links(definition: &Definition, language: &Language) -> (Vec<Link>, Vec<Link>) {
    let own = &definition.language;
    let of_event = definition.materials.iter().map(|material| (None, material));
    let of_sessions = definition
        .programme
        .sessions
        .iter()
        .flat_map(|session| session.materials.iter().map(move |material| (Some(&session.title), material)));
    let (mut materials, mut surveys) = (Vec::new(), Vec::new());
    for (session, material) in of_event.chain(of_sessions).take(MAX_LINKS) {
        let label = material.label.get(language, own);
        let label = match session {
            Some(title) => format!("{} – {label}", title.get(language, own)),
            None => label.to_owned(),
        };
        let list = if material.kind == MaterialKind::Survey { &mut surveys } else { &mut materials };
        list.push(Link { label, url: material.url.clone() });
    }
    (materials, surveys)
}
