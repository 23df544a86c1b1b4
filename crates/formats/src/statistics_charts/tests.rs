//! Tests of the charts: that they are well-formed SVG with texts in the reader's language.

use chrono::NaiveDate;
use plenaria_domain::registration::RegistrationStatus;
use plenaria_domain::registration::statistics::{Alike, MailCounts, Tally, days};
use plenaria_domain::values::country::Country;
use plenaria_domain::values::time::Instant;
use serde_json::json;

use super::*;

fn event() -> Definition {
    let document = json!({
        "slug": "charts", "language": "en", "title": {"en": "Waste & water <2027>", "es": "Residuos y agua"},
        "starts": "2027-07-22T15:00", "duration_minutes": 60, "time_zone": "Europe/Madrid",
        "audiences": [{"key": "city", "label": {"en": "City", "es": "Ciudad"}}],
    });
    Definition::parse(&document, Instant::default()).unwrap()
}

/// Statistics with one registration of the first country, two of the second, and so on.
fn statistics(countries: usize) -> Statistics {
    let mut tally = Tally::default();
    for (number, country) in (1..).zip(Country::codes().take(countries)) {
        tally.add(&Alike {
            status: RegistrationStatus::Confirmed,
            source: "public",
            language: "en",
            audience: Some(if number % 2 == 0 { "city" } else { "former" }),
            country: Some(country).filter(|_| number > 1),
            number,
            attended: 0,
        });
    }
    let date = |day| (NaiveDate::from_ymd_opt(2027, 2, day).unwrap(), Instant::default());
    let by_day = if countries == 0 { Vec::new() } else { days(&[date(27), date(28)], [1_200, 34]) };
    let (registrations, mail) = (tally.finish(), MailCounts::default());
    Statistics { capacity: None, registrations, by_day, mail, as_of: Instant::default() }
}

/// Every chart in a language; a parser has read it.
fn charts(statistics: &Statistics, language: MessageLanguage) -> [String; 3] {
    [Chart::Registrations, Chart::Countries, Chart::Audiences].map(|chart| {
        let svg = draw(chart, statistics, &event(), language).unwrap();
        let document = roxmltree::Document::parse(&svg).unwrap();
        let root = document.root_element();
        assert_eq!((root.tag_name().name(), root.attribute("role")), ("svg", Some("img")));
        let names: Vec<_> =
            root.children().filter(roxmltree::Node::is_element).map(|node| node.tag_name().name()).collect();
        assert_eq!(names[..3], ["title", "desc", "style"], "{svg}");
        document
            .descendants()
            .filter(roxmltree::Node::is_text)
            .filter_map(|node| node.text())
            .map(str::trim)
            .collect::<Vec<_>>()
            .join("|")
    })
}

#[test]
fn texts_are_in_the_readers_language() {
    let [registrations, countries, audiences] = charts(&statistics(3), MessageLanguage::Es);
    for text in
        ["Inscripciones a lo largo del tiempo", "Residuos y agua", "del 27/2/2027 al 28/2/2027: 1234", "En total"]
    {
        assert!(registrations.contains(text), "{registrations}");
    }
    assert!(
        countries.contains("Sin indicar: 1.") && audiences.contains("former: 4; Ciudad: 2."),
        "{countries} {audiences}"
    );
    let [registrations, ..] = charts(&statistics(3), MessageLanguage::Fr);
    assert!(registrations.contains("Waste & water <2027>"), "the event has no French title: {registrations}");
}

#[test]
fn small_groups_share_a_bar() {
    let statistics = statistics(250);
    let [_, countries, _] = charts(&statistics, MessageLanguage::En);
    assert_eq!((2..=238).sum::<u64>(), 28_440);
    assert!(countries.contains("; Others: 28,440; Not given: 1."), "{countries}");
    assert!(countries.contains("|28,440|"), "thousands are separated at the bar: {countries}");
}

#[test]
fn charts_without_data_say_so() {
    for language in MessageLanguage::ALL {
        let empty = words::of(language).charts.empty;
        for chart in charts(&statistics(0), language) {
            assert!(chart.matches(empty).count() >= 2, "in the description and in the chart: {chart}");
        }
    }
}
