//! The schema of the programme.

use serde_json::{Value, json};

use crate::event::definition::limits;
use crate::event::definition::schema::field::{Field, object};
use crate::event::definition::schema::kind::Kind;
use crate::event::programme::ProgrammeStatus;
use crate::event::session::{SessionKind, SessionStatus, SpeakerRole};
use crate::string_enum::names;

const PROGRAMME_MAIL: &str = "Everyone who is registered gets a mail that the programme has changed.";

/// The objects of the programme.
pub(crate) fn objects() -> Vec<(&'static str, Value)> {
    vec![("programme", programme()), ("session", session()), ("session-speaker", session_speaker())]
}

fn programme() -> Value {
    object(
        "Programme",
        "The sessions, in order.",
        vec![
        Field::optional("status", Kind::Choice(names(ProgrammeStatus::ALL, ProgrammeStatus::as_str)), "Status",
            "Whether the programme may still change (`draft`) or not (`final`).")
            .default("draft").example("final").when_changed(PROGRAMME_MAIL),
        Field::optional("moderators", Kind::Set(limits::MODERATORS, Box::new(Kind::Slug)), "Moderators",
            "The keys of the speakers who moderate the whole event.")
            .default(json!([])).example(json!(["ana-perez"])).when_changed(PROGRAMME_MAIL),
        Field::optional("sessions", Kind::List(limits::SESSIONS, Box::new(Kind::Object("session"))), "Sessions",
            "The sessions, with unique keys. Each follows the one listed before it, unless it has a start of its own.")
            .default(json!([])).when_changed(PROGRAMME_MAIL),
    ],
    )
}

fn session() -> Value {
    let text = || Kind::Text(limits::LINE);
    object(
        "Session",
        "A talk, a panel, a break or another part of the programme.",
        vec![
            Field::required(
                "key",
                Kind::Slug,
                "Key",
                "The session's key, unique in the list. Its id stays as long as the key.",
            )
            .example("opening")
            .when_changed("Another key is another session, with another id. As for the programme."),
            Field::optional("kind", Kind::Choice(names(SessionKind::ALL, SessionKind::as_str)), "Kind", "The kind.")
                .default("other")
                .example("panel")
                .when_changed(PROGRAMME_MAIL),
            Field::required("title", text(), "Title", "The title.").example("Opening").when_changed(PROGRAMME_MAIL),
            Field::optional("abstract", Kind::Paragraphs, "Abstract", "The abstract, in Markdown.")
                .example("What cities do abroad.")
                .when_changed(PROGRAMME_MAIL),
            Field::optional("track", text(), "Track", "The track, in a programme with parallel sessions.")
                .example("Climate")
                .when_changed(PROGRAMME_MAIL),
            Field::optional("room", Kind::Slug, "Room", "The key of one of the event's rooms.")
                .example("hall-1")
                .when_changed(PROGRAMME_MAIL),
            Field::optional(
                "language",
                Kind::Language,
                "Language",
                "The spoken language as a BCP 47 tag. Without it, the event's language is spoken.",
            )
            .example("es")
            .when_changed(PROGRAMME_MAIL),
            Field::optional(
                "status",
                Kind::Choice(names(SessionStatus::ALL, SessionStatus::as_str)),
                "Status",
                "Whether the session takes place. A cancelled session keeps its time and is shown as cancelled.",
            )
            .default("scheduled")
            .example("cancelled")
            .when_changed(PROGRAMME_MAIL),
            Field::required("minutes", Kind::Integer(1, limits::SESSION_MINUTES), "Minutes", "The length in minutes.")
                .example(45)
                .when_changed(PROGRAMME_MAIL),
            Field::optional(
                "starts",
                Kind::LocalTime,
                "Start",
                "The start as local time, only where the session does not follow the one listed before it.",
            )
            .example("2027-07-22T16:30")
            .when_changed(PROGRAMME_MAIL),
            Field::optional(
                "speakers",
                Kind::List(limits::SESSION_SPEAKERS, Box::new(Kind::Object("session-speaker"))),
                "Speakers",
                "The session's speakers, each once: a speaker's key, or an object with a key and roles. All \
                 sessions together have at most 5,000.",
            )
            .default(json!([]))
            .example(json!(["ana-perez"]))
            .when_changed(PROGRAMME_MAIL),
            Field::optional(
                "materials",
                Kind::List(limits::MATERIALS, Box::new(Kind::Object("material"))),
                "Materials",
                "The session's materials. They may be added after the event.",
            )
            .default(json!([])),
        ],
    )
}

/// A speaker of a session. The object's keywords do not apply to a key written as a string, and the reverse.
fn session_speaker() -> Value {
    let role = || Kind::Choice(names(SpeakerRole::ALL, SpeakerRole::as_str));
    let mut speaker = object(
        "Speaker of a session",
        "A speaker's key, or an object with a key and the roles.",
        vec![
            Field::required("key", Kind::Slug, "Key", "The key of one of the event's speakers.")
                .example("ana-perez")
                .when_changed(PROGRAMME_MAIL),
            Field::optional("role", role(), "Role", "The only role, a shorter form of `roles`.")
                .default("speaker")
                .example("moderator")
                .when_changed(PROGRAMME_MAIL),
            Field::optional(
                "roles",
                Kind::Set(SpeakerRole::ALL.len(), Box::new(role())),
                "Roles",
                "The roles, instead of `role`.",
            )
            .example(json!(["speaker", "moderator"]))
            .when_changed(PROGRAMME_MAIL),
        ],
    );
    let string = Kind::Slug.full_schema(true);
    speaker["type"] = json!(["string", "object"]);
    speaker["pattern"] = string["pattern"].clone();
    speaker["maxLength"] = string["maxLength"].clone();
    speaker["not"] = json!({"type": "object", "required": ["role", "roles"], "properties": {"role": {}, "roles": {"not": {"type": "null"}}}});
    speaker
}
