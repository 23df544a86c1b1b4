//! Writes every message in each language into `target/mails`, as HTML and as text, to be looked at in a browser.
//!
//! The event has what a message can show: a logo and a colour, a contact, a place, a meeting online, materials, a survey, and
//! a changed programme. In the files with `-rtl` the person's name and the event's texts are written from right to left.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use plenaria_domain::event::definition::Definition;
use plenaria_domain::registration::message::MessageKind;
use plenaria_domain::values::language::MessageLanguage;
use plenaria_domain::values::public_url::PublicUrl;
use plenaria_domain::values::text::Translated;
use serde_json::{Value, json};

use crate::mail::content::links::Links;
use crate::mail::content::preview::Sample;
use crate::mail::content::render::MailRenderer;

/// A small picture, so that no page needs another server.
const LOGO: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='200' height='48'%3E%3Crect width='48' \
                    height='48' rx='8' fill='%231f5fa8'/%3E%3Ctext x='56' y='32' font-size='22' font-family='sans-serif'%3EMetropolis%3C/text%3E%3C/svg%3E";

fn document(right_to_left: bool) -> Value {
    let (title, place) = if right_to_left {
        ("منتدى المدن والعمل الدولي", "برشلونة، القاعة 1")
    } else {
        ("Internationalisation and metropolitan spaces", "Barcelona, Room 1 & online")
    };
    let session =
        |key: &str, title: &str, minutes: u32| json!({"key": key, "kind": "talk", "minutes": minutes, "title": title});
    json!({
        "slug": "one-event", "status": "published", "language": if right_to_left { "ar" } else { "en" }, "title": title,
        "starts": "2027-07-22T15:00", "time_zone": "Europe/Madrid", "place": place, "attendance": "hybrid",
        "organisers": [{"key": "metropolis", "name": "Metropolis"}, {"key": "al-las", "name": "AL-LAs"}],
        "contact": {"name": "The office", "email": "office@example.org", "url": "https://www.example.org/contact"},
        "branding": {"colour": "#7a2e8e", "logo_url": "https://www.example.org/logo.png"},
        "join": {"url": "https://video.example.org/w", "minutes_before": 15},
        "materials": [
            {"label": "Recording", "url": "https://video.example.org/1", "kind": "recording"},
            {"label": "Your opinion", "url": "https://survey.example.org/", "kind": "survey"},
        ],
        "follow_up": {"hours_after": 2},
        "audiences": [{"key": "city", "label": "City or metropolitan government"}],
        "registration": {"questions": [
            {"key": "topic", "kind": "text", "label": "What would you like to ask the speakers?", "required": false},
            {"key": "certificate", "kind": "yes_no", "label": "Do you need a certificate?", "required": false},
        ]},
        "programme": {"sessions": [
            session("welcome", "Welcome", 10), session("keynote", "Keynote", 20), session("panel", "Panel with the audience", 30),
        ]},
    })
}

fn sample(right_to_left: bool) -> Sample {
    let now = "2026-11-23T09:00:00Z".parse().unwrap();
    let parse = |document: &Value| Definition::parse(document, now).unwrap();
    let name = if right_to_left { "محمد عبد الله" } else { "Ana Pérez i Løvenskiold" };
    let mut sample = Sample::new(parse(&document(right_to_left)), name, "ana@example.org", now).unwrap();
    sample.event.definition.branding.as_mut().unwrap().logo_url = Some(LOGO.to_owned());
    let mut before = document(right_to_left);
    before["starts"] = json!("2027-07-21T15:00");
    before["place"] = json!("Barcelona, Room 2");
    before["programme"]["sessions"][1]["minutes"] = json!(25);
    before["programme"]["sessions"].as_array_mut().unwrap().remove(0);
    sample.before = parse(&before);
    let reason = "The venue is flooded.\n\nWe will offer another date in autumn.";
    let language = sample.event.definition.language.clone();
    sample.event.cancellation_reason = Translated::new([(language, reason.to_owned())].into());
    let attendee = &mut sample.registration.attendee;
    attendee.organisation = Some("Ajuntament de Barcelona".to_owned());
    attendee.answers.insert("topic".to_owned(), json!("How do small cities begin?"));
    attendee.answers.insert("certificate".to_owned(), json!(true));
    sample
}

#[test]
fn every_message_is_written_to_be_looked_at() {
    let links = Links {
        public_url: PublicUrl::new("https://events.example.org", true),
        manage_url: None,
        manage_token: Arc::new(|_, _| Some("header.claims.signature".to_owned())),
        confirmation_token: Arc::new(|_, _| Some("header.claims.signature".to_owned())),
    };
    let renderer = MailRenderer::new("Metropolis <events@example.org>".parse().unwrap(), links).unwrap();
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/mails");
    fs::create_dir_all(&directory).unwrap();
    let changed = ["time", "programme", "place"].map(str::to_owned);
    for right_to_left in [false, true] {
        let mut sample = sample(right_to_left);
        for &kind in MessageKind::ALL {
            for language in MessageLanguage::ALL {
                let text = renderer.render(sample.content(kind, language, &changed)).unwrap().text;
                let direction = if right_to_left { "-rtl" } else { "" };
                let name = format!("{}-{}{direction}", kind.as_str(), language.as_str());
                assert_eq!(text.html.matches("<h1").count(), 1, "{name}");
                fs::write(directory.join(format!("{name}.html")), &text.html).unwrap();
                fs::write(directory.join(format!("{name}.txt")), format!("{}\n\n{}\n", text.subject, text.plain))
                    .unwrap();
            }
        }
    }
}
