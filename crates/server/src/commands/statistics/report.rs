//! Writes an event's statistics for a terminal.

use anstyle::Style;
use plenaria_domain::event::definition::Definition;
use plenaria_domain::registration::statistics::{Day, Group, Statistics};

use super::bars;

/// How many of the last days are shown.
const MAX_DAYS: usize = 30;
/// How many countries, audiences and sources are shown.
const MAX_GROUPS: usize = 15;

const HEADING: Style = Style::new().bold();

/// The whole report.
pub(super) fn write(event: &Definition, statistics: &Statistics) -> String {
    let registrations = &statistics.registrations;
    let (totals, mail) = (&registrations.totals, &statistics.mail);
    let as_of = event.time_zone.at(statistics.as_of).format("%Y-%m-%d %H:%M");
    let seats = statistics.capacity.map_or_else(|| "no limit".to_owned(), |capacity| capacity.to_string());
    let title = event.title.get(&event.language, &event.language);
    let named = |name: &str, number| (name.to_owned(), number);
    let status = [
        named("confirmed", totals.counts.confirmed),
        named("attended", totals.counts.attended),
        named("waitlisted", totals.counts.waitlisted),
        named("cancelled", totals.counts.cancelled),
        named("pending", totals.pending),
    ];
    let mails = [named("sent", mail.sent), named("waiting", mail.waiting), named("refused", mail.refused)];
    let optional = |key: &Option<String>| key.clone().unwrap_or_else(|| "not given".to_owned());
    [
        format!("{HEADING}{title}{HEADING:#} ({})\n", event.slug),
        format!("{as_of} {}; seats: {seats}\n", event.time_zone),
        section("Registrations", &status),
        section(&days_heading(&statistics.by_day), &last_days(&statistics.by_day)),
        section("Confirmed, by country", &groups(&registrations.by_country, optional)),
        section("Confirmed, by audience", &groups(&registrations.by_audience, optional)),
        section("Confirmed, by language", &groups(&registrations.by_language, String::clone)),
        section("Confirmed, by source", &groups(&registrations.by_source, String::clone)),
        section("Mails", &mails),
    ]
    .concat()
    .trim_end()
    .to_owned()
}

/// A heading with bars; nothing without values.
fn section(heading: &str, values: &[(String, u64)]) -> String {
    if values.is_empty() {
        return String::new();
    }
    format!("\n{HEADING}{heading}{HEADING:#}\n{}", bars::draw(values))
}

fn days_heading(days: &[Day]) -> String {
    match days.len().checked_sub(MAX_DAYS).and_then(|first| first.checked_sub(1)).and_then(|before| days.get(before)) {
        None => "Made on".to_owned(),
        Some(before) => format!("Made on (and {} until {})", before.total, before.date),
    }
}

fn last_days(days: &[Day]) -> Vec<(String, u64)> {
    let first = days.len().saturating_sub(MAX_DAYS);
    days[first..].iter().map(|day| (day.date.to_string(), day.registered)).collect()
}

/// The largest groups, and the others together.
fn groups<K>(groups: &[Group<K>], name: impl Fn(&K) -> String) -> Vec<(String, u64)> {
    let shown = groups.len().min(MAX_GROUPS);
    let others: u64 = groups[shown..].iter().map(|group| group.counts.confirmed).sum();
    let rest = (others > 0).then(|| ("others".to_owned(), others));
    groups[..shown].iter().map(|group| (name(&group.key), group.counts.confirmed)).chain(rest).collect()
}
