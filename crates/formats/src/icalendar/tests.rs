//! The calendars are parsed with another crate than the one that writes them.

use std::sync::LazyLock;

use calcard::common::timezone::Tz;
use calcard::icalendar::{ICalendar, ICalendarComponent, ICalendarComponentType, ICalendarProperty};
use chrono::{NaiveDateTime, TimeDelta};
use icalendar::EventLike as _;
use plenaria_domain::registration::Attendee;
use plenaria_domain::values::email::EmailAddress;
use plenaria_domain::values::ids::RegistrationId;
use plenaria_domain::values::language::MessageLanguage;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::icalendar::*;
use crate::sample_event;
use crate::sample_event::changed_at;

const TITLE: &str =
    "Ōtani & \"Søren\" <b>; one, two \\ three — and a title that is long enough to be folded: 国際化 空間";

static URL: LazyLock<PublicUrl> = LazyLock::new(|| PublicUrl::new("https://api.example.org", true));

fn event(starts: &str, zone: &str, change: impl FnOnce(&mut Value)) -> Event {
    let mut document = json!({
        "slug": "e", "status": "published", "language": "en", "title": {"en": TITLE, "es": "Título"},
        "summary": "First, a line. Then; another.", "topics": ["One, two", "Three"],
        "starts": starts, "time_zone": zone, "duration_minutes": 30,
        "programme": {"sessions": [
            {"key": "a", "kind": "talk", "minutes": 20, "title": "A"},
            {"key": "b", "kind": "talk", "minutes": 40, "title": {"en": "B", "es": "Be"}, "abstract": "About b."},
        ]},
    });
    change(&mut document);
    sample_event::event(&document)
}

fn registration(event: &Event, status: RegistrationStatus, revision: i64) -> Registration {
    Registration {
        id: RegistrationId::new(changed_at()),
        event_id: event.id,
        status,
        waitlist_position: None,
        attendee: Attendee {
            email: EmailAddress::parse("zoë+a@bücher.example").unwrap(),
            name: "Ōtani ^ \"Søren\"; <b>".to_owned(),
            organisation: None,
            position: None,
            city: None,
            country: None,
            audience: None,
            language: MessageLanguage::En,
            newsletter: false,
            access_needs: None,
            answers: serde_json::Map::new(),
        },
        external_reference: None,
        source: "public".to_owned(),
        created_at: changed_at(),
        updated_at: changed_at() + TimeDelta::hours(1),
        confirmed_at: None,
        cancelled_at: None,
        cancellation_reason: None,
        attended_at: None,
        revision,
        address_version: 0,
    }
}

fn language(tag: &str) -> Language {
    Language::parse(tag).unwrap()
}

/// Parses a calendar, after checks that apply to all calendars.
fn parse(text: &str) -> ICalendar {
    assert!(text.ends_with("END:VCALENDAR\r\n"));
    for line in text.split_terminator("\r\n") {
        assert!(line.len() <= 75 && !line.contains(['\r', '\n']), "{line}");
    }
    ICalendar::parse(text).unwrap_or_else(|error| panic!("{error:?}: {text}"))
}

fn entries(calendar: &ICalendar) -> Vec<&ICalendarComponent> {
    calendar.components.iter().filter(|c| c.component_type == ICalendarComponentType::VEvent).collect()
}

/// A property as text.
fn value(component: &ICalendarComponent, property: ICalendarProperty) -> String {
    let value = component.property(&property).and_then(|entry| entry.values.first()).cloned();
    match value.unwrap_or_else(|| panic!("no {property:?}")) {
        calcard::icalendar::ICalendarValue::Text(text) => text,
        calcard::icalendar::ICalendarValue::Integer(number) => number.to_string(),
        calcard::icalendar::ICalendarValue::Uri(calcard::icalendar::Uri::Location(address)) => address,
        other => format!("{other:?}"),
    }
}

