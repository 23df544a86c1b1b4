//! The events that tests publish, and a person who registers for them.

use serde_json::{Value, json};

/// The real webinar's slug.
pub const WEBINAR: &str = "internationalisation-and-metropolitan-spaces-en";

/// The real webinar's definition, as JSON.
pub fn webinar() -> Value {
    json!({
        "slug": WEBINAR, "series": "internationalisation-and-metropolitan-spaces", "status": "published",
        "language": "en",
        "title": {"en": "Internationalisation and metropolitan spaces", "es": "La internacionalización y los espacios metropolitanos"},
        "summary": {"en": "How cities act abroad.", "es": "Cómo actúan las ciudades."},
        "starts": "07-22T15:00", "time_zone": "Europe/Madrid",
        "topics": ["Cooperation and international strategies"],
        "audiences": [{"key": "practitioner", "label": {"en": "Practitioners", "es": "Profesionales"}}],
        "registration": {"capacity": 500, "waitlist": true},
        "speakers": [
            {"key": "octavi-de-la-varga", "name": "Octavi de la Varga", "position": {"en": "Secretary General", "es": "Secretario general"}},
            {"key": "elham-fakhari", "name": "Elham Fakhari", "honorific": "Dr.", "country": "IR"},
        ],
        "programme": {"status": "draft", "moderators": ["octavi-de-la-varga"], "sessions": [
            {"key": "welcome", "kind": "welcome", "minutes": 4, "title": {"en": "Welcome", "es": "Bienvenida"}},
            {"key": "introduction", "kind": "introduction", "minutes": 5, "title": "Introduction"},
            {"key": "tehran", "kind": "talk", "minutes": 10, "title": "Tehran", "speakers": ["elham-fakhari"]},
            {"key": "chicago", "kind": "talk", "minutes": 10, "title": "Chicago"},
            {"key": "greater-manchester", "kind": "talk", "minutes": 10, "title": "Greater Manchester"},
            {"key": "questions", "kind": "q_and_a", "minutes": 15, "title": "Questions",
             "speakers": [{"key": "octavi-de-la-varga", "role": "moderator"}]},
            {"key": "conclusions", "kind": "conclusions", "minutes": 4, "title": "Conclusions"},
            {"key": "closing", "kind": "closing", "minutes": 4, "title": "Closing"},
        ]},
    })
}

/// A small event with so many seats, a day after the tests begin.
pub fn definition(slug: &str, capacity: Option<u32>, waitlist: bool) -> Value {
    json!({
        "slug": slug, "status": "published", "language": "en", "title": slug,
        "starts": "2026-11-24T10:00", "time_zone": "Etc/UTC", "duration_minutes": 60,
        "registration": {"capacity": capacity, "waitlist": waitlist},
    })
}

/// A person who registers.
pub fn person(email: &str) -> Value {
    json!({"email": email, "name": "Ana Pérez", "privacy_accepted": true})
}
