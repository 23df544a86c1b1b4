//! Writing one message: its texts in the reader's language, its calendar, its headers. No input or output.

use std::sync::Arc;
use std::time::SystemTime;

use lettre::Message;
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use minijinja::value::Value;
use minijinja::{Environment, UndefinedBehavior, context};
use plenaria_calendar::{Method, Organiser};
use plenaria_domain::event::Event;
use plenaria_domain::ids::{MessageId, RegistrationId};
use plenaria_domain::language::{Language, MessageLanguage};
use plenaria_domain::message::MessageKind;
use plenaria_domain::registration::Registration;
use plenaria_domain::time::{self, Instant};

use super::dates;
use super::said::{self, Label, Said};

/// Every template by its name.
const TEMPLATES: [(&str, &str); 6] = [
    ("layout.txt", include_str!("templates/layout.txt")),
    ("layout.html", include_str!("templates/layout.html")),
    ("en.txt", include_str!("templates/en.txt")),
    ("es.txt", include_str!("templates/es.txt")),
    ("fr.txt", include_str!("templates/fr.txt")),
    ("ca.txt", include_str!("templates/ca.txt")),
];

/// Makes a token for a registration; the time is what its kind depends on.
pub type Signer = Arc<dyn Fn(RegistrationId, Instant) -> Option<String> + Send + Sync>;

/// What links in messages lead to.
#[derive(Clone)]
pub struct Links {
    /// Where callers find the API, without a slash at the end.
    pub public_url: String,
    /// The front end's page for managing a registration, if there is one.
    pub manage_url: Option<String>,
    /// Makes a manage token, from the end of the event.
    pub manage_token: Signer,
    /// Makes a token that confirms an address, from the time at which it was asked to.
    pub confirmation_token: Signer,
}

impl std::fmt::Debug for Links {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Links").field("public_url", &self.public_url).finish_non_exhaustive()
    }
}

/// Why a message cannot be written. What it shows holds nothing of the person.
#[derive(Debug, thiserror::Error)]
pub enum LetterError {
    /// A template is at fault.
    #[error("a template is at fault: {}", .0.kind())]
    Template(#[from] minijinja::Error),
    /// The message cannot be put together.
    #[error("the message cannot be put together")]
    Message(#[from] lettre::error::Error),
    /// The address cannot be written to.
    #[error("the address is none that mail goes to")]
    Address,
    /// There is no token for the link.
    #[error("there is no token for the link")]
    Token,
}

/// What is to be told to whom.
#[derive(Clone, Copy, Debug)]
pub struct Letter<'a> {
    /// Names the message, however often it is sent.
    pub id: MessageId,
    /// What it says.
    pub kind: MessageKind,
    /// When there was something to say.
    pub at: Instant,
    /// What of an event changed: `time`, `programme`, `place`.
    pub changed: &'a [String],
    /// The event.
    pub event: &'a Event,
    /// The registration as it is now.
    pub registration: &'a Registration,
}

/// Writes messages.
#[derive(Debug)]
pub struct Writer {
    templates: Environment<'static>,
    from: Mailbox,
    links: Links,
}

/// The texts of a message.
struct Texts {
    subject: String,
    plain: String,
    html: String,
}

impl Writer {
    /// A writer of messages from this sender.
    ///
    /// # Errors
    /// A template that cannot be read; the tests read them all.
    pub fn new(from: Mailbox, links: Links) -> Result<Self, LetterError> {
        let mut templates = Environment::new();
        templates.set_undefined_behavior(UndefinedBehavior::Strict);
        for (name, text) in TEMPLATES {
            templates.add_template(name, text)?;
        }
        Ok(Self { templates, from, links })
    }

