//! What several pages say.

use serde::Serialize;

/// What several pages say.
#[derive(Debug, Serialize)]
pub struct Common {
    /// The language's own name.
    pub language_name: &'static str,
    /// The first link of a page, for the keyboard.
    pub skip_to_content: &'static str,
    /// The label of the language switcher.
    pub languages: &'static str,
    /// The link to the list of events.
    pub all_events: &'static str,
    /// The heading of a page that does not exist.
    pub not_found: &'static str,
    /// What to do then.
    pub not_found_text: &'static str,
    /// The heading after a fault of the program or of its database.
    pub unavailable: &'static str,
    /// What to do then.
    pub unavailable_text: &'static str,
    /// The heading after a request that could not be read.
    pub unreadable: &'static str,
    /// What to do then.
    pub unreadable_text: &'static str,
}

pub(super) const ENGLISH: Common = Common {
    language_name: "English",
    skip_to_content: "Skip to content",
    languages: "Languages",
    all_events: "All events",
    not_found: "This page does not exist",
    not_found_text: "The address may have a typing error, or the page has been removed.",
    unavailable: "This does not work at the moment",
    unavailable_text: "Please try again in a minute.",
    unreadable: "This did not work",
    unreadable_text: "What was sent could not be read, and nothing was stored. Please go back and try again.",
};

pub(super) const SPANISH: Common = Common {
    language_name: "Español",
    skip_to_content: "Ir al contenido",
    languages: "Idiomas",
    all_events: "Todos los eventos",
    not_found: "Esta página no existe",
    not_found_text: "Puede que la dirección tenga un error o que la página se haya retirado.",
    unavailable: "Ahora mismo no funciona",
    unavailable_text: "Vuelva a intentarlo dentro de un minuto.",
    unreadable: "No ha funcionado",
    unreadable_text: "No se ha podido leer lo que se envió, y no se ha guardado nada. Vuelva atrás e inténtelo de nuevo.",
};

pub(super) const FRENCH: Common = Common {
    language_name: "Français",
    skip_to_content: "Aller au contenu",
    languages: "Langues",
    all_events: "Tous les événements",
    not_found: "Cette page n’existe pas",
    not_found_text: "L’adresse contient peut-être une erreur, ou la page a été retirée.",
    unavailable: "Cela ne fonctionne pas pour le moment",
    unavailable_text: "Veuillez réessayer dans une minute.",
    unreadable: "Cela n’a pas fonctionné",
    unreadable_text: "Ce qui a été envoyé n’a pas pu être lu, et rien n’a été enregistré. Veuillez revenir en arrière et réessayer.",
};

pub(super) const CATALAN: Common = Common {
    language_name: "Català",
    skip_to_content: "Aneu al contingut",
    languages: "Idiomes",
    all_events: "Tots els esdeveniments",
    not_found: "Aquesta pàgina no existeix",
    not_found_text: "Potser l’adreça té un error o la pàgina s’ha retirat.",
    unavailable: "Ara mateix no funciona",
    unavailable_text: "Torneu-ho a provar d’aquí a un minut.",
    unreadable: "No ha funcionat",
    unreadable_text: "No s’ha pogut llegir el que s’ha enviat, i no s’ha desat res. Torneu enrere i proveu-ho de nou.",
};
