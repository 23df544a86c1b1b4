//! Renders every message in each language, and parses it with another library than the one that renders it.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use mail_parser::{Message, MessageParser, MimeHeaders as _};
use plenaria_domain::event::definition::Definition;
use plenaria_domain::registration::message::MessageKind;
use plenaria_domain::registration::{Registration, RegistrationStatus};
use plenaria_domain::values::language::{Language, MessageLanguage};
use plenaria_domain::values::public_url::PublicUrl;
use plenaria_domain::values::text::Translated;
use serde_json::{Value, json};

use crate::mail::content::links::Links;
use crate::mail::content::preview::Sample;
use crate::mail::content::render::MailRenderer;

const NAMES: [&str; 4] = [
    "Ōtani & \"Søren\" <b>",
    "محمد عبد الله \\ (\"x\")",
    "שרה, כהן; <script>alert(1)</script>",
    "=?utf-8?q?Bcc:_x?= , a@b <c@d>",
];
const TITLE: &str = "Ōtani & \"Søren\" <b>: {{ name }} — 国際化";

static CHANGED: LazyLock<Vec<String>> = LazyLock::new(|| vec!["time".to_owned(), "programme".to_owned()]);

fn renderer() -> MailRenderer {
    renderer_with(Some("https://www.example.org/mine?a=1&b=2"), true)
}

fn renderer_with(manage_url: Option<&str>, pages: bool) -> MailRenderer {
    let links = Links {
        public_url: PublicUrl::new("https://api.example.org", pages),
        manage_url: manage_url.map(str::to_owned),
        manage_token: Arc::new(|_, _| Some("manage.x.y".to_owned())),
        confirmation_token: Arc::new(|_, _| Some("confirm.x.y".to_owned())),
    };
    MailRenderer::new("\"Metropolis, “AL-LAs”\" <events@example.org>".parse().unwrap(), links).unwrap()
}

fn sample(name: &str) -> Sample {
    let document = json!({
        "slug": "one-event", "status": "published", "language": "en", "title": {"en": TITLE, "es": TITLE, "fr": TITLE, "ca": TITLE},
        "starts": "2027-07-22T15:00", "time_zone": "Europe/Madrid", "duration_minutes": 62, "place": "Room <1> & \"2\"",
        "join": {"url": "https://video.example.org/w", "minutes_before": 30},
        "contact": {"name": {"en": "The office"}, "email": "office@example.org"},
    });
    sample_of(&document, name)
}

fn sample_of(document: &Value, name: &str) -> Sample {
    let now = "2026-11-23T09:00:00Z".parse().unwrap();
    Sample::new(Definition::parse(document, now).unwrap(), name, "zoe+a@bücher.example", now).unwrap()
}

fn rendered(kind: MessageKind, language: MessageLanguage, name: &str) -> Vec<u8> {
    let mut sample = sample(name);
    renderer().render(sample.content(kind, language, &CHANGED)).unwrap().message.formatted()
}

fn read(bytes: &[u8]) -> Message<'_> {
    let text = std::str::from_utf8(bytes).unwrap();
    assert!(bytes.is_ascii(), "{text}");
    assert!(text.split("\r\n").all(|line| line.len() <= 998 && !line.contains(['\r', '\n'])), "{text}");
    MessageParser::default().parse(bytes).unwrap()
}

fn unescaped(html: &str) -> String {
    let html = html.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#x27;", "'");
    html.replace("&#x2f;", "/").replace("&amp;", "&")
}

