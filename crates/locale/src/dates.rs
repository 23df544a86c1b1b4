//! How dates and times are written, by ICU4X.

use std::sync::LazyLock;

use chrono::{DateTime, Datelike as _, FixedOffset, NaiveDate, NaiveTime, Timelike as _};
use icu_calendar::{Date, Gregorian};
use icu_datetime::fieldsets::{MD, T, YMD, YMDE};
use icu_datetime::input::Time;
use icu_datetime::options::YearStyle;
use icu_datetime::{DateTimeFormatterLoadError, FixedCalendarDateTimeFormatter, NoCalendarFormatter};
use icu_locale_core::Locale;
use plenaria_domain::values::language::MessageLanguage;
use plenaria_domain::values::time::Instant;
use plenaria_domain::values::time_zone::TimeZone;

use crate::locales;

/// The formats of a language.
struct Formats {
    date: FixedCalendarDateTimeFormatter<Gregorian, YMDE>,
    short_date: FixedCalendarDateTimeFormatter<Gregorian, YMD>,
    day_and_month: FixedCalendarDateTimeFormatter<Gregorian, MD>,
    time: NoCalendarFormatter<T>,
}

static FORMATS: LazyLock<[Option<Formats>; 4]> = LazyLock::new(|| locales::load(Formats::load));

/// A date with its weekday: `Thursday, 22 July 2027`.
pub fn date(at: DateTime<FixedOffset>, language: MessageLanguage) -> String {
    format_date(at.date_naive(), language, |formats, date| formats.date.format(&date).to_string())
}

/// A date in digits: `22/07/2027`.
pub fn short_date(date: NaiveDate, language: MessageLanguage) -> String {
    format_date(date, language, |formats, date| formats.short_date.format(&date).to_string())
}

/// A day of a year that is known, in digits: `22/07`.
pub fn day_and_month(date: NaiveDate, language: MessageLanguage) -> String {
    format_date(date, language, |formats, date| formats.day_and_month.format(&date).to_string())
}

/// A time of day: `15:00`.
pub fn time(at: DateTime<FixedOffset>, language: MessageLanguage) -> String {
    let time = at.time();
    let formatted = formats(language).and_then(|formats| Some(formats.time.format(&time_of(time)?).to_string()));
    formatted.unwrap_or_else(|| time.format("%H:%M").to_string())
}

/// A date and time in a zone: `Thursday, 22 July 2027, 15:00`.
pub fn date_time(at: Instant, zone: TimeZone, language: MessageLanguage) -> String {
    let at = zone.at(at);
    format!("{}, {}", date(at, language), time(at, language))
}

/// A date and time that stands alone, with its zone: `Thursday, 22 July 2027, 15:00 (Europe/Madrid, UTC+2)`.
pub fn date_time_with_zone(at: Instant, zone: TimeZone, language: MessageLanguage) -> String {
    format!("{} ({})", date_time(at, zone, language), zone_name(at, zone))
}

/// A period of time in a zone, with the zone: `Thursday, 22 July 2027, 15:00–16:02 (Europe/Madrid, UTC+2)`.
pub fn period(starts_at: Instant, ends_at: Instant, zone: TimeZone, language: MessageLanguage) -> String {
    let period = period_between(zone.at(starts_at), zone.at(ends_at), language);
    format!("{period} ({})", zone_name(starts_at, zone))
}

/// A period of time in UTC.
pub fn period_in_utc(starts_at: Instant, ends_at: Instant, language: MessageLanguage) -> String {
    period_between(starts_at.fixed_offset(), ends_at.fixed_offset(), language)
}

/// A zone's name, and its offset at an instant: `Europe/Madrid, UTC+2`, `America/St Johns, UTC−3:30`.
pub fn zone_name(at: Instant, zone: TimeZone) -> String {
    let minutes = zone.at(at).offset().local_minus_utc() / 60;
    let sign = if minutes < 0 { '−' } else { '+' };
    let (hours, minutes) = (minutes.abs() / 60, minutes.abs() % 60);
    let minutes = if minutes == 0 { String::new() } else { format!(":{minutes:02}") };
    format!("{}, UTC{sign}{hours}{minutes}", zone.name().replace('_', " "))
}