fn times(calendar: &ICalendar) -> Vec<(i64, i64)> {
    let far_from_all: Tz = "Pacific/Apia".parse().unwrap();
    let expanded = calendar.expand_dates(far_from_all, 100);
    assert!(expanded.errors.is_empty(), "{:?}", expanded.errors);
    let mut times: Vec<_> = expanded.events.into_iter().map(|e| e.timestamps()).collect();
    times.sort_unstable();
    times
}

/// The parser looks up a zone's rules by its name, and its rules are from 2025. This test therefore has no zones whose
/// rules have changed since, like those of Casablanca and Vancouver.
#[test]
fn times_are_exact_in_every_zone_and_season() {
    for zone in [
        "Europe/Madrid",
        "America/New_York",
        "Asia/Tehran",
        "Australia/Lord_Howe",
        "Africa/Cairo",
        "Asia/Kathmandu",
        "Europe/Dublin",
        "Etc/UTC",
    ] {
        for starts in ["2027-01-15T09:30", "2027-03-27T23:30", "2027-07-22T15:00", "2027-10-30T23:45"] {
            let event = event(starts, zone, |_| ());
            let calendar = parse(&event_calendar(&event, &language("en"), &URL));
            let expected = (event.starts_at.timestamp(), event.ends_at.timestamp());
            assert_eq!(times(&calendar), [expected], "{zone} {starts}");
            let programme = parse(&programme_calendar(&event, &language("en"), &URL));
            let sessions = event.programme.sessions.iter();
            let expected: Vec<_> = sessions.map(|s| (s.starts_at.timestamp(), s.ends_at.timestamp())).collect();
            assert_eq!(times(&programme), expected, "{zone} {starts}");
        }
    }
}

#[test]
fn times_in_a_repeated_hour_are_in_utc() {
    // 02:50 summer time; the second session begins at 02:10 winter time, which is 20 minutes later.
    let event = event("2027-10-31T02:50", "Europe/Madrid", |_| ());
    let text = programme_calendar(&event, &language("en"), &URL);
    assert!(text.contains("DTSTART:20271031T005000Z\r\n"), "{text}");
    assert!(text.contains("DTSTART:20271031T011000Z\r\n"), "{text}");
    assert!(text.contains("DTEND:20271031T015000Z\r\n"), "{text}");
    let expected = event.programme.sessions.iter().map(|s| (s.starts_at.timestamp(), s.ends_at.timestamp()));
    assert_eq!(times(&parse(&text)), expected.collect::<Vec<_>>());
}

#[test]
fn texts_are_escaped_and_translated() {
    let event = event("2027-07-22T15:00", "Europe/Madrid", |_| ());
    let calendar = parse(&event_calendar(&event, &language("en"), &URL));
    let entry = entries(&calendar)[0];
    assert_eq!(value(entry, ICalendarProperty::Summary), TITLE);
    assert_eq!(value(entry, ICalendarProperty::Description), "First, a line. Then; another.");
    assert_eq!(value(entry, ICalendarProperty::Uid), event.id.to_string());
    assert_eq!(value(entry, ICalendarProperty::Sequence), "2");
    assert!(value(entry, ICalendarProperty::Status).contains("Confirmed"));
    let spanish = parse(&event_calendar(&event, &language("es"), &URL));
    assert_eq!(value(entries(&spanish)[0], ICalendarProperty::Summary), "Título");
    let programme = programme_calendar(&event, &language("es"), &URL);
    assert!(programme.contains("SUMMARY:Be\r\n") && programme.contains("X-WR-CALNAME:Título\r\n"), "{programme}");
    assert_eq!(
        event_calendar(&event, &language("en"), &URL),
        event_calendar(&event, &language("en"), &URL),
        "the same bytes"
    );
    assert!(event_calendar(&event, &language("en"), &URL).contains("DTSTAMP:20261123T090000Z\r\n"));
}