#[test]
fn every_message_can_be_parsed_in_every_language() {
    for &kind in MessageKind::ALL {
        for language in MessageLanguage::ALL {
            for name in NAMES.into_iter().map(str::to_owned).chain(["ش".repeat(200), "W".repeat(200)]) {
                let at = format!("{kind:?} {language:?} {name}");
                let bytes = rendered(kind, language, &name);
                let message = read(&bytes);
                // Exactly one recipient, and no headers injected by the name.
                let to = message.to().unwrap().first().unwrap();
                assert_eq!(to.name(), Some(name.as_str()), "{at}");
                assert_eq!(to.address(), Some("zoe+a@xn--bcher-kva.example"), "{at}");
                assert_eq!(message.to().unwrap().iter().count(), 1, "{at}");
                assert!(message.bcc().is_none() && message.cc().is_none(), "{at}");
                let from = message.from().unwrap().first().unwrap();
                assert_eq!((from.name(), from.address()), (Some("Metropolis, “AL-LAs”"), Some("events@example.org")));
                assert!(message.subject().unwrap().contains(TITLE), "{at}: {:?}", message.subject());
                let replies = message.reply_to().unwrap().first().unwrap();
                assert_eq!((replies.name(), replies.address()), (Some("The office"), Some("office@example.org")));
                let id = message.message_id().unwrap();
                assert!(id.ends_with("@example.org") && id.len() == 36 + 12, "{id}");
                assert_eq!(message.date().unwrap().to_rfc3339(), "2026-11-23T09:00:00Z", "{at}");
                let header = |name: &str| message.header_raw(name).map(|v| v.trim().to_owned());
                assert_eq!(header("Auto-Submitted").as_deref(), Some("auto-generated"));
                assert_eq!(header("Content-Language").as_deref(), Some(language.as_str()));
                assert_eq!(header("List-Id").as_deref(), Some("<one-event.events.example.org>"));

                let text = message.body_text(0).unwrap().into_owned();
                let html = message.body_html(0).unwrap().into_owned();
                assert_eq!((message.text_body_count(), message.html_body_count()), (1, 1), "{at}");
                let html_text = unescaped(&html);
                for body in [&text, &html_text] {
                    assert!(body.contains(&name), "{at}: {body}");
                    assert!(body.contains(TITLE), "{at}: {body}");
                    assert!(body.contains("15:00–16:02 (Europe/Madrid, UTC+2)"), "{at}: {body}");
                    assert!(body.contains("13:00–14:02"), "{at}: {body}");
                    assert!(body.contains("Room <1> & \"2\""), "{at}: {body}");
                    let page = format!("https://api.example.org/events/one-event?lang={}", language.as_str());
                    assert!(body.contains(&page), "{at}: {body}");
                }
                assert!(text.contains("The office, office@example.org"), "{at}: {text}");
                assert!(html.contains("<a href=\"mailto:office@example.org\""), "{at}: {html}");
                // What people write is never markup, and no template syntax remains.
                for tag in ["<b>", "<script", "<c@d>", "<1>"] {
                    assert!(!html.contains(tag), "{at}: {html}");
                }
                assert!(!text.replace(TITLE, "").contains('{') && !text.contains("&quot;"), "{at}: {text}");
                let link = match kind {
                    MessageKind::Cancelled
                    | MessageKind::EventCancelled
                    | MessageKind::AddressReplaced
                    | MessageKind::FollowUp => None,
                    MessageKind::ConfirmAddress => Some("#confirmation_token=confirm.x.y"),
                    _ => Some("&token=manage.x.y"),
                };
                match link {
                    Some(link) => {
                        let address =
                            text.lines().find(|line| line.starts_with("https://www.example.org/mine?a=1&b=2#"));
                        let address = address.unwrap_or_else(|| panic!("{at}: {text}"));
                        assert!(address.contains(link) && address.ends_with(&format!("&lang={}", language.as_str())));
                        assert!(html_text.contains(&format!("<a href=\"{address}\"")), "{at}: {html}");
                    }
                    None => assert!(!text.contains("token") && !html.contains("token"), "{at}"),
                }
                check_calendar(kind, &message, &at);
            }
        }
    }
}

fn check_calendar(kind: MessageKind, message: &Message<'_>, at: &str) {
    let expected = match kind {
        MessageKind::Registered
        | MessageKind::Promoted
        | MessageKind::EventChanged
        | MessageKind::EventReinstated
        | MessageKind::RegistrationReinstated
        | MessageKind::AddressChanged => Some("REQUEST"),
        MessageKind::Cancelled | MessageKind::EventCancelled => Some("CANCEL"),
        _ => None,
    };
    let calendars = message.parts.iter().filter(|part| part.is_content_type("text", "calendar"));
    let calendars: Vec<_> = calendars.collect();
    assert_eq!(calendars.len(), usize::from(expected.is_some()), "{at}");
    let Some(method) = expected else { return };
    let part = calendars[0];
    let declared = part.content_type().unwrap();
    assert_eq!(declared.attribute("method"), Some(method), "{at}");
    let text = part.text_contents().unwrap();
    assert!(text.contains(&format!("\r\nMETHOD:{method}\r\n")), "{at}: {text}");
    let calendar = calcard::icalendar::ICalendar::parse(text).unwrap_or_else(|error| panic!("{at} {error:?}: {text}"));
    let times = calendar.expand_dates(calcard::common::timezone::Tz::Floating, 10);
    let times: Vec<_> = times.events.iter().map(calcard::icalendar::dates::CalendarEvent::timestamps).collect();
    let instant = |text: &str| text.parse::<plenaria_domain::values::time::Instant>().unwrap().timestamp();
    assert_eq!(times, [(instant("2027-07-22T13:00:00Z"), instant("2027-07-22T14:02:00Z"))], "{at}");
    assert!(!text.contains("token"), "{at}: {text}");
    for line in ["URL:https://api.example.org/events/one-event", "LOCATION:Room <1> & \"2\""] {
        assert!(text.contains(&format!("\r\n{line}\r\n")), "{at}: {line}: {text}");
    }
    assert!(text.contains("ORGANIZER;CN=\"Metropolis, “AL-LAs”\":mailto:events@example.org"), "{at}: {text}");
}

