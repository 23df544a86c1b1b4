//! The schema of what concerns attendees (registration, meeting, follow-up message), and of speakers' cards.

use serde_json::{Value, json};

use crate::event::definition::limits;
use crate::event::definition::schema::field::{Field, object};
use crate::event::definition::schema::kind::Kind;
use crate::registration::answers::QuestionKind;
use crate::string_enum::names;

const TEXT: Kind = Kind::Text(limits::LINE);

/// The objects of these parts.
pub(crate) fn objects() -> Vec<(&'static str, Value)> {
    vec![
        ("registration", registration()),
        ("question", question()),
        (
            "choice",
            object(
                "Choice",
                "One of the choices of a question.",
                vec![
                    Field::required(
                        "key",
                        Kind::Slug,
                        "Key",
                        "The choice's key, unique in the list; it is what is stored.",
                    )
                    .example("vegan"),
                    Field::required("label", TEXT, "Label", "The label in the form.").example("Vegan"),
                ],
            ),
        ),
        (
            "join",
            object(
                "Online meeting",
                "The online meeting, for confirmed attendees.",
                vec![
                    Field::required(
                        "url",
                        Kind::WebAddress,
                        "Address",
                        "The meeting's address. Only confirmed attendees see it.",
                    )
                    .example("https://video.example.org/w/metropolitan-spaces")
                    .when_changed("Attendees are led to the new address from then on; nobody is mailed."),
                    Field::optional(
                        "minutes_before",
                        Kind::Integer(0, limits::JOIN_MINUTES),
                        "Minutes before",
                        "From how many minutes before the start attendees see the address.",
                    )
                    .default(limits::DEFAULT_JOIN_MINUTES)
                    .example(30),
                ],
            ),
        ),
        (
            "follow-up",
            object(
                "Follow-up message",
                "A message that attendees get once after the event.",
                vec![
                    Field::optional(
                        "hours_after",
                        Kind::Integer(0, limits::FOLLOW_UP_HOURS),
                        "Hours after",
                        "How many hours after the event's end the message is sent.",
                    )
                    .default(limits::DEFAULT_FOLLOW_UP_HOURS)
                    .example(48)
                    .when_changed("Before the message was sent, it moves. After that, nothing is sent again."),
                    Field::optional(
                        "text",
                        Kind::Paragraphs,
                        "Text",
                        "The organisers' own words, above the materials.",
                    )
                    .example("Thank you for coming.")
                    .when_changed("Messages that are not sent yet have the new text."),
                ],
            ),
        ),
        ("speaker", speaker()),
        (
            "link",
            object(
                "Link",
                "A link to more information.",
                vec![
                    Field::required("label", TEXT, "Label", "The text of the link.").example("Website"),
                    Field::required("url", Kind::WebAddress, "Address", "The address.")
                        .example("https://example.org/ana"),
                ],
            ),
        ),
    ]
}

fn registration() -> Value {
    object("Registration", "The rules for registrations.", vec![
        Field::optional("capacity", Kind::Integer(0, limits::CAPACITY), "Seats", "The number of seats. Without it, \
            there is no limit.")
            .example(500)
            .when_changed("Raised: the first people of the waiting list get the seats and a mail. Lowered: nobody loses a \
                           seat."),
        Field::optional("waitlist", Kind::Boolean, "Waiting list", "Whether a full event has a waiting list.")
            .default(false).example(true)
            .when_changed("People who wait keep their position when it is closed."),
        Field::optional("opens", Kind::LocalTime, "Opens",
            "When registration opens, as local time. Without it, registration opens with publication.")
            .example("2027-06-01T09:00"),
        Field::optional("closes", Kind::LocalTime, "Closes",
            "When registration closes, as local time. Without it, registration closes when the event starts.")
            .example("2027-07-22T12:00"),
        Field::optional("email_confirmation", Kind::Boolean, "Confirmation by mail",
            "Whether people must confirm their address by mail before they get a seat.")
            .default(false).example(true).when_changed("Existing registrations stay as they are."),
        Field::optional("audience_required", Kind::Boolean, "Audience required", "Whether people must choose an audience.")
            .default(false).example(true).when_changed("Existing registrations stay as they are."),
        Field::optional("questions", Kind::List(limits::QUESTIONS, Box::new(Kind::Object("question"))), "Questions",
            "The questions of the registration form, with unique keys.")
            .default(json!([]))
            .when_changed("Answers that were given are kept, also those to questions that are removed."),
        Field::optional("retention_days", Kind::Integer(1, limits::RETENTION_DAYS), "Retention in days",
            "After how many days after the event's end personal data are anonymised. Without it, the installation's \
             setting holds.")
            .example(90).when_changed("The new period holds for existing registrations too."),
    ])
}

fn question() -> Value {
    let mut question = object("Question", "A question of the registration form.", vec![
        Field::required("key", Kind::Slug, "Key", "The question's key, unique in the list, under which answers are stored.")
            .example("diet"),
        Field::required("label", TEXT, "Label", "The question itself.").example("Do you have dietary requirements?"),
        Field::required("kind", Kind::Choice(names(QuestionKind::ALL, QuestionKind::as_str)), "Kind",
            "`text`: a text of at most 2,000 characters; `choice`: one of the choices; `choices`: any of them; `yes_no`: \
             true or false.")
            .example("choice")
            .when_changed("Answers that were given are kept as they are."),
        Field::optional("required", Kind::Boolean, "Required", "Whether an answer is required.")
            .default(false).example(true).when_changed("Existing registrations stay as they are."),
        Field::optional("choices", Kind::List(limits::CHOICES, Box::new(Kind::Object("choice"))), "Choices",
            "The choices, with unique keys. Required for the kinds `choice` and `choices`."),
    ]);
    question["if"] = json!({"properties": {"kind": {"enum": ["choice", "choices"]}}, "required": ["kind"]});
    question["then"] =
        json!({"properties": {"choices": {"not": {"type": "null"}, "minItems": 1}}, "required": ["choices"]});
    question
}

fn speaker() -> Value {
    object(
        "Speaker",
        "A speaker's card.",
        vec![
            Field::required(
                "key",
                Kind::Slug,
                "Key",
                "The speaker's key, unique in the list and the same in all events of \
            one owner.",
            )
            .example("ana-perez"),
            Field::required("name", Kind::Line(limits::SPEAKER_NAME), "Name", "The full name.").example("Ana Pérez"),
            Field::optional("honorific", TEXT, "Honorific", "A title that precedes the name.").example("Dr"),
            Field::optional("position", TEXT, "Position", "The position held.").example("Secretary General"),
            Field::optional("organisation", TEXT, "Organisation", "The organisation.").example("Metropolis"),
            Field::optional("city", TEXT, "City", "The city.").example("Barcelona"),
            Field::optional("country", Kind::Country, "Country", "The ISO 3166-1 alpha-2 code.").example("ES"),
            Field::optional("biography", Kind::Paragraphs, "Biography", "The biography, in Markdown.")
                .example("Ana works on **metropolitan** policy."),
            Field::optional("photo_url", Kind::WebAddress, "Portrait", "The address of a portrait.")
                .example("https://example.org/ana.jpg"),
            Field::optional(
                "links",
                Kind::List(limits::LINKS, Box::new(Kind::Object("link"))),
                "Links",
                "Links to more information.",
            )
            .default(json!([])),
        ],
    )
}