/// An event with two tracks, with sessions of the same title at the same time.
fn event_with_tracks() -> Event {
    event("2027-07-22T15:00", "Europe/Madrid", |document| {
        document["place"] = json!({"en": "Town hall, Main Street; 1", "es": "Ayuntamiento"});
        document["programme"] = json!({"sessions": [
            {"key": "a", "minutes": 20, "title": "Workshop", "track": {"en": "Water, soil", "es": "Agua"}, "abstract": "About."},
            {"key": "b", "minutes": 20, "title": "Workshop", "track": "Air", "starts": "2027-07-22T15:00"},
            {"key": "c", "minutes": 20, "title": "Closing", "track": "Air"},
            {"key": "d", "minutes": 20, "title": "Farewell"},
        ]});
    })
}

/// All values of a property, each as text.
fn values(component: &ICalendarComponent, property: &ICalendarProperty) -> Vec<String> {
    let values = component.property(property).into_iter().flat_map(|entry| &entry.values);
    let text = |value: &calcard::icalendar::ICalendarValue| match value {
        calcard::icalendar::ICalendarValue::Text(text) => text.clone(),
        other => panic!("{other:?}"),
    };
    values.map(text).collect()
}

#[test]
fn sessions_of_the_same_title_are_distinguishable() {
    let event = event_with_tracks();
    let calendar = parse(&programme_calendar(&event, &language("en"), &URL));
    let all = entries(&calendar);
    let values_of = |property: &ICalendarProperty| all.iter().map(|e| value(e, property.clone())).collect::<Vec<_>>();
    let titles = values_of(&ICalendarProperty::Summary);
    assert_eq!(titles, ["Workshop (Water, soil)", "Workshop (Air)", "Closing", "Farewell"]);
    let categories: Vec<_> = all.iter().map(|e| values(e, &ICalendarProperty::Categories)).collect();
    assert_eq!(categories, [vec!["Water, soil"], vec!["Air"], vec!["Air"], vec![]]);
    assert_eq!(value(all[0], ICalendarProperty::Description), "Water, soil\n\nAbout.");
    assert_eq!(values_of(&ICalendarProperty::Location), vec!["Town hall, Main Street; 1"; 4]);
    assert_eq!(values_of(&ICalendarProperty::Url), vec!["https://api.example.org/events/e"; 4]);
    let mut uids = values_of(&ICalendarProperty::Uid);
    uids.sort();
    uids.dedup();
    assert_eq!(uids.len(), 4);
    let spanish = programme_calendar(&event, &language("es"), &URL);
    assert!(
        spanish.contains("SUMMARY:Workshop (Agua)\r\n") && spanish.contains("LOCATION:Ayuntamiento\r\n"),
        "{spanish}"
    );
}

#[test]
fn an_entry_has_location_categories_and_url() {
    let event = event_with_tracks();
    let person = registration(&event, RegistrationStatus::Confirmed, 1);
    let organiser = Organiser { name: "Metropolis", address: "events@example.org" };
    for text in [
        event_calendar(&event, &language("en"), &URL),
        registration_calendar(&event, &person, &language("en"), &URL),
        invitation(Method::Request, &event, &person, organiser, &language("en"), &URL),
    ] {
        let calendar = parse(&text);
        let entry = entries(&calendar)[0];
        assert_eq!(values(entry, &ICalendarProperty::Categories), ["One, two", "Three"]);
        assert_eq!(value(entry, ICalendarProperty::Location), "Town hall, Main Street; 1");
        assert_eq!(value(entry, ICalendarProperty::Url), "https://api.example.org/events/e");
    }
    let english = language("en");
    let entry = Entry { room: Some("Room 4".to_owned()), ..Entry::of_event(&event, &english, &URL) };
    assert_eq!(entry.write().get_location(), Some("Room 4, Town hall, Main Street; 1"));
}

