//! Draws charts of an event's statistics as SVG, with texts in the languages of messages.
//!
//! A chart is readable in light and in dark surroundings, and has a title and a description for readers who do not see it.

mod draw;
mod texts;

use plenaria_domain::event::definition::Definition;
use plenaria_domain::registration::statistics::{Chart, Day, Group, Statistics};
use plenaria_domain::values::language::{Language, MessageLanguage};
use plenaria_locale::words::charts::Charts;
use plenaria_locale::{countries, dates, words};

use self::draw::{Point, Words};

/// How many countries or audiences have a bar of their own.
const MAX_BARS: usize = 12;

/// A chart could not be drawn.
#[derive(Debug, thiserror::Error)]
#[error("the chart could not be drawn")]
pub struct ChartError(#[from] charts_rs::Error);

/// Draws a chart of an event's statistics.
///
/// # Errors
/// The library failed.
pub fn draw(
    chart: Chart,
    statistics: &Statistics,
    event: &Definition,
    language: MessageLanguage,
) -> Result<String, ChartError> {
    let words = &words::of(language).charts;
    let wanted = Language::parse(language.as_str()).unwrap_or_else(|_| event.language.clone());
    let counts = &statistics.registrations;
    let bars = match chart {
        Chart::Registrations => None,
        Chart::Countries => {
            let name = |code: &str| countries::name(code, language).to_owned();
            Some(largest(&counts.by_country, name, words))
        }
        Chart::Audiences => {
            let label = |key: &str| {
                let audience = event.audiences.iter().find(|audience| audience.key.as_str() == key);
                audience.map_or(key, |audience| audience.label.get(&wanted, &event.language)).to_owned()
            };
            Some(largest(&counts.by_audience, label, words))
        }
    };
    let title = texts::title(chart, words);
    let subtitle = event.title.get(&wanted, &event.language);
    let content = match &bars {
        Some(bars) => texts::list(bars, words, language),
        None => texts::period(&statistics.by_day, words, language),
    };
    let description = format!("{subtitle}. {content}");
    let frame = Words { language, title, subtitle, description: &description, empty: words.empty };
    Ok(if let Some(bars) = bars {
        draw::bars(&frame, &bars)?
    } else {
        let point = |day: &Day| Point {
            label: dates::day_and_month(day.date, language),
            value: day.registered,
            total: day.total,
        };
        let points: Vec<Point> = statistics.by_day.iter().map(point).collect();
        draw::timeline(&frame, [words.on_the_day, words.in_total], &points)?
    })
}

/// The numbers of confirmed registrations of the largest groups, then of all other groups together, then of the people who
/// gave no value. Groups without a confirmed registration are left out.
fn largest(groups: &[Group<Option<String>>], name: impl Fn(&str) -> String, words: &Charts) -> Vec<(String, u64)> {
    let confirmed = groups.iter().filter(|group| group.counts.confirmed > 0);
    let (mut bars, mut others, mut without) = (Vec::new(), 0, 0);
    for group in confirmed {
        let number = group.counts.confirmed;
        match &group.key {
            None => without = number,
            Some(key) if bars.len() < MAX_BARS => bars.push((name(key), number)),
            Some(_) => others += number,
        }
    }
    let rest = [(words.others, others), (words.not_given, without)];
    bars.extend(rest.into_iter().filter(|(_, number)| *number > 0).map(|(name, number)| (name.to_owned(), number)));
    bars
}

#[cfg(test)]
mod tests;
