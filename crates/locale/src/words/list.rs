//! The list of events.

use serde::Serialize;

/// The list of events.
#[derive(Debug, Serialize)]
pub struct List {
    /// The page's title.
    pub title: &'static str,
    /// The heading of events that have not ended.
    pub upcoming: &'static str,
    /// The heading of events that have ended.
    pub ended: &'static str,
    /// Where there is no event to come.
    pub nothing: &'static str,
}

pub(super) const ENGLISH: List = List {
    title: "Events",
    upcoming: "Coming up",
    ended: "Past events",
    nothing: "No events are planned at the moment.",
};

pub(super) const SPANISH: List = List {
    title: "Eventos",
    upcoming: "Próximos eventos",
    ended: "Eventos anteriores",
    nothing: "De momento no hay ningún evento previsto.",
};

pub(super) const FRENCH: List = List {
    title: "Événements",
    upcoming: "Prochains événements",
    ended: "Événements passés",
    nothing: "Aucun événement n’est prévu pour le moment.",
};

pub(super) const CATALAN: List = List {
    title: "Esdeveniments",
    upcoming: "Propers esdeveniments",
    ended: "Esdeveniments anteriors",
    nothing: "De moment no hi ha cap esdeveniment previst.",
};
