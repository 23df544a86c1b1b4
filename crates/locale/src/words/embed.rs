//! The embedded event: `<plenaria-event>` in somebody else's page. Most of its words are those of the event's page.

use serde::Serialize;

/// The embedded event.
#[derive(Debug, Serialize)]
pub struct Embed {
    /// The event does not exist, or is no longer public.
    pub event_missing: &'static str,
    /// The event could not be loaded.
    pub not_loaded: &'static str,
    /// The link to the event’s page.
    pub more: &'static str,
    /// Behind the text of a link that opens another tab.
    pub new_tab: &'static str,
    /// The heading after another failure.
    pub not_sent: &'static str,
    /// A failure that has no better explanation.
    pub try_again: &'static str,
}

pub(super) const ENGLISH: Embed = Embed {
    event_missing: "This event does not exist, or is no longer public.",
    not_loaded: "The event cannot be shown at the moment.",
    more: "More about this event",
    new_tab: "opens in a new tab",
    not_sent: "You have not been registered",
    try_again: "Please try again in a minute.",
};

pub(super) const SPANISH: Embed = Embed {
    event_missing: "Este evento no existe o ya no es público.",
    not_loaded: "El evento no se puede mostrar en este momento.",
    more: "Más sobre este evento",
    new_tab: "se abre en una pestaña nueva",
    not_sent: "No se ha completado la inscripción",
    try_again: "Inténtelo de nuevo dentro de un minuto.",
};

pub(super) const FRENCH: Embed = Embed {
    event_missing: "Cet événement n’existe pas ou n’est plus public.",
    not_loaded: "L’événement ne peut pas être affiché pour le moment.",
    more: "En savoir plus sur cet événement",
    new_tab: "s’ouvre dans un nouvel onglet",
    not_sent: "Votre inscription n’a pas été enregistrée",
    try_again: "Veuillez réessayer dans une minute.",
};

pub(super) const CATALAN: Embed = Embed {
    event_missing: "Aquest esdeveniment no existeix o ja no és públic.",
    not_loaded: "Ara mateix no es pot mostrar l’esdeveniment.",
    more: "Més informació sobre aquest esdeveniment",
    new_tab: "s’obre en una pestanya nova",
    not_sent: "No s’ha completat la inscripció",
    try_again: "Torneu-ho a provar d’aquí a un minut.",
};