    /// Writes a message.
    ///
    /// # Errors
    /// See [`LetterError`].
    pub fn write(&self, letter: Letter<'_>) -> Result<Message, LetterError> {
        let attendee = &letter.registration.attendee;
        let language = attendee.language;
        let texts = self.texts(letter, language)?;
        let slug = &letter.event.definition.slug;
        let domain = self.from.email.domain();
        let message = Message::builder()
            .from(self.from.clone())
            .to(mailbox(&attendee.name, &attendee.email)?)
            .subject(texts.subject)
            .message_id(Some(format!("<{}@{domain}>", letter.id)))
            .date(SystemTime::from(letter.at))
            .header(AutoSubmitted)
            .header(ListId(format!("<{slug}.events.{domain}>")))
            .header(ContentLanguage(language));
        let mut parts = MultiPart::alternative()
            .singlepart(part(ContentType::TEXT_PLAIN, texts.plain))
            .singlepart(part(ContentType::TEXT_HTML, texts.html));
        if let Some((method, calendar)) = self.calendar(letter, language) {
            let kind = format!("{}; method={}; charset=utf-8", plenaria_calendar::MEDIA_TYPE, method.as_str());
            let kind =
                ContentType::parse(&kind).map_err(|_| LetterError::Message(lettre::error::Error::NonAsciiChars))?;
            parts = parts.singlepart(part(kind, calendar));
        }
        Ok(message.multipart(parts)?)
    }

    fn texts(&self, letter: Letter<'_>, language: MessageLanguage) -> Result<Texts, LetterError> {
        let Letter { kind, event, registration, .. } = letter;
        let definition = &event.definition;
        let shown = shown(language, &definition.language);
        let title = definition.title.get(&shown, &definition.language);
        let joins_from = definition.join.as_ref().map(|join| event.starts_at - time::minutes(join.minutes_before));
        let template = self.templates.get_template(&format!("{}.txt", language.as_str()))?;
        let words = template.render_captured(context! {
            title,
            name => isolated(&registration.attendee.name),
            position => registration.waitlist_position,
            changed => letter.changed.to_vec(),
            joins_from => joins_from.map(|at| dates::moment(at, definition.time_zone, language)),
        })?;
        let mut words = words;
        let mut block = |name: &str| words.with_state_mut(|state| state.render_block(name));
        let kind = kind.as_str();
        let subject = block(&format!("subject_{kind}"))?;
        let text = block(&format!("text_{kind}"))?;
        let paragraphs = text.split("\n\n").map(str::trim).filter(|p| !p.is_empty());
        let paragraphs: Vec<String> = paragraphs.map(str::to_owned).collect();
        let mut rows = vec![
            (block("label_time")?, dates::span(event.starts_at, event.ends_at, definition.time_zone, language)),
            (block("label_utc")?, dates::span_in_utc(event.starts_at, event.ends_at, language)),
        ];
        if let Some(place) = &definition.place {
            rows.push((block("label_place")?, place.get(&shown, &definition.language).to_owned()));
        }
        let rows: Vec<Value> = rows.into_iter().map(|(label, value)| context! { label, value }).collect();
        let mut said: Vec<Value> = Vec::new();
        if letter.kind == MessageKind::ConfirmAddress {
            for (label, value) in said::all(event, registration, &shown) {
                let label = match label {
                    Label::Block(name) => block(name)?,
                    Label::Words(words) => words,
                };
                let value = match value {
                    Said::Text(text) => isolated(&text),
                    Said::YesNo(yes) => block(if yes { "word_yes" } else { "word_no" })?,
                };
                said.push(context! { label, value });
            }
        }
        let said_heading = if said.is_empty() { String::new() } else { block("said")? };
        let action = match self.link(letter, language)? {
            Some((name, url)) => Some(context! { label => block(name)?, url }),
            None => None,
        };
        let context = context! {
            language => language.as_str(),
            subject => subject.clone(),
            title, paragraphs, rows, said, said_heading, action,
            greeting => block("greeting")?,
            footer => block("footer")?,
            signature => self.signature(event),
        };
        let layout = |name: &str| self.templates.get_template(name)?.render(&context);
        let (plain, html) = (layout("layout.txt")?, layout("layout.html")?);
        Ok(Texts { subject, plain, html })
    }

    /// Who writes: those who organise the event, or the sender.
    fn signature(&self, event: &Event) -> String {
        let organisers: Vec<&str> = event.definition.organisers.iter().map(|o| o.name.as_str()).collect();
        if organisers.is_empty() { self.from.name.clone().unwrap_or_default() } else { organisers.join(", ") }
    }

