//! The schema of the document itself, and of the smaller objects in it.

use serde_json::{Value, json};

use crate::event::attributes::{AttendanceMode, EventStatus, MaterialKind};
use crate::event::definition::limits;
use crate::event::definition::schema::field::{Field, object};
use crate::event::definition::schema::kind::Kind;
use crate::string_enum::names;

const TEXT: Kind = Kind::Text(limits::LINE);
const TIME_MAIL: &str = "Everyone who is registered gets a mail with the new time, and a corrected calendar entry.";
const PLACE_MAIL: &str = "Everyone who is registered gets a mail with the new place.";

fn list(max: usize, item: &'static str) -> Kind {
    Kind::List(max, Box::new(Kind::Object(item)))
}

/// The document.
pub(crate) fn root() -> Value {
    let mut fields = identity();
    fields.extend(announcement());
    fields.extend(time_and_place());
    fields.extend([
        Field::optional("registration", Kind::Object("registration"), "Registration", "The rules for registrations."),
        Field::optional("join", Kind::Object("join"), "Online meeting", "The online meeting, for confirmed attendees."),
        Field::optional(
            "follow_up",
            Kind::Object("follow-up"),
            "Follow-up message",
            "A message after the event, sent once to those who were confirmed (only to those who attended, where \
             attendance was taken), with the event's materials. Without this key no such message is sent.",
        ),
        Field::optional(
            "speakers",
            list(limits::SPEAKERS, "speaker"),
            "Speakers",
            "The speakers' cards. Keys are unique; events of one owner share a speaker by key, and the newest card is \
             shown.",
        ),
        Field::optional("programme", Kind::Object("programme"), "Programme", "The sessions, in order."),
    ]);
    let mut root =
        object("Event definition", "An event, its speakers and its programme, with all translations.", fields);
    // The event's end follows from its sessions, or from its duration.
    root["anyOf"] = json!([
        {"required": ["duration_minutes"], "properties": {"duration_minutes": {"not": {"type": "null"}}}},
        {"required": ["programme"], "properties": {"programme": {
            "type": "object", "required": ["sessions"], "properties": {"sessions": {"not": {"type": "null"}, "minItems": 1}},
        }}},
    ]);
    root
}

fn identity() -> Vec<Field> {
    vec![
        Field::required(
            "slug",
            Kind::Slug,
            "Slug",
            "The event's short name, as in its address: lower-case letters and digits in words joined by hyphens.",
        )
        .example("metropolitan-spaces-2027")
        .when_changed(
            "A file with another slug is another event. Renaming keeps the event: its old addresses lead to \
                           the new ones for good.",
        ),
        Field::optional("series", Kind::Slug, "Series", "The slug of the series, shared by the editions of one event.")
            .example("metropolitan-spaces"),
        Field::optional(
            "status",
            Kind::Choice(names(EventStatus::ALL, EventStatus::as_str)),
            "Status",
            "`draft`: invisible to the public; `published`: visible; `cancelled`: visible as cancelled, without \
             registration.",
        )
        .default("draft")
        .example("published")
        .when_changed(
            "From `published` to `cancelled`, and back: everyone who is registered gets one mail. To \
                           `draft`: nobody is told, and the event disappears.",
        ),
        Field::optional(
            "owner",
            Kind::Slug,
            "Owner",
            "The organisation that administers the event. Over HTTP it is the caller's organisation.",
        )
        .example("metropolis")
        .when_changed("The new owner sees all registrations; the former one only those that it made."),
        Field::optional(
            "co_organisers",
            Kind::Set(limits::CO_ORGANISERS, Box::new(Kind::Slug)),
            "Co-organisers",
            "Organisations that may also see and manage all registrations, and replace the definition.",
        )
        .default(json!([]))
        .example(json!(["al-las"]))
        .when_changed("They see the registrations, or no longer see them."),
        Field::optional(
            "organisers",
            list(limits::ORGANISERS, "organiser"),
            "Organisers",
            "The organisations that are named as organisers, with unique keys. This is for show and gives no rights.",
        )
        .default(json!([])),
        Field::optional("contact", Kind::Object("contact"), "Contact", "How people reach the organisers."),
        Field::optional("image_url", Kind::WebAddress, "Image", "The address of a picture for pages and previews.")
            .example("https://example.org/announcement.png"),
        Field::optional("branding", Kind::Object("branding"), "Branding", "The look of the event's pages and mails."),
        Field::optional(
            "privacy",
            Kind::Object("privacy"),
            "Privacy notice",
            "The notice that people accept when they register. Without it, the installation's notice holds.",
        ),
    ]
}

