//! Definitions for tests.

use serde_json::Value;

const DOCUMENT: &str = r##"{
    "slug": "all-keys", "series": "series", "status": "published", "owner": "owner", "co_organisers": ["a", "b"],
    "organisers": [{"key": "o", "name": "Organiser", "url": "https://example.org"}],
    "contact": {"name": {"en": "Office", "es": "Oficina"}, "email": "Events@example.org", "url": "https://example.org"},
    "image_url": "https://example.org/image.png",
    "branding": {"colour": "#0A7CC1", "logo_url": "https://example.org/logo.svg"},
    "privacy": {"notice_url": "https://example.org/privacy", "version": "2027-01"},
    "language": "en", "title": {"en": "Title", "pt-BR": "Título"}, "summary": "Summary",
    "description": {"en": "One\n\ntwo", "es": null, "fr": ""}, "topics": ["Topic", {"es": "Tema"}],
    "rooms": [{"key": "hall-1", "name": "Hall 1"}, {"key": "hall-2", "name": {"es": "Sala 2"}}],
    "materials": [
        {"label": "Recording", "url": "https://example.org/1", "kind": "recording"},
        {"label": "Other", "url": "https://example.org/2"}
    ],
    "audiences": [{"key": "a", "label": "Audience"}],
    "publications": [{"title": "Publication", "url": "https://example.org"}],
    "starts": "2027-07-22T15:00", "duration_minutes": 3000, "time_zone": "Europe/Madrid",
    "attendance": "hybrid", "place": "Place", "is_free": false,
    "registration": {
        "capacity": 100, "waitlist": true, "opens": "2027-06-01T09:00:30", "closes": "2027-07-22T12:00",
        "email_confirmation": true, "audience_required": true, "retention_days": 90,
        "questions": [
            {"key": "t", "label": "Text", "kind": "text"},
            {"key": "c", "label": "Choice", "kind": "choice", "required": true,
             "choices": [{"key": "x", "label": "X"}, {"key": "y", "label": {"es": "Y"}}]}
        ]
    },
    "join": {"url": "https://example.org/meeting", "minutes_before": 30},
    "follow_up": {"hours_after": 48, "text": "Thanks.\nSee you."},
    "speakers": [
        {"key": "ana", "name": "Ana", "honorific": "Dr", "position": {"es": "Alcaldesa"}, "organisation": "City",
         "city": "Barcelona", "country": "es", "biography": "Biography", "photo_url": "https://example.org/ana.jpg",
         "links": [{"label": "Website", "url": "https://example.org/ana"}]},
        {"key": "ben", "name": "Ben"}
    ],
    "programme": {"status": "final", "moderators": ["ana"], "sessions": [
        {"key": "first", "kind": "talk", "title": "First", "abstract": "Abstract", "track": "Track",
         "room": "hall-1", "language": "es", "status": "cancelled", "minutes": 30, "starts": "2027-07-22T15:30",
         "speakers": ["ana", {"key": "ben", "roles": ["moderator", "host"]}],
         "materials": [{"label": "Slides", "url": "https://example.org/3", "kind": "slides"}]},
        {"key": "second", "title": "Second", "minutes": 45, "speakers": [{"key": "ana", "role": "panelist"}]}
    ]}
}"##;

/// A definition with every key.
pub(crate) fn full_document() -> Value {
    // Too large for the macro `json!`.
    serde_json::from_str(DOCUMENT).unwrap()
}

/// The locations of all values in a document, the document itself first.
pub(crate) fn pointers(value: &Value) -> Vec<String> {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(map) => map.iter().map(|(name, value)| (name.clone(), value)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect(),
        _ => Vec::new(),
    };
    let below = children
        .into_iter()
        .flat_map(|(token, value)| pointers(value).into_iter().map(move |pointer| format!("/{token}{pointer}")));
    std::iter::once(String::new()).chain(below).collect()
}