#[test]
fn a_calendar_of_many_events_has_each_with_its_time() {
    let long = |document: &mut Value| document["summary"] = json!("é".repeat(1_000));
    let mut events = [
        event("2027-07-22T15:00", "Europe/Madrid", long),
        event("2027-03-27T23:30", "America/New_York", |document| {
            document["summary"] = Value::Null;
            document["description"] = json!("é".repeat(1_001));
        }),
        event("2028-01-15T09:30", "Europe/Madrid", |_| ()),
        event("2027-01-15T09:30", "Etc/UTC", |_| ()),
    ];
    events[3].definition.status = EventStatus::Cancelled;
    let (english, spanish) = (language("en"), language("es"));
    let languages = [&english, &spanish, &english, &english];
    let source = "https://api.example.org/v1/events.ics?series=s";
    let text = events_calendar(events.iter().zip(languages), "Events, all", source, &URL);
    let calendar = parse(&text);
    let mut expected: Vec<_> = events.iter().map(|e| (e.starts_at.timestamp(), e.ends_at.timestamp())).collect();
    expected.sort_unstable();
    assert_eq!(times(&calendar), expected);
    assert_eq!(text.matches("BEGIN:VTIMEZONE\r\n").count(), 2, "one for each zone but UTC");
    let unfolded = text.replace("\r\n ", "");
    for line in [
        "NAME;VALUE=TEXT:Events\\, all",
        "X-WR-CALNAME:Events\\, all",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
        &format!("SOURCE;VALUE=URI:{source}"),
        "SUMMARY:Título",
        "STATUS:CANCELLED",
        &format!("DESCRIPTION:{}", "é".repeat(1_000)),
        &format!("DESCRIPTION:{}…", "é".repeat(1_000)),
    ] {
        assert!(unfolded.contains(&format!("\r\n{line}\r\n")), "{line}: {unfolded}");
    }
    let none = events_calendar(std::iter::empty(), "Events", source, &URL);
    assert!(entries(&parse(&none)).is_empty());
}

#[test]
fn events_in_the_last_year_have_calendars() {
    for zone in ["Europe/Madrid", "Asia/Tokyo", "America/New_York"] {
        let event = event("9999-12-30T10:00", zone, |_| ());
        let text = event_calendar(&event, &language("en"), &URL);
        assert_eq!(times(&parse(&text)), [(event.starts_at.timestamp(), event.ends_at.timestamp())], "{text}");
        assert!(text.lines().all(|line| !line.starts_with("DTSTART:+")), "{text}");
    }
}

#[test]
fn a_persons_entry_follows_the_registration_and_the_event() {
    let mut event = event("2027-07-22T15:00", "Europe/Madrid", |_| ());
    let entry = |event: &Event, registration: &Registration| {
        let calendar = parse(&registration_calendar(event, registration, &language("en"), &URL));
        let entry = entries(&calendar)[0];
        let sequence: i64 = value(entry, ICalendarProperty::Sequence).parse().unwrap();
        (value(entry, ICalendarProperty::Status), sequence, value(entry, ICalendarProperty::Uid))
    };
    let mut person = registration(&event, RegistrationStatus::Waitlisted, 1);
    let (status, first, uid) = entry(&event, &person);
    assert!(status.contains("Tentative") && uid == person.id.to_string(), "{status}");
    (person.status, person.revision) = (RegistrationStatus::Confirmed, 2);
    let (status, second, same) = entry(&event, &person);
    assert!(status.contains("Confirmed") && second > first && same == uid);
    event.revision += 1;
    event.definition.status = EventStatus::Cancelled;
    let (status, third, _) = entry(&event, &person);
    assert!(status.contains("Cancelled") && third > second);
    event.definition.status = EventStatus::Published;
    (person.status, person.revision) = (RegistrationStatus::Cancelled, 3);
    let (status, fourth, _) = entry(&event, &person);
    assert!(status.contains("Cancelled") && fourth > third);
    let text = registration_calendar(&event, &person, &language("en"), &URL);
    let without_url = text.replace(&**URL, "");
    assert!(!without_url.contains("ATTENDEE") && !without_url.contains("example"), "personal data: {text}");
    assert!(text.contains("DTSTAMP:20261123T100000Z\r\n"), "the later change: {text}");
}

