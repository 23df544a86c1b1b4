//! The texts of charts in the languages of messages.

use chrono::NaiveDate;
use plenaria_domain::registration::statistics::{Chart, Day};
use plenaria_domain::values::language::MessageLanguage;
use plenaria_locale::{dates, numbers};

/// The texts of charts in one language.
pub(super) struct Texts {
    /// The titles of the charts, in the order of [`Chart::ALL`].
    titles: [&'static str; 3],
    pub(super) on_the_day: &'static str,
    pub(super) in_total: &'static str,
    /// All groups that have no bar of their own.
    pub(super) others: &'static str,
    /// People who gave no value.
    pub(super) not_given: &'static str,
    pub(super) empty: &'static str,
    /// The number of registrations, the first and the last date, the date with the most registrations, and their number.
    period: fn(&str, &str, &str, &str, &str) -> String,
}

impl Texts {
    /// The texts in a language.
    pub(super) fn of(language: MessageLanguage) -> Self {
        match language {
            MessageLanguage::En => Self {
                titles: [
                    "Registrations over time",
                    "Confirmed registrations by country",
                    "Confirmed registrations by audience",
                ],
                on_the_day: "On the day",
                in_total: "In total",
                others: "Others",
                not_given: "Not given",
                empty: "No registrations yet",
                period: |total, first, last, busiest, most| {
                    format!("Registrations from {first} to {last}: {total}. Most on one day: {most}, on {busiest}.")
                },
            },
            MessageLanguage::Es => Self {
                titles: [
                    "Inscripciones a lo largo del tiempo",
                    "Inscripciones confirmadas por país",
                    "Inscripciones confirmadas por público",
                ],
                on_the_day: "En el día",
                in_total: "En total",
                others: "Otros",
                not_given: "Sin indicar",
                empty: "Aún no hay inscripciones",
                period: |total, first, last, busiest, most| {
                    format!("Inscripciones del {first} al {last}: {total}. Máximo en un día: {most}, el {busiest}.")
                },
            },
            MessageLanguage::Fr => Self {
                titles: [
                    "Inscriptions au fil du temps",
                    "Inscriptions confirmées par pays",
                    "Inscriptions confirmées par public",
                ],
                on_the_day: "Dans la journée",
                in_total: "Au total",
                others: "Autres",
                not_given: "Non indiqué",
                empty: "Aucune inscription pour le moment",
                period: |total, first, last, busiest, most| {
                    format!("Inscriptions du {first} au {last} : {total}. Maximum en un jour : {most}, le {busiest}.")
                },
            },
            MessageLanguage::Ca => Self {
                titles: [
                    "Inscripcions al llarg del temps",
                    "Inscripcions confirmades per país",
                    "Inscripcions confirmades per públic",
                ],
                on_the_day: "En el dia",
                in_total: "En total",
                others: "Altres",
                not_given: "Sense indicar",
                empty: "Encara no hi ha inscripcions",
                period: |total, first, last, busiest, most| {
                    format!("Inscripcions del {first} al {last}: {total}. Màxim en un dia: {most}, el {busiest}.")
                },
            },
        }
    }

    /// The title of a chart.
    pub(super) const fn title(&self, chart: Chart) -> &'static str {
        let [registrations, countries, audiences] = self.titles;
        match chart {
            Chart::Registrations => registrations,
            Chart::Countries => countries,
            Chart::Audiences => audiences,
        }
    }

    /// Describes the bars of a chart.
    pub(super) fn list(&self, bars: &[(String, u64)], language: MessageLanguage) -> String {
        if bars.is_empty() {
            return format!("{}.", self.empty);
        }
        let bar = |(name, number): &(String, u64)| format!("{name}: {}", count(*number, language));
        let bars: Vec<String> = bars.iter().map(bar).collect();
        format!("{}.", bars.join("; "))
    }

    /// Describes registrations by day.
    pub(super) fn period(&self, days: &[Day], language: MessageLanguage) -> String {
        let busiest = days.iter().rev().max_by_key(|day| day.registered);
        let (Some(first), Some(last), Some(busiest)) = (days.first(), days.last(), busiest) else {
            return format!("{}.", self.empty);
        };
        let date = |date: NaiveDate| dates::short_date(date, language);
        let [total, most] = [last.total, busiest.registered].map(|number| count(number, language));
        (self.period)(&total, &date(first.date), &date(last.date), &date(busiest.date), &most)
    }
}

fn count(number: u64, language: MessageLanguage) -> String {
    numbers::format(i64::try_from(number).unwrap_or(i64::MAX), language)
}