fn announcement() -> Vec<Field> {
    vec![
        Field::required(
            "language",
            Kind::Language,
            "Language",
            "The spoken language as a BCP 47 tag. A text that is a plain string is in this language.",
        )
        .example("en"),
        Field::required("title", TEXT, "Title", "The title.")
            .example(json!({"en": "Metropolitan spaces", "es": "Espacios metropolitanos"})),
        Field::optional("summary", Kind::Text(limits::SUMMARY), "Summary", "One or two sentences.")
            .example("How cities act abroad."),
        Field::optional("description", Kind::Paragraphs, "Description", "The full description, in Markdown.")
            .example("An hour about **public policy**."),
        Field::optional("topics", Kind::List(limits::TOPICS, Box::new(TEXT)), "Topics", "The topics.")
            .default(json!([]))
            .example(json!(["International strategies"])),
        Field::optional(
            "rooms",
            list(limits::ROOMS, "room"),
            "Rooms",
            "The rooms in which sessions take place, with unique keys.",
        )
        .default(json!([])),
        Field::optional(
            "materials",
            list(limits::MATERIALS, "material"),
            "Materials",
            "Recordings, slides, documents and surveys of the whole event. They may be added after the event.",
        )
        .default(json!([]))
        .when_changed("Nobody is mailed at once; the follow-up message lists those that are there when it is sent."),
        Field::optional(
            "audiences",
            list(limits::AUDIENCES, "audience"),
            "Audiences",
            "The groups of people that the event is meant for, with unique keys. The form offers them as choices.",
        )
        .default(json!([]))
        .when_changed("Registrations keep the audience that they chose, even if it is removed here."),
        Field::optional(
            "publications",
            list(limits::PUBLICATIONS, "publication"),
            "Publications",
            "The publications that the event is based on.",
        )
        .default(json!([])),
    ]
}

fn time_and_place() -> Vec<Field> {
    vec![
        Field::required(
            "starts",
            Kind::LocalTime,
            "Start",
            "The start as local time of the time zone. In files, the year may be left out: the next such date is meant \
             whose event is not over.",
        )
        .example("2027-07-22T15:00")
        .when_changed(TIME_MAIL),
        Field::optional(
            "duration_minutes",
            Kind::Integer(1, limits::EVENT_MINUTES),
            "Duration in minutes",
            "Needed only without sessions, or if the event lasts longer than until the last of them ends.",
        )
        .example(90)
        .when_changed(TIME_MAIL),
        Field::required("time_zone", Kind::TimeZone, "Time zone", "The IANA name of the zone of all local times.")
            .example("Europe/Madrid")
            .when_changed(TIME_MAIL),
        Field::optional(
            "attendance",
            Kind::Choice(names(AttendanceMode::ALL, AttendanceMode::as_str)),
            "Attendance",
            "How people attend.",
        )
        .default("online")
        .example("hybrid")
        .when_changed(PLACE_MAIL),
        Field::optional("place", TEXT, "Place", "The venue.").example("Barcelona, Avinyó 15").when_changed(PLACE_MAIL),
        Field::optional("is_free", Kind::Boolean, "Free of charge", "Whether attendance is free of charge.")
            .default(true)
            .example(true),
    ]
}