    /// What can be done, as the name of its words and the address. A token stands in the fragment, which no browser sends,
    /// so that it is in no log.
    fn link(
        &self,
        letter: Letter<'_>,
        language: MessageLanguage,
    ) -> Result<Option<(&'static str, String)>, LetterError> {
        let (id, tag) = (letter.registration.id, language.as_str());
        let Links { public_url, manage_url, manage_token, confirmation_token } = &self.links;
        match letter.kind {
            MessageKind::Cancelled | MessageKind::EventCancelled => Ok(None),
            MessageKind::ConfirmAddress => {
                let token = confirmation_token(id, letter.registration.created_at).ok_or(LetterError::Token)?;
                let page = manage_url.clone().unwrap_or_else(|| format!("{public_url}/v1/registrations/confirm"));
                Ok(Some(("action_confirm", format!("{page}#confirmation_token={token}&lang={tag}"))))
            }
            _ => {
                let token = manage_token(id, letter.event.ends_at).ok_or(LetterError::Token)?;
                let page = manage_url.clone().unwrap_or_else(|| format!("{public_url}/v1/registrations/{id}"));
                Ok(Some(("action_manage", format!("{page}#registration={id}&token={token}&lang={tag}"))))
            }
        }
    }

    /// What the reader's calendar is to do: nothing for those who never had a seat.
    fn calendar(&self, letter: Letter<'_>, language: MessageLanguage) -> Option<(Method, String)> {
        let method = match letter.kind {
            MessageKind::Registered | MessageKind::Promoted | MessageKind::EventChanged => Method::Request,
            MessageKind::Cancelled | MessageKind::EventCancelled => Method::Cancel,
            _ => return None,
        };
        letter.registration.confirmed_at?;
        let name = self.signature(letter.event);
        let address = self.from.email.to_string();
        let organiser = Organiser { name: &name, address: &address };
        let shown = shown(language, &letter.event.definition.language);
        let Letter { event, registration, .. } = letter;
        let public_url = &self.links.public_url;
        let calendar = plenaria_calendar::invitation(method, event, registration, organiser, &shown, public_url);
        Some((method, calendar))
    }
}

/// The language of the event's texts for a reader of this one.
fn shown(language: MessageLanguage, own: &Language) -> Language {
    Language::parse(language.as_str()).unwrap_or_else(|_| own.clone())
}

/// A name that may be written from right to left, kept from turning round what stands beside it.
fn isolated(name: &str) -> String {
    let turns = |c: char| matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}' | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}');
    if name.contains(turns) { format!("\u{2068}{name}\u{2069}") } else { name.to_owned() }
}

/// The address with its domain in ASCII, which every server knows.
fn mailbox(name: &str, email: &plenaria_domain::email::EmailAddress) -> Result<Mailbox, LetterError> {
    let local = email.as_given().rsplit_once('@').map(|(local, _)| local);
    let domain = email.key().rsplit_once('@').map(|(_, domain)| domain);
    let (local, domain) = local.zip(domain).ok_or(LetterError::Address)?;
    let address = lettre::Address::new(local, domain).map_err(|_| LetterError::Address)?;
    Ok(Mailbox::new(Some(name.to_owned()), address))
}

fn part(kind: ContentType, body: String) -> SinglePart {
    SinglePart::builder().header(kind).body(body)
}

macro_rules! header {
    ($(#[$doc:meta])* $name:literal, $type:ident, $self:ident => $value:expr) => {
        impl Header for $type {
            fn name() -> HeaderName {
                HeaderName::new_from_ascii_str($name)
            }

            fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
                Err("it is only written".into())
            }

            fn display(&$self) -> HeaderValue {
                HeaderValue::new(Self::name(), $value)
            }
        }
    };
}

/// Nobody wrote it, and nobody's absence is to be answered (RFC 3834).
#[derive(Clone)]
struct AutoSubmitted;
header!("Auto-Submitted", AutoSubmitted, self => "auto-generated".to_owned());

/// What it belongs to (RFC 2919).
#[derive(Clone)]
struct ListId(String);
header!("List-Id", ListId, self => self.0.clone());

/// The language of its texts.
#[derive(Clone)]
struct ContentLanguage(MessageLanguage);
header!("Content-Language", ContentLanguage, self => self.0.as_str().to_owned());