#[test]
fn an_invitation_names_its_sender_and_its_attendee() {
    let event = event("2027-07-22T15:00", "Europe/Madrid", |_| ());
    let person = registration(&event, RegistrationStatus::Confirmed, 1);
    let organiser = Organiser { name: "Metropolis", address: "events@example.org" };
    let text = invitation(Method::Request, &event, &person, organiser, &language("en"), &URL);
    let calendar = parse(&text);
    let root = &calendar.components[0];
    assert!(value(root, ICalendarProperty::Method).contains("Request"));
    let entry = entries(&calendar)[0];
    let attendee = entry.property(&ICalendarProperty::Attendee).unwrap();
    let debug = format!("{attendee:?}");
    assert!(debug.contains("mailto:zo%C3%AB+a@b%C3%BCcher.example"), "{debug}");
    let name = attendee.params.iter().find(|p| p.name == calcard::icalendar::ICalendarParameterName::Cn).unwrap();
    let name = match &name.value {
        calcard::icalendar::ICalendarParameterValue::Text(text) => text.replace("^'", "\"").replace("^^", "^"),
        other => panic!("{other:?}"),
    };
    assert_eq!(name, "Ōtani ^ \"Søren\"; <b>");
    assert!(format!("{:?}", entry.property(&ICalendarProperty::Organizer)).contains("mailto:events@example.org"));
    let cancelled = invitation(Method::Cancel, &event, &person, organiser, &language("en"), &URL);
    assert!(cancelled.contains("METHOD:CANCEL\r\n") && cancelled.contains("STATUS:CANCELLED\r\n"));
}

/// Evaluates a zone's definition by RFC 5545: the observance with the latest onset applies.
fn offset_at(definition: &str, at: Instant) -> i32 {
    let seconds = |text: &str| {
        let number = |range| text.get(range).and_then(|t: &str| t.parse::<i32>().ok()).unwrap_or(0);
        let amount = number(1..3) * 3600 + number(3..5) * 60 + number(5..7);
        if text.starts_with('-') { -amount } else { amount }
    };
    let field = |block: &str, name: &str| {
        block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).unwrap().to_owned()
    };
    let blocks = definition.split("BEGIN:").filter(|b| b.starts_with("STANDARD") || b.starts_with("DAYLIGHT"));
    let onsets = blocks.map(|block| {
        let local = NaiveDateTime::parse_from_str(&field(block, "DTSTART"), "%Y%m%dT%H%M%S").unwrap();
        let from = seconds(&field(block, "TZOFFSETFROM"));
        (local - TimeDelta::seconds(from.into()), seconds(&field(block, "TZOFFSETTO")))
    });
    onsets.filter(|(onset, _)| *onset <= at.naive_utc()).max_by_key(|(onset, _)| *onset).unwrap().1
}

proptest! {
    #[test]
    fn a_zones_definition_has_the_zones_offsets(
        zone in proptest::sample::select(TimeZone::all().collect::<Vec<_>>()),
        at in 1_600_000_000i64..2_200_000_000,
        minutes in 0i64..500_000,
    ) {
        let at = Instant::from_timestamp(at, 0).unwrap();
        if let Some(definition) = time_zone::definition(zone, at, at + TimeDelta::days(2)) {
            // A time from the entries to a year after them.
            let instant = at + TimeDelta::minutes(minutes);
            let expected = zone.observance(instant).offset;
            prop_assert_eq!(offset_at(&definition, instant), expected, "{} at {}", zone, instant);
        } else {
            prop_assert_eq!(zone.observance(at).offset, 0);
        }
    }

    #[test]
    fn lines_are_folded_between_characters(title in "\\PC{1,300}") {
        let mut event = event("2027-07-22T15:00", "Europe/Madrid", |_| ());
        event.definition.title = serde_json::from_value(json!({"en": title})).unwrap();
        let calendar = parse(&event_calendar(&event, &language("en"), &URL));
        prop_assert_eq!(value(entries(&calendar)[0], ICalendarProperty::Summary), title);
    }
}