/// The objects of these parts.
#[allow(clippy::too_many_lines, reason = "a list of descriptions")]
pub(crate) fn objects() -> Vec<(&'static str, Value)> {
    let key = |what: &str| Field::required("key", Kind::Slug, "Key", what);
    vec![
        (
            "organiser",
            object(
                "Organiser",
                "An organisation that is named as organiser.",
                vec![
                    key("The organiser's key, unique in the list.").example("metropolis"),
                    Field::required("name", Kind::Line(limits::LINE), "Name", "The name, the same in every language.")
                        .example("Metropolis"),
                    Field::optional("url", Kind::WebAddress, "Website", "The organiser's website.")
                        .example("https://www.metropolis.org"),
                ],
            ),
        ),
        (
            "contact",
            object(
                "Contact",
                "How people reach the organisers.",
                vec![
                    Field::optional("name", TEXT, "Name", "A person, a team or an office.")
                        .example("International relations office"),
                    Field::optional("email", Kind::Email, "E-mail", "The e-mail address.")
                        .example("events@example.org"),
                    Field::optional("url", Kind::WebAddress, "Page", "A page, for example with a form.")
                        .example("https://example.org/contact"),
                ],
            ),
        ),
        (
            "branding",
            object(
                "Branding",
                "The look of the event's pages and mails.",
                vec![
                    Field::optional(
                        "colour",
                        Kind::Colour,
                        "Colour",
                        "The main colour, as `#` and six hexadecimal digits.",
                    )
                    .example("#0a7cc1"),
                    Field::optional("logo_url", Kind::WebAddress, "Logo", "The address of a logo.")
                        .example("https://example.org/logo.svg"),
                ],
            ),
        ),
        (
            "privacy",
            object(
                "Privacy notice",
                "The notice that people accept when they register.",
                vec![
            Field::optional("notice_url", Kind::WebAddress, "Address", "The notice's address.")
                .example("https://example.org/privacy"),
            Field::optional("version", Kind::Line(limits::PRIVACY_VERSION), "Version",
                "The notice's version, stored with each registration. Without it, the installation's setting holds.")
                .example("2027-01")
                .when_changed("Registrations keep the version that was accepted; nobody is asked again."),
        ],
            ),
        ),
        (
            "room",
            object(
                "Room",
                "A room or hall, real or virtual.",
                vec![
                    key("The room's key, unique in the list, to which sessions refer.").example("hall-1"),
                    Field::required("name", TEXT, "Name", "The room's name.")
                        .example(json!({"en": "Hall 1", "es": "Sala 1"})),
                ],
            ),
        ),
        (
            "material",
            object(
                "Material",
                "Something to read, watch or fill in.",
                vec![
                    Field::required("label", TEXT, "Label", "The text of the link.").example("Slides"),
                    Field::required("url", Kind::WebAddress, "Address", "The address.")
                        .example("https://example.org/slides.pdf"),
                    Field::optional(
                        "kind",
                        Kind::Choice(names(MaterialKind::ALL, MaterialKind::as_str)),
                        "Kind",
                        "The kind.",
                    )
                    .default("other")
                    .example("slides"),
                ],
            ),
        ),
        (
            "audience",
            object(
                "Audience",
                "A group of people that the event is meant for.",
                vec![
                    key("The audience's key, unique in the list.").example("academia"),
                    Field::required("label", TEXT, "Label", "The label in the form.").example("Researchers"),
                ],
            ),
        ),
        (
            "publication",
            object(
                "Publication",
                "A publication that the event is based on.",
                vec![
                    Field::required("title", TEXT, "Title", "The title.").example("Issue Paper 9"),
                    Field::optional(
                        "url",
                        Kind::WebAddress,
                        "Address",
                        "The address of the publication or of a page about it.",
                    )
                    .example("https://example.org/issue-paper-9"),
                ],
            ),
        ),
    ]
}
