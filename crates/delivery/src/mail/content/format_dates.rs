//! Formats dates and times in the languages of messages.

use chrono::{DateTime, Datelike as _, FixedOffset, NaiveDate};
use plenaria_domain::values::language::MessageLanguage;
use plenaria_domain::values::time::Instant;
use plenaria_domain::values::time_zone::TimeZone;

const ENGLISH: ([&str; 7], [&str; 12]) = (
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
    [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
);
const SPANISH: ([&str; 7], [&str; 12]) = (
    ["lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"],
    [
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ],
);
const FRENCH: ([&str; 7], [&str; 12]) = (
    ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"],
    [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ],
);
const CATALAN: ([&str; 7], [&str; 12]) = (
    ["dilluns", "dimarts", "dimecres", "dijous", "divendres", "dissabte", "diumenge"],
    [
        "de gener",
        "de febrer",
        "de març",
        "d’abril",
        "de maig",
        "de juny",
        "de juliol",
        "d’agost",
        "de setembre",
        "d’octubre",
        "de novembre",
        "de desembre",
    ],
);

/// A period of time in a zone, with the zone's name and offset: `Thursday 22 July 2027, 15:00–16:02 (Europe/Madrid, UTC+2)`.
pub(crate) fn period(starts_at: Instant, ends_at: Instant, zone: TimeZone, language: MessageLanguage) -> String {
    let (from, until) = (zone.at(starts_at), zone.at(ends_at));
    let name = zone.name().replace('_', " ");
    format!("{} ({name}, {})", format_period(from, until, language), format_offset(from))
}

/// A period of time in UTC.
pub(crate) fn period_in_utc(starts_at: Instant, ends_at: Instant, language: MessageLanguage) -> String {
    format_period(starts_at.fixed_offset(), ends_at.fixed_offset(), language)
}

/// A date and time in a zone.
pub(crate) fn date_time(at: Instant, zone: TimeZone, language: MessageLanguage) -> String {
    let at = zone.at(at);
    format!("{}, {}", date(at.date_naive(), language), at.format("%H:%M"))
}

fn format_period(from: DateTime<FixedOffset>, until: DateTime<FixedOffset>, language: MessageLanguage) -> String {
    let first = date(from.date_naive(), language);
    let (start, end) = (from.format("%H:%M"), until.format("%H:%M"));
    if from.date_naive() == until.date_naive() {
        return format!("{first}, {start}–{end}");
    }
    format!("{first}, {start} – {}, {end}", date(until.date_naive(), language))
}

fn date(date: NaiveDate, language: MessageLanguage) -> String {
    let (days, months) = match language {
        MessageLanguage::En => ENGLISH,
        MessageLanguage::Es => SPANISH,
        MessageLanguage::Fr => FRENCH,
        MessageLanguage::Ca => CATALAN,
    };
    let weekday = days[date.weekday().num_days_from_monday() as usize];
    let month = months[date.month0() as usize];
    let (day, year) = (date.day(), date.year());
    match language {
        MessageLanguage::Es => format!("{weekday}, {day} de {month} de {year}"),
        MessageLanguage::Fr if day == 1 => format!("{weekday} 1er {month} {year}"),
        MessageLanguage::En | MessageLanguage::Fr => format!("{weekday} {day} {month} {year}"),
        MessageLanguage::Ca => format!("{weekday}, {day} {month} de {year}"),
    }
}

/// A zone's offset: `UTC+2`, `UTC−3:30`.
fn format_offset(at: DateTime<FixedOffset>) -> String {
    let minutes = at.offset().local_minus_utc() / 60;
    let sign = if minutes < 0 { '−' } else { '+' };
    let (hours, minutes) = (minutes.abs() / 60, minutes.abs() % 60);
    if minutes == 0 { format!("UTC{sign}{hours}") } else { format!("UTC{sign}{hours}:{minutes:02}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    #[test]
    fn periods_are_formatted_in_every_language() {
        let (from, until) = (at("2027-07-22T13:00:00Z"), at("2027-07-22T14:02:00Z"));
        let zone = |name: &str| TimeZone::parse(name).unwrap();
        let madrid = zone("Europe/Madrid");
        for (language, local) in [
            (MessageLanguage::En, "Thursday 22 July 2027, 15:00–16:02 (Europe/Madrid, UTC+2)"),
            (MessageLanguage::Es, "jueves, 22 de julio de 2027, 15:00–16:02 (Europe/Madrid, UTC+2)"),
            (MessageLanguage::Fr, "jeudi 22 juillet 2027, 15:00–16:02 (Europe/Madrid, UTC+2)"),
            (MessageLanguage::Ca, "dijous, 22 de juliol de 2027, 15:00–16:02 (Europe/Madrid, UTC+2)"),
        ] {
            assert_eq!(period(from, until, madrid, language), local);
        }
        assert_eq!(period_in_utc(from, until, MessageLanguage::En), "Thursday 22 July 2027, 13:00–14:02");
        let st_johns = period(
            at("2027-01-01T02:00:00Z"),
            at("2027-01-01T04:00:00Z"),
            zone("America/St_Johns"),
            MessageLanguage::Fr,
        );
        assert_eq!(
            st_johns,
            "jeudi 31 décembre 2026, 22:30 – vendredi 1er janvier 2027, 00:30 (America/St Johns, UTC−3:30)"
        );
        assert_eq!(date_time(from, madrid, MessageLanguage::Ca), "dijous, 22 de juliol de 2027, 15:00");
    }
}