#[test]
fn rendering_is_deterministic() {
    let mut sample = sample("Ana");
    let content = sample.content(MessageKind::Registered, MessageLanguage::Es, &CHANGED);
    let render = || String::from_utf8(renderer().render(content).unwrap().message.formatted()).unwrap();
    let without_boundaries = |text: String| -> Vec<String> {
        text.lines().filter(|line| !line.contains("boundary=") && !line.starts_with("--")).map(str::to_owned).collect()
    };
    assert_eq!(without_boundaries(render()), without_boundaries(render()));
}

#[test]
fn links_lead_to_the_operators_page_or_to_the_pages_or_to_the_api() {
    let mut sample = sample("Ana");
    let id = sample.registration.id;
    let manage = format!("#registration={id}&token=manage.x.y");
    let resource = format!("https://api.example.org/v1/registrations/{id}");
    for (manage_url, pages, kind, expected) in [
        (Some("https://w.example"), true, MessageKind::ManageLink, format!("https://w.example{manage}&lang=en")),
        (
            Some("https://w.example"),
            true,
            MessageKind::ConfirmAddress,
            "https://w.example#confirmation_token=confirm.x.y&lang=en".to_owned(),
        ),
        (
            None,
            true,
            MessageKind::Reminder,
            format!("https://api.example.org/registration{manage}&event=one-event&lang=en"),
        ),
        (
            None,
            true,
            MessageKind::ConfirmAddress,
            "https://api.example.org/confirm#confirmation_token=confirm.x.y&event=one-event&lang=en".to_owned(),
        ),
        (None, false, MessageKind::ManageLink, format!("{resource}{manage}&lang=en")),
        (
            None,
            false,
            MessageKind::ConfirmAddress,
            "https://api.example.org/v1/registrations/confirm#confirmation_token=confirm.x.y&lang=en".to_owned(),
        ),
    ] {
        let renderer = renderer_with(manage_url, pages);
        let text = renderer.render(sample.content(kind, MessageLanguage::En, &CHANGED)).unwrap().text;
        assert_eq!(text.link.as_deref(), Some(expected.as_str()));
        assert!(text.plain.lines().any(|line| line == expected), "{}", text.plain);
        assert_eq!(text.plain.contains("https://api.example.org/events/one-event?lang=en"), pages, "{}", text.plain);
    }
}

#[test]
fn without_a_contact_replies_are_not_read() {
    let document = json!({
        "slug": "one-event", "status": "published", "language": "es", "title": "Foro", "starts": "2027-07-22T15:00",
        "time_zone": "Europe/Madrid", "duration_minutes": 60,
    });
    let mut sample = sample_of(&document, "Ana");
    let mail = renderer().render(sample.content(MessageKind::Reminder, MessageLanguage::En, &CHANGED)).unwrap();
    assert!(read(&mail.message.formatted()).reply_to().is_none());
    assert!(mail.text.plain.ends_with("This is an automated message; replies are not read."), "{}", mail.text.plain);
    // The title is in the event's language, and the event has no meeting to join.
    assert!(mail.text.html.contains("<h2 lang=\"es\""), "{}", mail.text.html);
    assert!(!mail.text.plain.contains("join"), "{}", mail.text.plain);
    assert!(mail.text.plain.contains("\nWhere: Online\n"), "{}", mail.text.plain);
}

/// The plain text and the unescaped HTML of a message.
fn bodies(sample: &mut Sample, kind: MessageKind, language: MessageLanguage) -> (String, String) {
    let bytes = renderer().render(sample.content(kind, language, &CHANGED)).unwrap().message.formatted();
    let message = read(&bytes);
    (message.body_text(0).unwrap().into_owned(), message.body_html(0).unwrap().into_owned())
}

