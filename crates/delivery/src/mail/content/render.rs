//! Renders one mail: texts in the recipient's language, calendar attachment and headers. It does no I/O.

use std::time::SystemTime;

use lettre::Message;
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, MultiPart, SinglePart};
use minijinja::value::{Serde, Value};
use minijinja::{Environment, UndefinedBehavior, context};
use plenaria_domain::event::{AttendanceMode, Event, EventStatus};
use plenaria_domain::registration::RegistrationStatus;
use plenaria_domain::registration::message::MessageKind;
use plenaria_domain::values::email::EmailAddress;
use plenaria_domain::values::language::MessageLanguage;
use plenaria_formats::icalendar::{Method, Organiser};
use plenaria_locale::dates;
use plenaria_locale::fill::fill;
use plenaria_locale::words::mail::model::Labels;

use crate::mail::content::branding::Colours;
use crate::mail::content::changes;
use crate::mail::content::changes::Change;
use crate::mail::content::headers::{AutoSubmitted, ContentLanguage, ListId};
use crate::mail::content::links::Links;
use crate::mail::content::materials;
use crate::mail::content::materials::Link;
use crate::mail::content::message::{MailContent, isolated};
use crate::mail::content::organisers_words;
use crate::mail::content::submitted_details;
use crate::mail::content::texts;

/// The templates by name.
const TEMPLATES: [(&str, &str); 2] =
    [("layout.txt", include_str!("templates/layout.txt")), ("layout.html", include_str!("templates/layout.html"))];

/// The longest text that mail programs show beside the subject, in characters.
const MAX_PREHEADER: usize = 150;