fn period_between(from: DateTime<FixedOffset>, until: DateTime<FixedOffset>, language: MessageLanguage) -> String {
    let (start, end) = (time(from, language), time(until, language));
    let first = date(from, language);
    if from.date_naive() == until.date_naive() {
        return format!("{first}, {start}–{end}");
    }
    format!("{first}, {start} – {}, {end}", date(until, language))
}

fn formats(language: MessageLanguage) -> Option<&'static Formats> {
    FORMATS[language as usize].as_ref()
}

fn format_date(
    date: NaiveDate,
    language: MessageLanguage,
    format: impl Fn(&Formats, Date<Gregorian>) -> String,
) -> String {
    let formatted = formats(language).and_then(|formats| Some(format(formats, date_of(date)?)));
    let text = formatted.unwrap_or_else(|| date.format("%Y-%m-%d").to_string());
    if language == MessageLanguage::Fr && date.day() == 1 {
        // The repository's formats have no ordinal numbers, which French uses for the first of a month.
        return text.replace(" 1 ", " 1er ");
    }
    text
}

fn date_of(date: NaiveDate) -> Option<Date<Gregorian>> {
    Date::try_new_gregorian(date.year(), u8::try_from(date.month()).ok()?, u8::try_from(date.day()).ok()?).ok()
}

fn time_of(time: NaiveTime) -> Option<Time> {
    Time::try_new(u8::try_from(time.hour()).ok()?, u8::try_from(time.minute()).ok()?, 0, 0).ok()
}

impl Formats {
    fn load(locale: &'static Locale) -> Result<Self, DateTimeFormatterLoadError> {
        Ok(Self {
            date: FixedCalendarDateTimeFormatter::try_new(locale.into(), YMDE::long())?,
            short_date: FixedCalendarDateTimeFormatter::try_new(
                locale.into(),
                YMD::short().with_year_style(YearStyle::Full),
            )?,
            day_and_month: FixedCalendarDateTimeFormatter::try_new(locale.into(), MD::short())?,
            time: NoCalendarFormatter::try_new(locale.into(), T::hm())?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    fn zone(name: &str) -> TimeZone {
        TimeZone::parse(name).unwrap()
    }

    #[test]
    fn periods_are_written_in_every_language() {
        let (from, until) = (at("2027-07-22T13:00:00Z"), at("2027-07-22T14:02:00Z"));
        let madrid = zone("Europe/Madrid");
        for (language, local) in [
            (MessageLanguage::En, "Thursday, 22 July 2027, 15:00–16:02 (Europe/Madrid, UTC+2)"),
            (MessageLanguage::Es, "jueves, 22 de julio de 2027, 15:00–16:02 (Europe/Madrid, UTC+2)"),
            (MessageLanguage::Fr, "jeudi 22 juillet 2027, 15:00–16:02 (Europe/Madrid, UTC+2)"),
            (MessageLanguage::Ca, "dijous, 22 de juliol del 2027, 15:00–16:02 (Europe/Madrid, UTC+2)"),
        ] {
            assert_eq!(period(from, until, madrid, language), local);
        }
        assert_eq!(period_in_utc(from, until, MessageLanguage::En), "Thursday, 22 July 2027, 13:00–14:02");
        assert_eq!(
            date_time_with_zone(from, madrid, MessageLanguage::Ca),
            "dijous, 22 de juliol del 2027, 15:00 (Europe/Madrid, UTC+2)"
        );
    }

    #[test]
    fn a_period_may_pass_midnight() {
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
    }

    #[test]
    fn short_dates_have_the_whole_year() {
        let date = NaiveDate::from_ymd_opt(2027, 7, 2).unwrap();
        let written = MessageLanguage::ALL.map(|language| short_date(date, language));
        assert_eq!(written, ["02/07/2027", "2/7/2027", "02/07/2027", "2/7/2027"]);
        let written = MessageLanguage::ALL.map(|language| day_and_month(date, language));
        assert_eq!(written, ["02/07", "2/7", "02/07", "2/7"]);
    }

    #[test]
    fn the_data_have_every_language() {
        assert!(FORMATS.iter().all(Option::is_some));
    }
}
