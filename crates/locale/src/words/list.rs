//! The list of events.

use serde::Serialize;

/// The list of events.
#[derive(Debug, Serialize)]
pub struct List {
    /// The page's title.
    pub title: &'static str,
    /// The heading of events that have not ended.
    pub upcoming: &'static str,
    /// The heading of events that take place now.
    pub live: &'static str,
    /// The heading of events that have ended.
    pub ended: &'static str,
    /// Where there is no event to come.
    pub nothing: &'static str,
    /// The link to events that ended before.
    pub earlier: &'static str,
    /// An event that was cancelled.
    pub cancelled: &'static str,
}

pub(super) const ENGLISH: List = List {
    title: "Events",
    upcoming: "Coming up",
    live: "Taking place now",
    ended: "Past events",
    nothing: "No events are planned at the moment.",
    earlier: "Earlier events",
    cancelled: "Cancelled",
};

pub(super) const SPANISH: List = List {
    title: "Eventos",
    upcoming: "Próximos eventos",
    live: "En curso",
    ended: "Eventos anteriores",
    nothing: "De momento no hay ningún evento previsto.",
    earlier: "Eventos más antiguos",
    cancelled: "Cancelado",
};

pub(super) const FRENCH: List = List {
    title: "Événements",
    upcoming: "Prochains événements",
    live: "En cours",
    ended: "Événements passés",
    nothing: "Aucun événement n’est prévu pour le moment.",
    earlier: "Événements plus anciens",
    cancelled: "Annulé",
};

pub(super) const CATALAN: List = List {
    title: "Esdeveniments",
    upcoming: "Propers esdeveniments",
    live: "En curs",
    ended: "Esdeveniments anteriors",
    nothing: "De moment no hi ha cap esdeveniment previst.",
    earlier: "Esdeveniments més antics",
    cancelled: "Cancel·lat",
};