/// Why a message cannot be rendered. The texts contain no personal data.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A template has an error.
    #[error("a template has an error: {}", .0.kind())]
    Template(#[from] minijinja::Error),
    /// The message cannot be assembled.
    #[error("the message cannot be assembled")]
    Message(#[from] lettre::error::Error),
    /// The recipient's address is not valid for mail.
    #[error("the recipient's address is not valid")]
    Address,
    /// The token for the link cannot be signed.
    #[error("the token for the link cannot be signed")]
    Token,
}

/// Renders messages.
#[derive(Debug)]
pub struct MailRenderer {
    templates: Environment<'static>,
    from: Mailbox,
    links: Links,
    /// Precedes every subject.
    subject_prefix: &'static str,
}

/// What a person reads of a message.
#[derive(Clone, Debug)]
pub struct MailText {
    /// The recipient's address.
    pub to: String,
    /// The language.
    pub language: MessageLanguage,
    /// The subject.
    pub subject: String,
    /// The plain text.
    pub plain: String,
    /// The HTML.
    pub html: String,
    /// The link to the registration, or to its confirmation, if the message has one.
    pub link: Option<String>,
}

/// A rendered message: the form that is sent, and the texts in it.
#[derive(Debug)]
pub struct RenderedMail {
    /// The message as it is sent.
    pub message: Message,
    /// Its texts.
    pub text: MailText,
}

impl MailRenderer {
    /// A renderer of messages from this sender.
    ///
    /// # Errors
    /// A template has a syntax error; the tests load all of them.
    pub fn new(from: Mailbox, links: Links) -> Result<Self, RenderError> {
        let mut templates = Environment::new();
        templates.set_undefined_behavior(UndefinedBehavior::Strict);
        for (name, text) in TEMPLATES {
            templates.add_template(name, text)?;
        }
        Ok(Self { templates, from, links, subject_prefix: "" })
    }

    /// The same renderer, whose subjects begin with this text.
    #[must_use]
    pub const fn with_subject_prefix(mut self, prefix: &'static str) -> Self {
        self.subject_prefix = prefix;
        self
    }

    /// Renders a message.
    ///
    /// # Errors
    /// See [`RenderError`].
    pub fn render(&self, content: MailContent<'_>) -> Result<RenderedMail, RenderError> {
        let language = content.language();
        let text = self.text(content)?;
        let slug = &content.event.definition.slug;
        let domain = self.from.email.domain();
        let mut message = Message::builder()
            .from(self.from.clone())
            .to(mailbox(Some(&content.registration.attendee.name), content.recipient())?)
            .subject(text.subject.clone())
            .message_id(Some(format!("<{}@{domain}>", content.id)))
            .date(SystemTime::from(content.at))
            .header(AutoSubmitted)
            .header(ListId(format!("<{slug}.events.{domain}>")))
            .header(ContentLanguage(language));
        if let Some((name, address)) = organisers_words::reply_to(&content.event.definition, &content.text_language()) {
            message = message.reply_to(mailbox(name.as_deref(), &address)?);
        }
        let mut parts = MultiPart::alternative()
            .singlepart(part(ContentType::TEXT_PLAIN, text.plain.clone()))
            .singlepart(part(ContentType::TEXT_HTML, text.html.clone()));
        if let Some((method, calendar)) = self.calendar(content) {
            let kind =
                format!("{}; method={}; charset=utf-8", plenaria_formats::icalendar::MEDIA_TYPE, method.as_str());
            let kind =
                ContentType::parse(&kind).map_err(|_| RenderError::Message(lettre::error::Error::NonAsciiChars))?;
            parts = parts.singlepart(part(kind, calendar));
        }
        Ok(RenderedMail { message: message.multipart(parts)?, text })
    }

    fn text(&self, content: MailContent<'_>) -> Result<MailText, RenderError> {
        let MailContent { kind, event, registration, .. } = content;
        let (definition, language, text_language) = (&event.definition, content.language(), content.text_language());
        let words = content.words();
        let labels = &words.labels;
        let title = definition.title.find(&text_language, &definition.language);
        let (title_language, title) = title.unwrap_or((&definition.language, ""));
        let subject = format!("{}{}", self.subject_prefix, texts::subject(content, title));
        let own_words = organisers_words::text(kind, event, &text_language);
        let replaced = own_words.is_some_and(|words| words.replaces_text);
        let paragraphs = if replaced { Vec::new() } else { texts::paragraphs(content, title) };
        let own_paragraphs = own_words.map(|words| texts::split(words.text)).unwrap_or_default();
        let own_words = own_words.map(|own| {
            let heading = if own.replaces_text { "" } else { labels.reason };
            context! { heading, language => own.language.as_str(), paragraphs => own_paragraphs.clone() }
        });
        let changes = match kind {
            MessageKind::EventChanged | MessageKind::EventReinstated => changes::changes(content),
            _ => changes::Changes::default(),
        };
        let (materials, surveys) = match kind {
            MessageKind::FollowUp => materials::links(definition, &text_language),
            _ => (Vec::new(), Vec::new()),
        };
        let links = [(labels.materials, materials), (labels.surveys, surveys)].into_iter();
        let links = links.filter(|(_, list)| !list.is_empty()).map(|(heading, list)| {
            let list = list.into_iter().map(|Link { label, url }| context! { label, url });
            context! { heading, list => list.collect::<Vec<Value>>() }
        });
        let submitted = match kind {
            MessageKind::ConfirmAddress => submitted_details::details(content),
            _ => Vec::new(),
        };
        let replies = organisers_words::reply_to(definition, &text_language).is_some();
        let why = fill(words.sentences.why, &[("title", &isolated(title))]);
        let about_replies = if replies { words.sentences.replies } else { words.sentences.automated };
        let action = self.action(content)?;
        let colours = Colours::of(definition);
        let context = context! {
            language => language.as_str(),
            subject => subject.clone(),
            preheader => Self::preheader(content, paragraphs.first().or_else(|| own_paragraphs.first())),
            heading => words.messages.of(kind).heading,
            greeting => fill(words.sentences.greeting, &[("name", &isolated(&registration.attendee.name))]),
            paragraphs => paragraphs.clone(),
            words => own_words,
            changes => changes.list.into_iter().map(change_value).collect::<Vec<Value>>(),
            more_changes => changes.incomplete.then_some(words.sentences.more_changes),
            title, title_language => title_language.as_str(),
            rows => rows(content).into_iter().map(|row| row_value(row, labels)).collect::<Vec<Value>>(),
            contact => Value::from(Serde(organisers_words::contact(definition, &text_language))),
            event_page => self.links.event_page(event, language),
            links => links.collect::<Vec<Value>>(),
            submitted => submitted.into_iter().map(|row| row_value(row, labels)).collect::<Vec<Value>>(),
            action => action.as_ref().map(|(label, url)| context! { label => *label, url }),
            labels => Value::from(Serde(labels)),
            colours => context! { main => colours.main, text => colours.text },
            logo => definition.branding.as_ref().and_then(|branding| branding.logo_url.as_deref()),
            signature => self.signature(event),
            footer => format!("{why} {about_replies}"),
        };
        let layout = |name: &str| self.templates.get_template(name)?.render(&context);
        let (plain, html) = (layout("layout.txt")?, layout("layout.html")?);
        let to = content.recipient().as_given().to_owned();
        Ok(MailText { to, language, subject, plain, html, link: action.map(|(_, url)| url) })
    }

    /// What mail programs show beside the subject: when the event takes place, or the beginning of the text.
    fn preheader(content: MailContent<'_>, text: Option<&String>) -> String {
        let text = match content.kind {
            MessageKind::Registered
            | MessageKind::Waitlisted
            | MessageKind::Promoted
            | MessageKind::Reminder
            | MessageKind::EventChanged
            | MessageKind::EventReinstated => period(content),
            _ => text.cloned().unwrap_or_default(),
        };
        text.chars().take(MAX_PREHEADER).collect()
    }

    /// The signature: the event's organisers, or the sender's name.
    fn signature(&self, event: &Event) -> String {
        let organisers: Vec<&str> = event.definition.organisers.iter().map(|o| o.name.as_str()).collect();
        if organisers.is_empty() { self.from.name.clone().unwrap_or_default() } else { organisers.join(", ") }
    }

    /// The main link, with its label. Links to the registration are valid for a limited time after the event.
    fn action(&self, content: MailContent<'_>) -> Result<Option<(&'static str, String)>, RenderError> {
        let MailContent { kind, event, registration, .. } = content;
        let (labels, language) = (&content.words().labels, content.language());
        let label = match kind {
            MessageKind::Cancelled
            | MessageKind::EventCancelled
            | MessageKind::AddressReplaced
            | MessageKind::FollowUp => return Ok(None),
            MessageKind::ConfirmAddress => labels.confirm,
            MessageKind::Reminder if event.definition.join.is_some() => labels.join,
            _ => labels.manage,
        };
        let url = if kind == MessageKind::ConfirmAddress {
            self.links.confirmation(registration, event, language)
        } else {
            self.links.registration(registration, event, language)
        };
        Ok(Some((label, url.ok_or(RenderError::Token)?)))
    }

    /// The calendar attachment; none for people who never had a seat. A new address gets the invitation too. A former one
    /// gets no cancellation: it may belong to the same person, whose calendar would then lose the entry.
    fn calendar(&self, content: MailContent<'_>) -> Option<(Method, String)> {
        let method = match content.kind {
            MessageKind::Registered
            | MessageKind::Promoted
            | MessageKind::EventChanged
            | MessageKind::EventReinstated
            | MessageKind::RegistrationReinstated
            | MessageKind::AddressChanged => Method::Request,
            MessageKind::Cancelled | MessageKind::EventCancelled => Method::Cancel,
            _ => return None,
        };
        content.registration.confirmed_at?;
        let holds_seat = content.registration.status == RegistrationStatus::Confirmed;
        let takes_place = content.event.definition.status != EventStatus::Cancelled;
        if method == Method::Request && !(holds_seat && takes_place) {
            return None;
        }
        let name = self.signature(content.event);
        let address = self.from.email.to_string();
        let organiser = Organiser { name: &name, address: &address };
        let text_language = content.text_language();
        let MailContent { event, registration, .. } = content;
        let public_url = &self.links.public_url;
        let calendar =
            plenaria_formats::icalendar::invitation(method, event, registration, organiser, &text_language, public_url);
        Some((method, calendar))
    }
}

/// The details of the event, each with its label.
fn rows(content: MailContent<'_>) -> Vec<(String, String)> {
    let (event, language, text_language) = (content.event, content.language(), content.text_language());
    let (definition, labels) = (&event.definition, &content.words().labels);
    let mut rows = vec![
        (labels.when, period(content)),
        (labels.in_utc, dates::period_in_utc(event.starts_at, event.ends_at, language)),
    ];
    if let Some(place) = &definition.place {
        rows.push((labels.place, place.get(&text_language, &definition.language).to_owned()));
    } else if definition.attendance == AttendanceMode::Online {
        rows.push((labels.place, labels.online.to_owned()));
    }
    rows.into_iter().map(|(label, value)| (label.to_owned(), value)).collect()
}

/// When the event takes place, in its zone.
fn period(content: MailContent<'_>) -> String {
    let event = content.event;
    dates::period(event.starts_at, event.ends_at, event.definition.time_zone, content.language())
}

/// A label with its value. A question keeps its question mark, without a colon behind it.
fn row_value((label, value): (String, String), labels: &Labels) -> Value {
    let colon = if label.ends_with(['?', '؟', ':', '.']) { "" } else { labels.colon };
    context! { label, value, colon }
}

fn change_value(change: Change) -> Value {
    let lines = change.lines.into_iter().map(|(word, value)| context! { word, value });
    context! { label => change.label, lines => lines.collect::<Vec<Value>>() }
}

/// A mailbox, with the domain in ASCII (Punycode), which every server supports.
fn mailbox(name: Option<&str>, email: &EmailAddress) -> Result<Mailbox, RenderError> {
    let local = email.as_given().rsplit_once('@').map(|(local, _)| local);
    let domain = email.key().rsplit_once('@').map(|(_, domain)| domain);
    let (local, domain) = local.zip(domain).ok_or(RenderError::Address)?;
    let address = lettre::Address::new(local, domain).map_err(|_| RenderError::Address)?;
    Ok(Mailbox::new(name.map(str::to_owned), address))
}

fn part(kind: ContentType, body: String) -> SinglePart {
    SinglePart::builder().header(kind).body(body)
}
