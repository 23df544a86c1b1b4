//! Charts of an event's registrations.

use serde::Serialize;

/// Charts of an event's registrations.
#[derive(Debug, Serialize)]
pub struct Charts {
    /// The title of the chart by day.
    pub registrations: &'static str,
    /// The title of the chart by country.
    pub countries: &'static str,
    /// The title of the chart by audience.
    pub audiences: &'static str,
    /// The bars of single days.
    pub on_the_day: &'static str,
    /// The line of the sum up to each day.
    pub in_total: &'static str,
    /// All groups that have no bar of their own.
    pub others: &'static str,
    /// People who gave no value.
    pub not_given: &'static str,
    /// Where there is no registration.
    pub empty: &'static str,
    /// The chart by day in words.
    pub period: &'static str,
}

pub(super) const ENGLISH: Charts = Charts {
    registrations: "Registrations over time",
    countries: "Confirmed registrations by country",
    audiences: "Confirmed registrations by audience",
    on_the_day: "On the day",
    in_total: "In total",
    others: "Others",
    not_given: "Not given",
    empty: "No registrations yet",
    period: "Registrations from {first} to {last}: {total}. Most on one day: {most}, on {busiest}.",
};

pub(super) const SPANISH: Charts = Charts {
    registrations: "Inscripciones a lo largo del tiempo",
    countries: "Inscripciones confirmadas por país",
    audiences: "Inscripciones confirmadas por público",
    on_the_day: "En el día",
    in_total: "En total",
    others: "Otros",
    not_given: "Sin indicar",
    empty: "Aún no hay inscripciones",
    period: "Inscripciones del {first} al {last}: {total}. Máximo en un día: {most}, el {busiest}.",
};

pub(super) const FRENCH: Charts = Charts {
    registrations: "Inscriptions au fil du temps",
    countries: "Inscriptions confirmées par pays",
    audiences: "Inscriptions confirmées par public",
    on_the_day: "Dans la journée",
    in_total: "Au total",
    others: "Autres",
    not_given: "Non indiqué",
    empty: "Aucune inscription pour le moment",
    period: "Inscriptions du {first} au {last}\u{a0}: {total}. Maximum en un jour\u{a0}: {most}, le {busiest}.",
};

pub(super) const CATALAN: Charts = Charts {
    registrations: "Inscripcions al llarg del temps",
    countries: "Inscripcions confirmades per país",
    audiences: "Inscripcions confirmades per públic",
    on_the_day: "En el dia",
    in_total: "En total",
    others: "Altres",
    not_given: "Sense indicar",
    empty: "Encara no hi ha inscripcions",
    period: "Inscripcions del {first} al {last}: {total}. Màxim en un dia: {most}, el {busiest}.",
};