#[test]
fn a_cancellation_states_the_organisers_reason() {
    let mut sample = sample("Ana");
    let language = |tag: &str| Language::parse(tag).unwrap();
    let reasons =
        [(language("en"), "Storm <b>\nred alert\n\nSorry!".to_owned()), (language("es"), "Tormenta".to_owned())];
    sample.event.cancellation_reason = Translated::new(BTreeMap::from(reasons));
    for (language, heading, reason) in [
        (MessageLanguage::En, "The organisers’ reason", "Storm <b>\nred alert\n\nSorry!"),
        (MessageLanguage::Es, "El motivo que indican los organizadores", "Tormenta"),
        // In the event's language.
        (MessageLanguage::Ca, "El motiu que indiquen els organitzadors", "Storm <b>\nred alert\n\nSorry!"),
    ] {
        let (text, html) = bodies(&mut sample, MessageKind::EventCancelled, language);
        assert!(text.replace('\r', "").contains(&format!("\n\n{heading}:\n\n{reason}\n\n")), "{text}");
        assert!(html.contains(heading) && !html.contains("<b>"), "{html}");
    }
    // Only this message states it.
    let (text, _) = bodies(&mut sample, MessageKind::EventReinstated, MessageLanguage::En);
    assert!(!text.contains("Storm"), "{text}");
}

#[test]
fn a_follow_up_lists_materials_and_surveys() {
    let mut document = json!({
        "slug": "one-event", "status": "published", "language": "en", "title": "Forum",
        "starts": "2027-07-22T15:00", "time_zone": "Europe/Madrid",
        "materials": [
            {"label": "Your opinion", "url": "https://survey.example.org/?a=1&b=2", "kind": "survey"},
            {"label": {"en": "Recording <1>", "es": "Grabación"}, "url": "https://video.example.org/1", "kind": "recording"},
        ],
        "branding": {"colour": "#ffd700", "logo_url": "https://www.example.org/logo.png"},
        "follow_up": {"hours_after": 2},
        "programme": {"sessions": [{"key": "talk", "kind": "talk", "minutes": 20, "title": "Talk", "materials": [
            {"label": "Slides", "url": "https://www.example.org/slides.pdf", "kind": "slides"},
        ]}]},
    });
    let mut sample = sample_of(&document, "Ana");
    let (text, html) = bodies(&mut sample, MessageKind::FollowUp, MessageLanguage::En);
    let lists = "\n\nMaterials:\nRecording <1>: https://video.example.org/1\nTalk – Slides: https://www.example.org/slides.pdf\n\
                 \nPlease tell us what you think:\nYour opinion: https://survey.example.org/?a=1&b=2\n\n";
    assert!(text.replace('\r', "").contains(lists), "{text}");
    assert!(text.contains("“Forum” is over."), "{text}");
    assert!(html.contains("Recording &lt;1&gt;") && html.contains("4px solid #ffd700"), "{html}");
    for element in [
        "<a href=\"https://survey.example.org/?a=1&b=2\" dir=\"auto\" style=\"color:inherit;text-decoration:underline\">Your opinion</a></li>",
        "<img src=\"https://www.example.org/logo.png\"",
    ] {
        assert!(unescaped(&html).contains(element), "{element}: {html}");
    }
    let (text, _) = bodies(&mut sample, MessageKind::FollowUp, MessageLanguage::Es);
    assert!(text.contains("Grabación: https://video.example.org/1"), "{text}");
    sample.registration.attended_at = Some(sample.event.ends_at);
    let (text, _) = bodies(&mut sample, MessageKind::FollowUp, MessageLanguage::En);
    assert!(text.contains("Thank you for taking part in “Forum”."), "{text}");
    // The organisers' own words stand in place of ours.
    document["follow_up"]["text"] = json!("See you next year.\n\nThe team");
    let (text, html) = bodies(&mut sample_of(&document, "Ana"), MessageKind::FollowUp, MessageLanguage::En);
    assert!(text.replace('\r', "").starts_with("Hello Ana,\n\nSee you next year.\n\nThe team\n\nForum\n"), "{text}");
    assert!(!text.contains("is over") && html.contains("The team</p>"), "{html}");
}

#[test]
fn a_reinstated_registration_may_be_on_the_waiting_list() {
    let mut sample = sample("Ana");
    let mut content = sample.content(MessageKind::RegistrationReinstated, MessageLanguage::En, &CHANGED);
    let waitlisted = Registration {
        status: RegistrationStatus::Waitlisted,
        waitlist_position: Some(3),
        ..content.registration.clone()
    };
    content.registration = &waitlisted;
    let bytes = renderer().render(content).unwrap().message.formatted();
    let message = read(&bytes);
    let text = message.body_text(0).unwrap();
    assert!(text.contains("The event is full at the moment. You are on the waiting list, in position 3."), "{text}");
    assert!(
        !message.parts.iter().any(|part| part.is_content_type("text", "calendar")),
        "there is no seat to note down"
    );
}
