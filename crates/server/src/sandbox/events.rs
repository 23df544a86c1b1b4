//! The example events of a sandbox. Their dates are relative to its start.

use anyhow::{Context as _, anyhow};
use chrono::TimeDelta;
use plenaria_domain::event::definition::Definition;
use plenaria_domain::values::time::Instant;
use plenaria_domain::values::time_zone::TimeZone;
use plenaria_http::operations::sandbox::config::SandboxEvent;

use crate::definition_files;

/// An example event.
pub(crate) struct Example {
    /// The definition's slug.
    pub(crate) slug: &'static str,
    /// What it is an example of.
    pub(crate) shows: &'static str,
    /// The definition, whose dates are written as `fill_dates` describes.
    text: &'static str,
    /// How many people are registered.
    pub(crate) people: usize,
    /// How many of them attended.
    pub(crate) attended: usize,
    /// Whether it is cancelled once people are registered.
    pub(crate) cancelled: bool,
}

macro_rules! example {
    ($file:literal, $slug:literal, $people:literal, $shows:literal) => {
        Example {
            slug: $slug,
            shows: $shows,
            text: include_str!(concat!("events/", $file, ".yaml")),
            people: $people,
            attended: 0,
            cancelled: false,
        }
    };
}

/// The events in the order in which the sandbox lists them.
pub(crate) const EXAMPLES: [Example; 12] = [
    example!("open", "example-open", 5, "Open, without a limit of seats"),
    example!("few_seats", "example-few-seats", 17, "Three of twenty seats left"),
    example!("waitlist", "example-waitlist", 9, "Full, with three people on the waiting list"),
    example!("full", "example-full", 8, "Full, without a waiting list: 409 event-full"),
    example!("not_open", "example-not-open", 0, "Registration opens in a week: 409 registration-not-open"),
    example!("closed", "example-closed", 4, "Registration closed yesterday: 409 registration-closed"),
    example!("confirmation", "example-confirmation", 3, "People confirm their address by mail: 202"),
    example!("questions", "example-questions", 4, "Questions of every kind, and a required audience"),
    example!("conference", "example-conference", 6, "In person and online, with rooms, tracks and several days"),
    example!("live", "example-live", 6, "Live for twelve hours after the start of the sandbox"),
    Example {
        attended: 8,
        ..example!("ended", "example-ended", 12, "Ended, with materials, attendance and a follow-up mail")
    },
    Example {
        cancelled: true,
        ..example!("cancelled", "example-cancelled", 3, "Cancelled with a reason: 409 event-cancelled")
    },
];

impl Example {
    /// The definition for a sandbox that starts at `now`.
    pub(crate) fn definition(&self, now: Instant) -> anyhow::Result<Definition> {
        let text = fill_dates(self.text, now).with_context(|| self.slug)?;
        Ok(definition_files::read(self.slug, &text, now)?)
    }
}

/// The events, for people who use the sandbox.
pub(crate) fn listed() -> Vec<SandboxEvent> {
    EXAMPLES.iter().map(|example| SandboxEvent { slug: example.slug.to_owned(), shows: example.shows }).collect()
}

/// Replaces `{now+30d}` by the date 30 days after `now`, and `{now-30m}` by the date and time 30 minutes before it, both as
/// wall-clock times in Madrid.
fn fill_dates(text: &str, now: Instant) -> anyhow::Result<String> {
    let zone = TimeZone::parse("Europe/Madrid")?;
    let mut parts = text.split("{now");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (offset, rest) = part.split_once('}').ok_or_else(|| anyhow!("a date does not end"))?;
        let number = |unit: char| offset.strip_suffix(unit).and_then(|number| number.parse::<i64>().ok());
        let date = match (number('d'), number('m')) {
            (Some(days), _) => zone.at(now + TimeDelta::days(days)).format("%Y-%m-%d"),
            (None, Some(minutes)) => zone.at(now + TimeDelta::minutes(minutes)).format("%Y-%m-%dT%H:%M"),
            (None, None) => return Err(anyhow!("“{offset}” is no time span")),
        };
        filled.push_str(&date.to_string());
        filled.push_str(rest);
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_are_valid_whenever_the_sandbox_starts() {
        // Ordinary days, a leap day, the hours that Madrid skips and repeats, and the turn of the year.
        for now in [
            "2026-11-27T17:40:12Z",
            "2028-02-29T23:59:59Z",
            "2027-03-28T01:10:00Z",
            "2027-10-31T01:10:00Z",
            "2027-12-31T23:20:00Z",
        ] {
            let now: Instant = now.parse().unwrap();
            for example in &EXAMPLES {
                let definition = example.definition(now).unwrap();
                assert_eq!(definition.slug.as_str(), example.slug);
                assert!(definition.advice().is_empty(), "{}", example.slug);
                let languages = |text: &str| ["en", "es", "fr", "ca"].iter().all(|l| text.contains(&format!("{l}: ")));
                assert!(languages(example.text), "{}", example.slug);
            }
        }
    }

    #[test]
    fn dates_are_relative_to_the_start() {
        let now = "2026-11-27T17:40:12Z".parse().unwrap();
        let filled = fill_dates("a {now+30d}T09:00 b {now-30m} c {x: 1}", now).unwrap();
        assert_eq!(filled, "a 2026-12-27T09:00 b 2026-11-27T18:10 c {x: 1}");
        assert!(fill_dates("{now+1y}", now).is_err() && fill_dates("{now+1d", now).is_err());
    }
}
