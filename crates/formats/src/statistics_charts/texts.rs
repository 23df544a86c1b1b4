//! What charts say, in the languages of messages.

use chrono::NaiveDate;
use plenaria_domain::registration::statistics::{Chart, Day};
use plenaria_domain::values::language::MessageLanguage;
use plenaria_locale::words::charts::Charts;
use plenaria_locale::{dates, fill, numbers};

/// The title of a chart.
pub(super) const fn title(chart: Chart, words: &Charts) -> &'static str {
    match chart {
        Chart::Registrations => words.registrations,
        Chart::Countries => words.countries,
        Chart::Audiences => words.audiences,
    }
}

/// Describes the bars of a chart.
pub(super) fn list(bars: &[(String, u64)], words: &Charts, language: MessageLanguage) -> String {
    if bars.is_empty() {
        return format!("{}.", words.empty);
    }
    let bar = |(name, number): &(String, u64)| format!("{name}: {}", count(*number, language));
    let bars: Vec<String> = bars.iter().map(bar).collect();
    format!("{}.", bars.join("; "))
}

/// Describes registrations by day.
pub(super) fn period(days: &[Day], words: &Charts, language: MessageLanguage) -> String {
    let busiest = days.iter().rev().max_by_key(|day| day.registered);
    let (Some(first), Some(last), Some(busiest)) = (days.first(), days.last(), busiest) else {
        return format!("{}.", words.empty);
    };
    let date = |date: NaiveDate| dates::short_date(date, language);
    let values = [
        ("first", date(first.date)),
        ("last", date(last.date)),
        ("busiest", date(busiest.date)),
        ("total", count(last.total, language)),
        ("most", count(busiest.registered, language)),
    ];
    fill::fill(words.period, &values.each_ref().map(|(name, value)| (*name, value.as_str())))
}

fn count(number: u64, language: MessageLanguage) -> String {
    numbers::format(i64::try_from(number).unwrap_or(i64::MAX), language)
}
